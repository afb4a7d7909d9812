"""Split plain text into paragraphs.

Files mix four layouts: paragraphs separated by blank lines, one paragraph a line, hard-wrapped
lines, and whole articles on one line whose paragraph breaks were lost, so that sentences touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from index.parsing.blocks import Block
from index.segmentation.punctuation import CLAUSE_END, LIST_ITEM
from index.segmentation.sentences import lost_spaces
from index.types import Span

WRAP_WIDTHS = (40, 130)
"""Smallest and largest wrap width in columns (typewriter to wide editor)."""

_LINE = re.compile(r"[^\r\n\f\v\x1c-\x1e\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\r\n\f\v\x1c-\x1e\x85\u2028\u2029]")
_WRAPPED_SHARE = 0.7
_BEYOND = 0.1
_LONG_LINE = 0.6
_RAGGED = 0.85


@dataclass(frozen=True, slots=True)
class Line:
    """A line without the white space around it; `gap` is the number of blank lines before it."""

    start: int
    end: int
    indent: int
    gap: int

    def __len__(self) -> int:
        return self.end - self.start


def lines(text: str, region: Span | None = None) -> list[Line]:
    """Return the lines of `text` (or of a region of it) that have visible characters."""
    region = region or Span(0, len(text))
    found: list[Line] = []
    breaks = 0
    position = region.start
    while position < region.end:
        match = _LINE.match(text, position, region.end)
        if match:
            raw = match.group()
            stripped = raw.strip()
            if stripped and _is_visible(stripped):
                indent = len(raw) - len(raw.lstrip())
                start = match.start() + indent
                gap = max(0, breaks - 1)
                found.append(Line(start, start + len(stripped), _columns(raw[:indent]), gap))
                breaks = 0
            position = match.end()
        ending = _LINE_END.match(text, position, region.end)
        if ending:
            breaks += 1
            position = ending.end()
    return found


def wrap_width(text: str, found: list[Line]) -> int | None:
    """Return the column at which a program wrapped the lines, or None if they are not wrapped.

    A program breaks a line where the next word no longer fits. The width is estimated from the
    long lines; most lines with a successor must be broken for that reason.
    """
    pairs = [(a, b) for a, b in _neighbours(found) if not is_list_item(text, b)]
    if len(pairs) < 2:
        return None
    lengths = sorted(len(a) + a.indent for a, _ in pairs)
    width = lengths[min(len(lengths) - 1, int(len(lengths) * 0.98))]
    if not WRAP_WIDTHS[0] <= width <= WRAP_WIDTHS[1]:
        return None
    # Much shorter lines are broken on purpose (a letterhead, a byline) and are not evidence.
    long = [(a, b) for a, b in pairs if len(a) + a.indent >= _LONG_LINE * width]
    full = [
        a for a, b in long if _is_full(text, a, b, width) or len(a) + a.indent >= _RAGGED * width
    ]
    beyond = sum(len(line) for line in found if len(line) > width + WRAP_WIDTHS[0])
    if beyond > _BEYOND * sum(map(len, found)):
        return None
    ended = sum(1 for a in full if CLAUSE_END.search(text, a.start, a.end))
    if len(full) < 2 or len(full) < _WRAPPED_SHARE * len(long) or ended > len(full) / 2:
        return None
    return width


def paragraphs(text: str) -> list[Block]:
    """Return the paragraphs of a plain text, in order, not empty and not overlapping."""
    found = lines(text)
    width = wrap_width(text, found)
    blocks: list[Block] = []
    for group in _paragraph_lines(text, found, width):
        first, last = group[0], group[-1]
        spans = split_lost_spaces(text, Span(first.start, last.end))
        for number, span in enumerate(spans):
            gap = first.gap if number == 0 else 0
            blocks.append(Block(span, indent=first.indent, gap=gap))
    return blocks


_LONG_LINES = 150
_LONGEST_SEMANTIC_LINE = 300


def split_block(text: str, block: Block) -> list[Block]:
    """Return the paragraphs in a block of a marked-up format.

    Line breaks in a block are usually layout. They separate paragraphs when the lines are long
    (one paragraph a line) or one of them is metadata: a byline, a date, a URL. Touching sentences
    are split as in plain text.
    """
    found = lines(text, block.span)
    if len(found) > 1 and not _has_line_paragraphs(text, found):
        found = [Line(found[0].start, found[-1].end, 0, 1)]
    pieces: list[Block] = []
    for line in found:
        for span in split_lost_spaces(text, Span(line.start, line.end)):
            pieces.append(replace(block, span=span, gap=0 if pieces else block.gap))
    return pieces


def _has_line_paragraphs(text: str, found: list[Line]) -> bool:
    longest = max(map(len, found))
    average = sum(map(len, found)) / len(found)
    if longest >= _LONGEST_SEMANTIC_LINE or average >= _LONG_LINES:
        return True
    return any(_METADATA_LINE.match(text, line.start, line.end) for line in found)


_METADATA_LINE = re.compile(
    r"(?i)[\W_]*(?:by:?\s+[^\W\d_][\w.'’-]*\s+[^\W\d_][^.!?]{0,80}$|https?://\S+$|"
    r"(?:source|author|published|date|publisher)s?\s*:)"
)


def is_list_item(text: str, line: Line) -> bool:
    """Return whether a line begins with a bullet, a dash, or a number and a full stop."""
    return LIST_ITEM.match(text, line.start, line.end) is not None


def _neighbours(found: list[Line]) -> Iterator[tuple[Line, Line]]:
    for above, below in pairwise(found):
        if below.gap == 0:
            yield above, below


def _is_full(text: str, above: Line, below: Line, width: int) -> bool:
    """Return whether the first word of the line below did not fit on the one above."""
    word = re.compile(r"\S+").match(text, below.start, below.end)
    first = len(word.group()) if word else 0
    return len(above) + above.indent + 1 + first > width


def _paragraph_lines(text: str, found: list[Line], width: int | None) -> Iterator[list[Line]]:
    group: list[Line] = []
    for line in found:
        if group and width and line.gap == 0 and _continues(text, group, line, width):
            group.append(line)
            continue
        if group:
            yield group
        group = [line]
    if group:
        yield group


def _continues(text: str, group: list[Line], line: Line, width: int) -> bool:
    above = group[-1]
    if is_list_item(text, line) or len(above) > WRAP_WIDTHS[1]:
        return False
    hanging = len(group) == 1 and is_list_item(text, above)
    if line.indent > above.indent + 1 and not hanging:
        return False
    if _is_full(text, above, line, width) or len(above) + above.indent >= _RAGGED * width:
        return True
    unfinished = not CLAUSE_END.search(text, above.start, above.end)
    return unfinished and text[line.start].islower() and len(above) > width // 2


def _columns(white: str) -> int:
    return len(white.expandtabs(8))


def _is_visible(words: str) -> bool:
    return any(character.isprintable() for character in words)


def split_lost_spaces(text: str, span: Span) -> list[Span]:
    """Split overlong lines where sentences touch, since a paragraph break was lost there."""
    boundaries = [span.start, *lost_spaces(text, span), span.end]
    return [Span(start, end) for start, end in pairwise(boundaries)]
