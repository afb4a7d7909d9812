"""From lines to paragraphs: where they break in text that is only characters.

Three shapes are told apart, because people's files mix them: paragraphs set apart by blank
lines, one paragraph a line, and hard-wrapped lines that belong together. A fourth is a whole
article on one line whose paragraph breaks were lost, so that sentences touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from index.parsing.blocks import Block
from index.segmentation.lexicon import SENTENCE_OPENERS, TITLE_ABBREVIATIONS
from index.segmentation.punctuation import CLAUSE_END, LIST_ITEM
from index.types import Span

OVERLONG = 1000
"""Code points after which a line is searched for lost paragraph breaks. News paragraphs
run to a few hundred; in shorter lines a missing space is more likely a typing error."""

WRAP_WIDTHS = (40, 130)
"""Columns between which a line length can be a wrap width (typewriter to wide editor)."""

_LINE = re.compile(r"[^\r\n\f\v\x1c-\x1e\x85\u2028\u2029]+")
_LINE_END = re.compile(r"\r\n|[\r\n\f\v\x1c-\x1e\x85\u2028\u2029]")
_WRAPPED_SHARE = 0.7
_BEYOND = 0.1
_LONG_LINE = 0.6
_RAGGED = 0.85


@dataclass(frozen=True, slots=True)
class Line:
    """One line without the white space around it; `gap` blank lines stand before it."""

    start: int
    end: int
    indent: int
    gap: int

    def __len__(self) -> int:
        return self.end - self.start


def lines(text: str, region: Span | None = None) -> list[Line]:
    """The lines of `text` (or of a region of it) that hold anything visible."""
    region = region or Span(0, len(text))
    found: list[Line] = []
    breaks = 0
    position = region.start
    while position < region.end:
        match = _LINE.match(text, position, region.end)
        if match:
            raw = match.group()
            stripped = raw.strip()
            if stripped and _visible(stripped):
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
    """The column at which the lines were wrapped by a program, or None if they were not.

    A wrapping program breaks a line where the next word no longer fits; the width is taken
    from the long lines, and most lines that have a successor must be broken for that reason.
    """
    pairs = [(a, b) for a, b in _neighbours(found) if not is_list_item(text, b)]
    if len(pairs) < 2:
        return None
    lengths = sorted(len(a) + a.indent for a, _ in pairs)
    width = lengths[min(len(lengths) - 1, int(len(lengths) * 0.98))]
    if not WRAP_WIDTHS[0] <= width <= WRAP_WIDTHS[1]:
        return None
    # Much shorter lines are broken on purpose (a letterhead, a byline); they say nothing.
    long = [(a, b) for a, b in pairs if len(a) + a.indent >= _LONG_LINE * width]
    full = [a for a, b in long if _full(text, a, b, width) or len(a) + a.indent >= _RAGGED * width]
    beyond = sum(len(line) for line in found if len(line) > width + WRAP_WIDTHS[0])
    if beyond > _BEYOND * sum(map(len, found)):
        return None
    ended = sum(1 for a in full if CLAUSE_END.search(text, a.start, a.end))
    if len(full) < 2 or len(full) < _WRAPPED_SHARE * len(long) or ended > len(full) / 2:
        return None
    return width


def paragraphs(text: str) -> list[Block]:
    """The paragraphs of a plain text, in order, none empty, none overlapping."""
    found = lines(text)
    width = wrap_width(text, found)
    blocks: list[Block] = []
    for group in _joined(text, found, width):
        first, last = group[0], group[-1]
        spans = split_lost_spaces(text, Span(first.start, last.end))
        for number, span in enumerate(spans):
            gap = first.gap if number == 0 else 0
            blocks.append(Block(span, indent=first.indent, gap=gap))
    return blocks


_LONG_LINES = 150
_LONGEST_SEMANTIC_LINE = 300


def split_block(text: str, block: Block) -> list[Block]:
    """The paragraphs inside one block of a marked-up format.

    Line breaks inside a block are usually only layout. They separate paragraphs when the
    lines are long (one paragraph a line), and where one of them is a line of its own kind:
    a byline, a date, an address. Sentences that touch are split as in plain text.
    """
    found = lines(text, block.span)
    if len(found) > 1 and not _own_lines(text, found):
        found = [Line(found[0].start, found[-1].end, 0, 1)]
    pieces: list[Block] = []
    for line in found:
        for span in split_lost_spaces(text, Span(line.start, line.end)):
            pieces.append(replace(block, span=span, gap=0 if pieces else block.gap))
    return pieces


def _own_lines(text: str, found: list[Line]) -> bool:
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
    """Whether a line opens with a bullet, a dash, or a number and a point."""
    return LIST_ITEM.match(text, line.start, line.end) is not None


def _neighbours(found: list[Line]) -> Iterator[tuple[Line, Line]]:
    for above, below in pairwise(found):
        if below.gap == 0:
            yield above, below


def _full(text: str, above: Line, below: Line, width: int) -> bool:
    """Whether the first word of the line below would not have fitted on the one above."""
    word = re.compile(r"\S+").match(text, below.start, below.end)
    first = len(word.group()) if word else 0
    return len(above) + above.indent + 1 + first > width


def _joined(text: str, found: list[Line], width: int | None) -> Iterator[list[Line]]:
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
    if _full(text, above, line, width) or len(above) + above.indent >= _RAGGED * width:
        return True
    unfinished = not CLAUSE_END.search(text, above.start, above.end)
    return unfinished and text[line.start].islower() and len(above) > width // 2


def _columns(white: str) -> int:
    return len(white.expandtabs(8))


def _visible(words: str) -> bool:
    return any(character.isprintable() for character in words)


# A full stop with no space after it, before a capital or an opening quotation mark.
_TOUCHING = re.compile(r"[.!?]([\"”’)\]]*)([\"“‘(\[]*)(?=\w)")
_WORD_BEFORE = re.compile(r"[^\W_]+$")


def split_lost_spaces(text: str, span: Span) -> list[Span]:
    """Split an overlong line where a sentence ends and the next begins without a space.

    Such places are where a paragraph break was lost. The rule: a lower-case letter (or a
    closing bracket, a number, a capitalised short form before a common first word), then
    `.!?` with any closing quotation marks, then at once an opening quotation mark or a
    capital. A straight quotation mark closes when an odd number stand before it.
    Lines of up to `OVERLONG` code points come back whole.
    """
    if len(span) <= OVERLONG:
        return [span]
    pieces: list[Span] = []
    start = span.start
    quotes = 0
    counted = span.start
    for match in _TOUCHING.finditer(text, span.start, span.end):
        quotes += text.count('"', counted, match.start() + 1)
        counted = match.start() + 1
        cut = _boundary(text, start, match, quotes % 2 == 1)
        if cut is not None:
            pieces.append(Span(start, cut))
            start = counted = cut
            quotes = 0
    pieces.append(Span(start, span.end))
    return pieces


def _boundary(text: str, start: int, match: re.Match[str], quote_open: bool) -> int | None:
    """Where to cut at a full stop that touches the next word, or None."""
    marks = text[match.start() + 1 : match.end()]
    cut = match.start() + 1
    for mark in marks:
        if mark in "”’)]":
            cut += 1
        elif mark == '"' and quote_open:
            quote_open = False
            cut += 1
        else:
            break
    following = text[match.end()]
    if not following.isupper():
        return None
    before = text[match.start() - 1] if match.start() > start else ""
    if before in ")]%”’" and before:
        return cut
    word = _WORD_BEFORE.search(text, max(start, match.start() - 40), match.start())
    if word is None:
        return None
    name = word.group()
    point_before = word.start() > start and text[word.start() - 1] == "."
    if before.islower():
        if name.lower() in {*TITLE_ABBREVIATIONS, "ph", "no", "vs"}:
            return None
        short = len(name) == 1 and not (point_before and name == "m")
        return None if short else cut
    if before.isdigit():
        return cut if len(name) >= 2 and not point_before else None
    if len(name) >= 2 and name.isupper() and not point_before:
        word_after = _next_word(text, match.end())
        return cut if word_after and not word_after.isupper() else None
    opener = _next_word(text, match.end())
    if before.isupper() and point_before and opener.lower() in SENTENCE_OPENERS:
        return cut
    return None


def _next_word(text: str, start: int) -> str:
    word = re.compile(r"([^\W_]+)[\s,’']").match(text, start)
    return word.group(1) if word else ""
