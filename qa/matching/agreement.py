"""Whether two answers say the same: equal, one supporting the other, or different."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from index.segmentation.folding import fold_text
from qa.language.dates import PartialDate, partial_date, without_date
from qa.language.quantities import Quantity, is_range, quantities, scale_of_range
from qa.language.words import content_words, words
from qa.matching.contradictions import opposed
from qa.matching.names import names_differ, shortened, told_words

_ALIKE = 0.75
"""Jaccard overlap of stemmed words from which two long answers count as saying the same."""

_SHORT = 12
"""Answers of more words than this are sentences; part of one is not a name in part."""

_CONVERTED = Decimal("0.02")
"""What a measure told in other units may be off by: 30 kilometres are 19 miles."""

_ROUNDED = 1
"""Points of a hundred that a share told in words may be off by: a third is 33 percent."""


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
    if fold_text(first) == fold_text(second):
        return Relation.EQUAL
    if opposed(first, second):
        return Relation.DIFFERENT
    short = _short(first) and _short(second)
    dates = [partial_date(text) for text in (first, second)]
    if short and dates[0] is not None and dates[1] is not None:
        return _compare_dates(dates[0], dates[1], first, second)
    counts = [quantities(text) for text in (first, second)]
    if counts[0] and counts[1]:
        found = _compare_counts(*counts)
        if found is Relation.DIFFERENT and (_within(first, second) or _within(second, first)):
            found = Relation.SUPPORTS
        if found is Relation.DIFFERENT or (short and not names_differ(first, second)):
            return found
        if short:
            return Relation.DIFFERENT
    if _plain(first) == _plain(second):
        return Relation.EQUAL
    if shortened(first, second) or shortened(second, first):
        return Relation.SUPPORTS
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
        dates = [partial_date(text) for text in (first, second)]
        # The 7th of August contradicts no year.
        if dates[0] and dates[1] and not dates[0].is_comparable(dates[1]):
            return False
        if bool(counts[0]) != bool(counts[1]):
            return False
        kinds = [{count.kind for count in each} for each in counts]
        if counts[0] and not kinds[0] & kinds[1]:
            # "Seven" and "eight weeks" can contradict each other, "seven" and "$8" cannot; but
            # "1.4 billion" may leave out the dollars.
            bare, other = (kinds[0], kinds[1]) if "" in kinds[0] else (kinds[1], kinds[0])
            if "" in bare and other == {"money"}:
                return same_answer(first, second)
            return "" in bare and not other & {"money", "%", "clock"}
    return True


def _compare_dates(ours: PartialDate, theirs: PartialDate, first: str, second: str) -> Relation:
    """How two answers that hold a date relate: by it, and by what else they hold that can
    contradict. Words around a date say where or how, and no two authors choose the same."""
    if ours != theirs and not ours.is_compatible(theirs):
        return Relation.DIFFERENT
    rests = without_date(first), without_date(second)
    if names_differ(*rests):
        return Relation.DIFFERENT
    if any(all(map(holds, rests)) for holds in (partial_date, quantities)):
        found = relation(*rests)
        if found is Relation.DIFFERENT:
            return found
    same = ours == theirs and set(content_words(rests[0])) == set(content_words(rests[1]))
    return Relation.EQUAL if same else Relation.SUPPORTS


def _compare_counts(first: Sequence[Quantity], second: Sequence[Quantity]) -> Relation:
    """How the numbers of two answers relate, taken in their order, each once."""
    ours, theirs = (
        [*{(q.value, q.kind, q.unit): q for q in each}.values()] for each in (first, second)
    )
    if len(ours) != len(theirs):
        return Relation.DIFFERENT
    found = [_compare_count(one, other) for one, other in zip(ours, theirs, strict=True)]
    if Relation.DIFFERENT in found:
        return Relation.DIFFERENT
    return Relation.SUPPORTS if Relation.SUPPORTS in found else Relation.EQUAL


def _within(one: str, between: str) -> bool:
    """Whether the only number of an answer lies in the range that the other tells."""
    ours, bounds = quantities(one), quantities(between)
    if len(ours) != 1 or len(bounds) != 2 or not is_range(between):
        return False
    number, (low, high) = ours[0], bounds
    if (number.kind, number.unit) != (high.kind, high.unit) or number.bound in ("<", ">"):
        return False
    # "5 to 10 minutes" writes the unit once, "40 to 50 million" the scale, "500 to 1 million" not.
    scale = scale_of_range(between)
    if low.value >= high.value / scale:
        scale = Decimal(1)
    least = low.value * scale * (high.size if not low.kind else low.size)
    if low.kind not in ("", high.kind) or least * 100 < high.measure:
        return False
    return least <= number.measure <= high.measure


def _compare_count(first: Quantity, second: Quantity) -> Relation:
    if {first.bound, second.bound} == {"<", ">"}:
        return Relation.DIFFERENT
    told = Relation.EQUAL if first.bound == second.bound else Relation.SUPPORTS
    if first.millions != second.millions:  # "1.5m" beside "1.5 million", not beside "1.5 metres"
        first, second = first.beside(second), second.beside(first)
    if first.share != second.share and not (first.kind and second.kind):
        return Relation.DIFFERENT
    # A unit that only one of them writes out does not make two numbers differ.
    if not first.kind or not second.kind:
        return told if first.value == second.value else Relation.DIFFERENT
    if (first.kind, first.unit) != (second.kind, second.unit):
        return Relation.DIFFERENT
    if first.measure == second.measure:
        return told
    away = abs(first.measure - second.measure)
    if first.share != second.share and away <= _ROUNDED:
        return Relation.SUPPORTS
    near = away <= _CONVERTED * max(abs(first.measure), abs(second.measure))
    return Relation.SUPPORTS if near and first.size != second.size else Relation.DIFFERENT


def _compare_words(first: str, second: str) -> Relation:
    held = [told_words(first, second), told_words(second, first)]
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
