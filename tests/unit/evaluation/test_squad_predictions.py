"""SQuAD's prediction files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.evaluation.question_result import QuestionResult
from qa.evaluation.squad_predictions import write_na_prob, write_predictions


def _result(name: str, *, answered: bool, has_answer: float | None) -> QuestionResult:
    return QuestionResult(
        name,
        "Who?",
        ["Ana"],
        True,
        name,
        "",
        answered=answered,
        confidence=0.25,
        has_answer=has_answer,
        text="Ana \ud83d",
    )


def test_a_refusal_predicts_nothing_whatever_its_best_candidate(tmp_path: Path) -> None:
    results = [
        _result("shown", answered=True, has_answer=0.9),
        _result("refused", answered=False, has_answer=None),
    ]
    write_predictions(results, tmp_path / "predictions.json")
    write_na_prob(results, tmp_path / "na_prob.json")
    predictions = json.loads((tmp_path / "predictions.json").read_text())
    assert predictions == {"shown": "Ana \ud83d", "refused": ""}
    na_prob = json.loads((tmp_path / "na_prob.json").read_text())
    assert na_prob == pytest.approx({"shown": 0.1, "refused": 0.75})
