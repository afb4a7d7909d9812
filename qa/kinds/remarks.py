"""Reply to what is no question about the articles: greetings, thanks, orders, other languages."""

from __future__ import annotations

import re

import qa.wording as wording
from index.segmentation.lexicon import (
    AUXILIARIES,
    GREETINGS,
    PRAISE,
    REWORDINGS,
    SMALL_TALK,
    STOP_WORDS,
    THANKS,
)
from index.storage.snapshot import Snapshot
from qa.language.words import words

_REPLIES = ((THANKS, wording.THANKS), (GREETINGS, wording.GREETING), (PRAISE, wording.ASK))
_ABOUT_PINCITE = re.compile(
    r"(?:who|what) are you|what(?: else)? (?:can|do) you do|what is your name|"
    r"how (?:can|could) you help(?: me)?|how do (?:you|i use you|i use this) ?(?:work)?|help"
)
_POLITE = re.compile(r"(?:(?:please|(?:can|could|would|will) you(?: please)?) )*")
_TEXTS = frozenset(
    "everything all article articles text texts document documents page pages them".split()
)
_INTO = frozenset("into to in for".split())
_POEM = re.compile(r"(?:write|compose|draw|sing) (?:me|us)\b")

_MIN_UNKNOWN = 3
"""The least number of words that no article has, other than names, that decides anything."""


def remark(question: str, snapshot: Snapshot) -> str | None:
    """Return what to say instead of an answer, or None where the articles are asked something."""
    said = words(question)
    if SMALL_TALK.issuperset(said) and said[0] not in AUXILIARIES:
        for core, reply in _REPLIES:
            if not core.isdisjoint(said):
                return reply
    plain = " ".join(said)
    if _ABOUT_PINCITE.fullmatch(plain):
        return wording.ABOUT_PINCITE
    order = said[len(_POLITE.match(plain).group().split()) :]  # type: ignore[union-attr]
    if _is_rewording(order) or _POEM.match(" ".join(order)):
        return wording.ONLY_QUOTES
    if is_in_other_words(question, snapshot):
        return wording.UNKNOWN_WORDS
    return None


def _is_rewording(order: list[str]) -> bool:
    """Whether this asks to reword a text, and names none: "translate this into Spanish"."""
    if not order or order[0] not in REWORDINGS:
        return False
    named = order[1 : next((at for at, word in enumerate(order) if word in _INTO), None)]
    return any(word in STOP_WORDS or word == "everything" for word in named) and all(
        word in STOP_WORDS or word in _TEXTS for word in named
    )


def is_in_other_words(question: str, snapshot: Snapshot) -> bool:
    """Whether most words of a question are neither in an article nor function words of English.

    Names do not count, since they are the same in many languages, and neither do numbers. Fewer
    than `_MIN_UNKNOWN` words that no article has decide nothing.
    """
    first, *others = question.split() or [""]
    counted = [word for part in others if not part[:1].isupper() for word in words(part)]
    counted += words(first)
    counted = [word for word in counted if word and not word[0].isdigit()]
    unknown = [w for w in counted if w not in STOP_WORDS and not snapshot.has_word(w)]
    return len(unknown) >= _MIN_UNKNOWN and 2 * len(unknown) > len(counted)
