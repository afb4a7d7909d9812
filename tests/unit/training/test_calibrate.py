"""Fitting the confidence model and choosing its thresholds."""

from __future__ import annotations

import numpy as np
import pytest

from index.types import Article, Paragraph, Span
from qa.answer import Quote
from qa.readers.ranking import FEATURES as RANKING_FEATURES
from training.calibrate import (
    STRICT,
    Sample,
    Values,
    fit,
    fit_ranking,
    fit_right,
    thresholds_of,
)
from training.candidates import Labelled, Proposed

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


def sample_of(domain: str, right_from: float) -> tuple[Sample, Values]:
    """Return 200 questions of a domain whose answers are right from a probability on."""
    p = np.linspace(0.0, 1.0, 200)
    right = (p >= right_from).astype(float)
    ones = np.ones(200)
    names = np.array([domain] * 200)
    return Sample(ones[:, None], right, ones, 0 * ones, names, names, ones), p


def test_a_threshold_holds_in_the_worst_domain() -> None:
    easy, p = sample_of("easy", 0.2)
    hard, _ = sample_of("hard", 0.6)
    both = Sample(
        *(
            np.concatenate([getattr(part, name) for part in (easy, hard)])
            for name in ("x", "right", "answerable", "missing", "domain", "kind", "weight")
        )
    )
    alone = thresholds_of(easy, p)
    together = thresholds_of(both, np.concatenate([p, p]))
    # Up to 0.6 as many answers are right, in the easy domain, as are wrong in the hard one.
    assert alone["balanced"] == pytest.approx(0.2, abs=0.01)
    assert 0.2 <= together["balanced"] <= 0.61
    assert together["strict"] >= together["balanced"]
    shown = p >= together["strict"]
    assert hard.right[shown].mean() >= STRICT


def test_the_ranking_puts_the_right_candidates_first() -> None:
    rng = np.random.default_rng(1)
    article = Article("a", "x", (Paragraph(1, Span(0, 1)),))
    quote = Quote(article, Span(0, 1), Span(0, 1), 1, 0.0)

    def candidate(is_right: bool) -> Labelled:
        values = dict.fromkeys(RANKING_FEATURES, 0.0)
        values["is_right"] = float(rng.normal(2.0 * is_right))
        values["margin"] = float(rng.normal())
        return Labelled(quote, values, is_right)

    questions = [
        Proposed("d", "a", "who", "Who?", True, [], [candidate(n == 0) for n in range(6)], ())
        for _ in range(200)
    ]
    theta = dict(zip(RANKING_FEATURES, fit_ranking(questions), strict=True))
    assert theta["is_right"] > 5 * abs(theta["margin"])
