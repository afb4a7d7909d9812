"""Partial dates in an answer, read so that different spellings compare equal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from index.parsing.rules.dates import DAY_MONTH, MONTH_DAY, month_and_day
from index.segmentation.folding import fold, fold_text
from index.segmentation.lexicon import MONTH, MONTH_FORMS, WEEKDAY

_MARGIN = " .,;:"
_WEEKDAY = re.compile(rf"\b{WEEKDAY}", re.IGNORECASE)
_YEAR = r"(?P<year>(?:1\d|20)\d\d)"
_VAGUE = r"^(?:in |by |since |the |early |late |mid-? ?)*"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}-(?P<number>\d\d)-(?P<day>\d\d)",
        rf"(?<![\d/])(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/{_YEAR}\b",
        rf"{MONTH_DAY}(?:,?\s+{_YEAR})?\b",
        rf"{DAY_MONTH}(?:,?\s+{_YEAR})?\b",
        rf"\b(?P<month>{MONTH})\.?(?:\s+of)?,?\s+{_YEAR}\b",
        rf"^(?:in |by |since |early |late |mid-)*(?P<month>{MONTH})\.?$",
        rf"^(?:in |by |since |early |late |mid-)*{_YEAR}$",
        rf"{_VAGUE}(?P<years>(?:1\d|20)\d0)s$",
        rf"{_VAGUE}(?P<century>\d{{1,2}})(?:st|nd|rd|th) century$",
    )
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which parts may be missing (None).

    `years` is the number of years, from `year` on, that may be meant: 10 for "the 1990s", 100 for
    a century. `either` holds day and month where their order is unknown: 8/7/2011.
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    years: int = 1
    either: frozenset[int] = frozenset()

    def is_compatible(self, other: PartialDate) -> bool:
        """Return whether the dates share a part and every shared part can be the same."""
        shared = self._shared_parts(other)
        return bool(shared) and all(shared)

    def is_comparable(self, other: PartialDate) -> bool:
        """Return whether the dates share a part: 7 August and 2011 do not."""
        return bool(self._shared_parts(other))

    def _shared_parts(self, other: PartialDate) -> list[bool]:
        """Return, for each part that both dates have, whether it can be the same."""
        shared = [
            mine == theirs
            for mine, theirs in ((self.month, other.month), (self.day, other.day))
            if mine is not None and theirs is not None
        ]
        if self.year is not None and other.year is not None:
            start = max(self.year, other.year)
            shared.append(start < min(self.year + self.years, other.year + other.years))
        if self.either or other.either:
            days = [
                date.either or {part for part in (date.month, date.day) if part is not None}
                for date in (self, other)
            ]
            shared.append(days[0] <= days[1] or days[1] <= days[0])
        return shared


@lru_cache(maxsize=1024)
def partial_date(text: str) -> PartialDate | None:
    """Return the first date in a short text, or None.

    A year or a month alone must be the whole text.
    """
    match = _search(fold_text(text).strip(_MARGIN))
    return None if match is None else _date(match.groupdict())


def without_date(text: str) -> str:
    """Return a short text without its first date and without weekdays."""
    folded, origins = fold(text)
    margin = len(folded) - len(folded.lstrip(_MARGIN))
    match = _search(folded.strip(_MARGIN))
    if match is not None and match.end() > match.start():
        start, last = (origins[margin + at] for at in (match.start(), match.end() - 1))
        text = f"{text[:start]} {text[last + 1 :]}"
    return _WEEKDAY.sub(" ", text).strip()


def _search(folded: str) -> re.Match[str] | None:
    return next((match for pattern in _PATTERNS if (match := pattern.search(folded))), None)


def _date(groups: Mapping[str, str | None]) -> PartialDate:
    """Return the date that the named groups of a match of `_PATTERNS` give."""
    if century := groups.get("century"):
        return PartialDate(100 * int(century) - 99, years=100)
    if years := groups.get("years"):
        return PartialDate(int(years), years=100 if years.endswith("00") else 10)
    year = int(written) if (written := groups.get("year")) else None
    first, second = groups.get("first"), groups.get("second")
    if first and second:
        parts = month_and_day(int(first), int(second))
        either = frozenset((int(first), int(second)))
        return PartialDate(year, *parts) if parts else PartialDate(year, either=either)
    number, day, name = groups.get("number"), groups.get("day"), groups.get("month")
    month = int(number) if number else MONTH_FORMS[name] if name else None
    return PartialDate(year, month, int(day) if day else None)
