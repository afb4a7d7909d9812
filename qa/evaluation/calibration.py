"""Measure calibration and selective answering on weighted questions.

Every function takes confidences in 0..1, whether each was right (0 or 1) and the weight of each
question, all of shape `(n,)`. Weights are 1 for the questions themselves, the number of draws in a
bootstrap sample, or chosen for a share of unanswerable questions. Equal confidences are ties: the
order of the questions never matters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

BINS = 15
"""Bins of equal mass for the calibration error (Guo et al., ICML 2017, use 15)."""


@dataclass(frozen=True, slots=True)
class RiskCurve:
    """Running totals from the most to the least confident question, ties together.

    At step `i` all questions with at least `confidence[i]` are answered: `mass[i]` is their weight
    and `right[i]` the weight of the right ones. Shapes are `(g + 1,)` for `g` distinct confidences;
    step 0 answers nothing.
    """

    mass: Values
    right: Values
    confidence: Values


def risk_curve(confidence: Values, right: Values, weight: Values) -> RiskCurve:
    """Return the risk curve of weighted questions."""
    levels, group = np.unique(-confidence, return_inverse=True)
    mass = np.bincount(group, weights=weight, minlength=len(levels))
    good = np.bincount(group, weights=weight * right, minlength=len(levels))
    return RiskCurve(
        np.concatenate([[0.0], np.cumsum(mass)]),
        np.concatenate([[0.0], np.cumsum(good)]),
        np.concatenate([[np.inf], -levels]),
    )


def auroc(score: Values, positive: Values, weight: Values) -> float:
    """Return the probability that a positive scores above a negative, ties counting half.

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
    """Return the area under the risk-coverage curve, the mean risk over all coverages, 0..1.

    Risk is the share of wrong answers among the questions answered so far (Geifman and
    El-Yaniv, NeurIPS 2017). Lower is better. NaN without questions.
    """
    curve = risk_curve(confidence, right, weight)
    if curve.mass[-1] <= 0:
        return float("nan")
    order = np.argsort(-confidence, kind="stable")
    reached = np.cumsum(weight[order])
    counted = reached > 0
    good = np.interp(reached[counted], curve.mass, curve.right)
    risk = 1.0 - good / reached[counted]
    return float((weight[order][counted] * risk).sum() / curve.mass[-1])


def coverage_at(
    precision: float, confidence: Values, right: Values, weight: Values
) -> tuple[float, float]:
    """Return the largest coverage at a precision, 0..1, and the confidence threshold for it.

    This is an oracle value: the threshold is tuned on the same questions. The coverage is 0 and
    the threshold infinite when no threshold reaches the precision.
    """
    curve = risk_curve(confidence, right, weight)
    enough = (curve.right >= precision * curve.mass - 1e-12) & (curve.mass > 0)
    if not enough.any():
        return 0.0, float("inf")
    step = int(np.flatnonzero(enough)[-1])
    return float(curve.mass[step] / curve.mass[-1]), float(curve.confidence[step])


def best_threshold(
    confidence: Values, answered: Values, refused: Values, weight: Values
) -> tuple[float, float]:
    """Return the best mean score of any threshold, and that threshold.

    `answered` and `refused` are a question's scores when it is answered or refused. This is an
    oracle value, like SQuAD 2.0's `best_exact` and `best_f1`.
    """
    levels, group = np.unique(-confidence, return_inverse=True)
    change = np.bincount(group, weights=weight * (answered - refused), minlength=len(levels))
    totals = np.concatenate([[0.0], np.cumsum(change)]) + (weight * refused).sum()
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
    """Return bins of equal mass from the least to the most confident question."""
    levels, group = np.unique(confidence, return_inverse=True)
    mass = np.bincount(group, weights=weight, minlength=len(levels))
    good = np.bincount(group, weights=weight * right, minlength=len(levels))
    total = mass.sum()
    if total <= 0:
        return []
    steps = np.concatenate([[0.0], np.cumsum(mass)])
    edges = np.linspace(0.0, total, bins + 1)
    confidence_mass = np.diff(
        np.interp(edges, steps, np.concatenate([[0.0], np.cumsum(mass * levels)]))
    )
    right_mass = np.diff(np.interp(edges, steps, np.concatenate([[0.0], np.cumsum(good)])))
    size = total / bins
    return [
        Bin(float(stated / size), float(accurate / size), 1.0 / bins)
        for stated, accurate in zip(confidence_mass, right_mass, strict=True)
    ]


def calibration_error(confidence: Values, right: Values, weight: Values, bins: int = BINS) -> float:
    """Return the expected calibration error, 0..1; NaN without questions."""
    diagram = reliability(confidence, right, weight, bins)
    if not diagram:
        return float("nan")
    return sum(one.share * abs(one.confidence - one.accuracy) for one in diagram)


def at_share(weight: Values, answerable: Values, share: float) -> Values:
    """Return weights under which unanswerable questions make up `share` (0..1) of all.

    They are all zero when one kind is absent, so that statistics become NaN.
    """
    yes, no = float((weight * answerable).sum()), float((weight * (1.0 - answerable)).sum())
    if yes <= 0 or no <= 0:
        return np.zeros_like(weight)
    scale = np.where(answerable > 0, (1.0 - share) / yes, share / no)
    return np.asarray(weight * scale * len(weight), dtype=np.float64)
