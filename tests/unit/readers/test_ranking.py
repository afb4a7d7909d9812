"""Ranking sentences, and showing a few of their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.errors import ReaderError
from qa.readers.ranking import (
    FEATURES,
    FEW_WORDS_FEATURES,
    Ranking,
    are_few_words_enough,
    load_ranking,
    score,
)


@given(st.lists(st.floats(-10, 10), min_size=7, max_size=7))
def test_a_score_is_linear(values: list[float]) -> None:
    weights = load_ranking().sentences
    known = dict(zip(FEATURES, values, strict=True))
    doubled = {name: 2 * value for name, value in known.items()}
    assert score(doubled, weights) == pytest.approx(2 * score(known, weights), abs=1e-9)


def test_words_are_shown_alone_from_the_threshold() -> None:
    weights = dict.fromkeys((*FEW_WORDS_FEATURES, "bias"), 0.0) | {"margin": 1.0}
    ranking = Ranking({}, weights, 0.5)
    known = dict.fromkeys(FEW_WORDS_FEATURES, 0.0)
    assert are_few_words_enough(known | {"margin": 0.1}, ranking)
    assert not are_few_words_enough(known | {"margin": -0.1}, ranking)


def test_incomplete_weights_are_reported_with_an_alternative(tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    file.write_text(json.dumps({"sentences": {}, "few_words": {}, "threshold": 0.5}))
    with pytest.raises(ReaderError, match="--reader sentence"):
        load_ranking(file)
