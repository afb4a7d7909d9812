"""Fitting the confidence model and choosing its thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibrate import Values, choose_thresholds, fit, fit_right

WORDS, ANSWER = 0, 1


def questions() -> tuple[Values, Values, Values, Values]:
    """Return two noisy features, whether right, whether answerable, and weights.

    Half of 4,000 questions have an answer; half of the quotes for those are right.
    """
    rng = np.random.default_rng(3)
    answerable = rng.random(4000) < 0.5
    right = answerable & (rng.random(4000) < 0.5)
    x = np.stack([right, answerable], axis=1) + rng.normal(0.0, 1.0, (4000, 2))
    return x, right.astype(float), answerable.astype(float), np.ones(4000)


def probabilities(theta: Values, x: Values) -> Values:
    result: Values = 1 / (1 + np.exp(-(x @ theta[:-1] + theta[-1])))
    return result


def test_answering_an_unanswerable_question_costs_more_than_wrong_words() -> None:
    x, right, answerable, weight = questions()
    plain, partly = fit(x, right, weight), fit_right(x, right, answerable, weight)
    assert partly[ANSWER] / partly[WORDS] > 1.5 * plain[ANSWER] / plain[WORDS]
    wrong, none = (answerable == 1) & (right == 0), answerable == 0

    def above(theta: Values, these: Values) -> float:
        """Return the share of `these` above the threshold that 80% of the right ones reach."""
        p = probabilities(theta, x)
        return float((p[these] >= np.quantile(p[right == 1], 0.2)).mean())

    assert above(partly, none) < above(plain, none)
    assert above(partly, wrong) > above(plain, wrong)


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_the_fitted_probabilities_are_calibrated(share: float) -> None:
    x, right, answerable, weight = questions()
    weight = np.where(answerable == 1, 1.0 - share, share)
    p = probabilities(fit_right(x, right, answerable, weight), x)
    assert weight @ p == pytest.approx(weight @ right, rel=1e-3)
    order = np.argsort(p)
    for fifth in np.array_split(order, 5):
        estimated, observed = (float(weight[fifth] @ these[fifth]) for these in (p, right))
        assert estimated == pytest.approx(observed, abs=0.04 * weight[fifth].sum())


def lines_of(kind: str, count: int) -> list[dict[str, str]]:
    return [{"kind": kind}] * count


def test_thresholds_answer_at_most_4_percent_of_off_topic_questions() -> None:
    lines = [*lines_of("answered", 300), *lines_of("other", 100)]
    right = np.array([1.0] * 300 + [0.0] * 100)
    p = np.array([*np.linspace(0.2, 0.4, 300), *np.linspace(0.2, 0.4, 100)])
    thresholds = choose_thresholds(p, lines, right)
    assert (p[300:] >= thresholds["balanced"]).mean() <= 0.04
    assert thresholds["balanced"] > 0.38
    # Without off-topic questions, all right answers can be shown.
    assert choose_thresholds(p[:300], lines[:300], right[:300])["balanced"] <= 0.2


def test_85_percent_of_strict_answers_are_right() -> None:
    p = np.linspace(0.0, 1.0, 1001)
    right = (p >= 0.4).astype(float)
    thresholds = choose_thresholds(p, lines_of("answered", 1001), right)
    assert thresholds["strict"] == 0.3
    assert right[p >= 0.3].mean() >= 0.85 > right[p >= 0.29].mean()
