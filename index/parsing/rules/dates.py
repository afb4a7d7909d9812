"""Dates as news articles write them: a day, or a year alone, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from index.segmentation.lexicon import MONTH, MONTH_FORMS

_MONTH = rf"(?P<month>{MONTH})\.?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d)\b"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{_MONTH}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b,?\s+{_YEAR}",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"\b{_YEAR}[-/.](?P<number>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?!\d)",
    )
)
_SLASHED = re.compile(rf"\b(?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.]{_YEAR}")
_MONTH_YEAR = re.compile(rf"\b{_MONTH},?\s+{_YEAR}", re.IGNORECASE)
_COPYRIGHT = re.compile(
    rf"(?:©|\(c\)|&copy;|\bcopyright)\s*(?:©|\(c\))?\s*(?:by\s+)?(?:(?:1[89]|20)\d\d\s*[-–]\s*)?{_YEAR}",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"/(?P<year>(?:19|20)\d\d)[/-](?P<number>[01]\d)[/-](?P<day>[0-3]\d)(?=[/_.-]|$)"
)
_FILLER = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
    r"|\b(?:first |originally )?(?:published|posted|updated|created|modified|dated?|last|released|"
    r"on|at|by line|print edition|print|am|pm|a\.m|p\.m|"
    r"gmt|utc|e[sd]?t|c[sd]?t|m[sd]t|p[sd]?t|bst|z)\b\.?"
    r"|\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?:\.\d+)?(?:\s*[ap]\.?m\b\.?)?|[+-]\d{2}:?\d{2}\b|[^\w]|\bt(?=\d)|_",
    re.IGNORECASE,
)
_LONGEST_LINE = 120


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a year alone (`day` is None)."""

    year: int
    day: date | None = None


def find_date(words: str) -> tuple[Day, str] | None:
    """The first date in a short text, and the text without it; None if there is none.

    Numbers such as 03/04/2011 are read only where one of the two exceeds twelve; otherwise
    just the year is known.
    """
    best: tuple[int, Day, str] | None = None
    for form in _FORMS:
        match = form.search(words)
        if match and (best is None or match.start() < best[0]):
            made = _made(match)
            if made is not None:
                best = (match.start(), made, words[: match.start()] + " " + words[match.end() :])
    if best is None:
        match = _SLASHED.search(words)
        if match:
            first, second = int(match["first"]), int(match["second"])
            year = int(match["year"])
            made = _slashed(first, second, year)
            if made is not None:
                best = (match.start(), made, words[: match.start()] + " " + words[match.end() :])
    if best is None:
        match = _MONTH_YEAR.search(words)
        if match:
            rest = words[: match.start()] + " " + words[match.end() :]
            best = (match.start(), Day(int(match["year"])), rest)
    return None if best is None else (best[1], best[2])


def date_line(line: str) -> Day | None:
    """The date of a line that holds a date, a time, a weekday, and nothing else."""
    if len(line) > _LONGEST_LINE or not re.search(r"\d{4}", line):
        return None
    found = find_date(line)
    if found is None:
        return None
    day, rest = found
    again = find_date(rest)
    while again is not None:
        rest = again[1]
        again = find_date(rest)
    return day if not _FILLER.sub("", re.sub(r"(?<=\d)[tT](?=\d)", " ", rest)) else None


def copyright_year(line: str) -> int | None:
    """The (last) year of a copyright notice such as `© 2009-2013`."""
    match = _COPYRIGHT.search(line)
    return int(match["year"]) if match else None


def noticed_year(lines: Iterable[str]) -> int | None:
    """The year of the last copyright notice among some lines."""
    years = [year for line in lines if (year := copyright_year(line)) is not None]
    return years[-1] if years else None


def address_date(url: str) -> Day | None:
    """The day that an address carries in its path, as many newspapers' addresses do."""
    match = _ADDRESS.search(url)
    return _made(match) if match else None


def iso_date(value: str) -> Day | None:
    """A date out of a metadata field: any form above, or four digits alone."""
    value = value.strip()
    if re.fullmatch(r"(?:1[89]|20)\d\d", value):
        return Day(int(value))
    compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", value)
    if compact:
        value = "-".join(compact.groups())
    found = find_date(re.sub(r"(?<=\d)T(?=\d)", " ", value))
    return found[0] if found else None


def _made(match: re.Match[str]) -> Day | None:
    groups = match.groupdict()
    month = int(groups["number"]) if groups.get("number") else MONTH_FORMS[groups["month"].lower()]
    try:
        day = date(int(groups["year"]), month, int(groups["day"]))
    except ValueError:
        return None
    return Day(day.year, day)


def _slashed(first: int, second: int, year: int) -> Day | None:
    try:
        if first > 12 >= second:
            return Day(year, date(year, second, first))
        if second > 12 >= first or first == second:
            return Day(year, date(year, first, second))
    except ValueError:
        return None
    return Day(year) if max(first, second) <= 12 else None
