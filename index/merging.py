"""Which segments to merge, so that their number and their removed rows stay small.

Only neighbours are merged, because chunk numbers grow from one segment to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_SEGMENTS = 8
"""With more segments than this, the newest are merged."""


@dataclass(frozen=True, slots=True)
class Size:
    """The rows of a segment, and how many of them belong to articles still in the index."""

    rows: int
    live: int


def to_merge(sizes: Sequence[Size]) -> range | None:
    """The segments to replace by one, or None while nothing needs merging.

    When there are too many, the newest ones are taken together, and older ones as long as
    they are not more than twice as large as what is taken already: each row is copied a
    number of times that grows with the logarithm of the number of rows. A segment more than
    half of whose rows are dead is rewritten by itself.
    """
    if len(sizes) > MAX_SEGMENTS:
        start = len(sizes) - 1
        taken = sizes[start].live
        while start > 0 and (start >= MAX_SEGMENTS or sizes[start - 1].live <= 2 * taken):
            start -= 1
            taken += sizes[start].live
        return range(start, len(sizes))
    for number, size in enumerate(sizes):
        if size.live * 2 < size.rows:
            return range(number, number + 1)
    return None
