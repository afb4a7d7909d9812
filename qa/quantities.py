"""Numbers and dates in an answer, read so that different spellings compare equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

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
_SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "tn": 10**12}
_PARTS = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}

NUMBER_WORDS = (*_SMALL, *_TENS, *_SCALES)
"""English words that numbers are written with, in the singular."""

_BELOW = (
    "<",
    r"nearly|almost|less than|fewer than|under|at most|up to|close to|just under|no more than",
)
_ABOVE = (">", r"more than|over|at least|just over|upwards of|no (?:less|fewer) than")
_ABOUT = ("~", r"about|around|approximately|roughly|some|as many as|an estimated|estimated")
_HEDGES = "|".join(words for _, words in (_BELOW, _ABOVE, _ABOUT))

Bound = Literal["", "~", "<", ">"]
"""How a number is hedged: not at all, about, at most, at least."""

_ONES = "|".join(list(_SMALL)[1:10])
_WORDS = "|".join(_SMALL)
_SCALE_WORDS = "|".join(_SCALES)
_LARGE = "thousand|million|billion|trillion"
_HUNDRED = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{_ONES}))?|{_WORDS})(?![\w])"
_THOUSAND = rf"(?:(?:{_HUNDRED}|a) hundred(?: and {_HUNDRED}| {_HUNDRED})?|{_HUNDRED})"
# "One million two hundred thousand", "a hundred and twenty", "twenty-five", "twelve hundred".
_SPELT = (
    rf"(?<![\w-])(?:{_THOUSAND}|a)[ -](?:{_LARGE})(?:(?: and|,)? {_THOUSAND}[ -](?:{_LARGE}))*"
    rf"(?:(?: and|,)? {_THOUSAND})?(?!\w)|(?<![\w-]){_THOUSAND}(?!\w)"
)

_UNITS: dict[str, tuple[str, str, Decimal]] = {}
"""For each way of writing a unit: its kind, its name, and how many of the kind's own it is."""


def _unit(kind: str, name: str, size: str, *written: str) -> None:
    for form in written:
        _UNITS[form] = (kind, name, Decimal(size))


_unit("%", "%", "1", "%", "percent", "per cent")
for _name, *_forms in (
    ("$", "$", "us$", "dollar", "us dollar"),
    ("€", "€", "euro"),
    ("£", "£", "pound"),
    ("¥", "¥", "yen"),
    ("peso", "peso"),
    ("rupee", "rupee"),
    ("franc", "franc"),
    ("mark", "mark"),
    ("rouble", "rouble", "ruble"),
    ("yuan", "yuan"),
):
    _unit("money", _name, "1", *_forms)
for _size, *_forms in (
    ("1", "second"), ("60", "minute"), ("3600", "hour"), ("86400", "day"), ("604800", "week"),
):  # fmt: skip
    _unit("time", "second", _size, *_forms)
for _size, *_forms in (("1", "month"), ("12", "year"), ("120", "decade"), ("1200", "century")):
    _unit("years", "month", _size, *_forms)
for _size, *_forms in (
    ("0.001", "millimetre", "millimeter", "mm"), ("0.01", "centimetre", "centimeter", "cm"),
    ("1", "metre", "meter", "m"), ("1000", "kilometre", "kilometer", "km"),
    ("0.0254", "inch", "inche"), ("0.3048", "foot", "feet", "ft"), ("0.9144", "yard"),
    ("1609.344", "mile"),
):  # fmt: skip
    _unit("length", "metre", _size, *_forms)
for _size, *_forms in (
    ("0.001", "gram"), ("1", "kilogram", "kilo", "kg"), ("1000", "tonne", "metric ton"),
):  # fmt: skip
    _unit("mass", "kilogram", _size, *_forms)
for _name, *_forms in (("acre", "acre"), ("hectare", "hectare"), ("litre", "litre", "liter")):
    _unit(_name, _name, "1", *_forms)

_WRITTEN = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?P<hedge>\b(?:{_HEDGES})\s+)?(?P<sign>(?<![\w.)\]])-(?=[$€£¥]?\d))?"
    rf"(?P<money>us\$|[$€£¥])?\s?"
    rf"(?:(?P<part>half|quarter)(?: of)? an? (?P<whole>{_SCALE_WORDS})(?!\w)|"
    rf"(?P<spelt>{_SPELT})|"
    rf"(?P<number>(?P<comma>\d+,\d{{1,2}}(?=[ -](?:{_SCALE_WORDS})\b))|"
    rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|"
    rf"(?<![\w-])an?(?=\s(?:{_SCALE_WORDS})))"
    rf"(?:(?P<suffix>bn|mn|tn|[kmb])(?!\w))?)"
    rf"(?P<scales>(?:[ -](?:{_SCALE_WORDS})s?\b)*)"
    rf"(?:[ -]?(?P<unit>{_WRITTEN})s?(?!\w))?"
    rf"(?P<plus>\+| or more| or so)?",
)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s?(?P<half>[ap])\.?m\b\.?|\b(?P<word>noon|midnight)\b"
)


_AND_A_HALF = re.compile(rf"(?<![\w.,-])(\d{{1,3}}|{_WORDS}) and a half(?!\w)")
# "Half of them", "three quarters"; not "half an hour", "half a dozen", "half brother", and "the
# first half" is no share either.
_NO_SHARE = "".join(
    rf"(?<!{word} )" for word in "first second other latter last better and".split()
)
_SHARE = re.compile(
    rf"(?:\b(?P<hedge>{_HEDGES})\s+)?{_NO_SHARE}\b"
    r"(?P<part>(?:(?:one|a)[ -])?half|three[ -]quarters|(?:one|a)[ -]quarter)"
    r"(?=\W*$| of (?!an?\b)| (?:the|their|its|his|her|all)\b)"
)
_SHARES = {"half": Decimal(50), "quarters": Decimal(75), "quarter": Decimal(25)}
_RANGE = re.compile(
    rf"\bbetween [^a-z]{{0,9}}\d.{{0,40}} and [^a-z]{{0,9}}\d|"
    rf"^\W*(?:(?:from|{_ABOUT[1]}) )?[$€£¥]?\d[\d.,]*(?: \w+)? to [$€£¥]?\d"
)
# Spaces between thousands, where they can be nothing else.
_NARROW = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3}){0,3} 000(?!\d)")


def is_range(text: str) -> bool:
    """Whether a text tells two numbers between which one lies: "between 40,000 and 50,000"."""
    return bool(_RANGE.search(fold_text(text)))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in a unit, and how it was hedged.

    `kind` is what is measured: "%", "money", "time", "years", "length", "mass", "clock" (`value`
    in minutes after midnight), a unit of its own, or "" where none is told. `unit` is what all
    of a kind is measured in, for money the currency; `size` how many of it one of the value is.
    `millions` says that the text has a bare "5m", metres unless millions fit better; `share` that
    it says "half", which is 50 % and no number of things.
    """

    value: Decimal
    kind: str = ""
    unit: str = ""
    bound: Bound = ""
    size: Decimal = Decimal(1)
    millions: bool = False
    share: bool = False

    def beside(self, other: Quantity) -> Quantity:
        """This quantity, its "m" read as millions if the other is no length."""
        if not self.millions or other.kind == "length":
            return self
        return Quantity(self.value * _SUFFIXES["m"], bound=self.bound)

    @property
    def measure(self) -> Decimal:
        """The value in `unit`: seconds, months, metres, kilograms."""
        return self.value * self.size


@lru_cache(maxsize=1024)  # an answer is compared with a dozen others
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number in a text, in order: digits, words and scales, units, times of day."""
    text = _SPACED.sub(lambda match: match.group().replace(" ", ","), _NARROW.sub(",", text))
    folded = _AND_A_HALF.sub(_and_a_half, fold_text(text))
    clock = [(match.start(), _time(match)) for match in _CLOCK.finditer(folded)]
    rest = _CLOCK.sub(lambda match: " " * len(match.group()), folded)
    shares = [(match.start(), _share(match)) for match in _SHARE.finditer(rest)]
    rest = _SHARE.sub(lambda match: " " * len(match.group()), rest) if shares else rest
    found = [(match.start(), _quantity(match)) for match in _QUANTITY.finditer(rest)]
    return tuple(one for _, one in sorted([*clock, *shares, *found], key=lambda item: item[0]))


def _share(match: re.Match[str]) -> Quantity:
    part = re.split(r"[ -]", match["part"])[-1]
    return Quantity(_SHARES[part], "%", "%", _hedge(match["hedge"]), share=True)


def _and_a_half(match: re.Match[str]) -> str:
    """The number in digits."""
    whole = match[1]
    return f"{_SMALL.get(whole, whole)}.5"


def _quantity(match: re.Match[str]) -> Quantity:
    money, written, suffix = match["money"], match["unit"], match["suffix"]
    if match["part"]:
        value = _PARTS[match["part"]] * _SCALES[match["whole"]]
    elif match["spelt"]:
        value = _spelt(match["spelt"])
    elif match["number"] in ("a", "an"):
        value = Decimal(1)
    else:
        value = Decimal(match["number"].replace(",", "." if match["comma"] else ""))
    millions = suffix == "m" and not money and not written  # "a 5m wall", "5m refugees"
    if millions:
        suffix, written = None, "m"
    if suffix:
        value *= _SUFFIXES[suffix]
    for scale in re.findall(_SCALE_WORDS, match["scales"] or ""):
        value *= _SCALES[scale]
    if match["sign"]:
        value = -value
    kind, unit, size = _UNITS[money or written] if money or written else ("", "", Decimal(1))
    return Quantity(value, kind, unit, _bound(match), size, millions)


def _bound(match: re.Match[str]) -> Bound:
    if match["plus"]:
        return "~" if match["plus"] == " or so" else ">"
    return _hedge(match["hedge"])


def _hedge(words: str | None) -> Bound:
    """What the words before a number say of it."""
    hedge = (words or "").strip()
    if not hedge:
        return ""
    if re.fullmatch(_BELOW[1], hedge):
        return "<"
    return ">" if re.fullmatch(_ABOVE[1], hedge) else "~"


def _time(match: re.Match[str]) -> Quantity:
    if match["word"]:
        return Quantity(Decimal(720 if match["word"] == "noon" else 0), "clock", "clock")
    hour = int(match["hour"]) % 12 + (12 if match["half"] == "p" else 0)
    return Quantity(Decimal(60 * hour + int(match["minute"] or 0)), "clock", "clock")


def _spelt(number: str) -> Decimal:
    """The value of a number in words."""
    total = part = 0
    for word in re.findall(r"[a-z]+", number):
        if word == "hundred":
            part = (part or 1) * 100
        elif word in _SCALES:
            total, part = total + (part or 1) * _SCALES[word], 0
        else:
            part += _SMALL.get(word, _TENS.get(word, 0)) if word not in ("a", "and") else 0
    return Decimal(total + part)


MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
"""The months in English, whatever the machine's locale."""

MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?!\w)"
)
"""A pattern of their names and abbreviations in folded text, the full stop left out."""

_MONTHS = [month[:3].lower() for month in MONTHS]
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
        return bool(shared) and all(shared)


@lru_cache(maxsize=1024)
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
        if parts.get("century"):
            return PartialDate(100 * int(parts["century"]) - 99, years=100)
        if years := parts.get("years"):
            return PartialDate(int(years), years=100 if years.endswith("00") else 10)
        year, day = parts.get("year"), parts.get("day")
        if parts.get("one"):
            return _slashed(int(parts["one"]), int(parts["two"]), int(str(year)))
        return PartialDate(int(year) if year else None, month, int(day) if day else None)
    return None


def _slashed(one: int, two: int, year: int) -> PartialDate:
    """A date such as 8/7/2011; which of the two is the month, only one above 12 tells."""
    if one == two or two > 12:
        return PartialDate(year, one, two)
    if one > 12:
        return PartialDate(year, two, one)
    return PartialDate(year, either=frozenset((one, two)))
