"""Whether two answers negate each other, or say the opposite of what the other says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from index.segmentation.folding import fold_text
from index.segmentation.lexicon import NEGATIONS
from qa.language.quantities import without_hedges
from qa.language.words import words
from qa.matching.names import other_place

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
"""What tells things of one name apart: vitamin A, World War II."""

_RATE = re.compile(
    r"(?:(?<=\S )(?:an?|per|each|every) |/)(hour|day|week|month|year)\b|"
    r"\b(hour|dai|week|month|year)ly\b"
)
_SIDE = re.compile(r"\b(before|after) (\d+)")


def opposed(first: str, second: str) -> bool:
    """Whether one answer negates, or says the opposite of, what the other says."""
    first, second = without_hedges(first), without_hedges(second)
    ours, theirs = words(first), words(second)
    if _negated(ours) != _negated(theirs):
        return True
    letters = [set(_LETTER.findall(text)) for text in (first, second)]
    if letters[0] and letters[1] and not letters[0] & letters[1]:  # vitamin A, vitamin B
        return True
    if other_place(first, second) or other_place(second, first):
        return True
    folded = fold_text(first), fold_text(second)
    rates = [_rates(text) for text in folded]
    if rates[0] and rates[1] and not rates[0] & rates[1]:  # $5 a month, $5 a year
        return True
    if _beyond(*folded) or _beyond(*reversed(folded)):
        return True
    alone, other = set(ours) - set(theirs), set(theirs) - set(ours)
    return any(
        (alone & one and other & two and not alone & two and not other & one)
        or (alone & two and other & one and not alone & one and not other & two)
        for one, two in _OPPOSITES
    )


def _rates(folded: str) -> set[str]:
    """How often what a text counts is said to come: each hour, each day."""
    found = (match[1] or match[2] for match in _RATE.finditer(folded))
    return {"day" if each == "dai" else each for each in found}


def _beyond(first: str, second: str) -> bool:
    """Whether the first says "before 1990" of what the second says "1990" of."""
    told = _SIDE.findall(second)
    return any(
        (side, number) not in told and re.search(rf"\b{number}\b", second)
        for side, number in _SIDE.findall(first)
    )


def _negated(told: Sequence[str]) -> bool:
    return any(
        word.endswith("n't")
        or (
            word in NEGATIONS
            # "No. 5" and "no more than 5" deny nothing.
            and not (word == "no" and (after[:1].isdigit() or after in ("more", "less", "fewer")))
        )
        for word, after in pairwise([*told, ""])
    )
