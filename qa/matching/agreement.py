"""Compare two answers: equal, one supporting the other, or different."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from index.segmentation.folding import fold_text
from index.segmentation.lexicon import ARTICLES
from qa.language.dates import PartialDate, partial_date, without_date
from qa.language.quantities import Quantity, is_range, quantities, range_scale
from qa.language.words import content_words, words
from qa.matching.contradictions import contradicts
from qa.matching.names import comparable_words, has_different_names, is_abbreviation

_SIMILAR = 0.75
"""Jaccard overlap of stemmed words from which two long answers support each other."""

_MAX_SHORT = 12
"""Words of the longest short answer. Longer answers are sentences, of which a few words are not a
partial name."""

_CONVERSION_ERROR = Decimal("0.02")
"""Relative difference of one measure in two units: 30 kilometres are 19 miles."""

_ROUNDING_ERROR = 1
"""Percentage points between a share in words and in digits: a third is 33 percent."""

_WIDEST_RANGE = 100
"""How many times its lower end the upper end of a range may be. Where it is more, the scale of the
lower end was not written as it is read here."""


class Relation(StrEnum):
    """The relation of two answers to one question."""

    EQUAL = "equal"
    SUPPORTS = "supports"
    DIFFERENT = "different"


def relation(first: str, second: str) -> Relation:
    """Return the relation of two answers to one question, whatever their order.

    Equal whatever the case, accents, articles, spelling of numbers (`$1.4 billion`,
    `1,400 million dollars`) or dates. Supporting when one is vaguer: `nearly 45,000` and
    `45,000`, `August 2011` and `7 August 2011`, `Calderón` and `President Felipe Calderón`.
    """
    if fold_text(first) == fold_text(second):
        return Relation.EQUAL
    if contradicts(first, second):
        return Relation.DIFFERENT
    short = _is_short(first) and _is_short(second)
    dates = [partial_date(text) for text in (first, second)]
    if short and dates[0] is not None and dates[1] is not None:
        return _compare_dates(dates[0], dates[1], first, second)
    counts = [quantities(text) for text in (first, second)]
    if counts[0] and counts[1]:
        found = _compare_counts(*counts)
        if found is Relation.DIFFERENT and (_is_within(first, second) or _is_within(second, first)):
            found = Relation.SUPPORTS
        if found is Relation.DIFFERENT or (short and not has_different_names(first, second)):
            return found
        if short:
            return Relation.DIFFERENT
    if _without_articles(first) == _without_articles(second):
        return Relation.EQUAL
    if is_abbreviation(first, second) or is_abbreviation(second, first):
        return Relation.SUPPORTS
    return _compare_words(first, second)


def same_answer(first: str, second: str) -> bool:
    """Return whether two answers are equal, or one supports the other."""
    return relation(first, second) is not Relation.DIFFERENT


def can_contradict(first: str, second: str) -> bool:
    """Return whether two answers are of one kind, so that they can contradict each other.

    A number does not contradict words, nor dollars a percentage, nor a name a sentence.
    """
    if _is_short(first) != _is_short(second):
        return False
    counts = [quantities(text) for text in (first, second)]
    if _is_short(first) and _is_short(second):
        dates = [partial_date(text) for text in (first, second)]
        # "The 7th of August" does not contradict a year.
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
    """Return the relation of two answers with a date: by it, and by other dates, names and numbers.

    Other words around a date do not count, since no two authors choose the same.
    """
    if ours != theirs and not ours.is_compatible(theirs):
        return Relation.DIFFERENT
    rests = without_date(first), without_date(second)
    if has_different_names(*rests):
        return Relation.DIFFERENT
    has_more = any(all(map(read, rests)) for read in (partial_date, quantities))
    if has_more and relation(*rests) is Relation.DIFFERENT:
        return Relation.DIFFERENT
    same = ours == theirs and set(content_words(rests[0])) == set(content_words(rests[1]))
    return Relation.EQUAL if same else Relation.SUPPORTS


def _compare_counts(first: Sequence[Quantity], second: Sequence[Quantity]) -> Relation:
    """Return the relation of the numbers of two answers, compared in order, each once."""
    ours, theirs = map(_without_conversions, (first, second))
    if len(ours) != len(theirs):
        return Relation.DIFFERENT
    found = [_compare_count(one, other) for one, other in zip(ours, theirs, strict=True)]
    if Relation.DIFFERENT in found:
        return Relation.DIFFERENT
    return Relation.SUPPORTS if Relation.SUPPORTS in found else Relation.EQUAL


def _without_conversions(counts: Sequence[Quantity]) -> list[Quantity]:
    """Return numbers, each once, also where it is in another unit: 25 km² (9.7 sq mi)."""
    found: list[Quantity] = []
    for count in counts:
        if not any(_is_same(count, other) for other in found):
            found.append(count)
    return found


def _is_same(first: Quantity, second: Quantity) -> bool:
    """Return whether two numbers are equal, or one measure in two units."""
    if (first.kind, first.unit) != (second.kind, second.unit):
        return False
    return first.value == second.value or (first.size != second.size and _is_near(first, second))


def _is_near(first: Quantity, second: Quantity) -> bool:
    """Return whether two measures differ by no more than a rounded conversion."""
    values = first.base_value, second.base_value
    return abs(values[0] - values[1]) <= _CONVERSION_ERROR * max(map(abs, values))


def _is_within(answer: str, range_answer: str) -> bool:
    """Return whether the only number of an answer lies in the range of another."""
    numbers, bounds = quantities(answer), quantities(range_answer)
    if len(numbers) != 1 or len(bounds) != 2 or not is_range(range_answer):
        return False
    number, (low, high) = numbers[0], bounds
    if (number.kind, number.unit) != (high.kind, high.unit) or number.bound in ("<", ">"):
        return False
    # "5 to 10 minutes" writes the unit once, "40 to 50 million" the scale, "500 to 1 million" not.
    scale = range_scale(range_answer)
    if low.value >= high.value / scale:
        scale = Decimal(1)
    least = low.value * scale * (high.size if not low.kind else low.size)
    if low.kind not in ("", high.kind) or least * _WIDEST_RANGE < high.base_value:
        return False
    return least <= number.base_value <= high.base_value


def _compare_count(first: Quantity, second: Quantity) -> Relation:
    if {first.bound, second.bound} == {"<", ">"}:
        return Relation.DIFFERENT
    same = Relation.EQUAL if first.bound == second.bound else Relation.SUPPORTS
    if first.millions != second.millions:  # "1.5m" is "1.5 million" or "1.5 metres"
        first, second = first.resolve_millions(second), second.resolve_millions(first)
    if first.share != second.share and not (first.kind and second.kind):
        return Relation.DIFFERENT
    # A unit that only one of them writes out does not make two numbers differ.
    if not first.kind or not second.kind:
        return same if first.value == second.value else Relation.DIFFERENT
    if (first.kind, first.unit) != (second.kind, second.unit):
        return Relation.DIFFERENT
    if first.base_value == second.base_value:
        return same
    difference = abs(first.base_value - second.base_value)
    if first.share != second.share and difference <= _ROUNDING_ERROR:
        return Relation.SUPPORTS
    is_near = _is_near(first, second) and first.size != second.size
    return Relation.SUPPORTS if is_near else Relation.DIFFERENT


def _compare_words(first: str, second: str) -> Relation:
    ours, theirs = comparable_words(first, second), comparable_words(second, first)
    if not ours or not theirs:
        return Relation.DIFFERENT
    if _is_short(first) and _is_short(second) and (ours <= theirs or theirs <= ours):
        return Relation.SUPPORTS
    overlap = len(ours & theirs) / len(ours | theirs)
    return Relation.SUPPORTS if overlap >= _SIMILAR else Relation.DIFFERENT


def _is_short(text: str) -> bool:
    return len(text.split()) <= _MAX_SHORT


def _without_articles(text: str) -> str:
    return " ".join(word for word in words(text) if word not in ARTICLES) or fold_text(text).strip()
