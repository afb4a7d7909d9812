"""The terms of texts and questions: words in lower case without accents, and their stems."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from types import ModuleType
from typing import Any

from index.segmentation.folding import INVISIBLE
from index.segmentation.lexicon import FUNCTION_WORDS

MAX_QUERY_TERMS = 64
"""How many terms of a question are searched for: of a longer one, the rarest in the index."""

_MAX_WORD_LENGTH = 60  # characters; longer runs are not indexed (Tantivy's limit: 65,530 bytes)

_UNSEEN = re.compile(f"[{INVISIBLE}]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_JOINED = re.compile(r"(?<=[^\W\d_])['’](?=[^\W\d_])")


@cache
def tantivy() -> ModuleType:
    """Import Tantivy at first use."""
    import tantivy as engine

    return engine  # type: ignore[no-any-return, unused-ignore]


@cache
def analyzers() -> tuple[Any, Any]:
    """Return the analyzers of words as written and of stems."""
    engine = tantivy()

    def plain() -> Any:
        builder = engine.TextAnalyzerBuilder(engine.Tokenizer.simple())
        builder = builder.filter(engine.Filter.remove_long(_MAX_WORD_LENGTH))
        return builder.filter(engine.Filter.lowercase()).filter(engine.Filter.ascii_fold())

    return plain().build(), plain().filter(engine.Filter.stemmer("english")).build()


def searchable(text: str) -> str:
    """Normalize text for the analyzers; documents and questions alike.

    "1,500" becomes one word, "U.S." becomes "US", a possessive its noun, "O'Brien" one word.
    Combining accents are composed, invisible characters (a soft hyphen) removed, and unpaired
    surrogates, as in file names that are not UTF-8, replaced.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    text = _THOUSANDS.sub("", text)
    text = _ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text)
    return _JOINED.sub("", _POSSESSIVE.sub("", text))


def plain_words(text: str) -> list[str]:
    """Return the words of a text as written, in lower case without accents."""
    words: list[str] = analyzers()[0].analyze(searchable(text))
    return words


def stem_words(text: str) -> list[str]:
    """Return the stems of the words that `plain_words` returns, in the same order."""
    stems: list[str] = analyzers()[1].analyze(searchable(text))
    return stems


def allowed_edits(word: str) -> int:
    """Return by how many letters a similar word may differ from a word of a question: 0, 1 or 2."""
    if len(word) < 4 or word.isdigit():
        return 0
    return 2 if len(word) >= 8 else 1


def query_terms(question: str) -> list[tuple[str, str]]:
    """Return the distinct words of a question with their stems, without function words.

    They are kept if the question has no others.
    """
    terms = list(dict.fromkeys(zip(plain_words(question), stem_words(question), strict=True)))
    return [term for term in terms if term[0] not in FUNCTION_WORDS] or terms
