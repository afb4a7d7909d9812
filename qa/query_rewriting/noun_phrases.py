"""Noun phrases of a short text, found by its function words, verbs and capitals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from index.segmentation.folding import fold
from index.segmentation.lexicon import (
    AUXILIARIES,
    DETERMINERS,
    FEMALE_NAMES,
    FEMALE_TITLES,
    GROUPS,
    MALE_NAMES,
    MALE_TITLES,
    NAME_LINKS,
    PHRASE_BREAKS,
    POSSESSIVES,
    PREDICATES,
    THINGS,
    TITLES,
    VERBS,
    is_adjective,
)

_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[$€£]?\d(?:[\d,.]*\d)?|[^\W_]+(?:[.'’\-&][^\W_]+)*['’]?")
_QUOTED = re.compile(r"[\"“]([^\"“”]{2,80}?)[,.]?[\"”]")
_LINKS = NAME_LINKS | frozenset(("von", "van", "and", "&", "for"))


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: as written, folded, and where it stands."""

    text: str
    folded: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital or is a number's digit."""
        return self.text[0].isupper()


@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of a text in order."""
    return tuple(
        Token(m.group(), fold(m.group())[0], m.start(), m.end()) for m in _TOKEN.finditer(text)
    )


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase as written, without its determiner.

    `name` says that it is a proper name, `definite` that it had "the", "this" or "those"
    before it, `located` that a preposition of place did; `head` is its main noun, folded.
    """

    text: str
    head: str
    start: int
    name: bool
    definite: bool
    located: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Its words, folded."""
        return tuple(token.folded.removesuffix("'s") for token in tokens(self.text))

    @property
    def plural(self) -> bool:
        """Whether it names several, as far as its form tells."""
        if not self.name:
            return self.head.endswith("s") and not self.head.endswith(("ss", "us", "is", "ics"))
        return self.group and (self.head.endswith("s") or self.text.startswith("The "))

    @property
    def group(self) -> bool:
        """Whether it is a body of people, by its last word or its article."""
        return self.head in GROUPS or (self.name and self.text.startswith("The "))

    @property
    def gender(self) -> str | None:
        """`m` or `f` where the first name or title tells."""
        first = self.words[0].rstrip(".") if self.words else ""
        if first in MALE_TITLES or (first in MALE_NAMES and first not in FEMALE_NAMES):
            return "m"
        if first in FEMALE_TITLES or first in FEMALE_NAMES:
            return "f"
        return None

    @property
    def person(self) -> bool:
        """Whether it may name a person: a name that is no body, with a first name, title or
        two to four words."""
        if not self.name or self.group or any(c.isdigit() for c in self.text):
            return False
        if self.definite or {self.words[0], self.head} & THINGS:
            return False
        if not self.gender and (self.located or " of " in self.text):
            return False
        return bool(self.gender) or self.words[0] in TITLES or 1 <= len(self.words) <= 4


def _joins(tokens_: tuple[Token, ...], i: int, text: str) -> bool:
    """Whether only a space (or hyphen) stands between word `i` and the one after it."""
    return i + 1 < len(tokens_) and not text[tokens_[i].end : tokens_[i + 1].start].strip(" -")


@lru_cache(maxsize=2048)
def noun_phrases(text: str) -> tuple[Phrase, ...]:
    """The noun phrases of a question or a short answer, in order.

    Without a tagger: a phrase is a run of words between function words, cut where a name
    meets plain words and where a common verb stands in a verb's place.
    """
    found = _quoted(text)
    taken = [(phrase.start, phrase.start + len(phrase.text)) for phrase in found]
    words = tokens(text)
    titled = len(words) > 5 and all(word.capital for word in words)  # no names to tell apart
    i = 0
    while i < len(words):
        word = words[i]
        if any(a <= word.start < b for a, b in taken):
            i += 1
            continue
        if _opens_name(words, i, text) and not titled:
            j = _name_end(words, i, text)
            k = _plain_end(words, j, text) if _joined(words, j, text) else j
            if k > j and i and words[i - 1].folded == "the":
                # "the Sinaloa cartel" is one name.
                found.append(_phrase(words, i, k, text, name=True))
                i = k
                continue
            found.append(_phrase(words, i, j, text, name=True))
            # "Obree's bike" is a thing that "Obree" is not.
            if words[j - 1].text.endswith(("'s", "’s", "'", "’")):
                k = _plain_end(words, j, text)
                if k > j:
                    found.append(_phrase(words, i, k, text, name=False))
                    j = k
            i = j
        elif (
            word.folded not in PHRASE_BREAKS
            and not _is_verb(words, i)
            and not word.text[0].isdigit()
        ):
            j = _plain_end(words, i, text)
            named = j < len(words) and _joins(words, j - 1, text) and _opens_name(words, j, text)
            if (
                named
                and j - i <= 2
                and _determined(words, i)
                and not _is_verb_form(words[j - 1].folded)
            ):
                # "the album Woodstock" is one phrase, and a name.
                found.append(_phrase(words, i, _name_end(words, j, text), text, name=False))
                j = _name_end(words, j, text)
            else:
                found.append(_phrase(words, i, j, text, name=False))
            i = j
        else:
            i += 1
    told = [p for p in found if p.name or not all(is_adjective(word) for word in p.words)]
    return tuple(sorted(told, key=lambda phrase: (phrase.start, len(phrase.text))))


def _joined(words: tuple[Token, ...], j: int, text: str) -> bool:
    """Whether word `j` is a plain noun that goes with the word before it."""
    return (
        j < len(words)
        and _joins(words, j - 1, text)
        and words[j].text.islower()
        and not _is_verb_form(words[j].folded)
        and not is_adjective(words[j].folded)
        and not words[j - 1].text.endswith(("'s", "’s", "'"))
    )


def _quoted(text: str) -> list[Phrase]:
    return [
        Phrase(m.group(1), fold(m.group(1))[0].split()[-1], m.start(1), True, False)
        for m in _QUOTED.finditer(text)
        if m.group(1)[0].isupper() and len(m.group(1).split()) <= 7 and m.group(1).strip()
    ]


def _opens_name(words: tuple[Token, ...], i: int, text: str) -> bool:
    word = words[i]
    if not word.capital or word.folded.strip("'") in PHRASE_BREAKS:
        # "The Waterboys" inside a sentence is a name with its article.
        return (
            word.text == "The"
            and i > 0
            and i + 1 < len(words)
            and _joins(words, i, text)
            and words[i + 1].capital
            and words[i + 1].folded not in PHRASE_BREAKS
        )
    if i == 0 or text[: word.start].rstrip()[-1:] in ".?!:":
        follows = i + 1 < len(words) and words[i + 1].capital and _joins(words, i, text)
        return follows or not _is_verb_form(word.folded)
    return True


def _name_end(words: tuple[Token, ...], i: int, text: str) -> int:
    j = i + 1
    while j < len(words) and _joins(words, j - 1, text):
        if words[j - 1].text.endswith(("'s", "’s")):
            break
        if words[j].capital and words[j].folded not in AUXILIARIES | POSSESSIVES:
            j += 1
            continue
        k = j
        while k < len(words) and words[k].folded in _LINKS and _joins(words, k - 1, text):
            k += 1
        if k == j or k >= len(words) or not words[k].capital or not _joins(words, k - 1, text):
            break
        if any(words[m].folded == "and" for m in range(j, k)) and j - i > 1:
            break
        j = k + 1
    return j


def _plain_end(words: tuple[Token, ...], i: int, text: str) -> int:
    """One past the last plain word of a phrase that begins at `i`."""
    j = i
    while j < len(words) and (j == i or _joins(words, j - 1, text)):
        word = words[j]
        if word.folded in PHRASE_BREAKS or word.text[0].isdigit():
            break
        if j > i and (word.capital or _is_verb(words, j) or _is_predicate(words, j)):
            break
        j += 1
        if word.text.endswith(("'s", "’s")) and j < len(words) and words[j].folded in PHRASE_BREAKS:
            break
    return j


def _is_predicate(words: tuple[Token, ...], j: int) -> bool:
    """Whether word `j` says something of the phrase before it: "worth", but not "net worth"."""
    return words[j].folded in PREDICATES and (j == 0 or words[j - 1].folded != "net")


def _is_verb_form(folded: str) -> bool:
    return folded in VERBS or (len(folded) > 4 and folded.endswith(("ed", "ing")))


def _determined(words: tuple[Token, ...], i: int) -> bool:
    """Whether a determiner, possessive or name's possessive stands before word `i`."""
    if i == 0:
        return False
    before = words[i - 1]
    return (
        before.folded in DETERMINERS
        or before.folded in POSSESSIVES
        or before.text.endswith(("'s", "’s"))
    )


def _is_verb(words: tuple[Token, ...], i: int) -> bool:
    """Whether word `i` is a common verb where a verb can stand: not after a determiner."""
    return _is_verb_form(words[i].folded) and not _determined(words, i)


def _phrase(words: tuple[Token, ...], i: int, j: int, text: str, *, name: bool) -> Phrase:
    written = text[words[i].start : words[j - 1].end]
    if name:
        written = re.sub(
            r"['’]s$", "", written.rstrip("'’.") if "." not in written[:-1] else written
        )
    head = fold(words[j - 1].text)[0].removesuffix("'s").strip("'.")
    before = words[i - 1].folded if i else ""
    definite = before == "the" or (not name and before in DETERMINERS - {"a", "an"})
    k = i - 2 if definite else i - 1
    located = k >= 0 and words[k].folded in ("in", "at", "near", "to")
    return Phrase(written, head, words[i].start, name, definite, located)
