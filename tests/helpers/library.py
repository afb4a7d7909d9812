"""What the tests of the library share: a counting encoder, and files to index."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from index.embedding.encoder import Encoder
from index.vector_stores.base import Vectors


class CountingEncoder:
    """The real encoder, keeping every text that it encodes."""

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

    def taken(self) -> list[str]:
        """What was encoded since the last call."""
        texts, self.texts = self.texts, []
        return texts


def write(path: Path, *paragraphs: str, age: float = 3600) -> None:
    """A text file of some paragraphs, last changed `age` seconds ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(paragraphs) + "\n", encoding="utf-8")
    then = time.time() - age
    os.utime(path, (then, then))
