"""Dates in an answer, as far as it gives them, read so that different spellings compare equal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from index.segmentation.folding import fold, fold_text
from index.segmentation.lexicon import MONTH, MONTH_FORMS, WEEKDAY

_AROUND = " .,;:"
_WEEKDAY = re.compile(rf"\b{WEEKDAY}", re.IGNORECASE)
_MONTH = rf"(?P<month>{MONTH})\.?"
_VAGUELY = r"^(?:in |by |since |the |early |late |mid-? ?)*"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>(?:1\d|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)",
        # Which of the two is the month differs from country to country.
        r"(?<![\d/])(?P<one>\d{1,2})/(?P<two>\d{1,2})/(?P<year>(?:1\d|20)\d\d)\b",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>(?:1\d|20)\d\d))?\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>(?:1\d|20)\d\d))?\b",
        rf"\b{_MONTH}(?:\s+of)?,?\s+(?P<year>(?:1\d|20)\d\d)\b",
        rf"^(?:in |by |since |early |late |mid-)*{_MONTH}$",
        r"^(?:in |by |since |early |late |mid-)*(?P<year>(?:1\d|20)\d\d)$",
        rf"{_VAGUELY}(?P<years>(?:1\d|20)\d0)s$",
        rf"{_VAGUELY}(?P<century>\d{{1,2}})(?:st|nd|rd|th) century$",
    )
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as a text gives it; missing parts are None.

    `years` is how many years from `year` on may be meant: 10 for "the 1990s", 100 for a century.
    `either` are day and month in the one or the other order: 8/7/2011.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    years: int = 1
    either: frozenset[int] = frozenset()

    def fits(self, other: PartialDate) -> bool:
        """Whether every part that both give can be the same, and they share a part."""
        shared = self._shared(other)
        return bool(shared) and all(shared)

    def meets(self, other: PartialDate) -> bool:
        """Whether both give a part that can be compared: 7 August and 2011 do not."""
        return bool(self._shared(other))

    def _shared(self, other: PartialDate) -> list[bool]:
        """For each part that both give, whether it can be the same."""
        shared = [
            mine == theirs
            for mine, theirs in ((self.month, other.month), (self.day, other.day))
            if mine is not None and theirs is not None
        ]
        if self.year is not None and other.year is not None:
            begins = max(self.year, other.year)
            shared.append(begins < min(self.year + self.years, other.year + other.years))
        if self.either or other.either:
            days = [
                one.either or {part for part in (one.month, one.day) if part is not None}
                for one in (self, other)
            ]
            shared.append(days[0] <= days[1] or days[1] <= days[0])
        return shared


@lru_cache(maxsize=1024)
def partial_date(text: str) -> PartialDate | None:
    """The first date in a short text, or None. A bare year or month must stand alone."""
    match = _found(fold_text(text).strip(_AROUND))
    if match is None:
        return None
    return _read(match.groupdict())


def without_date(text: str) -> str:
    """A short text without its first date and without weekdays, "" where nothing else is told."""
    folded, origins = fold(text)
    first = len(folded) - len(folded.lstrip(_AROUND))
    match = _found(folded.strip(_AROUND))
    if match is not None and match.end() > match.start():
        begins, last = (origins[first + at] for at in (match.start(), match.end() - 1))
        text = f"{text[:begins]} {text[last + 1 :]}"
    return _WEEKDAY.sub(" ", text).strip()


def _found(folded: str) -> re.Match[str] | None:
    return next((match for pattern in _DATES if (match := pattern.search(folded))), None)


def _read(parts: Mapping[str, str | None]) -> PartialDate:
    """What the named groups of a date's pattern tell."""
    if century := parts.get("century"):
        return PartialDate(100 * int(century) - 99, years=100)
    if years := parts.get("years"):
        return PartialDate(int(years), years=100 if years.endswith("00") else 10)
    year, day, name = parts.get("year"), parts.get("day"), parts.get("month")
    one, two, number = parts.get("one"), parts.get("two"), parts.get("number")
    if one and two and year:
        return _slashed(int(one), int(two), int(year))
    month = int(number) if number else MONTH_FORMS[name] if name else None
    return PartialDate(int(year) if year else None, month, int(day) if day else None)


def _slashed(one: int, two: int, year: int) -> PartialDate:
    """A date such as 8/7/2011; which of the two is the month, only one above 12 tells."""
    if one == two or two > 12:
        return PartialDate(year, one, two)
    if one > 12:
        return PartialDate(year, two, one)
    return PartialDate(year, either=frozenset((one, two)))
