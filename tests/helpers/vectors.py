"""Vectors to search, the reference search that stores agree with, and a store from outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.vector_stores.base import Mask, Rows, SegmentVectors, Vectors
from index.vector_stores.flat import FlatVectors, FlatWriter


def unit_vectors(seed: int, rows: int, dimensions: int) -> Vectors:
    """Random vectors of length 1."""
    vectors = np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def write_vectors(path: Path, *blocks: Vectors, dimensions: int) -> FlatVectors:
    """Write the vectors of a segment to a new file, and open it."""
    writer = FlatWriter(path, dimensions)
    for block in blocks:
        writer.add(block)
    writer.finish()
    return FlatVectors(path)


def reference_search(
    vectors: Vectors, vector: Vectors, k: int, mask: Mask | None = None
) -> tuple[Rows, Vectors]:
    """Search by comparing every row in NumPy; rows of equal score come in row order."""
    scores = vectors @ vector
    rows = np.arange(len(vectors)) if mask is None else np.flatnonzero(mask)
    best = rows[np.argsort(-scores[rows], kind="stable")[:k]].astype(np.int64)
    return best, scores[best]


class HalfStore:
    """A vector store as another package would add it: float16 vectors in a NumPy file."""

    name = "half"
    min_rows = 0

    def write(self, path: Path, vectors: SegmentVectors) -> None:
        path.mkdir()
        halves = vectors.vectors(np.arange(len(vectors))).astype(np.float16)
        np.save(path / "vectors.npy", halves)

    def open(self, path: Path, vectors: SegmentVectors) -> HalfSearcher:
        halves = np.load(path / "vectors.npy", mmap_mode="r")
        if halves.shape != (len(vectors), vectors.dimensions):
            raise OSError(f"{path} is not of this segment")
        return HalfSearcher(halves)


class HalfSearcher:
    """A matrix product over float16 vectors."""

    def __init__(self, halves: NDArray[np.float16]) -> None:
        self._halves = halves

    def search(self, vector: Vectors, k: int, mask: Mask | None = None) -> tuple[Rows, Vectors]:
        return reference_search(self._halves.astype(np.float32), vector, k, mask)


HALF_STORE = HalfStore()
