"""Recognize English, the language that search and answers are made for."""

from __future__ import annotations

import re

from index.segmentation.lexicon import ENGLISH_WORDS
from index.types import Article

_SAMPLE = 20_000  # characters
_MIN_WORDS = 40  # words; fewer are not judged
_SHARE = 0.15  # English prose has 0.35 to 0.5 of these words, other languages less than 0.1

_WORD = re.compile(r"[^\W\d_]+")


def looks_english(article: Article) -> bool:
    """Return whether the searched paragraphs look English; true for texts too short to judge."""
    text = ""
    for paragraph in article.paragraphs:
        if paragraph.kind.is_searched:
            text += paragraph.span.of(article.text)[:_SAMPLE] + "\n"
        if len(text) >= _SAMPLE:
            break
    words = _WORD.findall(text[:_SAMPLE].lower())
    if len(words) < _MIN_WORDS:
        # Scripts without spaces have few words however long the text is.
        letters = [c for c in text if c.isalpha()]
        latin = sum(c < "ɐ" for c in letters)
        return len(letters) < 4 * _MIN_WORDS or latin * 2 > len(letters)
    return sum(word in ENGLISH_WORDS for word in words) >= _SHARE * len(words)
