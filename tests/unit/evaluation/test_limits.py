"""Limits of metrics for continuous integration."""

from __future__ import annotations

import pytest

from qa.errors import MetricError
from qa.evaluation.limits import Limit
from qa.evaluation.metrics import run_metrics

METRICS = run_metrics(retrieval_only=False, gold_paragraph=False)


def _failure(limit: Limit, value: float | None) -> str | None:
    return limit.failure({"abstention": {"false_answer_rate": value}, "answers": {"f1": value}})


def test_a_maximum_fails_above_it_only() -> None:
    limit = Limit.parse("false_answer_rate=0.1", is_maximum=True)
    limit.check(METRICS)
    assert _failure(limit, 0.1) is None
    assert _failure(limit, 0.05) is None
    assert _failure(limit, 0.15) == "abstention.false_answer_rate is 0.1500, above 0.1"
    undefined = _failure(limit, None)
    assert undefined is not None
    assert undefined.endswith("undefined for these questions; the maximum is 0.1")


def test_a_minimum_fails_below_it_only() -> None:
    limit = Limit.parse("f1=0.5")
    limit.check(METRICS)
    assert _failure(limit, 0.5) is None
    assert _failure(limit, 0.4) == "answers.f1 is 0.4000, below 0.5"


def test_a_limit_on_the_wrong_side_names_the_other_option() -> None:
    with pytest.raises(MetricError, match=r"higher is better for answers\.f1; write --fail-under"):
        Limit.parse("f1=0.5", is_maximum=True).check(METRICS)
    with pytest.raises(MetricError, match=r"lower is better for .*; write --fail-over aurc=0\.2"):
        Limit.parse("aurc=0.2").check(METRICS)


@pytest.mark.parametrize("text", ["ece", "=1", "ece=", "ece=nan", "ece=low"])
def test_a_maximum_needs_a_metric_and_a_number(text: str) -> None:
    with pytest.raises(MetricError, match=r"invalid limit .* such as false_answer_rate=0\.1"):
        Limit.parse(text, is_maximum=True)
