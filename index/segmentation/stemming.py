"""The English stemmer of the word index, for single words."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any


@cache
def _analyzer() -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.raw())
    return builder.filter(tantivy.Filter.stemmer("english")).build()


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the Snowball stem of a folded word: "train" for "trains" and "training"."""
    return str(_analyzer().analyze(word)[0]) if word.isalpha() else word
