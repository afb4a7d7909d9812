"""The approximate store finds nearly all of the nearest rows, with exact scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.vector_stores.base import Mask, Vectors
from index.vector_stores.flat import FlatVectors
from index.vector_stores.ivf import IVFSearcher, IVFStore
from tests.helpers.vectors import write_vectors

ROWS, DIMENSIONS = 6_000, 96
STORE = IVFStore()


def clustered(seed: int, rows: int = ROWS, steepness: float = 1.0) -> Vectors:
    """Unit vectors around 60 subjects; the steeper, the fewer dimensions hold most variance."""
    random = np.random.default_rng(seed)
    scales = 1 / np.arange(1, DIMENSIONS + 1) ** steepness
    subjects = np.random.default_rng(0).normal(size=(60, DIMENSIONS)) * scales
    centers = subjects[random.integers(60, size=rows)]
    vectors = centers + 0.5 * random.normal(size=(rows, DIMENSIONS)) * scales
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> FlatVectors:
    path = tmp_path_factory.mktemp("full") / "vectors"
    return write_vectors(path, clustered(1), dimensions=DIMENSIONS)


@pytest.fixture(scope="module")
def searcher(full: FlatVectors, tmp_path_factory: pytest.TempPathFactory) -> IVFSearcher:
    path = tmp_path_factory.mktemp("ivf") / "store"
    STORE.write(path, full)
    return STORE.open(path, full)


def test_nearly_all_of_the_nearest_rows_are_found(searcher: IVFSearcher, full: FlatVectors) -> None:
    found = 0
    for query in clustered(2, 100):
        rows, scores = searcher.search(query, 10)
        assert np.allclose(scores, full.vectors(rows) @ query, atol=1e-6)
        assert list(scores) == sorted(scores, reverse=True)
        found += len(set(rows) & set(full.search(query, 10)[0]))
    assert found >= 950


@pytest.mark.parametrize("steepness", [0.0, 0.5, 0.7])
def test_recall_holds_however_variance_is_spread(steepness: float, tmp_path: Path) -> None:
    vectors = clustered(1, ROWS, steepness)
    full = write_vectors(tmp_path / "full", vectors, dimensions=DIMENSIONS)
    STORE.write(tmp_path / "store", full)
    searcher = STORE.open(tmp_path / "store", full)
    found = [
        len(set(searcher.search(query, 10)[0]) & set(full.search(query, 10)[0]))
        for query in clustered(2, 50, steepness)
    ]
    assert sum(found) >= 475


def test_writing_is_deterministic(full: FlatVectors, tmp_path: Path) -> None:
    for name in ("once", "again"):
        STORE.write(tmp_path / name, full)
    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    k=st.integers(1, 50),
    share=st.sampled_from([0.0, 0.0005, 0.01, 0.1, 0.5, 0.9, 1.0]),
    is_far=st.booleans(),
)
def test_a_mask_fills_k_with_rows_that_it_keeps(
    searcher: IVFSearcher, full: FlatVectors, seed: int, k: int, share: float, is_far: bool
) -> None:
    random = np.random.default_rng(seed)
    query = clustered(seed % 1000, 1)[0]
    mask: Mask = random.random(ROWS) < share
    if is_far:  # only rows in the lists that are scanned last
        mask = np.zeros(ROWS, dtype=np.bool_)
        mask[np.argsort(full.vectors(np.arange(ROWS)) @ query)[: int(share * ROWS)]] = True
    rows, scores = searcher.search(query, k, mask)
    assert len(rows) == len(set(rows)) == len(scores) == min(k, int(mask.sum()))
    assert mask[rows].all()


def test_a_narrow_mask_is_searched_exactly(searcher: IVFSearcher, full: FlatVectors) -> None:
    mask = np.random.default_rng(3).random(ROWS) < 0.01
    for query in clustered(4, 20):
        assert np.array_equal(searcher.search(query, 10, mask)[0], full.search(query, 10, mask)[0])


def test_the_file_of_another_segment_is_refused(full: FlatVectors, tmp_path: Path) -> None:
    other = write_vectors(tmp_path / "other", clustered(9, 2_000), dimensions=DIMENSIONS)
    STORE.write(tmp_path / "store", other)
    with pytest.raises(OSError, match="holds 2000 rows, not the 6000 of its segment"):
        STORE.open(tmp_path / "store", full)
