"""Move the ends of a span to the boundaries of words, numbers, quotations and brackets.

A reader works on parts of words. Its spans are widened to whole words and numbers, and to whole
paths, addresses, options, versions and names in code, none of which means anything in part; then a
quotation or bracket pair of which a span has one half is completed within its bounds, or the half
is dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from index.segmentation.lexicon import NAME_SUFFIXES, alternatives
from index.types import Span

_MARKS = "".join(
    chr(code) for code in range(0x300, 0x3100) if unicodedata.category(chr(code)).startswith("M")
)
"""Combining marks: separate accents, the vowel signs of Indian scripts."""

_SIGN = r"(?<![^\s(\[])[-–−](?=[$€£¥]?\d)"
_LETTERS = rf"(?:[^\W_][{_MARKS}]*)+"
_THOUSANDS = "[\u00a0\u202f]\\d{3}|(?: \\d{3}){0,3}? 000"
_POINTED = r"(?:(?<!\w)[$€£¥]|(?<![\w.$€£¥]))\.\d+"
# A number keeps its sign, separators (slashes of a fraction or date, spaces between thousands too),
# currency and percent sign; a word its inner apostrophes but not the possessive, which answers
# leave off; initials and "Jr." keep their dots.
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
_TECHNICAL = re.compile(
    r"(?<!\w)[A-Za-z][A-Za-z0-9+.-]*://[^\s<>\"'`“”]*[\w/=&#%-]"  # https://example.org/a?b=1
    r"|(?<![\w.+-])[\w.+-]*\w@\w[\w-]*(?:\.\w[\w-]*)*"  # ann@example.org
    r"|(?<!\w)[A-Za-z]:\\[^\s<>\"'|:*?]*\w"  # C:\Windows\win.ini
    # /etc/hosts, ~/.profile, $HOME/bin/
    r"|(?<![\w./~])(?:~|\.{1,2}|\$\{?\w+\}?)?/[\w@{$.-][\w.@+:%{}$/-]*(?:(?<=[\w}])|(?<=/))"
    r"|(?<![\w/.-])[\w-][\w.-]*(?:/[\w.@-]+)+\.[A-Za-z]\w{0,9}"  # docs/index.md
    r"|(?<![\w/.-])[\w.-]*\w(?:/[\w.@-]*\w){2,}"  # apps/v1/Deployment
    r"|(?<![^\s(\[\"'“‘,|])--?[A-Za-z][\w-]*(?:[=:][^\s,;()\[\]\"'“”]*[\w/%])?"  # --dry-run=true
    # v2.3.1-rc.1, 10.0.0.1:80
    r"|(?<![\w.])v?\d+(?:\.\d+)+(?:[-+][A-Za-z][\w.+-]*\b)?(?::\d+)?(?:/\d+)?(?![\w%]|,\d)"
    # os.path.join(), std::vector
    r"|(?<![\w.])[A-Za-z_$][\w-]*\w(?:(?:\.(?=[a-z_])|::|->)[A-Za-z_][\w-]*\w)+(?:\(\))?"
    r"|(?<!\w)[$@]?\w*[^\W\d_]\w*_\w*(?:\(\))?"  # max_connections
    r"|(?<!\w)\$\{?[A-Za-z_]\w*\}?"  # $HOME
)
_SHORTENED = re.compile(r"(?:em|tis|twas|til|cause|n|s|t|re|ve|ll|d|m)\b", re.IGNORECASE)
_OWNED = re.compile(r" [a-z]")
_MINUS = re.compile(_SIGN)
_POINT = re.compile(r"(?<![\w.])\.(?=\d)")
_PAID = re.compile(r"\d[ \u00a0]?[€£¥]")
_NOTES = re.compile(r"\s*[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?=\W|$)")
_LAST_NOTES = re.compile(r"\s[⁰¹²³⁴⁵⁶⁷⁸⁹]+[\s.,;:]*\Z")
_PAIRS = {"(": ")", "[": "]", "{": "}", "“": "”", "«": "»", "‘": "’"}
_TRIMMED_LEFT = " \t\r\n\f\v\u00a0.,;:!?-–—/)]}”»’%"
_TRIMMED_RIGHT = " \t\r\n\f\v\u00a0,;:-–—/([{“«‘$€£¥"
_STOPS = ".!?"
_MAX_ROUNDS = 6


@lru_cache(maxsize=512)
def _pairs(text: str) -> tuple[tuple[int, int], ...]:
    """Return the offsets of the opening and closing mark of each quotation and bracket pair."""
    pairs: list[tuple[int, int]] = []
    open_marks: list[tuple[str, int]] = []
    double: int | None = None
    single: int | None = None
    for at, character in enumerate(text):
        if character == '"':
            if double is None and _is_inch_mark(text, at):
                continue
            if double is None:
                double = at
            else:
                pairs.append((double, at))
                double = None
        elif character == "'":
            if _is_opening_quote(text, at):
                single = at
            elif (
                single is not None
                and not _is_inside_word(text, at)
                and not _is_possessive(text, at)
            ):
                pairs.append((single, at))
                single = None
        elif character in _PAIRS:
            open_marks.append((_PAIRS[character], at))
        elif any(character == closing for closing, _ in open_marks):
            if character == "’" and _is_inside_word(text, at):
                continue
            while open_marks:
                closing, opened = open_marks.pop()
                if closing == character:
                    pairs.append((opened, at))
                    break
    return tuple(sorted(pairs))


@lru_cache(maxsize=512)
def _units(text: str) -> tuple[tuple[int, int], ...]:
    """Return the offsets of each word, number and technical name."""
    names = _names(text)
    words = (match.span() for match in _UNIT.finditer(text))
    # "run.sh." would be an abbreviation.
    outside = [word for word in words if not any(a <= word[0] < b for a, b in names)]
    return tuple(sorted([*names, *outside]))


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[tuple[int, int], ...]:
    """Return the offsets of each path, address, option, version and name in code."""
    return tuple(match.span() for match in _TECHNICAL.finditer(text))


def _is_inch_mark(text: str, at: int) -> bool:
    """Whether a straight double quote follows a digit, as in 6"."""
    return text[at] == '"' and text[:at][-1:].isdigit()


def _is_opening_quote(text: str, at: int) -> bool:
    """Whether a straight single quote opens a quotation: not in "it's", "the '90s", "'em"."""
    before, after = text[:at][-1:], text[at + 1 : at + 2]
    return (
        after.isalpha()
        and not before.isalnum()
        and before not in (".", ",", "!", "?", "’")
        and not _SHORTENED.match(text, at + 1)
    )


def _is_possessive(text: str, at: int) -> bool:
    """Whether a straight single quote is a plural possessive, as in "the boys' club"."""
    return text[:at][-1:] == "s" and bool(_OWNED.match(text, at + 1))


def _is_inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()


def snap(text: str, span: Span, bounds: Span) -> Span | None:
    """Move a span of `text` to whole words and whole pairs, within `bounds`.

    `bounds` is a sentence or paragraph that begins and ends between words. Returns None when no
    letter or digit is left.
    """
    whole = bounds.of(text)
    start = max(0, span.start - bounds.start)
    end = min(len(whole), span.end - bounds.start)
    for _ in range(_MAX_ROUNDS):
        before = (start, end)
        start, end = _trim(whole, start, end)
        start, end = _whole_units(whole, start, end)
        start, end = _whole_pairs(whole, start, end)
        if (start, end) == before:
            break
    else:
        # The ends can alternate where pairs cross each other: then take all of it.
        start, end = _trim(whole, 0, len(whole))
    if start >= end or not any(c.isalnum() for c in whole[start:end]):
        return None
    return Span(bounds.start + start, bounds.start + end)


def whole_quotations(text: str, span: Span, bounds: Span) -> Span:
    """Complete or drop half quotations and bracket pairs of a sentence, within `bounds`.

    Unlike `snap`, this leaves the sentence's final punctuation.
    """
    whole = bounds.of(text)
    start, end = span.start - bounds.start, span.end - bounds.start
    for _ in range(_MAX_ROUNDS):
        before = (start, end)
        start, end = _whole_pairs(whole, start, end)
        while start < end and whole[start].isspace():
            start += 1
        while start < end and whole[end - 1].isspace():
            end -= 1
        if (start, end) == before and start < end:
            return Span(bounds.start + start, bounds.start + end)
    return bounds


def _trim(whole: str, start: int, end: int) -> tuple[int, int]:
    start, end = _without_notes(whole, start, end)
    names = _names(whole)
    while start < end and whole[start] in _TRIMMED_LEFT and not _starts_number(whole, start):
        if any(left <= start < right for left, right in names):
            break
        start += 1
    while start < end and (
        (whole[end - 1] in _TRIMMED_RIGHT and not _ends_amount(whole, end))
        or _is_loose_stop(whole, end)
    ):
        if any(left < end <= right for left, right in names):
            break
        end -= 1
    return start, end


def _without_notes(whole: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without marks of notes at its ends: "1913 ⁴" is the year."""
    first = _NOTES.match(whole, start, end)
    if first and (start == 0 or whole[start - 1].isspace() or whole[start].isspace()):
        start = first.end()
    last = _LAST_NOTES.search(whole, start, end)
    return start, last.start() if last else end


def _starts_number(whole: str, start: int) -> bool:
    """Whether a number starts with its minus sign or decimal point at `start`."""
    return bool(_MINUS.match(whole, start) or _POINT.match(whole, start))


def _ends_amount(whole: str, end: int) -> bool:
    """Whether the currency sign before `end` belongs to the number before it."""
    before = whole[max(0, end - 3) : end]
    return bool(_PAID.search(before)) and before[-1] in "€£¥" and not whole[end : end + 1].isdigit()


def _is_loose_stop(whole: str, end: int) -> bool:
    """Whether the character before `end` ends a sentence and is not part of an abbreviation."""
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
    for opened, closed in _broken_pairs(whole, start, end):
        if start <= opened < end:  # the closing half is missing
            if opened == start:
                start += 1
            else:
                end = closed + 1
        elif closed == end - 1:
            end -= 1
        else:
            start = opened
    # A half without the other in these bounds: cut it off on its nearer side.
    paired = {at for pair in _pairs(whole) for at in pair}
    for at in range(start, end):
        is_single = whole[at] in '"()[]{}“”«»' and at not in paired and not _is_inch_mark(whole, at)
        if is_single and start <= at < end:
            if at - start < end - 1 - at:
                start = at + 1
            else:
                end = at
    return start, end


def _broken_pairs(whole: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for opened, closed in _pairs(whole):
        if (start <= opened < end) != (start <= closed < end):
            yield opened, closed
