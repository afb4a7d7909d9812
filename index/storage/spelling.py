"""Correct misspelt words of a question to words of the index."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from string import ascii_lowercase

from index.segmentation.lexicon import FUNCTION_WORDS
from index.segmentation.tokens import count_tokens
from index.storage.terms import searchable, stem_words

_CACHED_WORDS = 4_096
_LETTERS = re.compile(r"(?<![\w'’.@/-])[^\W\d_]{4,30}(?![\w'’@/-]|\.\w)")
_MIN_CHUNKS = 2  # that hold a word which replaces a misspelt one


class SpellingCorrector:
    """Corrects the words of questions to those of one state of an index, which never changes.

    `is_known` tells whether any chunk, title or context holds a stem, and `counts` returns in how
    many chunks each of some words is, as written; those in none may be left out.
    """

    def __init__(
        self,
        is_known: Callable[[str], bool],
        counts: Callable[[Collection[str]], Mapping[str, int]],
    ) -> None:
        self._is_known = is_known
        self._counts = counts
        self._corrections = lru_cache(maxsize=_CACHED_WORDS)(self._correction)

    def correct(self, question: str) -> str:
        """Return a question with misspelt words replaced by words of the index.

        A word that no chunk, title or context holds, in any form, becomes the most frequent word
        that is one letter away: added, left out, changed, or swapped with the next. Short and
        common words, numbers, and capitalized words after the first are not changed. Reads no text.
        """
        return _LETTERS.sub(self._corrected, question)

    def _corrected(self, match: re.Match[str]) -> str:
        written = match.group()
        word = searchable(written).lower()
        may_be_name = not written.islower() and match.start() > 0
        if may_be_name or word in FUNCTION_WORDS or not word.isascii():
            return written
        corrected = self._corrections(word)
        if corrected is None:
            return written
        return corrected.capitalize() if written[0].isupper() else corrected

    def _correction(self, word: str) -> str | None:
        """Return the correction of a word, None if it is spelt right or has none."""
        (stem, *_) = stem_words(word)
        if self._is_known(stem):
            return None
        near = sorted(one_edit(word))
        counts = self._counts(near)
        best = max(near, key=lambda one: counts.get(one, 0))
        if counts.get(best, 0) < _MIN_CHUNKS:
            return None
        # Common words are one token each; a small index does not have all of them. Asked last,
        # since counting the first token takes half a second.
        return None if count_tokens(f" {word}") == 1 else best


def one_edit(word: str) -> set[str]:
    """Return the words one letter away from a word of ASCII letters (Damerau 1964)."""
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return {
        *(left + right[1:] for left, right in parts if right),
        *(left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1),
        *(left + letter + right[1:] for left, right in parts[:-1] for letter in ascii_lowercase),
        *(left + letter + right for left, right in parts for letter in ascii_lowercase),
    } - {word}
