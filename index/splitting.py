"""A sentence longer than a window, cut at a clause, else a word, else a grapheme."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import regex

from index.errors import SettingError
from index.text import Span

_CLAUSE = re.compile(r"[,;:)\]][\"'”’]?\s+|\s[—–-]+\s+|[—–]|[，、；：]|\n+")
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")  # extended grapheme clusters, Unicode Annex 29

LONGEST_GRAPHEME = 64
"""Code points after which a cluster (letters under a pile of marks) is cut all the same."""

Good = Callable[[Span], bool]


def split_long(text: str, span: Span, good: Good, allowed: Good, *, guess: int) -> list[Span]:
    """Cut `span` of `text` into trimmed pieces, in order, leaving out only white space.

    Pieces are at most `guess` (1 or more) code points long and satisfy `good`. A cut is
    made after the last clause in the second half of what is tried, else after its last
    word, else between graphemes. A single grapheme that is not `good` need only be
    `allowed`; one that is not even that is cut between code points. Linear in the length of
    the span for a fixed `guess`. Raises SettingError when one code point is not allowed.
    """
    pieces: list[Span] = []
    position = _skip_space(text, span.start, span.end)
    while position < span.end:
        piece = next((p for p in _attempts(text, position, span.end, guess) if good(p)), None)
        if piece is None:
            end = _grapheme_end(text, position, span.end, 1)
            piece = _allowed_prefix(text, Span(position, end), allowed)
        pieces.append(piece)
        position = _skip_space(text, piece.end, span.end)
    return pieces


def _skip_space(text: str, start: int, end: int) -> int:
    match = _SPACE.match(text, start, end)
    return match.end() if match else start


def _attempts(text: str, start: int, end: int, size: int) -> Iterator[Span]:
    """Ever shorter pieces from `start`, which is not white space."""
    while size >= 1:
        cut = end if end - start <= size else _cut(text, start, end, size)
        yield Span(start, start + len(text[start:cut].rstrip()))
        size = min(size, cut - start) // 2


def _cut(text: str, start: int, end: int, size: int) -> int:
    stop = start + size
    clauses = [m.end() for m in _CLAUSE.finditer(text, start + size // 2, stop)]
    if clauses:
        return clauses[-1]
    # One more code point is looked at, so that a word ending at `stop` counts as whole.
    spaces = [m.start() for m in _SPACE.finditer(text, start + 1, stop + 1)]
    if spaces:
        return spaces[-1]
    return _grapheme_end(text, start, end, size)


def _grapheme_end(text: str, start: int, end: int, size: int) -> int:
    """The last grapheme boundary within `size` of `start`, or the first after it."""
    last = 0
    reach = min(end, start + size + LONGEST_GRAPHEME)
    for match in _GRAPHEME.finditer(text, start, reach):
        if last and match.end() > start + size:
            break
        last = match.end()
    return last


def _allowed_prefix(text: str, span: Span, allowed: Good) -> Span:
    while not allowed(span):
        if len(span) == 1:
            raise SettingError(
                f"the character {span.of(text)!r} alone is longer than a chunk may be; "
                "raise max_tokens, or choose an encoder that reads more"
            )
        span = Span(span.start, span.start + len(span) // 2)
    return span
