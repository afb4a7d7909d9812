"""How well a confidence tells right from wrong, on weighted questions.

Every function takes confidences in 0..1, whether each was right (0 or 1) and the weight
of each question, all of shape (n,). Weights make one function serve the figure itself
(all 1), a bootstrap sample (how often a question was drawn) and a chosen share of
unanswerable questions. Equal confidences are never told apart: within a tie, every order
counts alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

BINS = 15
"""How many bins of equal mass the calibration error uses (Guo et al., ICML 2017, use 15)."""


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Questions from the most confident down, ties together; shapes (g + 1,), from 0.

    `mass` is the weight answered when everything at or above a confidence is answered,
    `right` the weight of what is right in it. `confidence[i]` is that of step `i`.
    """

    mass: Values
    right: Values
    confidence: Values


def risk_curve(confidence: Values, right: Values, weight: Values) -> RiskCurve:
    """The running totals that all figures here are made of."""
    levels, group = np.unique(-confidence, return_inverse=True)
    mass = np.bincount(group, weights=weight, minlength=len(levels))
    good = np.bincount(group, weights=weight * right, minlength=len(levels))
    return RiskCurve(
        np.concatenate([[0.0], np.cumsum(mass)]),
        np.concatenate([[0.0], np.cumsum(good)]),
        np.concatenate([[np.inf], -levels]),
    )


def auroc(score: Values, positive: Values, weight: Values) -> float:
    """The probability that a positive scores above a negative, ties counting half.

    NaN when either kind is absent.
    """
    levels, group = np.unique(score, return_inverse=True)
    above = np.bincount(group, weights=weight * positive, minlength=len(levels))
    below = np.bincount(group, weights=weight * (1.0 - positive), minlength=len(levels))
    pairs = above.sum() * below.sum()
    if pairs <= 0:
        return float("nan")
    return float((above * (np.cumsum(below) - below / 2.0)).sum() / pairs)


def aurc(confidence: Values, right: Values, weight: Values) -> float:
    """Area under the risk-coverage curve: the mean risk over all coverages, 0..1.

    Risk is the share of wrong answers among the questions answered so far (Geifman and
    El-Yaniv, NeurIPS 2017). Lower is better. NaN without questions.
    """
    curve = risk_curve(confidence, right, weight)
    if curve.mass[-1] <= 0:
        return float("nan")
    order = np.argsort(-confidence, kind="stable")
    reached = np.cumsum(weight[order])
    kept = reached > 0
    good = np.interp(reached[kept], curve.mass, curve.right)
    risk = 1.0 - good / reached[kept]
    return float((weight[order][kept] * risk).sum() / curve.mass[-1])


def coverage_at(
    precision: float, confidence: Values, right: Values, weight: Values
) -> tuple[float, float]:
    """The largest share of questions that can be answered at a precision, and from where.

    Returns coverage in 0..1 and the confidence to answer from. An oracle figure: the
    threshold is picked on the questions it is judged by. Coverage 0 and an infinite
    threshold when no threshold reaches the precision.
    """
    curve = risk_curve(confidence, right, weight)
    enough = (curve.right >= precision * curve.mass - 1e-12) & (curve.mass > 0)
    if not enough.any():
        return 0.0, float("inf")
    step = int(np.flatnonzero(enough)[-1])
    return float(curve.mass[step] / curve.mass[-1]), float(curve.confidence[step])


def best_threshold(
    confidence: Values, gained: Values, kept: Values, weight: Values
) -> tuple[float, float]:
    """The best mean score any threshold reaches, and the confidence to answer from.

    `gained` is a question's score when answered, `kept` its score when refused. An oracle
    figure, like SQuAD 2.0's `best_exact` and `best_f1`.
    """
    levels, group = np.unique(-confidence, return_inverse=True)
    change = np.bincount(group, weights=weight * (gained - kept), minlength=len(levels))
    totals = np.concatenate([[0.0], np.cumsum(change)]) + (weight * kept).sum()
    step = int(np.argmax(totals))
    threshold = float("inf") if step == 0 else float(-levels[step - 1])
    return float(totals[step] / weight.sum()), threshold


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability diagram: its mean confidence, accuracy and share of mass."""

    confidence: float
    accuracy: float
    share: float


def reliability(confidence: Values, right: Values, weight: Values, bins: int = BINS) -> list[Bin]:
    """Bins of equal mass from the least to the most confident question."""
    levels, group = np.unique(confidence, return_inverse=True)
    mass = np.bincount(group, weights=weight, minlength=len(levels))
    good = np.bincount(group, weights=weight * right, minlength=len(levels))
    total = mass.sum()
    if total <= 0:
        return []
    steps = np.concatenate([[0.0], np.cumsum(mass)])
    edges = np.linspace(0.0, total, bins + 1)
    stated = np.diff(np.interp(edges, steps, np.concatenate([[0.0], np.cumsum(mass * levels)])))
    found = np.diff(np.interp(edges, steps, np.concatenate([[0.0], np.cumsum(good)])))
    size = total / bins
    return [
        Bin(float(said / size), float(was / size), 1.0 / bins)
        for said, was in zip(stated, found, strict=True)
    ]


def calibration_error(confidence: Values, right: Values, weight: Values, bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass, 0..1; NaN without questions."""
    found = reliability(confidence, right, weight, bins)
    if not found:
        return float("nan")
    return sum(one.share * abs(one.confidence - one.accuracy) for one in found)


def at_share(weight: Values, answerable: Values, share: float) -> Values:
    """Weights under which unanswerable questions make up `share` (0..1) of all.

    All zero when one kind is absent, so that figures become NaN.
    """
    yes, no = float((weight * answerable).sum()), float((weight * (1.0 - answerable)).sum())
    if yes <= 0 or no <= 0:
        return np.zeros_like(weight)
    scale = np.where(answerable > 0, (1.0 - share) / yes, share / no)
    return np.asarray(weight * scale * len(weight), dtype=np.float64)
