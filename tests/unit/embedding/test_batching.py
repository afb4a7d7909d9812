"""Batches hold every text once, keep to their size, and the cheapest are the cheapest."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from index.embedding.batching import cheapest_batches, full_batches

LENGTHS = st.lists(st.integers(1, 300), max_size=40)


@given(LENGTHS, st.integers(50, 1000))
def test_every_text_once_and_no_batch_too_large(lengths: list[int], most: int) -> None:
    for batches in (cheapest_batches(lengths, most), list(full_batches(lengths, most))):
        assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
        for batch in batches:
            widths = [lengths[place] for place in batch]
            assert widths == sorted(widths, reverse=True)
            assert len(batch) == 1 or len(batch) * widths[0] <= most


def cuts(items: list[int]) -> Iterator[list[list[int]]]:
    """Every way to cut a list into runs."""
    if not items:
        yield []
    for end in range(1, len(items) + 1):
        for rest in cuts(items[end:]):
            yield [items[:end], *rest]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_no_other_cut_is_cheaper(lengths: list[int]) -> None:
    def cost(batches: list[list[int]]) -> int:
        return sum(24 + len(batch) * max(batch) for batch in batches)

    chosen = [[lengths[place] for place in batch] for batch in cheapest_batches(lengths, 10**6)]
    assert cost(chosen) == min(map(cost, cuts(sorted(lengths, reverse=True))))
