"""Dates as news articles write them: a day, or a year alone.

The patterns of a month with its day are shared with `qa.language.dates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from index.segmentation.lexicon import MONTH, MONTH_FORMS

MONTH_DAY = rf"\b(?P<month>{MONTH})\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
"""A pattern of "August 7" in lower case."""

DAY_MONTH = rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{MONTH})\.?"
"""A pattern of "7 August" and "7th of August" in lower case."""

_YEAR = r"(?P<year>(?:1[89]|20)\d\d)\b"
_PATTERNS = tuple(
    tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
    for patterns in (
        (
            rf"{MONTH_DAY}\b,?\s+{_YEAR}",
            rf"{DAY_MONTH},?\s+{_YEAR}",
            rf"\b{_YEAR}[-/.](?P<number>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?!\d)",
        ),
        (rf"\b(?P<first>\d{{1,2}})[-/.](?P<second>\d{{1,2}})[-/.]{_YEAR}",),
        (rf"\b{MONTH}\.?,?\s+{_YEAR}",),
    )
)
"""Patterns of dates; those of a later group are tried where no earlier one matches."""

_COPYRIGHT = re.compile(
    rf"(?:©|\(c\)|&copy;|\bcopyright)\s*(?:©|\(c\))?\s*(?:by\s+)?(?:(?:1[89]|20)\d\d\s*[-–]\s*)?{_YEAR}",
    re.IGNORECASE,
)
_URL_DATE = re.compile(
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
_MAX_LINE = 120


@dataclass(frozen=True, slots=True)
class Day:
    """A day, or a year alone (`day` is None)."""

    year: int
    day: date | None = None


def find_date(text: str) -> tuple[Day, str] | None:
    """Return the first date in a short text and the text without it, or None.

    Of dates such as 03/04/2011 only the year is returned, unless one of the numbers exceeds
    twelve.
    """
    for patterns in _PATTERNS:
        found = [
            (match.start(), match.end(), day)
            for pattern in patterns
            if (match := pattern.search(text)) and (day := _day(match))
        ]
        if found:
            start, end, day = min(found, key=lambda item: item[0])
            return day, f"{text[:start]} {text[end:]}"
    return None


def date_line(line: str) -> Day | None:
    """Return the date of a line that holds dates, times and weekdays only, or None."""
    if len(line) > _MAX_LINE or not re.search(r"\d{4}", line):
        return None
    found = find_date(line)
    if found is None:
        return None
    day, rest = found
    while (found := find_date(rest)) is not None:
        rest = found[1]
    return day if not _FILLER.sub("", re.sub(r"(?<=\d)[tT](?=\d)", " ", rest)) else None


def copyright_year(lines: Iterable[str]) -> int | None:
    """Return the last year of the last copyright notice (`© 2009-2013`) among some lines."""
    years = [int(match["year"]) for line in lines if (match := _COPYRIGHT.search(line))]
    return years[-1] if years else None


def url_date(url: str) -> Day | None:
    """Return the day in the path of a URL, where many newspapers put it, or None."""
    match = _URL_DATE.search(url)
    return _day(match) if match else None


def iso_date(value: str) -> Day | None:
    """Return the date in a metadata field: any form of `find_date`, yyyymmdd, or a year alone."""
    value = value.strip()
    if re.fullmatch(r"(?:1[89]|20)\d\d", value):
        return Day(int(value))
    compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", value)
    if compact:
        value = "-".join(compact.groups())
    found = find_date(re.sub(r"(?<=\d)T(?=\d)", " ", value))
    return found[0] if found else None


def month_and_day(first: int, second: int) -> tuple[int, int] | None:
    """Return month and day of a date such as 8/15/2011, or None where either order is possible.

    Which of the two is the month differs from country to country.
    """
    if first == second or second > 12:
        return first, second
    return (second, first) if first > 12 else None


def _day(match: re.Match[str]) -> Day | None:
    """Return the date that a match of `_PATTERNS` or `_URL_DATE` gives, None for an invalid one."""
    groups = match.groupdict()
    year = int(groups["year"])
    if "first" in groups:
        parts = month_and_day(int(groups["first"]), int(groups["second"]))
    elif "day" in groups:
        month = groups.get("number") or MONTH_FORMS[groups["month"].lower()]
        parts = int(month), int(groups["day"])
    else:
        parts = None
    try:
        return Day(year, date(year, *parts)) if parts else Day(year)
    except ValueError:
        return None
