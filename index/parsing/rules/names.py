"""Recognize the names of people and publishers in bylines, source lines and titles."""

from __future__ import annotations

import re

from index.segmentation.lexicon import ARTICLES, CALENDAR_WORDS, NAME_LINKS, NAME_PARTICLES

_NEWSPAPER_WORDS = frozenset(
    "times post press news journal tribune herald guardian reuters gazette chronicle globe "
    "magazine review wire agency observer telegraph independent mail standard examiner inquirer "
    "dispatch courier bulletin monitor weekly daily register ledger argus sentinel advocate "
    "registry broadcasting radio television tv newspaper newspapers media network online digest "
    "report reporter record echo mirror star sun union bee".split()
)
_PUBLISHERS = {
    "ap": "The Associated Press",
    "associated press": "The Associated Press",
    "the associated press": "The Associated Press",
    "reuters": "Reuters",
    "afp": "Agence France-Presse",
    "agence france-presse": "Agence France-Presse",
    "upi": "United Press International",
    "bloomberg": "Bloomberg",
    "bloomberg news": "Bloomberg News",
    "bbc": "BBC",
    "bbc news": "BBC News",
    "cnn": "CNN",
    "npr": "NPR",
    "nbc": "NBC",
    "nbc news": "NBC News",
    "msnbc": "MSNBC",
    "abc news": "ABC News",
    "cbs news": "CBS News",
    "fox news": "Fox News",
    "al jazeera": "Al Jazeera",
    "propublica": "ProPublica",
    "politico": "Politico",
    "the atlantic": "The Atlantic",
    "the economist": "The Economist",
    "time": "Time",
    "vox": "Vox",
    "slate": "Slate",
    "wired": "Wired",
    "usa today": "USA Today",
    "el país": "El País",
    "xinhua": "Xinhua",
    "efe": "EFE",
    "the conversation": "The Conversation",
    "insight crime": "InSight Crime",
    "the hill": "The Hill",
    "axios": "Axios",
    "vice": "Vice",
    "the new yorker": "The New Yorker",
    "the washington post": "The Washington Post",
    "the new york times": "The New York Times",
}
_ROLE = re.compile(
    r"(?i)\b(?:staff|senior|chief|special|contributing|foreign|political|national|freelance|"
    r"investigative|associated press|ap|post|times|tribune|globe|herald)?\s*"
    r"\b(?:writers?|reporters?|correspondents?|columnists?|contributors?|editors?|journalists?|"
    r"bureau chief|photographers?|analysts?|foreign service|staff|fellow|"
    r"(?:is|are) an? .*|in [A-Z].*)$"
)
_NAME_WORD = re.compile(
    r"^(?:[A-Z]\.(?:-?[A-Z]\.)*|(?:[A-Z]|[^\W\d_])[^\W\d_]*(?:[.'’-][^\W\d_]+)*\.?)$"
)
_NOT_NAMES = (
    CALENDAR_WORDS - {"may"}
    | ARTICLES
    | frozenset(
        "and or of in on at to for with from staff writer reporter correspondent editor "
        "news press times post today yesterday "
        "published updated posted comments share email print no more this that its his her their "
        "wire service services agency agencies team desk bureau contributor contributors "
        "christmas thanksgiving popular demand default accident request invitation midnight midday "
        "any all some means now then next last century decade".split()
    )
)
_PLACE = re.compile(
    r"(?i)^(?:new|san|santa|los|las|ciudad|puerto|port|fort|cape|north|south|east|west|el paso|"
    r"hong kong|buenos aires|tel aviv|rio de janeiro|kuala lumpur|addis ababa|baton rouge)\b"
    r"|\b(?:city|beach|springs|county|province|islands?|valley)$"
)
_SPLIT = re.compile(r"\s*(?:,\s*and\s+|,\s*|;\s*|\s+and\s+|\s+&\s+|\s+with\s+)\s*")
_HANDLE = re.compile(r"\s*\(?@\w+\)?|\s*\S+@\S+\.\w+")


def publisher(name: str, *, sure: bool = False) -> str | None:
    """Return the publisher that a short text names, normalized, or None.

    It must be a known agency or title, or have a word of newspapers' names; with `sure`, for text
    at the position of a publisher, any capitalized name of up to six words.
    """
    name = " ".join(name.split()).strip(" .,;:|/–—-·•()[]")
    if not name or len(name) > 60 or _looks_like_address(name):
        return None
    known = _PUBLISHERS.get(name.lower())
    if known:
        return known
    words = name.split()
    if len(words) > 6 or not words[0][0].isupper() or name[-1] in "?!" or any(map(_is_year, words)):
        return None
    capitals = all(
        w[0].isupper() or not w[0].isalpha() or w.lower() in _LOWER_CASE_WORDS for w in words
    )
    if not capitals:
        return None
    if sure:
        return name
    has_newspaper_word = any(word.lower().strip(".,") in _NEWSPAPER_WORDS for word in words)
    return name if has_newspaper_word and len(words) >= 2 else None


_LOWER_CASE_WORDS = NAME_LINKS | frozenset("and on in for le el & at".split())


def _looks_like_address(name: str) -> bool:
    return "://" in name or re.fullmatch(r"\S+\.[a-z]{2,6}(?:/\S*)?", name) is not None


def _is_year(word: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d,?", word) is not None


def person(name: str) -> str | None:
    """Return a person's name, normalized, or None when the text does not look like one.

    A name has two to six capitalized words, besides particles such as "de". A name all in
    capitals is returned in title case.
    """
    name = " ".join(_HANDLE.sub(" ", name).split()).strip(" ,;:|–—-·•()[]*_")
    words = name.split()
    if not 2 <= len(words) <= 6 or len(name) > 60:
        return None
    if any(w.lower().strip(".,") in _NOT_NAMES for w in words):
        return None
    for position, word in enumerate(words):
        if word.lower() in NAME_PARTICLES and position > 0:
            continue
        if not _NAME_WORD.match(word) or not word[0].isupper():
            return None
    if publisher(name) and words[-1].lower() in _NEWSPAPER_WORDS:
        return None
    return _title_case(name) if name.isupper() and len(words[-1]) > 2 else name


def is_place(name: str) -> bool:
    """Return whether a name is a town's, as in a dateline, not a person's."""
    return _PLACE.search(name) is not None


def _title_case(name: str) -> str:
    return re.sub(
        r"[^\W\d_]+",
        lambda match: match.group() if len(match.group()) == 1 else match.group().capitalize(),
        name,
    )


def people(names: str) -> list[str] | None:
    """Return the names in a list such as "A. Bee, Cee Dee and E. Eff"; None if one is not a name.

    Roles that follow a name ("Staff Writer", "Associated Press Writer") are dropped.
    """
    found: list[str] = []
    for part in _SPLIT.split(names.strip(" .,:;|–—-")):
        if not part:
            continue
        name = person(part)
        if name is not None:
            found.append(name)
            continue
        if found and (_ROLE.match(part) or _ROLE.search(part)):
            continue
        trimmed = _ROLE.sub("", part).strip(" ,")
        name = person(trimmed) if trimmed != part else None
        if name is None:
            return None
        found.append(name)
    return found or None


_DATELINE = re.compile(
    r"^[A-Z][A-Z .,'’-]{2,40}(?:,[^()—–-]{2,40})?\s*\(((?:AP|Reuters|REUTERS|AFP|UPI|EFE|Xinhua|"
    r"Bloomberg|CNN|BBC))\)\s*(?:--|—|–|-)"
)


def dateline_agency(prose: str) -> str | None:
    """Return the agency in a dateline such as `OSLO (Reuters) -`, normalized, or None."""
    match = _DATELINE.match(prose)
    return publisher(match.group(1)) if match else None
