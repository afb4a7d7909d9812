"""Names in an answer: titles, initials and places, so that two spellings of one name meet."""

from __future__ import annotations

import re

from index.segmentation.lexicon import MONTHS, NUMBER_WORDS, STOP_WORDS, TITLE_ABBREVIATIONS
from index.segmentation.stemming import stem
from qa.language.quantities import without_hedges
from qa.language.words import CAPITALS, stems, words

_C = rf"[{CAPITALS}]"
_ACRONYM = re.compile(r"(?:the\s+)?((?:[A-Z]\.){2,6}|[A-Z]{2,6})", re.IGNORECASE)
_NAMED = re.compile(rf"(?<!\w){_C}[^\W_]*(?:['’-][^\W_]+)*(?![\w$])")
_INITIAL = re.compile(rf"(?<![\w.]){_C}(?=\.\s+{_C})")
"""A forename's first letter; as a word, "A" and "I" would say nothing."""

_OFFICES = (
    "Vice[ -]President|President|Senator|Sen|Congressman|Congresswoman|Representative|Rep|"
    "Secretary(?: of (?:State|Defen[cs]e|Homeland Security|the Treasury))?|Ambassador|Judge|Mayor|"
    "Governor|Gov|Professor|Prof|Captain|Capt|Colonel|Col|Lieutenant|Lt|Sergeant|Sgt|"
    "Attorney General|General(?! (?:Motors|Electric|Mills|Dynamics|Assembly))|Gen|"
    "(?:Prime|Foreign|Interior|Finance|Defen[cs]e) Minister|Chancellor|Admiral|Adm|Reverend|Rev|"
    "Sheriff|Detective|Pope"
)
_TITLE = re.compile(
    # "Mexican President Calderón", "former Prime Minister Cameron".
    rf"\b(?:(?:[Ff]ormer |[Ee]x-|[Tt]hen-)?(?:{_C}\w+(?:an|ish|ese|’s|'s) )?(?P<office>{_OFFICES})|"
    rf"(?P<woman>Mrs|Ms|Miss)|(?P<man>Mr|Sir)|Dr|Doctor)\b\.?(?=\s+{_C})"
)
"""What stands before a name and is no part of it: President Calderón is Felipe Calderón."""

_INITIALS = re.compile(r"(?<![\w.])(?:(?:[A-Z]\.){2,6}|[A-Z]{2,6}(?![\w.]))")
_AMERICAN = re.compile(
    rf"(?P<other>\b{_C}\w*[ -])?\b"
    r"(?:(?:United States(?: of America)?|USA|Americans?)\b|U\.S\.A\.(?!\w))"
)
"""The United States and what is of them, unless a name goes before: Latin Americans."""

_TOLD_APART = re.compile(
    rf"\b(?P<more>New|North|South|East|West|Northern|Southern|Eastern|Western|Upper|Lower|Greater|"
    r"Great(?! Britain)|Little|Old|San|Santa|Saint|St|Central|Inner|Outer|Equatorial|Papua|"
    r"(?:Gulf|Bay|Strait|University|Bank|Battle|Treaty|Church|Museum) of(?: the)?)"
    rf"[\s.-]+(?P<name>{_C}\w+)"
)
"""What tells one name from another that has the rest of it: Mexico, New Mexico, Gulf of Mexico."""

_SAINT = re.compile(rf"\bSt\b\.?(?=\s+{_C})")
_UNNAMED = frozenset((*NUMBER_WORDS, *(month.lower() for month in MONTHS)))


def told_words(text: str, other: str) -> set[str]:
    """What an answer's words say beside another's, without titles that do not contradict the
    other's: stems, initials, names by their letters."""
    if not _titles_differ(text, other):
        text = _TITLE.sub(" ", text)
    text = _SAINT.sub("Saint", text)
    text = _AMERICAN.sub(lambda match: match.group() if match["other"] else "U.S.", text)
    return (
        {stem(word) for word in words(text) if word not in STOP_WORDS}
        | _plain_surnames(text)
        | {each.replace(".", "").lower() + "." for each in _INITIALS.findall(text)}
        | {letter.lower() for letter in _INITIAL.findall(text)}
    )


def _plain_surnames(text: str) -> set[str]:
    """Names that are little words otherwise: Theresa May, Edward Said.

    A capital at the start of a text proves nothing, unless the word is all there is.
    """
    alone = len(text.split()) == 1
    return {
        stem(word)
        for match in _NAMED.finditer(text)
        for word in words(match.group())
        if word in STOP_WORDS
        and len(word) > 2
        and not match.group().isupper()
        and (alone or text[: match.start()].strip())
    }


def shortened(short: str, long: str) -> bool:
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


def names_differ(first: str, second: str) -> bool:
    """Whether each of two answers names something that the other does not mention."""
    ours, theirs = (
        {
            stem(word)
            for match in _NAMED.findall(without_hedges(text))
            for word in words(match)
            if word not in STOP_WORDS and not _UNNAMED.issuperset(word.split("-"))
        }
        for text in (first, second)
    )
    return bool(ours - stems(second) and theirs - stems(first))


def other_place(first: str, second: str) -> bool:
    """Whether the first answer names a place by more than the second does: New Mexico, Mexico."""
    return any(
        re.search(rf"\b{match['name']}\b", second)
        and not re.search(_spelt_any_way(match["more"], match["name"]), second, re.IGNORECASE)
        for match in _TOLD_APART.finditer(first)
    )


def _spelt_any_way(more: str, name: str) -> str:
    """A pattern of a place's name: St. Petersburg is Saint Petersburg, with any capitals."""
    prefix = "(?:Saint|St)" if more in ("Saint", "St") else r"\s+".join(more.split())
    return rf"\b{prefix}[\s.-]+{name}\b"


def _titles_differ(first: str, second: str) -> bool:
    """Whether two answers give persons titles that one and the same does not have."""
    ours, theirs = (
        {
            part: {str(match[part]).lower().replace("-", " ") for match in found if match[part]}
            for part in ("office", "woman", "man")
        }
        for found in ([*_TITLE.finditer(text)] for text in (first, second))
    )
    offices = [
        {TITLE_ABBREVIATIONS.get(each, each.partition(" of ")[0]) for each in titles["office"]}
        for titles in (ours, theirs)
    ]
    return bool(
        (offices[0] and offices[1] and not offices[0] & offices[1])
        or (ours["woman"] and theirs["man"])
        or (ours["man"] and theirs["woman"])
    )
