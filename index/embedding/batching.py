"""Split texts into batches by length.

Each row of a batch costs as much as its longest one, and each batch has a fixed cost.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

MAX_BATCH_TOKENS = 2048
"""Tokens in a batch, padding included. Larger batches are no faster on a processor
(bench/README.md), take more memory, and delay questions that are asked meanwhile."""

_BATCH_COST = 24  # fixed cost of a batch, in tokens


def cheapest_batches(lengths: Sequence[int], max_tokens: int = MAX_BATCH_TOKENS) -> list[list[int]]:
    """Split the positions of `lengths` into the batches of least total cost, longest first.

    A batch costs its rows times its longest length, and a fixed cost. None has more than
    `max_tokens` tokens, except for a single text that is longer. Lengths are 1 or more. For few
    texts, as of one question: time grows with their number times that of a full batch.
    """
    order = _longest_first(lengths)
    # cost[end]: the least cost of the first `end` texts; their last batch begins at cut[end].
    cost, cut = [0.0], [0]
    for end in range(1, len(order) + 1):
        best, start = math.inf, end - 1
        for begin in range(end - 1, -1, -1):
            tokens = (end - begin) * lengths[order[begin]]
            if tokens > max_tokens and end - begin > 1:
                break
            if cost[begin] + tokens + _BATCH_COST < best:
                best, start = cost[begin] + tokens + _BATCH_COST, begin
        cost.append(best)
        cut.append(start)
    batches: list[list[int]] = []
    end = len(order)
    while end:
        batches.append(order[cut[end] : end])
        end = cut[end]
    return batches[::-1]


def full_batches(
    lengths: Sequence[int], max_tokens: int = MAX_BATCH_TOKENS, *, step: int = 1
) -> Iterator[list[int]]:
    """Split the positions of `lengths` into batches of up to `max_tokens` tokens with padding.

    A batch is as wide as its longest text, rounded up to a multiple of `step`. For many texts,
    whose neighbours have nearly the same length. Longest first, so that running out of memory
    happens at once.
    """
    batch: list[int] = []
    width = 0
    for position in _longest_first(lengths):
        if batch and (len(batch) + 1) * width > max_tokens:
            yield batch
            batch = []
        if not batch:
            width = rounded_up(lengths[position], step)
        batch.append(position)
    if batch:
        yield batch


def rounded_up(length: int, step: int) -> int:
    """Return the smallest multiple of `step` that is at least `length`."""
    return -(-length // step) * step


def _longest_first(lengths: Sequence[int]) -> list[int]:
    return sorted(range(len(lengths)), key=lambda position: -lengths[position])
