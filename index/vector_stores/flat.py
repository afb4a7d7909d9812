"""The vectors of a segment: a flat inner-product index of FAISS, memory-mapped when read.

A flat index compares every row, so its search is exact. It is the store `exact`, and the full
vectors that every other store is built from and scores with.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from index.settings import StoreSetting
from index.vector_stores.base import Mask, Rows, SegmentVectors, Vectors

_ROWS_OFFSET = 8  # of the row count in the header, 8 bytes; the last 8 hold rows * dimensions


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
    """Open a FAISS index memory-mapped. Raises OSError if the file is missing or damaged."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist")
    try:
        return load_faiss().read_index(str(path), load_faiss().IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise OSError(f"{path} is not a complete FAISS index") from error


class FlatVectors:
    """A flat index opened for reading. Implements `SegmentVectors`."""

    def __init__(self, path: Path) -> None:
        """Raises OSError if the file is missing or damaged."""
        self._index = read_faiss(path)
        # A view of the mapped rows, valid as long as the index. As bytes, because they start
        # at an unaligned offset: NumPy copies unaligned numbers one by one.
        size = self._index.d * np.dtype(np.float32).itemsize
        self._rows: npt.NDArray[np.uint8] = (
            load_faiss()
            .rev_swig_ptr(self._index.get_xb(), self._index.ntotal * self._index.d)
            .view(np.uint8)
            if self._index.ntotal
            else np.zeros(0, dtype=np.uint8)
        ).reshape(-1, size)

    @property
    def dimensions(self) -> int:
        """The length of each vector."""
        return int(self._index.d)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> tuple[Rows, Vectors]:
        """See `Searcher.search`. Compares every row."""
        k = min(k, len(self) if mask is None else int(np.count_nonzero(mask)))
        if k <= 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        query = np.ascontiguousarray(vector, dtype=np.float32).reshape(1, -1)
        parameters = None
        if mask is not None:
            parameters = load_faiss().SearchParameters(sel=mask_selector(mask))
        faiss_with_threads(1)
        scores, rows = self._index.search(query, k, params=parameters)
        return rows[0], scores[0]

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors of `rows`, shape (len(rows), dimensions). Raises IndexError."""
        if not len(rows):
            return np.zeros((0, self.dimensions), dtype=np.float32)
        wanted = np.ascontiguousarray(rows, dtype=np.int64)
        if wanted.min() < 0 or wanted.max() >= len(self):
            raise IndexError(f"rows run from 0 to {len(self) - 1}, got {wanted.min()} or above")
        return self._rows.take(wanted, axis=0).view(np.float32)


class FlatWriter:
    """Writes vectors to a new file block by block, so that they are never all in memory.

    The file equals, byte for byte, what FAISS writes for an `IndexFlatIP` of the same rows: a
    header, whose row count is filled in at the end, and the rows.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        faiss = load_faiss()
        self._header = bytearray(faiss.serialize_index(faiss.IndexFlatIP(dimensions)))
        self._dimensions = dimensions
        self._file = path.open("wb")
        self._file.write(self._header)
        self.rows = 0

    def add(self, block: Vectors) -> None:
        """Add rows, shape (n, dimensions)."""
        if block.ndim != 2 or block.shape[1] != self._dimensions:
            raise ValueError(f"the block has shape {block.shape}, not (n, {self._dimensions})")
        self._file.write(np.ascontiguousarray(block, dtype="<f4").data)
        self.rows += len(block)

    def finish(self) -> None:
        """Complete the file; the writer is not used afterwards."""
        struct.pack_into("<q", self._header, _ROWS_OFFSET, self.rows)
        struct.pack_into("<q", self._header, len(self._header) - 8, self.rows * self._dimensions)
        self._file.seek(0)
        self._file.write(self._header)
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
