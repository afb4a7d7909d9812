"""What of a chunk is encoded: its words, alone or after its article's title, and by itself each
of its sentences. A long chunk can have the mean of its sentences' vectors instead of its own.

The choice is made when an index is created and stands in its manifest, so that the two can
be measured against each other.
"""

from __future__ import annotations

import hashlib

from index.errors import SettingError

WHOLE_AND_SENTENCES = "title and text, and each sentence"
SHORT_AND_SENTENCES = "title and short text, and each sentence"
ENCODED = ("text", "title and text", WHOLE_AND_SENTENCES, SHORT_AND_SENTENCES)
DEFAULT_ENCODED = SHORT_AND_SENTENCES


def checked_encoded(encoded: str) -> str:
    """`encoded` itself. Raises SettingError where it is not one of `ENCODED`."""
    if encoded not in ENCODED:
        raise SettingError(f"encoded is {encoded!r}; choose one of: {', '.join(ENCODED)}")
    return encoded


def encoded_text(text: str, title: str, encoded: str) -> str:
    """The text given to the encoder for a chunk whose words are `text`."""
    if encoded != "text" and title:
        return f"{title}\n{text}"
    return text


def has_sentences(encoded: str) -> bool:
    """Whether an index of that kind keeps a vector for each sentence."""
    return encoded in (WHOLE_AND_SENTENCES, SHORT_AND_SENTENCES)


WHOLE_TOKENS = 100
"""Tokens of a chunk up to which `SHORT_AND_SENTENCES` encodes it as one text too.

Short paragraphs lean on one another's words, and cost little; of longer ones the mean of their
sentences finds as much (bench/retrieval/README.md)."""


def of_its_sentences(encoded: str, tokens: int) -> bool:
    """Whether the vector of a chunk of so many tokens is made of its sentences'."""
    return encoded == SHORT_AND_SENTENCES and tokens > WHOLE_TOKENS


def vector_key(text: str) -> bytes:
    """16 bytes that identify an encoded text, so that its vector is found again."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
