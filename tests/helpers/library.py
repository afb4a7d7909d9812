"""Encoders and files for tests of the library."""

from __future__ import annotations

import os
import re
import time
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from index.embedding.encoder import Encoder
from index.vector_stores.base import Vectors


class CountingEncoder:
    """The real encoder, which records the texts that it encodes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.texts: list[str] = []

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    @property
    def max_tokens(self) -> int:
        return self._encoder.max_tokens

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    def fits(self, text: str) -> bool:
        return self._encoder.fits(text)

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        self.texts += texts
        return self._encoder.encode(texts, progress=progress)

    def take_texts(self) -> list[str]:
        """Return the texts encoded since the last call."""
        texts, self.texts = self.texts, []
        return texts


class HashingEncoder:
    """An encoder as a program would bring its own: the mean of a fixed vector for each word."""

    name = "hashing"
    dimensions = 64
    max_tokens = 200
    fingerprint = "0123456789abcdef" * 4

    def fits(self, text: str) -> bool:
        return len(_WORD.findall(text)) <= self.max_tokens

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.lower()):
                vectors[row] += _word_vector(word, self.dimensions)
            if progress is not None:
                progress(row + 1, len(texts))
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


_WORD = re.compile(r"\w+")


@cache
def _word_vector(word: str, dimensions: int) -> Vectors:
    random = np.random.default_rng(zlib.crc32(word.encode()))
    return random.normal(size=dimensions).astype(np.float32)


def write(path: Path, *paragraphs: str, age: float = 3600) -> None:
    """Write a text file of some paragraphs, last changed `age` seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
    then = time.time() - age
    os.utime(path, (then, then))
