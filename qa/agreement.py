"""Whether two answers say the same: equal, one supporting the other, or different."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from index.folding import fold_text
from qa.quantities import MONTHS, NUMBER_WORDS, Quantity, is_range, partial_date, quantities
from qa.words import STOP_WORDS, stem, stems, words

_ALIKE = 0.75
"""Jaccard overlap of stemmed words from which two long answers count as saying the same."""

_SHORT = 12
"""Answers of more words than this are sentences; part of one is not a name in part."""

_CONVERTED = Decimal("0.02")
"""What a measure told in other units may be off by: 30 kilometres are 19 miles."""

_NEGATIONS = frozenset("not no never without neither nor none cannot".split())
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
        "first/last",
        "most/least",
        "won/lost",
        "men man boy boys male males sons brothers/women woman girl girls female females daughters"
        " sisters",
        "increase increases increased increasing rise rises rose risen rising grew grown gained up/"
        "decrease decreases decreased decreasing fall falls fell fallen falling shrank shrunk lost"
        " declined dropped down",
    )
)
_LETTER = re.compile(r"(?<=\s)(?:[A-Z]|[IVX]{2,5})(?![\w.'’])")
"""What tells things of one name apart: vitamin A, World War II."""

_ACRONYM = re.compile(r"(?:the\s+)?((?:[A-Z]\.){2,6}|[A-Z]{2,6})", re.IGNORECASE)
_NAMED = re.compile(r"(?<!\w)[A-Z][^\W_]*(?:['’-][^\W_]+)*")
_INITIAL = re.compile(r"(?<![\w.])[A-Z](?=\.\s+[A-Z])")
"""A forename's first letter; as a word, "A" and "I" would say nothing."""

_OFFICES = (
    "Vice[ -]President|President|Senator|Sen|Congressman|Congresswoman|Representative|Rep|"
    "Secretary|Ambassador|Judge|Mayor|Governor|Gov|Professor|Prof|Captain|Capt|Colonel|Col|"
    "Lieutenant|Lt|Sergeant|Sgt|Gen"
)
_TITLE = re.compile(
    rf"\b(?:(?P<office>{_OFFICES})|(?P<woman>Mrs|Ms|Miss)|(?P<man>Mr|Sir)|Dr|Doctor)\b\.?"
    r"(?=\s+[A-Z])"
)
"""What stands before a name and is no part of it: President Calderón is Felipe Calderón."""

_LONG = {
    "sen": "senator",
    "rep": "representative",
    "gov": "governor",
    "prof": "professor",
    "capt": "captain",
    "col": "colonel",
    "lt": "lieutenant",
    "sgt": "sergeant",
    "gen": "general",
}
_INITIALS = re.compile(r"(?<![\w.])(?:(?:[A-Z]\.){2,6}|[A-Z]{2,6}(?![\w.]))")
_AMERICAN = re.compile(r"(?P<other>\b[A-Z]\w*[ -])?\b(?:United States|Americans?)\b")
"""The United States and what is of them, unless a name goes before: Latin Americans."""

_TOLD_APART = re.compile(
    r"\b(New|North|South|East|West|Northern|Southern|Eastern|Western|Upper|Lower|Great|Greater|"
    r"Little|Old|San|Santa|Saint|St)[\s.-]+([A-Z]\w+)"
)
"""What tells one place from another that has the rest of its name: Mexico, New Mexico."""

_UNNAMED = frozenset((*NUMBER_WORDS, *(month.lower() for month in MONTHS)))


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
    if _opposed(first, second):
        return Relation.DIFFERENT
    short = _short(first) and _short(second)
    dates = [partial_date(text) for text in (first, second)]
    if short and dates[0] is not None and dates[1] is not None:
        if dates[0] == dates[1]:
            return Relation.EQUAL
        return Relation.SUPPORTS if dates[0].fits(dates[1]) else Relation.DIFFERENT
    counts = [quantities(text) for text in (first, second)]
    if counts[0] and counts[1]:
        found = _compare_counts(*counts)
        if found is Relation.DIFFERENT and (_within(first, second) or _within(second, first)):
            found = Relation.SUPPORTS
        if found is Relation.DIFFERENT or (short and not _names_differ(first, second)):
            return found
        if short:
            return Relation.DIFFERENT
    if _plain(first) == _plain(second):
        return Relation.EQUAL
    if _shortened(first, second) or _shortened(second, first):
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
        if bool(counts[0]) != bool(counts[1]):
            return False
        kinds = [{count.kind for count in each} for each in counts]
        if counts[0] and not kinds[0] & kinds[1]:
            # "Seven" and "eight weeks" can contradict each other, "seven" and "$8" cannot.
            bare, other = (kinds[0], kinds[1]) if "" in kinds[0] else (kinds[1], kinds[0])
            return "" in bare and not other & {"money", "%", "clock"}
    return True


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
    # "5 to 10 minutes" writes the unit once; of "40 to 50 million" nobody knows the first.
    least = low.value * high.size if not low.kind else low.measure
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
    near = away <= _CONVERTED * max(abs(first.measure), abs(second.measure))
    return Relation.SUPPORTS if near and first.size != second.size else Relation.DIFFERENT


def _opposed(first: str, second: str) -> bool:
    """Whether one answer negates, or says the opposite of, what the other says."""
    ours, theirs = words(first), words(second)
    if _negated(ours) != _negated(theirs):
        return True
    letters = [set(_LETTER.findall(text)) for text in (first, second)]
    if letters[0] and letters[1] and not letters[0] & letters[1]:  # vitamin A, vitamin B
        return True
    if _other_place(first, second) or _other_place(second, first):
        return True
    alone, other = set(ours) - set(theirs), set(theirs) - set(ours)
    return any(
        (alone & one and other & two and not alone & two and not other & one)
        or (alone & two and other & one and not alone & one and not other & two)
        for one, two in _OPPOSITES
    )


def _other_place(first: str, second: str) -> bool:
    """Whether one answer names a place by more than the other does: New Mexico, Mexico."""
    told = _TOLD_APART.findall(second)
    return any(
        (prefix, name) not in told and re.search(rf"\b{name}\b", second)
        for prefix, name in _TOLD_APART.findall(first)
    )


def _negated(told: Sequence[str]) -> bool:
    return any(
        word.endswith("n't")
        or (
            word in _NEGATIONS
            # "No. 5" and "no more than 5" deny nothing.
            and not (word == "no" and (after[:1].isdigit() or after in ("more", "less", "fewer")))
        )
        for word, after in pairwise([*told, ""])
    )


def _names_differ(first: str, second: str) -> bool:
    """Whether each of two answers names something that the other does not mention."""
    ours, theirs = (
        {
            stem(word)
            for match in _NAMED.findall(text)
            for word in words(match)
            if word not in STOP_WORDS and word not in _UNNAMED
        }
        for text in (first, second)
    )
    return bool(ours - stems(second) and theirs - stems(first))


def _shortened(short: str, long: str) -> bool:
    """Whether one is the other by its initials, all or some: U.S., FBI, J. Smith."""
    names = _NAMED.findall(long)
    acronym = _ACRONYM.fullmatch(short.strip())
    if acronym is not None and acronym[1].isupper():
        return acronym[1].replace(".", "") == "".join(name[0] for name in names)
    ours, theirs = words(short), words(long)
    return (
        len(ours) == len(theirs) == len(names) > 1
        and ours[-1] == theirs[-1]
        and all(
            one == other or (len(one) == 1 and other.startswith(one))
            for one, other in zip(ours, theirs, strict=True)
        )
    )


def _compare_words(first: str, second: str) -> Relation:
    held = [_told(first, second), _told(second, first)]
    if not held[0] or not held[1]:
        return Relation.DIFFERENT
    if _short(first) and _short(second) and (held[0] <= held[1] or held[1] <= held[0]):
        return Relation.SUPPORTS
    alike = len(held[0] & held[1]) / len(held[0] | held[1])
    return Relation.SUPPORTS if alike >= _ALIKE else Relation.DIFFERENT


def _told(text: str, other: str) -> set[str]:
    """What an answer's words say beside another's, without titles that do not contradict the
    other's: stems, initials, names by their letters."""
    if not _titles_differ(text, other):
        text = _TITLE.sub(" ", text)
    text = _AMERICAN.sub(lambda match: match.group() if match["other"] else "U.S.", text)
    return (
        {stem(word) for word in words(text) if word not in STOP_WORDS}
        | {each.replace(".", "").lower() + "." for each in _INITIALS.findall(text)}
        | {letter.lower() for letter in _INITIAL.findall(text)}
    )


def _titles_differ(first: str, second: str) -> bool:
    """Whether two answers give persons titles that one and the same does not have."""
    ours, theirs = (
        {
            part: {str(match[part]).lower().replace("-", " ") for match in found if match[part]}
            for part in ("office", "woman", "man")
        }
        for found in ([*_TITLE.finditer(text)] for text in (first, second))
    )
    offices = [{_LONG.get(each, each) for each in told["office"]} for told in (ours, theirs)]
    return bool(
        (offices[0] and offices[1] and not offices[0] & offices[1])
        or (ours["woman"] and theirs["man"])
        or (ours["man"] and theirs["woman"])
    )


def _short(text: str) -> bool:
    return len(text.split()) <= _SHORT


def _plain(text: str) -> str:
    kept = [word for word in words(text) if word not in ("a", "an", "the")]
    return " ".join(kept) or fold_text(text).strip()
