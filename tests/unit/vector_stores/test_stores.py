"""Both vector stores behave alike, and agree with each other numerically."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.vector_stores.base import Store, StoreFormat, Vectors
from index.vector_stores.exact import ExactFormat
from index.vector_stores.flat import FaissFormat

FORMATS: list[StoreFormat] = [ExactFormat(), FaissFormat()]


def unit(seed: int, rows: int, dimensions: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, dimensions)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(params=FORMATS, ids=["exact", "faiss"])
def form(request: pytest.FixtureRequest) -> StoreFormat:
    return request.param


def made(form: StoreFormat, path: Path, *blocks: Vectors, dimensions: int = 16) -> Store:
    form.write(path, blocks, dimensions)
    return form.open(path)


def test_a_row_finds_itself_first(form: StoreFormat, tmp_path: Path) -> None:
    vectors = unit(1, 50, 16)
    store = made(form, tmp_path / "v", vectors[:20], vectors[20:])
    assert (len(store), store.dimensions) == (50, 16)
    for row in (0, 19, 20, 49):
        rows, scores = store.search(vectors[row], 3)
        assert rows[0] == row
        assert scores[0] == pytest.approx(1, abs=1e-5)
        assert list(scores) == sorted(scores, reverse=True)


def test_a_narrow_mask_still_fills_k(form: StoreFormat, tmp_path: Path) -> None:
    vectors = unit(2, 1000, 16)
    keep = np.zeros(1000, dtype=np.bool_)
    keep[::100] = True
    rows, _ = made(form, tmp_path / "v", vectors).search(vectors[7], 10, keep)
    assert sorted(rows) == list(range(0, 1000, 100))


def test_there_are_never_more_hits_than_rows(form: StoreFormat, tmp_path: Path) -> None:
    store = made(form, tmp_path / "v", unit(3, 4, 16))
    assert len(store.search(unit(4, 1, 16)[0], 10)[0]) == 4
    assert len(store.search(unit(4, 1, 16)[0], 10, np.zeros(4, dtype=np.bool_))[0]) == 0
    empty = made(form, tmp_path / "empty")
    assert len(empty) == 0
    assert len(empty.search(unit(4, 1, 16)[0], 10)[0]) == 0
    assert empty.vectors(np.zeros(0, dtype=np.int64)).shape == (0, 16)


def test_vectors_come_back_bit_for_bit(form: StoreFormat, tmp_path: Path) -> None:
    vectors = unit(5, 30, 16)
    store = made(form, tmp_path / "v", vectors)
    rows = np.array([29, 0, 3, 3])
    assert np.array_equal(store.vectors(rows), vectors[rows])
    with pytest.raises(IndexError):
        store.vectors(np.array([30]))


def test_a_store_is_readable_after_its_file_is_gone(form: StoreFormat, tmp_path: Path) -> None:
    vectors = unit(6, 500, 16)
    store = made(form, tmp_path / "v", vectors)
    (tmp_path / "v").unlink()
    assert store.search(vectors[400], 1)[0][0] == 400


def test_a_missing_or_foreign_file_is_an_os_error(form: StoreFormat, tmp_path: Path) -> None:
    (tmp_path / "v").write_bytes(b"not vectors at all")
    for path in (tmp_path / "v", tmp_path / "none"):
        with pytest.raises(OSError, match=str(path)):
            form.open(path)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(1, 300),
    dimensions=st.integers(1, 64),
    k=st.integers(1, 40),
    share=st.floats(0, 1),
)
def test_the_stores_agree(
    tmp_path_factory: pytest.TempPathFactory,
    seed: int,
    rows: int,
    dimensions: int,
    k: int,
    share: float,
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    vectors, query = unit(seed, rows, dimensions), unit(seed + 1, 1, dimensions)[0]
    keep = np.random.default_rng(seed).random(rows) < share if share < 1 else None
    first, second = (
        made(form, folder / str(number), vectors, dimensions=dimensions)
        for number, form in enumerate(FORMATS)
    )
    (rows_a, scores_a), (rows_b, scores_b) = (s.search(query, k, keep) for s in (first, second))
    assert len(rows_a) == len(rows_b)
    assert np.allclose(scores_a, scores_b, atol=1e-5)
    # Rows may change places only where their scores are equal.
    exact = vectors @ query
    assert np.allclose(exact[rows_a], exact[rows_b], atol=1e-5)
    if keep is not None:
        assert keep[rows_b].all()
