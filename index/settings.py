"""Settings of an index, kept in its manifest: embedding mode, vector store, precision."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NoReturn

from index.errors import SettingError

MAX_WHOLE_TOKENS = 100
"""Tokens of the longest chunk that `EmbeddingMode.SENTENCES` encodes as one text.

Short paragraphs depend on one another's words and cost little; for longer chunks the mean of
their sentence vectors retrieves as well (bench/retrieval/README.md)."""


class _Setting(StrEnum):
    """A fixed choice of values. Raises SettingError for an unknown one, with the choices."""

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).lower()
        raise SettingError(f"unknown {name} {value!r}; choose one of: {', '.join(cls)}")


class EmbeddingMode(_Setting):
    """What the encoder reads of each chunk. Fixed when an index is created.

    `SENTENCES`, the default: the chunk's text after its article's title, its headings and the
    lead-in of its list, and each sentence after these as well. The vector of a chunk of more than
    `MAX_WHOLE_TOKENS` tokens is the mean of its sentences' vectors, weighted by their lengths.
    `TEXT`: the chunk's text alone, without sentence vectors.
    """

    TEXT = "text"
    SENTENCES = "sentences"

    @property
    def has_sentences(self) -> bool:
        """Whether the index keeps a vector for each sentence."""
        return self is EmbeddingMode.SENTENCES

    def encoder_input(self, text: str, context: str) -> str:
        """Return what the encoder reads for a chunk with this text, in a context of some lines."""
        return f"{context}\n{text}" if context and self is EmbeddingMode.SENTENCES else text

    def averages_sentences(self, tokens: int) -> bool:
        """Whether a chunk of so many tokens gets the mean of its sentences' vectors."""
        return self.has_sentences and tokens > MAX_WHOLE_TOKENS


class StoreSetting(StrEnum):
    """How vectors are searched. Registered stores are chosen by their names instead.

    `AUTO` picks a store for each segment by its number of rows; see
    `index.vector_stores.registry`.
    """

    AUTO = "auto"
    EXACT = "exact"
    IVFPQ = "ivfpq"


class Precision(_Setting):
    """The arithmetic in which articles are encoded. Questions are always encoded in float32.

    `BF16` (bfloat16) takes half the time on processors that support it. `AUTO` uses it there,
    when enough texts are encoded together; see `index.embedding.precision`.
    """

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
