"""Find the noun phrases of a short text by its function words, verbs and capitals."""

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
    """A word of a text: as written, folded, and its offsets."""

    text: str
    folded: str
    start: int
    end: int

    @property
    def is_capitalized(self) -> bool:
        """Whether the word begins with a capital."""
        return self.text[0].isupper()


@lru_cache(maxsize=2048)
def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of a text in order."""
    return tuple(
        Token(m.group(), fold(m.group())[0], m.start(), m.end()) for m in _TOKEN.finditer(text)
    )


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase as written, without its determiner.

    `head` is its main noun, folded. `is_name` marks a proper name, `is_definite` a phrase after
    "the", "this" or "those", `is_located` one after a preposition of place.
    """

    text: str
    head: str
    start: int
    is_name: bool
    is_definite: bool
    is_located: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the phrase, folded."""
        return tuple(token.folded.removesuffix("'s") for token in tokens(self.text))

    @property
    def is_plural(self) -> bool:
        """Whether the form of the phrase is plural."""
        if not self.is_name:
            return self.head.endswith("s") and not self.head.endswith(("ss", "us", "is", "ics"))
        return self.is_group and (self.head.endswith("s") or self.text.startswith("The "))

    @property
    def is_group(self) -> bool:
        """Whether the phrase names an organization, by its last word or its article."""
        return self.head in GROUPS or (self.is_name and self.text.startswith("The "))

    @property
    def gender(self) -> str | None:
        """`m` or `f` by the first name or title, else None."""
        first = self.words[0].rstrip(".") if self.words else ""
        if first in MALE_TITLES or (first in MALE_NAMES and first not in FEMALE_NAMES):
            return "m"
        if first in FEMALE_TITLES or first in FEMALE_NAMES:
            return "f"
        return None

    @property
    def is_person(self) -> bool:
        """Whether the phrase may name a person, by a first name, a title or its length."""
        if not self.is_name or self.is_group or any(c.isdigit() for c in self.text):
            return False
        if self.is_definite or {self.words[0], self.head} & THINGS:
            return False
        if not self.gender and (self.is_located or " of " in self.text):
            return False
        return bool(self.gender) or self.words[0] in TITLES or 1 <= len(self.words) <= 4


def _joins(tokens_: tuple[Token, ...], i: int, text: str) -> bool:
    """Return whether only a space or hyphen separates word `i` from the next."""
    return i + 1 < len(tokens_) and not text[tokens_[i].end : tokens_[i + 1].start].strip(" -")


@lru_cache(maxsize=2048)
def noun_phrases(text: str) -> tuple[Phrase, ...]:
    """Return the noun phrases of a question or a short answer, in order.

    Without a tagger: a phrase is a run of words between function words, cut between a name and
    other words and at common verbs.
    """
    found = _quoted(text)
    taken = [(phrase.start, phrase.start + len(phrase.text)) for phrase in found]
    words = tokens(text)
    # In title case names cannot be recognized.
    titled = len(words) > 5 and all(word.is_capitalized for word in words)
    i = 0
    while i < len(words):
        word = words[i]
        if any(a <= word.start < b for a, b in taken):
            i += 1
            continue
        if _opens_name(words, i, text) and not titled:
            j = _name_end(words, i, text)
            k = _plain_end(words, j, text) if _continues_name(words, j, text) else j
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
            is_named = j < len(words) and _joins(words, j - 1, text) and _opens_name(words, j, text)
            if (
                is_named
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
    phrases = [p for p in found if p.is_name or not all(is_adjective(word) for word in p.words)]
    return tuple(sorted(phrases, key=lambda phrase: (phrase.start, len(phrase.text))))


def _continues_name(words: tuple[Token, ...], j: int, text: str) -> bool:
    """Return whether word `j` is a common noun that continues the name before it."""
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
    if not word.is_capitalized or word.folded.strip("'") in PHRASE_BREAKS:
        # "The Waterboys" inside a sentence is a name with its article.
        return (
            word.text == "The"
            and i > 0
            and i + 1 < len(words)
            and _joins(words, i, text)
            and words[i + 1].is_capitalized
            and words[i + 1].folded not in PHRASE_BREAKS
        )
    if i == 0 or text[: word.start].rstrip()[-1:] in ".?!:":
        follows = i + 1 < len(words) and words[i + 1].is_capitalized and _joins(words, i, text)
        return follows or not _is_verb_form(word.folded)
    return True


def _name_end(words: tuple[Token, ...], i: int, text: str) -> int:
    j = i + 1
    while j < len(words) and _joins(words, j - 1, text):
        if words[j - 1].text.endswith(("'s", "’s")):
            break
        if words[j].is_capitalized and words[j].folded not in AUXILIARIES | POSSESSIVES:
            j += 1
            continue
        k = j
        while k < len(words) and words[k].folded in _LINKS and _joins(words, k - 1, text):
            k += 1
        if (
            k == j
            or k >= len(words)
            or not words[k].is_capitalized
            or not _joins(words, k - 1, text)
        ):
            break
        if any(words[m].folded == "and" for m in range(j, k)) and j - i > 1:
            break
        j = k + 1
    return j


def _plain_end(words: tuple[Token, ...], i: int, text: str) -> int:
    """Return the end (exclusive) of a phrase of common words that begins at `i`."""
    j = i
    while j < len(words) and (j == i or _joins(words, j - 1, text)):
        word = words[j]
        if word.folded in PHRASE_BREAKS or word.text[0].isdigit():
            break
        if j > i and (word.is_capitalized or _is_verb(words, j) or _is_predicate(words, j)):
            break
        j += 1
        if word.text.endswith(("'s", "’s")) and j < len(words) and words[j].folded in PHRASE_BREAKS:
            break
    return j


def _is_predicate(words: tuple[Token, ...], j: int) -> bool:
    """Return whether word `j` is a predicate of the phrase before: "worth", not "net worth"."""
    return words[j].folded in PREDICATES and (j == 0 or words[j - 1].folded != "net")


def _is_verb_form(folded: str) -> bool:
    return folded in VERBS or (len(folded) > 4 and folded.endswith(("ed", "ing")))


def _determined(words: tuple[Token, ...], i: int) -> bool:
    """Return whether a determiner or possessive precedes word `i`."""
    if i == 0:
        return False
    before = words[i - 1]
    return (
        before.folded in DETERMINERS
        or before.folded in POSSESSIVES
        or before.text.endswith(("'s", "’s"))
    )


def _is_verb(words: tuple[Token, ...], i: int) -> bool:
    """Return whether word `i` is a common verb and not a noun after a determiner."""
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
