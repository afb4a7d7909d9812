"""The contract of vector stores: how the vectors of one segment are searched.

A segment keeps all of its vectors in one file in float32 (see `index.vector_stores.flat`), so
that segments are merged and vectors reused without encoding again. A vector store adds whatever
makes searching them fast, in files of its own, and opens it for reading.

Vectors are float32 of length 1, so that the inner product is the cosine. Scores are that product,
in -1..1, higher is better. Rows are numbered from 0 in the order they were written. Files are
written once and never changed, and compared with their digests before `open` is called;
everything opened is safe to use from several threads, and stays usable after its files are
removed. A store should read its files rather than map them: a mapped file that another program
shortens kills the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Searcher(Protocol):
    """A nearest-neighbour search over the rows of one segment."""

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> tuple[Rows, Vectors]:
        """Return the `k` rows with the highest scores, best first, and their scores.

        `vector` has shape (dimensions,). With `mask`, which has one entry per row, only rows
        where it is true are returned. Both arrays have length min(k, rows allowed).
        """


class SegmentVectors(Searcher, Protocol):
    """All vectors of a segment in float32, read when needed, with an exact search."""

    @property
    def dimensions(self) -> int:
        """The length of each vector."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors of `rows`, shape (len(rows), dimensions)."""


@runtime_checkable
class VectorStore(Protocol):
    """A way to search segments, chosen by name. See `index.vector_stores.registry`."""

    @property
    def name(self) -> str:
        """The name in settings, manifests and file names: letters, digits, "-" and "_"."""

    @property
    def min_rows(self) -> int:
        """Segments with fewer rows are searched exactly instead; 0 for none."""

    def write(self, path: Path, vectors: SegmentVectors) -> None:
        """Write what `open` needs to `path`, a new file or folder.

        Raises OSError if it cannot be written completely.
        """

    def open(self, path: Path, vectors: SegmentVectors) -> Searcher:
        """Open what `write` wrote for the same vectors. Raises OSError if it is damaged."""
