"""What the confidence is fitted to."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibrate import Values, bars, fit, fit_right

WORDS, ANSWER = 0, 1


def questions() -> tuple[Values, Values, Values, Values]:
    """Two features that each tell of one thing, who is right, who has an answer, weights.

    Half of 4,000 questions have an answer, half of what is proposed for those is right.
    """
    rng = np.random.default_rng(3)
    answerable = rng.random(4000) < 0.5
    right = answerable & (rng.random(4000) < 0.5)
    x = np.stack([right, answerable], axis=1) + rng.normal(0.0, 1.0, (4000, 2))
    return x, right.astype(float), answerable.astype(float), np.ones(4000)


def probabilities(theta: Values, x: Values) -> Values:
    made: Values = 1 / (1 + np.exp(-(x @ theta[:-1] + theta[-1])))
    return made


def test_an_answer_to_what_has_none_weighs_more_than_wrong_words() -> None:
    x, right, answerable, weight = questions()
    plain, partly = fit(x, right, weight), fit_right(x, right, answerable, weight)
    assert partly[ANSWER] / partly[WORDS] > 1.5 * plain[ANSWER] / plain[WORDS]
    wrong, none = (answerable == 1) & (right == 0), answerable == 0

    def above(theta: Values, these: Values) -> float:
        """The share of these that is shown where four fifths of the right ones are."""
        p = probabilities(theta, x)
        return float((p[these] >= np.quantile(p[right == 1], 0.2)).mean())

    assert above(partly, none) < above(plain, none)
    assert above(partly, wrong) > above(plain, wrong)


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_it_still_says_how_often_words_are_right(share: float) -> None:
    x, right, answerable, weight = questions()
    weight = np.where(answerable == 1, 1.0 - share, share)
    p = probabilities(fit_right(x, right, answerable, weight), x)
    assert weight @ p == pytest.approx(weight @ right, rel=1e-3)
    order = np.argsort(p)
    for fifth in np.array_split(order, 5):
        told, found = (float(weight[fifth] @ these[fifth]) for these in (p, right))
        assert told == pytest.approx(found, abs=0.04 * weight[fifth].sum())


def lines_of(kind: str, count: int) -> list[dict[str, str]]:
    return [{"kind": kind}] * count


def test_no_bar_lets_through_more_than_a_few_off_topic_questions() -> None:
    lines = [*lines_of("answered", 300), *lines_of("other", 100)]
    right = np.array([1.0] * 300 + [0.0] * 100)
    p = np.array([*np.linspace(0.2, 0.4, 300), *np.linspace(0.2, 0.4, 100)])
    made = bars(p, lines, right)
    assert (p[300:] >= made["balanced"]).mean() <= 0.04
    assert made["balanced"] > 0.38
    # With nothing off topic to keep out, all that is right may be shown.
    assert bars(p[:300], lines[:300], right[:300])["balanced"] <= 0.2


def test_of_a_hundred_strict_answers_85_are_right() -> None:
    p = np.linspace(0.0, 1.0, 1001)
    right = (p >= 0.4).astype(float)
    made = bars(p, lines_of("answered", 1001), right)
    assert made["strict"] == 0.3
    assert right[p >= 0.3].mean() >= 0.85 > right[p >= 0.29].mean()
