"""What of a chunk is encoded: its words alone, or after its article's title, or that and
each of its sentences by itself, or only its sentences, of which its vector is then the mean.

The choice is made when an index is created and stands in its manifest, so that the two can
be measured against each other.
"""

from __future__ import annotations

import hashlib

from index.errors import SettingError

WHOLE_AND_SENTENCES = "title and text, and each sentence"
SENTENCES = "title and each sentence"
ENCODED = ("text", "title and text", WHOLE_AND_SENTENCES, SENTENCES)
DEFAULT_ENCODED = SENTENCES


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
    return encoded in (WHOLE_AND_SENTENCES, SENTENCES)


def only_sentences(encoded: str) -> bool:
    """Whether a chunk's vector is made of its sentences'."""
    return encoded == SENTENCES


def vector_key(text: str) -> bytes:
    """16 bytes that identify an encoded text, so that its vector is found again."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
