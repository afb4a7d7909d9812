"""Detect answers that contradict each other: negations, opposites, other rates and places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from index.segmentation.folding import fold_text
from index.segmentation.lexicon import NEGATIONS
from qa.language.quantities import without_hedges
from qa.language.words import words
from qa.matching.names import has_qualified_place

_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in pair.split("/"))
    for pair in (
        "before/after",
        "since/until",
        "early/late",
        "more/less fewer",
        "above/below",
        "for/against",
        "inside/outside",
        "first/last second third fourth fifth",
        "second/third fourth fifth",
        "third/fourth fifth",
        "spring/summer autumn fall winter",
        "summer/autumn fall winter",
        "autumn fall/winter",
        "most/least",
        "higher/lower",
        "won/lost",
        "profit profits surplus gain gains/loss losses deficit",
        "men man boy boys male males sons brothers/women woman girl girls female females daughters"
        " sisters",
        "increase increases increased increasing rise rises rose risen rising grew grown gained up/"
        "decrease decreases decreased decreasing fall falls fell fallen falling shrank shrunk lost"
        " declined dropped down",
    )
)
_LETTER = re.compile(r"(?<=\s)(?:[A-Z]|[IVX]{2,5})(?![\w.'’])")
"""A letter or Roman numeral that is part of a name: vitamin A, World War II."""

_RATE = re.compile(
    r"(?:(?<=\S )(?:an?|per|each|every) |/)(hour|day|week|month|year)\b|"
    r"\b(hour|dai|week|month|year)ly\b"
)
_SIDE = re.compile(r"\b(before|after) (\d+)")


def contradicts(first: str, second: str) -> bool:
    """Return whether one answer negates the other, or states the opposite of it."""
    first, second = without_hedges(first), without_hedges(second)
    ours, theirs = words(first), words(second)
    if is_negated(ours) != is_negated(theirs):
        return True
    letters = [set(_LETTER.findall(text)) for text in (first, second)]
    if letters[0] and letters[1] and not letters[0] & letters[1]:  # vitamin A, vitamin B
        return True
    if has_qualified_place(first, second) or has_qualified_place(second, first):
        return True
    folded = fold_text(first), fold_text(second)
    rates = [_rates(text) for text in folded]
    if rates[0] and rates[1] and not rates[0] & rates[1]:  # $5 a month, $5 a year
        return True
    if _has_other_bound(*folded) or _has_other_bound(*reversed(folded)):
        return True
    only_first, only_second = set(ours) - set(theirs), set(theirs) - set(ours)
    return any(
        only_first & one and only_second & two and not only_first & two and not only_second & one
        for pair in _OPPOSITES
        for one, two in (pair, pair[::-1])
    )


def _rates(folded: str) -> set[str]:
    """Return the units of time of the rates in a text: "an hour", "daily"."""
    units = (match[1] or match[2] for match in _RATE.finditer(folded))
    return {"day" if unit == "dai" else unit for unit in units}


def _has_other_bound(first: str, second: str) -> bool:
    """Return whether the first has "before 1990" where the second has "1990"."""
    bounds = _SIDE.findall(second)
    return any(
        (side, number) not in bounds and re.search(rf"\b{number}\b", second)
        for side, number in _SIDE.findall(first)
    )


def is_negated(answer_words: Sequence[str]) -> bool:
    """Return whether the words of an answer negate something."""
    return any(
        word.endswith("n't")
        or (
            word in NEGATIONS
            # "No. 5" and "no more than 5" are not negations.
            and not (word == "no" and (after[:1].isdigit() or after in ("more", "less", "fewer")))
        )
        for word, after in pairwise([*answer_words, ""])
    )
