"""Fusion of word scores and vector scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qa.retrieval.fusion import Fusion, min_max, reciprocal_rank, z_score

scores = arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e3, 1e3))


@given(scores)
def test_scaling_never_reorders(values: np.ndarray) -> None:
    for scale in (min_max, z_score):
        scaled = scale(values)
        for first in range(len(values)):
            above = values[first] > values
            assert (scaled[first] >= scaled[above]).all()


@given(scores)
def test_min_max_stays_within_its_range(values: np.ndarray) -> None:
    scaled = min_max(values)
    assert scaled.min() >= 0.0
    assert scaled.max() == pytest.approx(1.0)


def test_reciprocal_rank_is_the_published_formula() -> None:
    assert reciprocal_rank(np.array([5.0, 9.0, 7.0])) == pytest.approx([1 / 63, 1 / 61, 1 / 62])


def test_nearly_equal_cosines_do_not_outweigh_the_words() -> None:
    # As for one misspelt name: every cosine is noise, some passages hold its neighbour.
    vectors = 0.1 + 0.03 * np.sin(np.arange(120.0))
    words = np.where(np.arange(120) % 6 == 1, 2.3, 0.0)
    ranked = np.argsort(-Fusion().combine(vectors, words))
    assert (words[ranked[:5]] > 0).all()


def test_the_weight_moves_the_ranking_from_vectors_to_words() -> None:
    vectors, words = np.array([0.9, 0.1]), np.array([0.0, 12.0])
    assert np.argmax(Fusion(words=0.1).combine(vectors, words)) == 0
    assert np.argmax(Fusion(words=0.9).combine(vectors, words)) == 1
