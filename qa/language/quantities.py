"""Quantities in an answer, read so that different spellings compare equal."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from index.segmentation.folding import fold_text
from index.segmentation.lexicon import ORDINALS, SCALES, SMALL_NUMBERS, TENS
from index.types import Span

_SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "tn": 10**12}
_DENOMINATORS = {"half": 2, "quarter": 4, **dict(list(ORDINALS.items())[2:])}
"""The denominators of fractions in words."""

_BELOW = r"nearly|almost|less than|fewer than|under|at most|up to|close to|just under|no more than"
_ABOVE = r"more than|over|at least|just over|upwards of|no (?:less|fewer) than"
_ABOUT = r"about|around|approximately|roughly|some|as many as|an estimated|estimated"
_HEDGES = f"{_BELOW}|{_ABOVE}|{_ABOUT}"

Bound = Literal["", "~", "<", ">"]
"""The hedge of a number: "" for none, "~" for about, "<" for at most, ">" for at least."""

_ONES = "|".join(list(SMALL_NUMBERS)[1:10])
_WORDS = "|".join(SMALL_NUMBERS)
_SCALE_WORDS = "|".join(SCALES)
_LARGE = "thousand|million|billion|trillion"
_HUNDRED = rf"(?:(?:{'|'.join(TENS)})(?:[ -](?:{_ONES}))?|{_WORDS})(?![\w])"
_THOUSAND = rf"(?:(?:{_HUNDRED}|a) hundred(?: and {_HUNDRED}| {_HUNDRED})?|{_HUNDRED})"
# "One million two hundred thousand", "a hundred and twenty", "twenty-five", "twelve hundred".
_SPELT = (
    rf"(?<![\w-])(?:{_THOUSAND}|a)[ -](?:{_LARGE})(?:(?: and|,)? {_THOUSAND}[ -](?:{_LARGE}))*"
    rf"(?:(?: and|,)? {_THOUSAND})?(?!\w)|(?<![\w-]){_THOUSAND}(?!\w)"
)

_UNITS: dict[str, tuple[str, str, Decimal]] = {}
"""For each spelling of a unit: its kind, the base unit of the kind, and its size in base units."""


def _unit(kind: str, name: str, size: str, *written: str) -> None:
    for form in written:
        _UNITS[form] = (kind, name, Decimal(size))


_unit("%", "%", "1", "%", "percent", "per cent")
for _name, *_forms in (
    ("$", "$", "us$", "dollar", "us dollar", "u.s. dollar", "american dollar"),
    ("ca$", "ca$", "c$", "canadian dollar"),
    ("au$", "au$", "a$", "australian dollar"),
    ("nz$", "nz$", "new zealand dollar"),
    ("hk$", "hk$", "hong kong dollar"),
    ("s$", "s$", "singapore dollar"),
    ("€", "€", "euro"),
    ("£", "£", "pound"),
    ("¥", "¥", "yen"),
    ("peso", "peso", "mexican peso", "mx$"),
    ("rupee", "rupee"),
    ("franc", "franc"),
    ("mark", "mark"),
    ("rouble", "rouble", "ruble"),
    ("yuan", "yuan"),
):
    _unit("money", _name, "1", *_forms)
_unit("money", "$", "0.01", "cent")
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
    ("0.001", "gram"), ("1", "kilogram", "kilo", "kg"), ("1000", "tonne", "metric ton", "ton"),
    ("0.0283495", "ounce"),
):  # fmt: skip
    _unit("mass", "kilogram", _size, *_forms)
for _size, *_forms in (
    ("1", "square metre", "square meter", "sq m", "m2"),
    ("0.092903", "square foot", "square feet", "sq ft"),
    ("1000000", "square kilometre", "square kilometer", "sq km", "km2"),
    ("2589988", "square mile", "sq mi"),
    ("10000", "hectare"), ("4046.86", "acre"),
):  # fmt: skip
    _unit("area", "square metre", _size, *_forms)
for _size, *_forms in (("1", "litre", "liter"), ("3.78541", "gallon"), ("158.987", "barrel")):
    _unit("volume", "litre", _size, *_forms)
for _size, *_forms in (
    ("1", "km/h", "kph", "kilometres per hour", "kilometers per hour", "kilometres an hour",
     "kilometers an hour"),
    ("1.609344", "mph", "miles per hour", "miles an hour"), ("1.852", "knot"),
):  # fmt: skip
    _unit("speed", "km/h", _size, *_forms)
_unit("degree", "degree", "1", "degree")

_WRITTEN = "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True))
_QUANTITY = re.compile(
    rf"(?P<hedge>\b(?:{_HEDGES})\s+)?(?P<sign>(?<![\w.)\]])-(?=[$€£¥]?\.?\d)|\bminus )?"
    rf"(?P<money>(?<![a-z])(?:us|ca?|au?|nz|hk|mx|s)\$|[$€£¥])?\s?"
    rf"(?:(?P<part>half|quarter)(?: of)? an? (?P<whole>{_SCALE_WORDS})(?!\w)|"
    rf"(?P<spelt>{_SPELT})|"
    rf"(?P<number>(?P<comma>\d+,\d{{1,2}}(?=[ -](?:{_SCALE_WORDS})\b))|"
    rf"\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+|"
    rf"(?<![\w-])an?(?=\s(?:{_SCALE_WORDS})))"
    rf"(?:(?P<suffix>bn|mn|tn|[kmb])(?!\w))?)"
    rf"(?P<scales>(?:[ -](?:{_SCALE_WORDS})s?\b)*)"
    rf"(?:[ -]?(?P<unit>{_WRITTEN})s?(?!\w))?"
    rf"(?P<plus>\+| or more| or so)?",
)
_CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>[ap])\.?m\b\.?|\b(?P<word>noon|midnight)\b"
)


_AND_A_HALF = re.compile(rf"(?<![\w.,-])(\d{{1,3}}|{_WORDS}) and a half(?!\w)")
# "Half of them", "three quarters"; not "half an hour", "half a dozen", "half brother", and "the
# first half" is no share either.
_NO_SHARE = "".join(
    rf"(?<!{word} )" for word in "first second other latter last better and".split()
)
_PARTED = "|".join(list(_DENOMINATORS)[1:])
# "Two-thirds" is always a share, "one third" only where it does not count something.
_SHARE = re.compile(
    rf"(?:\b(?P<hedge>{_HEDGES})\s+)?{_NO_SHARE}\b"
    rf"(?P<part>(?:{_ONES})-(?:{_PARTED})s?(?!\w)|"
    rf"(?:(?:(?:one|a)[ -])?half|(?:a|{_ONES}) (?:{_PARTED})s?)"
    r"(?=\W*$| of (?!an?\b)| (?:the|their|its|his|her|all)\b))"
)
_RANGE = re.compile(
    rf"\bbetween [^a-z]{{0,9}}\d.{{0,40}} and [^a-z]{{0,9}}\d|"
    rf"^\W*(?:(?:from|{_ABOUT}) )?[$€£¥]?\d[\d.,]*(?: \w+)? to [$€£¥]?\d"
)
# Spaces between thousands, where they can be nothing else.
_NARROW = re.compile(r"(?<=\d)[\u00a0\u202f](?=\d{3}(?!\d))")
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3}){0,3} 000(?!\d)")
_FRACTION = re.compile(r"(\d*)[ \u00a0]?([¼-¾⅐-⅞])")
_ORDINAL = re.compile(rf"\b({'|'.join(TENS)})[ -]({'|'.join(ORDINALS)})\b")
_ALONE = re.compile(
    rf"^(\W*(?:(?:{_HEDGES}) )?)an? (?=(?:second|minute|hour|day|week|month|year|decade|"
    r"century)\W*$)"
)
_HEDGED = re.compile(
    rf"\b(?:{_HEDGES})\s+(?=[$€£¥]?\d|(?:{_WORDS}|{'|'.join(TENS)})\b)", re.IGNORECASE
)


_NUMBERED = re.compile(rf"(?:\d|\b(?:{_SCALE_WORDS}))$", re.IGNORECASE)
_FOLLOWING = re.compile(
    r"\s(?:(?:US|U\.S\.|American|Canadian|Australian|Mexican)\s)?"
    r"(?:dollars?|euros?|pounds?|pesos?|yen|percent|per cent)\b"
)


def is_range(text: str) -> bool:
    """Return whether a text gives a range: "between 40,000 and 50,000"."""
    return bool(_RANGE.search(fold_text(text)))


def with_unit(text: str, span: Span) -> str:
    """Return the text of a span with the currency or "percent" after it: 1.4 billion dollars."""
    unit = _FOLLOWING.match(text, span.end) if _NUMBERED.search(span.of(text)) else None
    return text[span.start : unit.end()] if unit else span.of(text)


def range_scale(text: str) -> Decimal:
    """Return the value of the only scale word of a range, 1 where it has none or several.

    It is a million in "40 to 50 million".
    """
    scales = re.findall(rf"\b({_LARGE})\b", fold_text(text))
    return Decimal(SCALES[scales[0]] if len(scales) == 1 else 1)


def without_hedges(text: str) -> str:
    """Return a text without the hedges before its numbers: "nearly", "more than"."""
    return _HEDGED.sub("", text)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value in a unit, with its hedge.

    `kind` is what is measured: "%", "money", "time", "years", "length", "area", "volume", "mass",
    "speed", "degree", "clock" (`value` in minutes after midnight), or "" without a unit.
    `unit` is the base unit of the kind, for money the currency; `size` is the size of the written
    unit in base units.
    `millions` marks a bare "5m", which is metres unless compared with something else; `share` marks
    "half" or "a third", which are 50% or 33.3% and not a number of things.
    """

    value: Decimal
    kind: str = ""
    unit: str = ""
    bound: Bound = ""
    size: Decimal = Decimal(1)
    millions: bool = False
    share: bool = False

    def resolve_millions(self, other: Quantity) -> Quantity:
        """Return this quantity, its "m" read as millions unless the other is a length."""
        if not self.millions or other.kind == "length":
            return self
        return Quantity(self.value * _SUFFIXES["m"], bound=self.bound)

    @property
    def base_value(self) -> Decimal:
        """The value in base units: seconds, months, metres, kilograms."""
        return self.value * self.size


@lru_cache(maxsize=1024)  # an answer is compared with a dozen others
def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a text in order: digits, number words, units, times of day."""
    text = _SPACED.sub(lambda match: match.group().replace(" ", ","), _NARROW.sub(",", text))
    folded = fold_text(_FRACTION.sub(_decimal, text))
    folded = _ALONE.sub(r"\g<1>1 ", _AND_A_HALF.sub(_and_a_half, folded))
    folded = _ORDINAL.sub(lambda match: str(TENS[match[1]] + ORDINALS[match[2]]), folded)
    clock = [(match.start(), _time(match)) for match in _CLOCK.finditer(folded)]
    rest = _CLOCK.sub(lambda match: " " * len(match.group()), folded)
    shares = [(match.start(), _share(match)) for match in _SHARE.finditer(rest)]
    rest = _SHARE.sub(lambda match: " " * len(match.group()), rest) if shares else rest
    found = [(match.start(), _quantity(match)) for match in _QUANTITY.finditer(rest)]
    return tuple(one for _, one in sorted([*clock, *shares, *found], key=lambda item: item[0]))


def _share(match: re.Match[str]) -> Quantity:
    *count_words, part = re.split(r"[ -]", match["part"])
    count = SMALL_NUMBERS.get(count_words[0], 1) if count_words else 1
    value = Decimal(100 * count) / _DENOMINATORS[part.removesuffix("s")]
    return Quantity(value, "%", "%", _hedge(match["hedge"]), share=True)


def _decimal(match: re.Match[str]) -> str:
    """Return a number with a fraction in digits: 2.5 for 2½."""
    part = Decimal(unicodedata.numeric(match[2])).quantize(Decimal("0.0001")).normalize()
    return str(int(match[1] or 0) + part)


def _and_a_half(match: re.Match[str]) -> str:
    """Return "two and a half" in digits."""
    whole = match[1]
    return f"{SMALL_NUMBERS.get(whole, whole)}.5"


def _quantity(match: re.Match[str]) -> Quantity:
    money, written, suffix = match["money"], match["unit"], match["suffix"]
    if match["part"]:
        value = Decimal(SCALES[match["whole"]]) / _DENOMINATORS[match["part"]]
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
        value *= SCALES[scale]
    if match["sign"]:
        value = -value
    kind, unit, size = _UNITS[money or written] if money or written else ("", "", Decimal(1))
    return Quantity(value, kind, unit, _bound(match), size, millions)


def _bound(match: re.Match[str]) -> Bound:
    if match["plus"]:
        return "~" if match["plus"] == " or so" else ">"
    return _hedge(match["hedge"])


def _hedge(words: str | None) -> Bound:
    """Return the bound that the words before a number express."""
    hedge = (words or "").strip()
    if not hedge:
        return ""
    if re.fullmatch(_BELOW, hedge):
        return "<"
    return ">" if re.fullmatch(_ABOVE, hedge) else "~"


def _time(match: re.Match[str]) -> Quantity:
    if match["word"]:
        return Quantity(Decimal(720 if match["word"] == "noon" else 0), "clock", "clock")
    hour = int(match["hour"]) % 12 + (12 if match["half"] == "p" else 0)
    return Quantity(Decimal(60 * hour + int(match["minute"] or 0)), "clock", "clock")


def _spelt(number: str) -> Decimal:
    """Return the value of a number in words."""
    total = part = 0
    for word in re.findall(r"[a-z]+", number):
        if word == "hundred":
            part = (part or 1) * 100
        elif word in SCALES:
            total, part = total + (part or 1) * SCALES[word], 0
        else:
            part += SMALL_NUMBERS.get(word, TENS.get(word, 0)) if word not in ("a", "and") else 0
    return Decimal(total + part)
