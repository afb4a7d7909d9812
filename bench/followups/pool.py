"""Search a pool of short texts with the project's BM25 index, encoder and fusion."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.embedding.encoder import Encoder
from index.storage.bm25 import BM25Document, BM25Index, BM25Writer
from qa.retrieval.fusion import Fusion

_SAVED = 512  # texts between two saves, so that an interrupted run keeps its vectors


class CachedVectors:
    """An encoder whose vectors are cached in a file."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        self._encoder = encoder
        self._file = folder / f"followups-{encoder.fingerprint[:12]}.npz"
        self._rows: dict[str, npt.NDArray[np.float32]] = {}
        if self._file.is_file():
            with np.load(self._file) as stored:
                self._rows = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def of(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the vectors of the texts, float32, shape (n, dimensions), of length 1."""
        keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._rows}
        for begin in range(0, len(fresh), _SAVED):
            part = list(fresh.items())[begin : begin + _SAVED]
            vectors = self._encoder.encode([text for _, text in part])
            self._rows.update((key, row) for (key, _), row in zip(part, vectors, strict=True))
            self._save()
        return np.stack([self._rows[key] for key in keys])

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            self._file, keys=np.array(list(self._rows)), vectors=np.stack([*self._rows.values()])
        )


class Pool:
    """Texts to search, each a document of the BM25 index and a vector."""

    def __init__(self, texts: Sequence[str], vectors: CachedVectors, fusion: Fusion) -> None:
        self.texts = list(texts)
        self._fusion = fusion
        self._cached = vectors
        self._vectors = vectors.of(self.texts)
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name) / "words"
        writer = BM25Writer(path, None)
        writer.add(
            BM25Document(number, f"a{number}", "", text) for number, text in enumerate(self.texts)
        )
        writer.commit()
        self._words = BM25Index(path)

    def prepare(self, questions: Sequence[str]) -> None:
        """Encode questions in one batch before they are searched."""
        self._cached.of(questions)

    def ranks(self, questions: Sequence[str], gold: Sequence[int]) -> npt.NDArray[np.float64]:
        """Return the rank, from 1, of each question's gold text; infinite where it is not found."""
        found = np.full(len(questions), np.inf)
        for place, (question, vector) in enumerate(
            zip(questions, self._cached.of(questions), strict=True)
        ):
            rows, fused = self._search(question, vector)
            order = rows[np.argsort(-fused, kind="stable")]
            hit = np.flatnonzero(order == gold[place])
            if len(hit):
                found[place] = hit[0] + 1
        return found

    def _search(
        self, question: str, vector: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        depth = min(self._fusion.depth, len(self.texts))
        words = dict(zip(*self._words.search(question, depth), strict=True))
        cosines = (self._vectors @ vector).astype(np.float64)
        nearest = np.argpartition(-cosines, depth - 1)[:depth]
        rows = np.array(sorted(words.keys() | set(nearest.tolist())))
        word_scores = np.array([words.get(row, 0.0) for row in rows.tolist()])
        return rows, self._fusion.combine(cosines[rows], word_scores)
