"""The full vectors: a flat inner-product index of FAISS, memory-mapped when read.

A flat index compares every row exactly. The file keeps the full vectors, so that segments
are merged and vectors reused without encoding anything again, and so that what an approximate
search finds is scored exactly.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from index.vector_stores.base import Mask, Rows, Vectors

_ROWS_AT = 8  # where the header has the number of rows, as 8 bytes; its last 8 are rows times d


@cache
def engine() -> ModuleType:
    """FAISS, imported at first use: it takes a quarter of a second."""
    import faiss

    return faiss  # type: ignore[no-any-return, unused-ignore]


def with_threads(threads: int) -> ModuleType:
    """FAISS, using so many threads when called from the calling thread.

    For a search that is one: a single question is not divided among threads, and those that
    wait for a part of it keep a processor busy. An exact search of a million rows took
    128 ms with two threads, 83 with one (bench/scale).
    """
    engine().omp_set_num_threads(threads)
    return engine()


def selector(keep: Mask) -> Any:
    """FAISS's form of a mask, which it reads bit by bit."""
    return engine().IDSelectorBitmap(np.packbits(keep, bitorder="little"))


def read(path: Path) -> Any:
    """A FAISS index in a file, memory-mapped. Raises OSError where it is none."""
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist")
    try:
        return engine().read_index(str(path), engine().IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise OSError(f"{path} is no FAISS index, or not a whole one") from error


class FaissStore:
    """One flat index opened for reading."""

    def __init__(self, index: Any) -> None:
        self._index = index
        # The mapped rows themselves, valid for as long as the index is. As bytes, because
        # they begin anywhere in the file: numbers that are not aligned are copied one by one.
        size = index.d * np.dtype(np.float32).itemsize
        self._rows: npt.NDArray[np.uint8] = (
            engine().rev_swig_ptr(index.get_xb(), index.ntotal * index.d).view(np.uint8)
            if index.ntotal
            else np.zeros(0, dtype=np.uint8)
        ).reshape(-1, size)

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
            parameters = engine().SearchParameters(sel=selector(keep))
        with_threads(1)
        scores, rows = self._index.search(query, k, params=parameters)
        return rows[0], scores[0]

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, shape (len(rows), dimensions)."""
        if not len(rows):
            return np.zeros((0, self.dimensions), dtype=np.float32)
        wanted = np.ascontiguousarray(rows, dtype=np.int64)
        if wanted.min() < 0 or wanted.max() >= len(self):
            raise IndexError(f"rows run from 0 to {len(self) - 1}, got {wanted.min()} or above")
        return self._rows.take(wanted, axis=0).view(np.float32)


class FaissWriter:
    """Writes vectors to a new file as they come, so that they are never all in memory.

    The file is what FAISS writes for an `IndexFlatIP` of the same rows, byte for byte: a
    header, which FAISS makes and the number of rows is entered in at the end, and the rows.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self._header = bytearray(engine().serialize_index(engine().IndexFlatIP(dimensions)))
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
        struct.pack_into("<q", self._header, _ROWS_AT, self.rows)
        struct.pack_into("<q", self._header, len(self._header) - 8, self.rows * self._dimensions)
        self._file.seek(0)
        self._file.write(self._header)
        self._file.close()

    def abandon(self) -> None:
        """Close the file without completing it."""
        self._file.close()


class FaissFormat:
    """A file in FAISS's own format, holding an `IndexFlatIP`."""

    def write(self, path: Path, blocks: Iterable[Vectors], dimensions: int) -> int:
        """See `StoreFormat.write`."""
        writer = FaissWriter(path, dimensions)
        try:
            for block in blocks:
                writer.add(block)
        except BaseException:
            writer.abandon()
            raise
        writer.finish()
        return writer.rows

    def open(self, path: Path) -> FaissStore:
        """See `StoreFormat.open`. Raises OSError where the file is missing or damaged."""
        return FaissStore(read(path))
