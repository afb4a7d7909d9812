"""The vectors of a segment, in the file format of FAISS's flat inner-product index.

A flat index compares every row, so its search is exact. It is the store `exact`, and the full
vectors that every other store is built from and scores with. Single rows are read from the file;
the first search that compares many rows loads them all.
"""

from __future__ import annotations

import struct
import threading
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from index.checked_files import BlockFile
from index.settings import StoreSetting
from index.vector_stores.base import Mask, Rows, SegmentVectors, Vectors

_HEADER = struct.Struct("<4siqqq?iQ")
"""FAISS's header: type, dimensions, rows, two unused numbers, whether it is trained, the metric
(0 for the inner product), and the count of the floats that follow."""

_TYPE = b"IxFI"
_METRIC = 0
_UNUSED = 1 << 20
_BLOCK_ROWS = 16_384  # rows read at a time: 25 MB at 384 dimensions
_FEW_ROWS = 20  # a mask that keeps one row in so many, or fewer, reads only those


@cache
def load_faiss() -> ModuleType:
    """Import FAISS at first use: it takes a quarter of a second."""
    import faiss

    return faiss  # type: ignore[no-any-return, unused-ignore]


def faiss_with_threads(threads: int) -> ModuleType:
    """Return FAISS, set to use so many threads when called from the calling thread.

    Searches use one: FAISS does not divide a single query among threads, and waiting threads
    keep a core busy. An exact search of a million rows took 128 ms with two threads and 83 ms
    with one (bench/scale).
    """
    load_faiss().omp_set_num_threads(threads)
    return load_faiss()


def mask_selector(mask: Mask) -> Any:
    """Convert a mask to the form that FAISS reads."""
    return load_faiss().IDSelectorBitmap(np.packbits(mask, bitorder="little"))


def read_faiss(path: Path) -> Any:
    """Read a FAISS index into memory. Raises OSError if the file is missing or damaged."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist")
    try:
        return load_faiss().read_index(str(path))
    except (RuntimeError, MemoryError) as error:
        raise OSError(f"{path} is not a complete FAISS index") from error


class FlatVectors:
    """A flat index opened for reading. Implements `SegmentVectors`."""

    def __init__(self, file: BlockFile | Path) -> None:
        """Raises OSError if the file is missing or not a flat index, DamagedError if it differs."""
        self._file = BlockFile(file) if isinstance(file, Path) else file
        header = self._file.read(0, min(_HEADER.size, self._file.size))
        header = header.ljust(_HEADER.size, b"\0")
        kind, self._dimensions, self._count, _, _, _, metric, floats = _HEADER.unpack(header)
        if (
            (kind, metric) != (_TYPE, _METRIC)
            or floats != self._count * self._dimensions
            or self._file.size != _HEADER.size + 4 * floats
        ):
            raise OSError(f"{self._file.path} is not a complete FAISS index")
        self._lock = threading.Lock()
        self._index: Any = None

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self._dimensions)

    def __len__(self) -> int:
        return int(self._count)

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> tuple[Rows, Vectors]:
        """See `Searcher.search`. Compares every row."""
        k = min(k, len(self) if mask is None else int(np.count_nonzero(mask)))
        if k <= 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        if mask is not None and np.count_nonzero(mask) * _FEW_ROWS <= len(self):
            return self._search_rows(np.flatnonzero(mask), query[0], k)
        parameters = None
        if mask is not None:
            parameters = load_faiss().SearchParameters(sel=mask_selector(mask))
        index = self._loaded()
        faiss_with_threads(1)
        scores, rows = index.search(query, k, params=parameters)
        return rows[0], scores[0]

    def _search_rows(self, rows: Rows, query: Vectors, k: int) -> tuple[Rows, Vectors]:
        """Compare some rows only."""
        parts = [
            self.vectors(rows[start : start + _BLOCK_ROWS]) @ query
            for start in range(0, len(rows), _BLOCK_ROWS)
        ]
        scores = np.concatenate(parts)
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]

    def _loaded(self) -> Any:
        """Return FAISS's index with all rows, read at first use."""
        with self._lock:
            if self._index is None:
                index = load_faiss().IndexFlatIP(self.dimensions)
                for start in range(0, len(self), _BLOCK_ROWS):
                    index.add(self._read(np.arange(start, min(start + _BLOCK_ROWS, len(self)))))
                self._index = index
            return self._index

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors of `rows`, shape (len(rows), dimensions). Raises IndexError."""
        if not len(rows):
            return np.zeros((0, self.dimensions), dtype=np.float32)
        wanted = np.ascontiguousarray(rows, dtype=np.int64)
        if wanted.min() < 0 or wanted.max() >= len(self):
            raise IndexError(f"rows run from 0 to {len(self) - 1}, got {wanted.min()} or above")
        return self._read(wanted)

    def _read(self, rows: Rows) -> Vectors:
        size = 4 * self.dimensions
        return self._file.rows(_HEADER.size + rows * size, size).view("<f4")


class FlatWriter:
    """Writes vectors to a new file block by block, so that they are never all in memory.

    The file equals, byte for byte, what FAISS writes for an `IndexFlatIP` of the same rows: a
    header, whose row count is filled in at the end, and the rows.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self._dimensions = dimensions
        self._file = path.open("wb")
        self._file.write(bytes(_HEADER.size))
        self.rows = 0

    def add(self, block: Vectors) -> None:
        """Add rows, shape (n, dimensions)."""
        if block.ndim != 2 or block.shape[1] != self._dimensions:
            raise ValueError(f"the block has shape {block.shape}, not (n, {self._dimensions})")
        self._file.write(np.ascontiguousarray(block, dtype="<f4").data)
        self.rows += len(block)

    def finish(self) -> None:
        """Complete the file; the writer is not used afterwards."""
        floats = self.rows * self._dimensions
        header = (_TYPE, self._dimensions, self.rows, _UNUSED, _UNUSED, True, _METRIC, floats)
        self._file.seek(0)
        self._file.write(_HEADER.pack(*header))
        self._file.close()

    def abandon(self) -> None:
        """Close the file without completing it."""
        self._file.close()


class FlatStore:
    """The store `exact`. It needs no file besides the segment's vectors."""

    name = StoreSetting.EXACT.value
    min_rows = 0

    def write(self, path: Path, vectors: SegmentVectors) -> None:
        """Do nothing."""

    def open(self, path: Path, vectors: SegmentVectors) -> SegmentVectors:
        """Return `vectors`, whose own search is exact."""
        return vectors
