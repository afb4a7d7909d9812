"""Fit the confidence on held-out questions asked of whole libraries.

    python -m training.calibrate training/runs/asked.jsonl --version 2 --write

Logistic models over the features of `qa.judging.confidence`, one for a quote being right and one
for its question having an answer, cross-fitted by article (an article's questions are never judged
by a model that saw them) to measure, then fitted on all to ship. A quote is right when its F1
with an accepted answer is at least 0.5. While the weights are fitted, wrong words count half
where the question has an answer and nothing where it has none, since the latter mislead more.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from qa.evaluation.calibration import auroc
from qa.judging.confidence import FEATURES, JUDGE_FILE
from qa.judging.prior import raise_answerable, restate

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RIGHT_F1 = 0.5
# The assumed mixture of a user's questions: mostly answerable, the rest mostly close to the
# articles' topics. The three shares of the evaluation lie on both sides.
UNANSWERABLE = 0.30
TUNING_UNANSWERABLE = 0.20
OFF_TOPIC = 0.04
NOISE = 0.01  # of the questions: half of the standard error of a threshold's gain
SHARES = {"human": 0.45, "edited": 0.30, "removed": 0.15, "other": 0.10}
# The value of wrong words where the question has an answer, while the weights are fitted.
PARTLY = 0.5
PENALTY = 10.0
RARE = 20
TAIL = 5
FOLDS = 5


def has_answer(lines: list[dict[str, Any]]) -> Values:
    """Return 1 for each question that has an answer, 0 for the others."""
    return np.array([float(line["kind"] == "answered") for line in lines])


def weights_of(lines: list[dict[str, Any]], share: float) -> Values:
    """Return a weight for each question so that `share` of the mass is unanswerable; mean 1."""
    counts = Counter(line["kind"] for line in lines)
    present = {kind: part for kind, part in SHARES.items() if counts[kind]}
    total = sum(present.values())
    values = [
        (1 - share) / counts["answered"]
        if line["kind"] == "answered"
        else share * present[line["kind"]] / total / counts[line["kind"]]
        for line in lines
    ]
    return np.array(values) * len(lines)


def fit(x: Values, y: Values, weight: Values, penalty: float = PENALTY) -> Values:
    """Fit a ridge logistic regression, shape (features + 1,), the bias last and unpenalised."""
    inputs = np.hstack([x, np.ones((len(x), 1))])

    def loss(theta: Values) -> tuple[float, Values]:
        z = inputs @ theta
        value = float(weight @ (np.logaddexp(0.0, z) - y * z))
        slope = inputs.T @ (weight * (1 / (1 + np.exp(-z)) - y))
        value += penalty * float(theta[:-1] @ theta[:-1]) / 2
        slope[:-1] += penalty * theta[:-1]
        return value, slope

    start = np.zeros(inputs.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def probability(x: Values, theta: Values) -> Values:
    """Return the probability of each question under a fitted model, 0..1, shape (n,)."""
    result: Values = 1 / (1 + np.exp(-(x @ theta[:-1] + theta[-1])))
    return result


def fit_right(x: Values, y: Values, answerable: Values, weight: Values) -> Values:
    """Fit the model of a quote being right, shape (features + 1,).

    Wrong words for a question that has an answer count as `PARTLY` right, so that questions
    without an answer rank last. A slope and a shift then calibrate the result.
    """
    theta = fit(x, np.maximum(y, PARTLY * answerable), weight)
    z = x @ theta[:-1] + theta[-1]
    slope, shift = fit(z[:, None], y, weight, penalty=0.0)
    return np.append(theta[:-1] * slope, theta[-1] * slope + shift)


def calibration_error(stated: Values, right: Values, weight: Values, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal mass."""
    order = np.argsort(stated, kind="stable")
    mass = np.cumsum(weight[order]) / weight.sum()
    which = np.minimum((mass * bins).astype(int), bins - 1)
    error = 0.0
    for number in range(bins):
        part = order[which == number]
        if len(part):
            w = weight[part]
            error += abs(float(w @ stated[part] - w @ right[part]))
    return error / float(weight.sum())


def load(path: Path) -> tuple[list[dict[str, Any]], Values, Values]:
    """Return questions with a quote, their features (n, f) and whether the first quote is right."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line["quotes"]]
    x = np.array([[line["quotes"][0]["features"][name] for name in FEATURES] for line in lines])
    y = np.array([float(line["quotes"][0]["f1"] >= RIGHT_F1) for line in lines])
    return lines, x, y


def limits(x: Values) -> tuple[Values, Values]:
    """Return the bounds of each feature: 5th and 95th percentile, shape (features,) each.

    Beyond them a linear model would extrapolate from few questions. A feature that is constant
    for nearly all questions keeps its whole range.
    """
    low, high = np.percentile(x, [TAIL, 100 - TAIL], axis=0)
    same = low == high
    return np.where(same, x.min(axis=0), low), np.where(same, x.max(axis=0), high)


@dataclass(frozen=True)
class Scaling:
    """How features are clipped, centred and scaled before they are weighed, (features,) each."""

    lowest: Values
    highest: Values
    centres: Values
    scales: Values

    def apply(self, raw: Values) -> Values:
        """Return the inputs of the models for raw features, shape (n, features)."""
        return (raw.clip(self.lowest, self.highest) - self.centres) / self.scales


def scaling(raw: Values, weight: Values) -> Scaling:
    """Return the scaling of weighted questions with raw features, shape (n, features)."""
    lowest, highest = limits(raw)
    raw = raw.clip(lowest, highest)
    centres = np.average(raw, axis=0, weights=weight)
    scales = np.sqrt(np.average((raw - centres) ** 2, axis=0, weights=weight))
    # A feature that only a handful of questions have is not scaled up.
    scales[(scales < 1e-6) | ((raw != 0).sum(axis=0) < RARE)] = 1.0
    return Scaling(lowest, highest, centres, scales)


def write_judge(
    version: str, scaled: Scaling, right: Values, answers: Values, thresholds: dict[str, float]
) -> None:
    """Write the fitted models, their scaling and the thresholds of the modes to `JUDGE_FILE`."""

    def by_name(values: Values) -> dict[str, float]:
        return {n: round(float(v), 6) for n, v in zip(FEATURES, values, strict=True)}

    judge = {
        "reader": "pincite",
        "version": version,
        "unanswerable": UNANSWERABLE,
        "right": {"bias": round(float(right[-1]), 6), "weights": by_name(right[:-1])},
        "answerable": {"bias": round(float(answers[-1]), 6), "weights": by_name(answers[:-1])},
        "centres": by_name(scaled.centres),
        "scales": by_name(scaled.scales),
        "lowest": by_name(scaled.lowest),
        "highest": by_name(scaled.highest),
        "bars": thresholds,
    }
    JUDGE_FILE.parent.mkdir(parents=True, exist_ok=True)
    JUDGE_FILE.write_text(json.dumps(judge, indent=2) + "\n", encoding="utf-8")


def cross_fitted(x: Values, groups: list[str], fitted: Callable[[Mask], Values]) -> Values:
    """Return each question's probability, fitted on the questions of other folds.

    All questions of a group are in the same fold.
    """
    names = sorted(set(groups))
    fold = {name: number % FOLDS for number, name in enumerate(names)}
    which = np.array([fold[group] for group in groups])
    values = np.zeros(len(x))
    for number in range(FOLDS):
        is_held_out = which == number
        theta = fitted(~is_held_out)
        values[is_held_out] = probability(x[is_held_out], theta)
    return values


def restated(p: Values, answerable_p: Values, share: float) -> Values:
    """Return the confidences stated for a share of unanswerable questions, shape (n,)."""
    return np.array(
        [
            restate(right_p, raise_answerable(q, right_p), UNANSWERABLE, share)
            for right_p, q in zip(p, answerable_p, strict=True)
        ]
    )


def report_answered(
    p: Values, answerable_p: Values, lines: list[dict[str, Any]], threshold: float
) -> None:
    """Print the share of each kind that is answered, for each unanswerable share."""
    kinds = np.array([line["kind"] for line in lines])
    for share in (0.0, 0.05, 0.1, 0.2, 0.3, 0.5):
        answered = restated(p, answerable_p, share) >= threshold
        each = " ".join(
            f"{kind} {answered[kinds == kind].mean():.3f}" for kind in dict.fromkeys(kinds)
        )
        print(f"  stated for {share:.0%}: answered {each}")


def report(
    name: str, lines: list[dict[str, Any]], p: Values, y: Values, answerable_p: Values | None = None
) -> None:
    """Print the figures of a confidence at three shares of unanswerable questions.

    With `answerable_p`, the probability that each question has an answer, also print them for a
    confidence that is stated for the share.
    """
    answerable = has_answer(lines)
    parts = []
    for share in (0.1, 0.3, 0.5):
        w = weights_of(lines, share)
        part = (
            f"{share:.0%}: auroc_right {auroc(p, y, w):.3f} auroc {auroc(p, answerable, w):.3f} "
            f"ece {calibration_error(p, y, w):.3f}"
        )
        if answerable_p is not None:
            part += f" restated {calibration_error(restated(p, answerable_p, share), y, w):.3f}"
        parts.append(part)
    print(f"{name:22}", " | ".join(parts))


def choose_thresholds(p: Values, lines: list[dict[str, Any]], y: Values) -> dict[str, float]:
    """Choose the thresholds of the modes on cross-fitted probabilities.

    `balanced` is the lowest threshold with about the most right answers and right refusals
    together, with one unanswerable question in five, among those that answer at most 4% of
    off-topic questions. `strict` is the lowest above which at least 85 of 100 answers are right,
    if any threshold reaches that.
    """
    w = weights_of(lines, TUNING_UNANSWERABLE)
    answerable = np.array([line["kind"] == "answered" for line in lines])
    other = np.array([line["kind"] == "other" for line in lines])
    levels = [
        level
        for level in np.round(np.arange(0.10, 0.91, 0.01), 2)
        if not other.any() or (p[other] >= level).mean() <= OFF_TOPIC
    ]

    def gained(level: float) -> float:
        answered = p >= level
        return float((w * (answered * y + ~answered * ~answerable)).sum())

    most = max(map(gained, levels))
    balanced = min(level for level in levels if gained(level) >= most - NOISE * len(lines))
    strict = next(
        (
            v
            for v in levels
            if w[p >= v].sum() > 0 and (w * y)[p >= v].sum() >= 0.85 * w[p >= v].sum()
        ),
        0.9,
    )
    return {"balanced": float(balanced), "strict": float(max(strict, balanced))}


def main() -> None:
    """Fit, report, and write the coefficients with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("asked", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--version", required=True, help="that of the reader it is fitted to")
    options = parser.parse_args()
    lines, raw, y = load(options.asked)
    weight = weights_of(lines, UNANSWERABLE)
    scaled = scaling(raw, weight)
    x = scaled.apply(raw)
    groups = [f"{line['library']}/{line['article']}" for line in lines]
    print(Counter(f"{line['library']}/{line['kind']}" for line in lines))
    answerable = has_answer(lines)

    def right_of(mask: Mask) -> Values:
        return fit_right(x[mask], y[mask], answerable[mask], weight[mask])

    def answers_of(mask: Mask) -> Values:
        return fit(x[mask], answerable[mask], weight[mask])

    p, answerable_p = cross_fitted(x, groups, right_of), cross_fitted(x, groups, answers_of)
    report("cross-fitted", lines, p, y, answerable_p)
    report("  whether answerable", lines, answerable_p, answerable)
    squad = np.array([line["library"] == "squad" for line in lines])
    own = [line for line, inside in zip(lines, squad, strict=True) if inside]
    report("  its SQuAD part", own, p[squad], y[squad])
    margin = FEATURES.index("margin")
    report("margin alone", own, raw[squad, margin], y[squad])
    everything = np.ones(len(x), dtype=bool)
    theta, answers = right_of(everything), answers_of(everything)
    report("fitted on all", lines, probability(x, theta), y)
    for name, value, answerable_weight in sorted(
        zip(FEATURES, theta[:-1], answers[:-1], strict=True), key=lambda item: -abs(item[1])
    ):
        print(f"  {name:14} right {value:+.3f} answerable {answerable_weight:+.3f}")
    thresholds = choose_thresholds(p, lines, y)
    print("thresholds", thresholds)
    report_answered(p, answerable_p, lines, thresholds["balanced"])
    surest = np.argsort(-p[answerable == 1])[: int(answerable.sum() / 5)]
    print("right of the surest fifth of the answered", y[answerable == 1][surest].mean())
    other = [line["kind"] == "other" for line in lines]
    print(
        "off-topic answered at the balanced threshold",
        float((p[other] >= thresholds["balanced"]).mean()),
    )
    if options.write:
        write_judge(options.version, scaled, theta, answers, thresholds)


if __name__ == "__main__":
    main()
