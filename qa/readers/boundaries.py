"""Moving the ends of a span to where words, numbers, quotations and brackets end.

A reader works on pieces of words. What it proposes is widened to whole words and numbers,
then a quotation or bracket of which it holds one half is completed inside its bounds, or
the half is left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from index.segmentation.lexicon import NAME_SUFFIXES, alternatives
from index.types import Span

# A number keeps its sign, separators (slashes of a fraction or date, spaces between thousands too),
# currency and percent sign; a word its inner apostrophes but not the possessive, which answers
# leave off; initials and "Jr." keep their dots.
_MARKS = "".join(
    chr(code) for code in range(0x300, 0x3100) if unicodedata.category(chr(code)).startswith("M")
)
"""Combining marks: accents written apart, the vowel signs of Indian scripts."""

_SIGN = r"(?<![^\s(\[])[-–−](?=[$€£¥]?\d)"
_LETTERS = rf"(?:[^\W_][{_MARKS}]*)+"
_THOUSANDS = "[\u00a0\u202f]\\d{3}|(?: \\d{3}){0,3}? 000"
_POINTED = r"(?:(?<!\w)[$€£¥]|(?<![\w.$€£¥]))\.\d+"
_UNIT = re.compile(
    r"(?<![^\W_])(?:[^\W\d_]{1,3}\.){2,}(?!\w)"
    rf"|(?<![^\W_])(?:{alternatives(word.title() for word in NAME_SUFFIXES)})\."
    rf"|(?<![\w.,])[$€£¥]?\d{{1,3}}(?:{_THOUSANDS})+(?!\d)"
    # ".08 percent", "$.50"; "1,400 €"; "A$5".
    rf"|{_POINTED}%?"
    r"|(?<![\w.,])\d[\d.,]*[ \u00a0]?[€£¥](?!\d)"
    r"|(?<![^\W_])[A-Z]{1,2}\$\d+(?:[.,]\d+)*"
    r"|(?<![\w/])\d{1,4}(?:/\d{1,4})+(?!\w)"
    rf"|(?:{_SIGN})?[$€£¥]?{_LETTERS}(?:(?:(?<=\d)[.,:](?=\d)|['’](?![sS]\b)){_LETTERS})*(?:(?<=\d)%)?"
)
_SHORTENED = re.compile(r"(?:em|tis|twas|til|cause|n|s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_OWNED = re.compile(r" [a-z]")
_MINUS = re.compile(_SIGN)
_POINT = re.compile(r"(?<![\w.])\.(?=\d)")
_PAID = re.compile(r"\d[ \u00a0]?[€£¥]")
_PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "«": "»", "‘": "’"}
_TRIMMED_LEFT = " \t\r\n\f\v\u00a0.,;:!?-–—/)]}”»’%"
_TRIMMED_RIGHT = " \t\r\n\f\v\u00a0,;:-–—/([{“«‘$€£¥"
_STOPS = ".!?"
_ROUNDS = 6


@lru_cache(maxsize=512)
def _marks(text: str) -> tuple[tuple[int, int], ...]:
    """The (opening, closing) places of quotations and brackets in a stretch of text."""
    found: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    straight: int | None = None
    single: int | None = None
    for place, character in enumerate(text):
        if character == '"':
            if straight is None and _inches(text, place):
                continue
            if straight is None:
                straight = place
            else:
                found.append((straight, place))
                straight = None
        elif character == "'":
            if _opens(text, place):
                single = place
            elif single is not None and not _inside_word(text, place) and not _owned(text, place):
                found.append((single, place))
                single = None
        elif character in _PAIRS:
            waiting.append((_PAIRS[character], place))
        elif any(character == closing for closing, _ in waiting):
            if character == "’" and _inside_word(text, place):
                continue
            while waiting:
                closing, opened = waiting.pop()
                if closing == character:
                    found.append((opened, place))
                    break
    return tuple(sorted(found))


@lru_cache(maxsize=512)
def _units(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(match.span() for match in _UNIT.finditer(text))


def _inches(text: str, place: int) -> bool:
    """Whether a mark stands where inches do."""
    return text[place] == '"' and text[:place][-1:].isdigit()


def _opens(text: str, place: int) -> bool:
    """Whether a straight single quote opens a quotation: not in "it's", "the '90s", "'em"."""
    before, after = text[:place][-1:], text[place + 1 : place + 2]
    return (
        after.isalpha()
        and not before.isalnum()
        and before not in (".", ",", "!", "?", "’")
        and not _SHORTENED.match(text, place + 1)
    )


def _owned(text: str, place: int) -> bool:
    """Whether an apostrophe is that of the boys' club."""
    return text[:place][-1:] == "s" and bool(_OWNED.match(text, place + 1))


def _inside_word(text: str, place: int) -> bool:
    return 0 < place < len(text) - 1 and text[place - 1].isalnum() and text[place + 1].isalnum()


def snap(text: str, span: Span, bounds: Span) -> Span | None:
    """`span` of `text` moved to whole words and whole pairs, never leaving `bounds`.

    `bounds` is a sentence or paragraph that begins and ends between words. Returns None
    when nothing with a letter or digit is left.
    """
    whole = bounds.of(text)
    start = max(0, span.start - bounds.start)
    end = min(len(whole), span.end - bounds.start)
    for _ in range(_ROUNDS):
        before = (start, end)
        start, end = _trimmed(whole, start, end)
        start, end = _whole_units(whole, start, end)
        start, end = _whole_pairs(whole, start, end)
        if (start, end) == before:
            break
    else:
        # Marks that cross each other can push the ends to and fro: then take all of it.
        start, end = _largest_settled(whole)
    if start >= end or not any(c.isalnum() for c in whole[start:end]):
        return None
    return Span(bounds.start + start, bounds.start + end)


def whole_quotations(text: str, span: Span, bounds: Span) -> Span:
    """A sentence of `text` with no half of a quotation or bracket pair: completed inside `bounds`,
    or left out at its end. Its full stop stays."""
    whole = bounds.of(text)
    start, end = span.start - bounds.start, span.end - bounds.start
    for _ in range(_ROUNDS):
        before = (start, end)
        start, end = _whole_pairs(whole, start, end)
        while start < end and whole[start].isspace():
            start += 1
        while start < end and whole[end - 1].isspace():
            end -= 1
        if (start, end) == before and start < end:
            return Span(bounds.start + start, bounds.start + end)
    return bounds


def _trimmed(whole: str, start: int, end: int) -> tuple[int, int]:
    while start < end and whole[start] in _TRIMMED_LEFT and not _begins_number(whole, start):
        start += 1
    while start < end and (
        (whole[end - 1] in _TRIMMED_RIGHT and not _ends_sum(whole, end)) or _loose_stop(whole, end)
    ):
        end -= 1
    return start, end


def _begins_number(whole: str, start: int) -> bool:
    """Whether a minus or the point of ".08" stands there."""
    return bool(_MINUS.match(whole, start) or _POINT.match(whole, start))


def _ends_sum(whole: str, end: int) -> bool:
    """Whether a currency's sign before `end` belongs to the number before it, not the one after."""
    before = whole[max(0, end - 3) : end]
    return bool(_PAID.search(before)) and before[-1] in "€£¥" and not whole[end : end + 1].isdigit()


def _loose_stop(whole: str, end: int) -> bool:
    """Whether the character before `end` is a full stop that belongs to no initials."""
    if whole[end - 1] not in _STOPS:
        return False
    return not any(left < end <= right for left, right in _units(whole))


def _whole_units(whole: str, start: int, end: int) -> tuple[int, int]:
    for left, right in _units(whole):
        if left < start < right:
            start = left
        if left < end < right:
            end = right
    return start, end


def _whole_pairs(whole: str, start: int, end: int) -> tuple[int, int]:
    for opened, closed in _broken(whole, start, end):
        if start <= opened < end:  # the closing half is missing
            if opened == start:
                start += 1
            else:
                end = closed + 1
        elif closed == end - 1:
            end -= 1
        else:
            start = opened
    # A half without a partner in these bounds: cut it off on its nearer side.
    paired = {place for pair in _marks(whole) for place in pair}
    for place in range(start, end):
        character = whole[place]
        lonely = character in '"()[]{}“”«»' and place not in paired and not _inches(whole, place)
        if lonely and start <= place < end:
            if place - start < end - 1 - place:
                start = place + 1
            else:
                end = place
    return start, end


def _broken(whole: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for opened, closed in _marks(whole):
        if (start <= opened < end) != (start <= closed < end):
            yield opened, closed


def _largest_settled(whole: str) -> tuple[int, int]:
    return _trimmed(whole, 0, len(whole))
