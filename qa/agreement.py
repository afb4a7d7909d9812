"""Whether two answers say the same: equal, one supporting the other, or different."""

from __future__ import annotations

from enum import StrEnum

from index.folding import fold_text
from qa.quantities import partial_date, quantities
from qa.words import STOP_WORDS, stem, words

_ALIKE = 0.75
"""Jaccard overlap of stemmed words from which two long answers count as saying the same."""

_SHORT = 12
"""Answers of more words than this are sentences; part of one is not a name in part."""


class Relation(StrEnum):
    """How a second answer stands to a first."""

    EQUAL = "equal"
    SUPPORTS = "supports"
    DIFFERENT = "different"


def relation(first: str, second: str) -> Relation:
    """How two answers to one question relate.

    Equal whatever the case, accents, articles, spelling of numbers (`$1.4 billion`,
    `1,400 million dollars`) or dates. Supporting when one is vaguer: `nearly 45,000` and
    `45,000`, `August 2011` and `7 August 2011`, `Calderón` and `President Felipe Calderón`.
    """
    folded = [_plain(text) for text in (first, second)]
    if folded[0] == folded[1]:
        return Relation.EQUAL
    dates = [partial_date(text) for text in (first, second)]
    if dates[0] is not None and dates[1] is not None and _short(first) and _short(second):
        if dates[0] == dates[1]:
            return Relation.EQUAL
        return Relation.SUPPORTS if dates[0].fits(dates[1]) else Relation.DIFFERENT
    counts = [quantities(text) for text in (first, second)]
    if counts[0] and counts[1]:
        values = [{(count.value, count.unit) for count in each} for each in counts]
        bare = [{count.value for count in each} for each in counts]
        # A unit that only one of them writes out does not make two numbers differ.
        if values[0] == values[1] or bare[0] == bare[1]:
            hedged = [any(count.hedged for count in each) for each in counts]
            return Relation.EQUAL if hedged[0] == hedged[1] else Relation.SUPPORTS
        return Relation.DIFFERENT
    return _compare_words(first, second)


def same_answer(first: str, second: str) -> bool:
    """Whether two answers can stand as one: equal, or one supporting the other."""
    return relation(first, second) is not Relation.DIFFERENT


def comparable(first: str, second: str) -> bool:
    """Whether two answers are of one kind, so that they can contradict each other.

    A number does not contradict words, nor dollars a percentage, nor a name a sentence.
    """
    if _short(first) != _short(second):
        return False
    counts = [quantities(text) for text in (first, second)]
    if _short(first) and _short(second):
        if bool(counts[0]) != bool(counts[1]):
            return False
        units = [{count.unit for count in each} for each in counts]
        if counts[0] and not units[0] & units[1]:
            return False
    return True


def _compare_words(first: str, second: str) -> Relation:
    held = [
        {stem(word) for word in words(text) if word not in STOP_WORDS} for text in (first, second)
    ]
    if not held[0] or not held[1]:
        return Relation.DIFFERENT
    if _short(first) and _short(second) and (held[0] <= held[1] or held[1] <= held[0]):
        return Relation.SUPPORTS
    alike = len(held[0] & held[1]) / len(held[0] | held[1])
    return Relation.SUPPORTS if alike >= _ALIKE else Relation.DIFFERENT


def _short(text: str) -> bool:
    return len(text.split()) <= _SHORT


def _plain(text: str) -> str:
    kept = [word for word in words(text) if word not in ("a", "an", "the")]
    return " ".join(kept) or fold_text(text).strip()
