"""The default store: a flat inner-product index of FAISS, memory-mapped when read.

A flat index compares every row exactly. The file keeps the full vectors, so that segments
are merged and vectors reused without encoding anything again.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from index.stores.base import Mask, Rows, Vectors


def _faiss() -> ModuleType:
    # Imported at first use: it takes a quarter of a second and `import index` does not need it.
    import faiss

    return faiss  # type: ignore[no-any-return, unused-ignore]


class FaissStore:
    """One FAISS index opened for reading."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: Vectors, k: int, keep: Mask | None = None) -> tuple[Rows, Vectors]:
        """See `Store.search`."""
        k = min(k, len(self) if keep is None else int(np.count_nonzero(keep)))
        if k <= 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        parameters = None
        if keep is not None:
            bits = np.packbits(keep, bitorder="little")
            selector = _faiss().IDSelectorBitmap(bits)
            parameters = _faiss().SearchParameters(sel=selector)
        scores, rows = self._index.search(query, k, params=parameters)
        return rows[0], scores[0]

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, shape (len(rows), dimensions)."""
        if not len(rows):
            return np.zeros((0, self.dimensions), dtype=np.float32)
        wanted = np.ascontiguousarray(rows, dtype=np.int64)
        if wanted.min() < 0 or wanted.max() >= len(self):
            raise IndexError(f"rows run from 0 to {len(self) - 1}, got {wanted.min()} or above")
        found: Vectors = self._index.reconstruct_batch(wanted)
        return found


class FaissFormat:
    """A file in FAISS's own format, holding an `IndexFlatIP`."""

    def write(self, path: Path, blocks: Iterable[Vectors], dimensions: int) -> int:
        """See `StoreFormat.write`."""
        index = _faiss().IndexFlatIP(dimensions)
        for block in blocks:
            index.add(np.ascontiguousarray(block, dtype=np.float32))
        _faiss().write_index(index, str(path))
        return int(index.ntotal)

    def open(self, path: Path) -> FaissStore:
        """See `StoreFormat.open`. Raises OSError where the file is missing or damaged."""
        if not path.is_file():
            raise FileNotFoundError(f"{path} does not exist")
        try:
            return FaissStore(_faiss().read_index(str(path), _faiss().IO_FLAG_MMAP_IFC))
        except RuntimeError as error:
            raise OSError(f"{path} is not a FAISS index: {error}") from error
