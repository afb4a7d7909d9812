"""Which texts go through a network together.

Every row of a batch costs as much as its longest one, and every batch costs a little by
itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

MOST_TOKENS = 2048
"""Tokens in a batch, fill included: larger ones are no faster on a processor (bench/README.md),
hold more memory, and keep those who ask meanwhile waiting for longer."""

_EACH = 24
"""What a batch costs by itself, in tokens: about as much as that many more in it."""


def cheapest_batches(lengths: Sequence[int], most: int = MOST_TOKENS) -> list[list[int]]:
    """Places in `lengths` cut into batches, longest first, so that they cost least in all.

    A batch costs its rows times its longest length, and a little for itself. None has more
    than `most` tokens, but for a single text that is longer. Lengths are 1 or more. For the
    few texts of one question: time grows with their number times that of a full batch.
    """
    order = _longest_first(lengths)
    # cost[end]: the least for the first `end` texts, the last batch of which begins at cut[end].
    cost, cut = [0.0], [0]
    for end in range(1, len(order) + 1):
        best, start = math.inf, end - 1
        for begin in range(end - 1, -1, -1):
            tokens = (end - begin) * lengths[order[begin]]
            if tokens > most and end - begin > 1:
                break
            if cost[begin] + tokens + _EACH < best:
                best, start = cost[begin] + tokens + _EACH, begin
        cost.append(best)
        cut.append(start)
    found: list[list[int]] = []
    end = len(order)
    while end:
        found.append(order[cut[end] : end])
        end = cut[end]
    return found[::-1]


def full_batches(
    lengths: Sequence[int], most: int = MOST_TOKENS, *, step: int = 1
) -> Iterator[list[int]]:
    """Places in `lengths`, longest first, in batches of up to `most` tokens, fill included.

    A batch is as wide as its longest text, rounded up to a multiple of `step`. For many texts:
    neighbours are of nearly one length. Longest first, because what runs out of memory then
    does so at once.
    """
    batch: list[int] = []
    width = 0
    for place in _longest_first(lengths):
        if batch and (len(batch) + 1) * width > most:
            yield batch
            batch = []
        if not batch:
            width = rounded_up(lengths[place], step)
        batch.append(place)
    if batch:
        yield batch


def rounded_up(length: int, step: int) -> int:
    """The least multiple of `step` that is not below `length`."""
    return -(-length // step) * step


def _longest_first(lengths: Sequence[int]) -> list[int]:
    return sorted(range(len(lengths)), key=lambda place: -lengths[place])
