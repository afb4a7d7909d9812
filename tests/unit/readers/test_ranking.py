"""Ranking sentences, and showing a few of their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answer import QuoteScores
from qa.errors import ReaderError
from qa.readers.ranking import FEATURES, are_few_words_enough, load_weights, score


@given(st.lists(st.floats(-10, 10), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_a_score_is_linear(values: list[float]) -> None:
    weights = load_weights()
    known = dict(zip(FEATURES, values, strict=True))
    doubled = {name: 2 * value for name, value in known.items()}
    assert score(doubled, weights) == pytest.approx(2 * score(known, weights), abs=1e-9)


@pytest.mark.parametrize(
    ("question", "margin", "has_type", "expected"),
    [
        ("Who drew the bridge?", -1.0, True, True),
        ("how many ships came", -2.0, False, False),
        ("Where was it found?", 2.0, False, True),
        ("What company built it?", 0.5, True, True),
        ("What company built it?", -0.5, True, False),
        ("Why was it built?", 9.0, True, False),
        ("Explain how what they built works", 9.0, True, False),
        ("Did it open in 1929?", 9.0, True, False),
        ("bridge opening", 9.0, True, False),
        ("Which was longer, the bridge of 1911 or the ford?", 9.0, True, False),
        ("How many more came, in May or June?", 9.0, True, False),
    ],
)
def test_a_few_words_are_enough_for_some_questions(
    question: str, margin: float, has_type: bool, expected: bool
) -> None:
    scores = QuoteScores(margin=margin, has_type=has_type)
    assert are_few_words_enough(question, scores) == expected


def test_incomplete_weights_are_reported_with_an_alternative(tmp_path: Path) -> None:
    file = tmp_path / "ranking.json"
    file.write_text(json.dumps({"is_right": 1.0}))
    with pytest.raises(ReaderError, match="--reader sentence"):
        load_weights(file)
