"""Whether a text mentions a name or a number, however either writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from functools import lru_cache

from index.segmentation.folding import find_folded
from index.segmentation.lexicon import NAME_LINKS, alternatives
from index.segmentation.stemming import stem
from qa.language.quantities import Quantity, quantities
from qa.language.words import CAPITALS, content_stems, words

_LIKENESS = 0.8
"""Ratcliff/Obershelp similarity from which a word counts as a misspelling of another: it accepts
`caldron` for `calderon` and `pendelton` for `pendleton`, not `norman` for `norway`. On
held-out questions it accepts nine in ten names with a wrong letter, and one in five that no article
has (docs/experiments/reader.md)."""

_ACRONYM = re.compile(r"[A-Z]{2,6}|(?:[A-Z]\.){2,6}")
_LEAST_INITIALS = 3
"""Initials of the shortest name whose acronym counts: two are those of too many names."""

_NEXT_WORD = rf"\w+[\s-]+(?:(?:{alternatives(NAME_LINKS | {'and', 'for', 'on', 'in'})}|&)\s+)*"
"""What comes between the initials of two words: the rest of a word, and links such as "of"."""
_INITIAL = re.compile(rf"(?<!\w)[{CAPITALS}]")
_CAPITALS_ONLY = re.compile(r"\b(?:[A-Z]{3,6}|(?:[A-Z]\.){3,6})(?!\w)")


def mentions(text: str, name: str) -> bool:
    """Return whether a text mentions a name or number.

    It does with the whole name, with all its words in any form, with its last word, also
    misspelled, since people and places are named in full once and by the last word afterwards,
    with the words an acronym stands for or the acronym of a name of at least three words, and with
    an equal number: "1,500", "fifteen hundred".
    """
    if find_folded(text, name) is not None:
        return True
    name_stems, text_words = content_stems(name), set(words(text))
    if name_stems and {stem(word) for word in text_words}.issuperset(name_stems):
        return True
    return (
        _has_last_word(name, text_words)
        or _has_other_form(text, name)
        or _has_number(text, quantities(name))
    )


def _has_last_word(name: str, text_words: Collection[str]) -> bool:
    """Return whether the last word of a name is among folded words, as written or misspelled.

    Numbers and words of up to four letters have to be exact.
    """
    name_words = words(name)
    if not name_words:
        return True
    word = name_words[-1]
    if word in text_words:
        return True
    if len(word) < 5 or any(character.isdigit() for character in word):
        return False
    similar = [other for other in text_words if other[:1] == word[:1]]
    return bool(get_close_matches(word, similar, n=1, cutoff=_LIKENESS))


def _has_other_form(text: str, name: str) -> bool:
    """Return whether a text spells out an acronym, or has the acronym of a name."""
    if _ACRONYM.fullmatch(name):
        return _spelled_out(name.replace(".", "")).search(text) is not None
    initials = "".join(_INITIAL.findall(name))
    return len(initials) >= _LEAST_INITIALS and initials in _words_of_capitals(text)


@lru_cache(maxsize=64)  # a name is looked for in many texts
def _spelled_out(acronym: str) -> re.Pattern[str]:
    """Return a pattern of capitalized words with the initials of an acronym."""
    return re.compile(r"\b" + _NEXT_WORD.join(acronym) + r"\w+")


def _words_of_capitals(text: str) -> set[str]:
    """Return the words of a text in capitals, without the full stops inside them."""
    return {match.group().replace(".", "") for match in _CAPITALS_ONLY.finditer(text)}


def _has_number(text: str, number: Sequence[Quantity]) -> bool:
    """Return whether a text has the only number given, if there is one, however it is written."""
    return len(number) == 1 and any(
        other.base_value == number[0].base_value and number[0].unit in ("", other.unit)
        for other in quantities(text)
    )
