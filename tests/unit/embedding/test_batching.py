"""Batches have every text once and respect their size; the cheapest split is optimal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from index.embedding.batching import cheapest_batches, full_batches

LENGTHS = st.lists(st.integers(1, 300), max_size=40)


@given(LENGTHS, st.integers(50, 1000))
def test_batches_have_every_text_once_and_none_is_too_large(
    lengths: list[int], max_tokens: int
) -> None:
    for batches in (cheapest_batches(lengths, max_tokens), list(full_batches(lengths, max_tokens))):
        assert sorted(chain.from_iterable(batches)) == list(range(len(lengths)))
        for batch in batches:
            widths = [lengths[position] for position in batch]
            assert widths == sorted(widths, reverse=True)
            assert len(batch) == 1 or len(batch) * widths[0] <= max_tokens


def splits(items: list[int]) -> Iterator[list[list[int]]]:
    """Every way to split a list into runs."""
    if not items:
        yield []
    for end in range(1, len(items) + 1):
        for rest in splits(items[end:]):
            yield [items[:end], *rest]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_no_other_split_is_cheaper(lengths: list[int]) -> None:
    def cost(batches: list[list[int]]) -> int:
        return sum(24 + len(batch) * max(batch) for batch in batches)

    chosen = [
        [lengths[position] for position in batch] for batch in cheapest_batches(lengths, 10**6)
    ]
    assert cost(chosen) == min(map(cost, splits(sorted(lengths, reverse=True))))
