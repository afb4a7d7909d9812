"""The reference store: NumPy, every row compared. Others must agree with it numerically."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from index.vector_stores.base import Mask, Rows, Vectors

_SMALLEST = 129  # bytes: NumPy's header takes 128


class ExactStore:
    """Rows in a memory-mapped array, searched by one matrix product."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return int(self._vectors.shape[0])

    def search(self, vector: Vectors, k: int, keep: Mask | None = None) -> tuple[Rows, Vectors]:
        """See `Store.search`; rows of equal score come in row order."""
        scores = self._vectors @ np.asarray(vector, dtype=np.float32)
        rows = np.arange(len(self)) if keep is None else np.flatnonzero(keep)
        best = np.argsort(-scores[rows], kind="stable")[:k]
        found = rows[best].astype(np.int64)
        return found, scores[found]

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, shape (len(rows), dimensions)."""
        return np.array(self._vectors[rows], dtype=np.float32).reshape(-1, self.dimensions)


class ExactFormat:
    """A `.npy` file of float32, shape (rows, dimensions)."""

    def write(self, path: Path, blocks: Iterable[Vectors], dimensions: int) -> int:
        """See `StoreFormat.write`."""
        empty = np.zeros((0, dimensions), dtype=np.float32)
        vectors = np.concatenate([empty, *blocks])
        with path.open("wb") as file:
            np.save(file, vectors)
        return len(vectors)

    def open(self, path: Path) -> ExactStore:
        """See `StoreFormat.open`. Raises OSError where the file is missing or damaged."""
        try:
            # NumPy does not map an array of no rows.
            empty = path.stat().st_size < _SMALLEST
            return ExactStore(np.load(path, mmap_mode=None if empty else "r"))
        except ValueError as error:
            raise OSError(f"{path} is not a NumPy array: {error}") from error
