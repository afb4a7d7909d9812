"""Match names in answers: titles, initials, abbreviations and places."""

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
"""The initial of a first name; as words, "A" and "I" would be stop words."""

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
"""A title before a name: "President Calderón" is Felipe Calderón."""

_INITIALS = re.compile(r"(?<![\w.])(?:(?:[A-Z]\.){2,6}|[A-Z]{2,6}(?![\w.]))")
_AMERICAN = re.compile(
    rf"(?P<other>\b{_C}\w*[ -])?\b"
    r"(?:(?:United States(?: of America)?|USA|Americans?)\b|U\.S\.A\.(?!\w))"
)
"""The United States and Americans; not "Latin Americans", so a name before is a group."""

_QUALIFIED_PLACE = re.compile(
    rf"\b(?P<qualifier>New|North|South|East|West|Northern|Southern|Eastern|Western|Upper|Lower|Greater|"
    r"Great(?! Britain)|Little|Old|San|Santa|Saint|St|Central|Inner|Outer|Equatorial|Papua|"
    r"(?:Gulf|Bay|Strait|University|Bank|Battle|Treaty|Church|Museum) of(?: the)?)"
    rf"[\s.-]+(?P<name>{_C}\w+)"
)
"""A qualifier that makes another name of a place: New Mexico, Gulf of Mexico."""

_SAINT = re.compile(rf"\bSt\b\.?(?=\s+{_C})")
_NOT_NAMES = frozenset((*NUMBER_WORDS, *(month.lower() for month in MONTHS)))


def comparable_words(text: str, other: str) -> set[str]:
    """Return the stems, initials and acronyms of an answer for comparison with another.

    Titles are left out unless those of the two answers conflict.
    """
    if not _has_conflicting_titles(text, other):
        text = _TITLE.sub(" ", text)
    text = _SAINT.sub("Saint", text)
    text = _AMERICAN.sub(lambda match: match.group() if match["other"] else "U.S.", text)
    return (
        {stem(word) for word in words(text) if word not in STOP_WORDS}
        | _stop_word_names(text)
        | {each.replace(".", "").lower() + "." for each in _INITIALS.findall(text)}
        | {letter.lower() for letter in _INITIAL.findall(text)}
    )


def _stop_word_names(text: str) -> set[str]:
    """Return the stems of names that are stop words without a capital: Theresa May, Edward Said.

    The first word of a text counts only when it is the whole text.
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


def is_abbreviation(short: str, long: str) -> bool:
    """Return whether a name is another's acronym, or has an initial for a word: FBI, J. Smith."""
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


def has_different_names(first: str, second: str) -> bool:
    """Return whether each of two answers has a name that the other does not mention."""
    ours, theirs = (
        {
            stem(word)
            for match in _NAMED.findall(without_hedges(text))
            for word in words(match)
            if word not in STOP_WORDS and not _NOT_NAMES.issuperset(word.split("-"))
        }
        for text in (first, second)
    )
    return bool(ours - stems(second) and theirs - stems(first))


def has_qualified_place(first: str, second: str) -> bool:
    """Return whether the first answer qualifies a place of the second: New Mexico, Mexico."""
    return any(
        re.search(rf"\b{match['name']}\b", second)
        and not re.search(_place_pattern(match["qualifier"], match["name"]), second, re.IGNORECASE)
        for match in _QUALIFIED_PLACE.finditer(first)
    )


def has_different_qualifiers(name: str, first: str, second: str) -> bool:
    """Return whether two texts tell bearers of a name apart: "Ash Bridge (Ohio)", "Tyro, Kansas".

    The latter counts where a line begins with it. A qualifier in one text only does not.
    """
    ours, theirs = _qualifiers(name, first), _qualifiers(name, second)
    return bool(ours and theirs and not ours & theirs)


def _qualifiers(name: str, text: str) -> set[str]:
    """Return the words that qualify a name in a text; dates and abbreviations do not."""
    escaped = re.escape(name)
    found = re.findall(rf"(?<!\w){escaped} ?\(([^()\d]{{3,60}})\)", text)
    found += re.findall(rf"^{escaped} ?, ({_C}\w+(?: {_C}\w+)*)", text, re.MULTILINE)
    qualifiers = {word for each in found if not each.isupper() for word in words(each)}
    return qualifiers - STOP_WORDS - set(words(name))


def _place_pattern(qualifier: str, name: str) -> str:
    """Return a pattern of a qualified place; "St. Petersburg" matches "Saint Petersburg" too."""
    is_saint = qualifier in ("Saint", "St")
    prefix = "(?:Saint|St)" if is_saint else r"\s+".join(qualifier.split())
    return rf"\b{prefix}[\s.-]+{name}\b"


def _has_conflicting_titles(first: str, second: str) -> bool:
    """Return whether two answers have titles that one person cannot have."""
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
