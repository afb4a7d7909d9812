"""What a vector store does: hold rows of vectors and find the nearest to one.

Vectors are float32 and L2-normalised, so that the inner product is the cosine; scores are
that product, in -1..1, higher is better. Rows are numbered from 0 in the order written.
A store is written once and never changed; reading is safe from several threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Store(Protocol):
    """Vectors on disk, opened for reading."""

    @property
    def dimensions(self) -> int:
        """The length of each vector."""

    def __len__(self) -> int:
        """How many rows the store holds."""

    def search(self, vector: Vectors, k: int, keep: Mask | None = None) -> tuple[Rows, Vectors]:
        """The `k` rows with the highest inner product with `vector`, best first.

        `vector` has shape (dimensions,); `keep`, where given, has one entry per row and only
        rows where it is true are found. Returns rows and scores of equal length,
        `min(k, rows that may be found)`.
        """

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of `rows`, shape (len(rows), dimensions), as they were written."""


class StoreFormat(Protocol):
    """How one kind of store is written and opened. `path` names a single file."""

    def write(self, path: Path, blocks: Iterable[Vectors], dimensions: int) -> int:
        """Write blocks of shape (n, dimensions) one after another; returns the row count."""

    def open(self, path: Path) -> Store:
        """Open a file written by `write`, memory-mapped."""
