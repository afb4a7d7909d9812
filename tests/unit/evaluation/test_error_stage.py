"""Questions without evidence are scored without a word about where they were lost."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qa.evaluation.error_stage import ErrorStage, find_error_stage
from qa.evaluation.gold import Gold
from qa.evaluation.metrics import statistics
from qa.evaluation.question_result import QuestionResult


@pytest.mark.parametrize(
    ("has_candidate", "stage"), [(True, ErrorStage.NO_EVIDENCE), (False, ErrorStage.REFUSED)]
)
def test_without_evidence_no_stage_is_blamed(has_candidate: bool, stage: ErrorStage) -> None:
    found = find_error_stage(
        Gold((), ()),
        None,
        frozenset(),
        is_right=False,
        has_candidate=has_candidate,
        is_answered=has_candidate,
    )
    assert found == stage


def test_without_evidence_retrieval_and_citations_are_undefined() -> None:
    result = QuestionResult("1", "Who?", ["Ana"], True, "1", "", answered=True, f1=1.0, right=True)
    figures = {key: value(np.ones(1)) for key, value in statistics([result]).items()}
    assert figures["answers.f1"] == 1.0
    undefined = [key for key in figures if key.startswith(("retrieval.", "citations."))]
    assert all(math.isnan(figures[key]) for key in undefined)
    assert "retrieval.recall@1" in undefined
