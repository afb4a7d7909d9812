"""A light English stemmer."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a folded word without a common English ending: "train" for "trains", "training".

    Lighter than the Snowball stemmer of the word index (`index.storage.bm25`). It compares
    questions, answers and sentences; the confidence is fitted to it.
    """
    if word.isdigit() or len(word) < 4:
        return word
    for ending in ("ingly", "edly", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: -len(ending)]
            return base + "y" if ending in ("ies", "ied") else base.rstrip("e")
    return word.rstrip("s").rstrip("e") or word
