"""Numbers and dates in an answer, read so that different spellings compare equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from index.folding import fold_text

_SMALL = {
    word: value
    for value, word in enumerate(
        """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
    fifteen sixteen seventeen eighteen nineteen
    """.split()
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {
    "dozen": 12,
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}
_WORDS = "|".join([*_SMALL, *_TENS])
_SCALE_WORDS = "|".join(_SCALES)
_HEDGES = (
    r"nearly|almost|about|around|approximately|roughly|some|more than|less than|fewer than|over|"
    r"under|at least|at most|up to|close to|just over|just under|as many as|an estimated|"
    r"estimated|upwards of"
)
_QUANTITY = re.compile(
    rf"(?P<hedge>(?:{_HEDGES})\s+)?(?P<money>us\$|\$|€|£)?\s?"
    rf"(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|"
    rf"(?<![\w-])(?:{_WORDS})(?:[ -](?:{_WORDS}))?(?![\w])|(?<![\w-])an?(?=\s(?:{_SCALE_WORDS})))"
    rf"(?P<scales>(?:[ -](?:{_SCALE_WORDS})s?\b)*)"
    rf"(?:\s?(?P<unit>%|percent|per cent|dollars|us dollars|euros|pounds)(?!\w))?"
    rf"(?P<plus>\+| or more| or so)?",
)
_CURRENCY = {"us$": "$", "dollars": "$", "us dollars": "$", "euros": "€", "pounds": "£"}
_PERCENT = {"percent": "%", "per cent": "%"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit (`$`, `€`, `£`, `%` or none), and whether it was hedged."""

    value: Decimal
    unit: str = ""
    hedged: bool = False


def quantities(text: str) -> list[Quantity]:
    """Every number in a text, in order: digits, words and scales, money and percentages."""
    found = []
    for match in _QUANTITY.finditer(fold_text(text)):
        value = _value(match["number"])
        for scale in re.findall(_SCALE_WORDS, match["scales"] or ""):
            value *= _SCALES[scale]
        unit = match["money"] or match["unit"] or ""
        unit = _CURRENCY.get(unit, _PERCENT.get(unit, unit))
        hedged = bool(match["hedge"] or match["plus"])
        found.append(Quantity(value, unit, hedged))
    return found


def _value(number: str) -> Decimal:
    if number[0].isdigit():
        return Decimal(number.replace(",", ""))
    if number in ("a", "an"):
        return Decimal(1)
    return Decimal(sum(_SMALL.get(word, _TENS.get(word, 0)) for word in re.split("[ -]", number)))


MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
"""The months in English, whatever the machine's locale."""

_MONTHS = [month[:3].lower() for month in MONTHS]
_MONTH = r"(?P<month>(?:" + "|".join(_MONTHS) + r")[a-z]*)\.?"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<year>(?:1\d|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)",
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<year>(?:1\d|20)\d\d))?\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>(?:1\d|20)\d\d))?\b",
        rf"\b{_MONTH}(?:\s+of)?,?\s+(?P<year>(?:1\d|20)\d\d)\b",
        rf"^(?:in |by |since |early |late |mid-)*{_MONTH}$",
        r"^(?:in |by |since |early |late |mid-)*(?P<year>(?:1\d|20)\d\d)$",
    )
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as a text gives it; missing parts are None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def fits(self, other: PartialDate) -> bool:
        """Whether every part that both give is the same, and they share a part."""
        pairs = [
            (mine, theirs)
            for mine, theirs in zip(
                (self.year, self.month, self.day),
                (other.year, other.month, other.day),
                strict=True,
            )
            if mine is not None and theirs is not None
        ]
        return bool(pairs) and all(mine == theirs for mine, theirs in pairs)


def partial_date(text: str) -> PartialDate | None:
    """The first date in a short text, or None. A bare year or month must stand alone."""
    folded = fold_text(text).strip(" .,;:")
    for pattern in _DATES:
        match = pattern.search(folded)
        if match is None:
            continue
        parts = match.groupdict()
        month: int | None = None
        if parts.get("number"):
            month = int(parts["number"])
        elif parts.get("month"):
            month = _MONTHS.index(parts["month"][:3]) + 1
        year, day = parts.get("year"), parts.get("day")
        return PartialDate(int(year) if year else None, month, int(day) if day else None)
    return None
