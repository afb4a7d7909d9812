"""Calibration, intervals and significance tests on data with known results."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evaluation import calibration
from qa.evaluation.bootstrap import groups, intervals
from qa.evaluation.compare import permutation_p
from qa.evaluation.metrics import all_metrics
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.summary import metric_values, summarise

ONES = np.ones(4)
CONFIDENCE = np.array([0.9, 0.8, 0.7, 0.6])
RIGHT = np.array([1.0, 0.0, 1.0, 0.0])


def test_auroc_counts_ordered_pairs_and_half_the_ties() -> None:
    # Pairs (right, wrong): 0.9>0.8, 0.9>0.6, 0.7<0.8, 0.7>0.6: three of four.
    assert calibration.auroc(CONFIDENCE, RIGHT, ONES) == 0.75
    assert calibration.auroc(np.full(4, 0.5), RIGHT, ONES) == 0.5
    assert math.isnan(calibration.auroc(CONFIDENCE, ONES, ONES))


def test_area_under_the_risk_coverage_curve_by_hand() -> None:
    # Risks after 1, 2, 3, 4 answers: 0, 1/2, 1/3, 1/2.
    assert calibration.aurc(CONFIDENCE, RIGHT, ONES) == pytest.approx(
        (0 + 1 / 2 + 1 / 3 + 1 / 2) / 4
    )
    # In a tie every order counts alike, so the risk is flat.
    assert calibration.aurc(np.full(4, 0.5), RIGHT, ONES) == pytest.approx(0.5)


def test_coverage_at_a_precision_takes_the_largest_share() -> None:
    assert calibration.coverage_at(1.0, CONFIDENCE, RIGHT, ONES) == (0.25, 0.9)
    assert calibration.coverage_at(0.66, CONFIDENCE, RIGHT, ONES) == (0.75, 0.7)
    assert calibration.coverage_at(0.9, CONFIDENCE, np.zeros(4), ONES) == (0.0, math.inf)


def test_the_best_threshold_may_be_to_refuse_everything() -> None:
    refused = np.array([0.0, 1.0, 0.0, 1.0])
    # Answering the first only: 1 + 1 + 0 + 1 of 4; going on to 0.7 loses the second.
    assert calibration.best_threshold(CONFIDENCE, RIGHT, refused, ONES) == (0.75, 0.9)
    assert calibration.best_threshold(CONFIDENCE, np.zeros(4), ONES, ONES) == (1.0, math.inf)


def test_calibration_error_of_calibrated_and_of_constant_confidences() -> None:
    random = np.random.default_rng(1)
    stated = random.random(60_000)
    right = (random.random(60_000) < stated).astype(float)
    every = np.ones(60_000)
    assert calibration.calibration_error(stated, right, every) < 0.012
    # All stated at 0.9 and right with 0.6: the error is 0.3 whatever the bins.
    right = np.repeat([1.0, 0.0], [600, 400])
    error = calibration.calibration_error(np.full(1000, 0.9), right, np.ones(1000))
    assert error == pytest.approx(0.3)
    assert len(calibration.reliability(stated, right=stated, weight=every)) == 15


def test_a_share_of_unanswerable_questions_reweights_without_dropping_any() -> None:
    answerable = np.array([1.0, 1.0, 1.0, 0.0])
    weight = calibration.at_share(ONES, answerable, 0.5)
    assert weight.tolist() == pytest.approx([4 / 6, 4 / 6, 4 / 6, 2.0])
    assert calibration.at_share(ONES, ONES, 0.5).tolist() == [0.0] * 4
    # Stated at 0.75, answerable always right, others always wrong: right with 1 - share.
    error = calibration.calibration_error(
        np.full(4, 0.75), answerable, calibration.at_share(ONES, answerable, 0.1)
    )
    assert error == pytest.approx(0.15)


@settings(deadline=None)  # what is tested is equality, not speed
@given(
    st.lists(
        st.tuples(st.sampled_from([0.1, 0.4, 0.4001, 0.9]), st.booleans(), st.integers(1, 3)),
        min_size=2,
        max_size=30,
    )
)
def test_a_weight_means_the_same_as_a_repeated_question(
    rows: list[tuple[float, bool, int]],
) -> None:
    confidence, right, weight = (
        np.array(column, dtype=float) for column in zip(*rows, strict=True)
    )
    times = weight.astype(int)
    repeated = np.repeat(confidence, times), np.repeat(right, times), np.ones(times.sum())
    for figure in (calibration.auroc, calibration.calibration_error):
        once = figure(confidence, right, weight)
        assert once == pytest.approx(figure(*repeated), nan_ok=True)
    once = calibration.coverage_at(0.8, confidence, right, weight)
    assert once == pytest.approx(calibration.coverage_at(0.8, *repeated))


def test_an_interval_of_independent_questions_matches_the_normal_approximation() -> None:
    values = np.repeat([1.0, 0.0], [300, 100])
    names = [str(number) for number in range(400)]

    def mean(weight: np.ndarray) -> float:
        return float(weight @ values / weight.sum())

    low, high = intervals({"mean": mean}, names, resamples=2000)["mean"]
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert low == pytest.approx(0.75 - half, abs=0.006)
    assert high == pytest.approx(0.75 + half, abs=0.006)


def test_correlated_questions_widen_the_interval() -> None:
    values = np.repeat([1.0, 0.0], [300, 100])

    def mean(weight: np.ndarray) -> float:
        return float(weight @ values / weight.sum())

    alone = intervals({"m": mean}, [str(n) for n in range(400)])["m"]
    together = intervals({"m": mean}, [str(n // 20) for n in range(400)])["m"]
    # Twenty equal questions are one: the width grows by the root of twenty.
    ratio = (together[1] - together[0]) / (alone[1] - alone[0])
    assert ratio == pytest.approx(math.sqrt(20), rel=0.2)


def test_intervals_are_reproducible_and_leave_out_undefined_statistics() -> None:
    def undefined(_: np.ndarray) -> float:
        return math.nan

    def total(weight: np.ndarray) -> float:
        return float(weight.sum())

    names = ["a", "b", "c"]
    assert intervals({"undefined": undefined}, names) == {}
    assert intervals({"total": total}, names) == intervals({"total": total}, names)
    assert intervals({"total": total}, []) == {}


@pytest.mark.parametrize("questions", [40, 400])
def test_the_interval_of_a_calibration_error_holds_the_error(questions: int) -> None:
    random = np.random.default_rng(4)
    confidence = random.uniform(size=questions)
    right = (random.uniform(size=questions) < confidence).astype(float)
    names = [str(n) for n in range(questions)]

    def error(weight: np.ndarray) -> float:
        return calibration.calibration_error(confidence, right, weight)

    estimate = error(np.ones(questions))
    # Repeats in a sample add to the error, so that its percentiles lie above the estimate.
    plain = intervals({"ece": error}, names)["ece"]
    low, high = intervals({"ece": error}, names, centred=["ece"])["ece"]
    assert low < estimate < high
    assert high - low == pytest.approx(plain[1] - plain[0])
    assert low < plain[0]


def test_a_run_reports_intervals_that_hold_its_calibration_errors() -> None:
    random = np.random.default_rng(5)
    results = [
        QuestionResult(
            id=str(n),
            question="?",
            answers=["x"] if n % 3 else [],
            answerable=bool(n % 3),
            paragraph_group=str(n),
            article_group="",
            answered=bool(n % 2),
            confidence=confidence,
            right=bool(n % 3) and bool(random.uniform() < confidence),
        )
        for n, confidence in enumerate(random.uniform(size=60).tolist())
    ]
    summary = summarise(
        results, retrieval_only=False, gold_paragraph=False, config={}, environment={}, index={}
    )
    values = metric_values(summary)
    for key, metric in all_metrics().items():
        if metric.is_biased and key in summary["intervals"]:
            low, high = summary["intervals"][key]
            assert 0.0 <= low <= values[key] <= high <= 1.0, key
    assert "abstention.ece_shown" in summary["intervals"]


def test_articles_are_resampled_only_if_there_are_thirty() -> None:
    paragraphs = [f"a{n}#1" for n in range(30)]
    assert groups(paragraphs, [f"a{n}" for n in range(30)])[0] == "articles"
    assert groups(paragraphs, [f"a{n % 29}" for n in range(30)])[0] == "paragraphs"


def test_permutation_test_is_exact_for_few_groups() -> None:
    # Five gains of equal size: of 32 sign patterns only two are as extreme.
    assert permutation_p(np.ones(5), list("abcde")) == pytest.approx(2 / 32)
    # The same five gains in one group are a single observation.
    assert permutation_p(np.ones(5), list("aaaaa")) == 1.0
    assert permutation_p(np.zeros(5), list("abcde")) == 1.0


def test_permutation_test_separates_a_gain_from_noise() -> None:
    random = np.random.default_rng(2)
    names = [str(n) for n in range(300)]
    noise = random.choice([-1.0, 0.0, 1.0], 300)
    noise -= noise.mean()
    assert permutation_p(noise, names) > 0.9
    assert permutation_p(noise + 0.3, names) < 0.001
