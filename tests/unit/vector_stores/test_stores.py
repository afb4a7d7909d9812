"""Every vector store keeps the contract and agrees with the reference search."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.vector_stores.base import VectorStore
from index.vector_stores.flat import FlatVectors, load_faiss
from index.vector_stores.registry import BUILT_IN
from tests.helpers.vectors import HALF_STORE, reference_search, unit_vectors, write_vectors

STORES: tuple[VectorStore, ...] = (*BUILT_IN, HALF_STORE)


@pytest.fixture(params=STORES, ids=[store.name for store in STORES])
def store(request: pytest.FixtureRequest) -> VectorStore:
    return request.param


@pytest.mark.parametrize(("rows", "k"), [(60, 5), (60, 100), (2000, 3)])
@pytest.mark.parametrize("share", [None, 0.0, 0.02, 0.5])
def test_search_agrees_with_the_reference(
    store: VectorStore, tmp_path: Path, rows: int, k: int, share: float | None
) -> None:
    vectors = unit_vectors(1, rows, 16)
    full = write_vectors(tmp_path / "vectors", vectors[:20], vectors[20:], dimensions=16)
    store.write(tmp_path / "store", full)
    searcher = store.open(tmp_path / "store", full)
    mask = None if share is None else np.random.default_rng(2).random(rows) < share
    overlap = total = 0
    for query in unit_vectors(3, 20, 16):
        found, scores = searcher.search(query, k, mask)
        expected, expected_scores = reference_search(vectors, query, k, mask)
        assert (len(found), len(scores)) == (len(expected), len(expected))
        assert np.allclose(scores, vectors[found] @ query, atol=1e-3)
        assert list(scores) == sorted(scores, reverse=True)
        assert mask is None or mask[found].all()
        if store.name == "exact":
            assert np.allclose(scores, expected_scores, atol=1e-5)
        overlap, total = overlap + len(set(found) & set(expected)), total + len(expected)
    assert overlap >= 0.9 * total


def test_a_store_stays_readable_after_its_files_are_removed(
    store: VectorStore, tmp_path: Path
) -> None:
    vectors = unit_vectors(6, 500, 16)
    full = write_vectors(tmp_path / "vectors", vectors, dimensions=16)
    path = tmp_path / "store"
    store.write(path, full)
    searcher = store.open(path, full)
    for file in sorted(tmp_path.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    assert searcher.search(vectors[400], 1)[0][0] == 400


def test_an_empty_segment_has_no_hits(tmp_path: Path) -> None:
    empty = write_vectors(tmp_path / "vectors", dimensions=16)
    assert len(empty) == 0
    assert len(empty.search(unit_vectors(4, 1, 16)[0], 10)[0]) == 0
    assert empty.vectors(np.zeros(0, dtype=np.int64)).shape == (0, 16)


def test_vectors_come_back_bit_for_bit(tmp_path: Path) -> None:
    vectors = unit_vectors(5, 30, 16)
    full = write_vectors(tmp_path / "vectors", vectors, dimensions=16)
    rows = np.array([29, 0, 3, 3])
    assert (len(full), full.dimensions) == (30, 16)
    assert np.array_equal(full.vectors(rows), vectors[rows])
    with pytest.raises(IndexError):
        full.vectors(np.array([30]))


def test_the_vector_file_equals_the_one_that_faiss_writes(tmp_path: Path) -> None:
    vectors = unit_vectors(5, 300, 16)
    write_vectors(tmp_path / "ours", vectors[:100], vectors[100:], dimensions=16)
    index = load_faiss().IndexFlatIP(16)
    index.add(vectors)
    load_faiss().write_index(index, str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_a_missing_or_foreign_file_raises_os_error(tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"not vectors at all")
    for path in (tmp_path / "v", tmp_path / "none"):
        with pytest.raises(OSError, match=str(path)):
            FlatVectors(path)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 300),
    dimensions=st.integers(1, 64),
    k=st.integers(1, 40),
    share=st.floats(0, 1),
)
def test_the_exact_store_equals_the_reference(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    rows: int,
    dimensions: int,
    k: int,
    share: float,
) -> None:
    vectors, query = unit_vectors(seed, rows, dimensions), unit_vectors(seed + 1, 1, dimensions)[0]
    path = tmp_path_factory.mktemp("stores") / "vectors"
    full = write_vectors(path, vectors, dimensions=dimensions)
    mask = np.random.default_rng(seed).random(rows) < share if share < 1 else None
    found, scores = full.search(query, k, mask)
    expected, expected_scores = reference_search(vectors, query, k, mask)
    assert np.allclose(scores, expected_scores, atol=1e-5)
    # Rows may differ only where their scores are equal.
    assert np.allclose((vectors @ query)[found], (vectors @ query)[expected], atol=1e-5)
    assert mask is None or mask[found].all()
