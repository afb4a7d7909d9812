"""Fit the ranking and the confidence on questions of several domains, and report by domain.

    python -m training.calibrate training/runs/proposed/*.pickle --version 4 --write

The files are from `training.candidates`. Everything is reported leave-one-domain-out: a domain's
figures come from models and thresholds that were fitted on the other domains only; what is written
is fitted on all of them.

The ranking is linear in `qa.readers.ranking.FEATURES` and maximises the probability, by a softmax
over a question's candidates, of the right ones. The confidence is two logistic models over
`qa.judging.confidence.FEATURES`, one for the best quote being right and one for the question having
an answer. Every domain weighs the same, and so does each kind of question within it.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from qa.evaluation.calibration import auroc
from qa.judging.confidence import FEATURES, JUDGE_FILE, features
from qa.judging.prior import raise_answerable, restate
from qa.readers.ranking import FEATURES as RANKING_FEATURES
from qa.readers.ranking import RANKING_FILE, are_few_words_enough
from training.proposed import Labelled, Proposed, load

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

UNANSWERABLE = 0.30
# Of the questions without an answer in the sets of `training.held_out`.
SHARES = {"human": 0.45, "edited": 0.30, "removed": 0.15, "other": 0.10}
# The value of wrong words where the question has an answer, while the weights are fitted: they
# mislead less than words for a question that has none.
PARTLY = 0.3
PENALTY = 10.0
RANKING_PENALTY = 1.0
TAIL = 2
# The least share of right answers among those that the strict mode shows.
STRICT = 0.7


@dataclass(frozen=True)
class Sample:
    """The best quote of each question: features (n, f), and by question what is known."""

    x: Values
    right: Values
    answerable: Values
    missing: Values
    domain: npt.NDArray[np.str_]
    kind: npt.NDArray[np.str_]
    weight: Values

    def part(self, mask: Mask) -> Sample:
        """Return the questions of a mask."""
        return Sample(
            *(
                getattr(self, name)[mask]
                for name in ("x", "right", "answerable", "missing", "domain", "kind", "weight")
            )
        )


def fit_ranking(questions: Sequence[Proposed]) -> Values:
    """Return the weight of each ranking feature, each domain weighing the same."""
    usable = [q for q in questions if 0 < sum(c.is_right for c in q.candidates) < len(q.candidates)]
    counts = Counter(q.domain for q in usable)
    rows = [
        np.array([[c.ranking[name] for name in RANKING_FEATURES] for c in q.candidates])
        for q in usable
    ]
    right = [np.array([c.is_right for c in q.candidates]) for q in usable]
    weight = np.array([1 / counts[q.domain] for q in usable])
    weight *= len(usable) / weight.sum()
    starts = np.cumsum([0, *map(len, rows)])[:-1]
    x, y = np.concatenate(rows), np.concatenate(right)
    group = np.repeat(np.arange(len(rows)), [len(r) for r in rows])

    def log_sum(z: Values) -> Values:
        top = np.maximum.reduceat(z, starts)
        return np.asarray(top + np.log(np.add.reduceat(np.exp(z - top[group]), starts)))

    def loss(theta: Values) -> tuple[float, Values]:
        z = x @ theta
        masked = np.where(y, z, -50.0)
        every, good = log_sum(z), log_sum(masked)
        slope_every = np.exp(z - every[group])
        slope_good = np.where(y, np.exp(masked - good[group]), 0.0)
        slope = x.T @ (weight[group] * (slope_every - slope_good))
        return (
            float(weight @ (every - good)) + RANKING_PENALTY * float(theta @ theta) / 2,
            slope + RANKING_PENALTY * theta,
        )

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x)


def shown(question: str, candidate: Labelled) -> Labelled:
    """Return a candidate as it is shown: its few words where they are enough."""
    few = candidate.few
    if few is None or not are_few_words_enough(question, few.scores):
        return candidate
    few = replace(few, score=candidate.quote.score)
    return replace(candidate, quote=few, is_right=candidate.is_few_right)


def ranked(question: Proposed, theta: Values) -> list[Labelled]:
    """Return the candidates, best first, without those that overlap a better one."""
    scored = sorted(
        (
            (float(theta @ [c.ranking[name] for name in RANKING_FEATURES]), at)
            for at, c in enumerate(question.candidates)
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    chosen: list[Labelled] = []
    for score, at in scored:
        candidate = question.candidates[at]
        quote = candidate.quote
        if not any(
            c.quote.article.id == quote.article.id and c.quote.span.overlaps(quote.span)
            for c in chosen
        ):
            chosen.append(replace(candidate, quote=replace(quote, score=score)))
    return chosen


def sample(questions: Sequence[Proposed], theta: Values) -> Sample:
    """Return the features of each question's best candidate under a ranking."""
    kept, rows, right = [], [], []
    for question in questions:
        best = [shown(question.question, candidate) for candidate in ranked(question, theta)]
        if not best:
            continue
        known = features(question.question, question.passages, [c.quote for c in best])
        kept.append(question)
        rows.append([known[name] for name in FEATURES])
        right.append(float(best[0].is_right))
    answerable = np.array([float(q.answerable) for q in kept])
    return Sample(
        np.array(rows),
        np.array(right),
        answerable,
        np.array([float(bool(q.missing)) for q in kept]),
        np.array([q.domain for q in kept]),
        np.array([q.kind for q in kept]),
        weights_of(kept),
    )


def weights_of(questions: Sequence[Proposed]) -> Values:
    """Return a weight for each question: each domain the same, `UNANSWERABLE` of it unanswerable.

    The unanswerable ones of `training.held_out` have the shares of their kinds. Mean 1.
    """
    groups: dict[tuple[str, bool], list[int]] = defaultdict(list)
    for at, q in enumerate(questions):
        groups[q.domain, q.answerable].append(at)
    weight = np.zeros(len(questions))
    for (_, is_answerable), members in groups.items():
        parts = np.array([SHARES.get(questions[at].kind, 1.0) for at in members])
        counts = Counter(questions[at].kind for at in members)
        parts = parts / [
            counts[questions[at].kind] if questions[at].kind in SHARES else 1.0 for at in members
        ]
        share = 1 - UNANSWERABLE if is_answerable else UNANSWERABLE
        weight[members] = share * parts / parts.sum()
    mean_one: Values = weight * len(questions) / weight.sum()
    return mean_one


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


@dataclass(frozen=True)
class Fitted:
    """The two models over scaled features, and the bounds, centres and scales of these."""

    lowest: Values
    highest: Values
    centres: Values
    scales: Values
    right: Values
    answerable: Values

    def scaled(self, x: Values) -> Values:
        """Return features as the models take them."""
        result: Values = (x.clip(self.lowest, self.highest) - self.centres) / self.scales
        return result

    def stated(self, x: Values) -> tuple[Values, Values]:
        """Return the probabilities of being right and of having an answer, shape (n,) each."""
        scaled = self.scaled(x)
        return probability(scaled, self.right), probability(scaled, self.answerable)


def fit_models(data: Sample) -> Fitted:
    """Fit both models.

    Features are clipped to their inner percentiles: beyond them a linear model would extrapolate
    from few questions. One that is constant for nearly all keeps its whole range.
    """
    low, high = np.percentile(data.x, [TAIL, 100 - TAIL], axis=0)
    same = low == high
    lowest = np.where(same, data.x.min(axis=0), low)
    highest = np.where(same, data.x.max(axis=0), high)
    x = data.x.clip(lowest, highest)
    centres = np.average(x, axis=0, weights=data.weight)
    scales = np.sqrt(np.average((x - centres) ** 2, axis=0, weights=data.weight))
    scales[scales < 1e-6] = 1.0
    scaled = (x - centres) / scales
    return Fitted(
        lowest,
        highest,
        centres,
        scales,
        fit_right(scaled, data.right, data.answerable, data.weight),
        fit(scaled, data.answerable, data.weight),
    )


def restated(p: Values, answerable_p: Values, share: float) -> Values:
    """Return the confidences stated for a share of unanswerable questions, shape (n,)."""
    return np.array(
        [
            restate(right_p, raise_answerable(q, right_p), UNANSWERABLE, share)
            for right_p, q in zip(p, answerable_p, strict=True)
        ]
    )


def figures(data: Sample, p: Values, threshold: float) -> dict[str, float]:
    """Return the figures of one domain at a threshold."""
    shown = p >= threshold
    answerable = data.answerable == 1
    w = data.weight
    return {
        "n": float(len(p)),
        "shown": float(w[shown].sum() / w.sum()),
        "right of shown": float((w * data.right)[shown].sum() / max(w[shown].sum(), 1e-9)),
        "answered right": float((w * data.right)[shown & answerable].sum() / w[answerable].sum()),
        "false answers": float(w[shown & ~answerable].sum() / max(w[~answerable].sum(), 1e-9)),
        "auroc shown": auroc(p[shown], data.right[shown], w[shown]) if shown.any() else 0.0,
        "auroc": auroc(p, data.right, w),
        "calibration": calibration_error(p, data.right, w),
        "best is right": float((w * data.right)[answerable].sum() / w[answerable].sum()),
    }


def thresholds_of(data: Sample, p: Values) -> dict[str, float]:
    """Return the thresholds of the modes.

    `balanced` is where right answers less wrong ones are most, on average over the domains.
    `strict` is the lowest at which `STRICT` of those shown are right in every domain, or the one at
    which the worst domain is best.
    """
    domains = sorted(set(data.domain))

    def by_domain(level: float, worth: Callable[[Values, Values], float]) -> list[float]:
        values = []
        for domain in domains:
            shown = (data.domain == domain) & (p >= level)
            # Among a handful of answers a share means nothing.
            if shown.sum() >= 15:
                values.append(worth(data.weight[shown], data.right[shown]))
        return values

    def gained(level: float) -> float:
        return sum(by_domain(level, lambda w, right: float(w @ (2 * right - 1))))

    def worst(level: float) -> float:
        return min(by_domain(level, lambda w, right: float(w @ right / w.sum())), default=0.0)

    levels = np.round(np.arange(0.10, 0.91, 0.01), 2)
    balanced = float(max(levels, key=gained))
    reached = [level for level in levels if level >= balanced and worst(level) >= STRICT]
    strict = min(reached) if reached else max(levels, key=worst)
    return {"balanced": balanced, "strict": max(float(strict), balanced)}


def leave_one_out(
    questions: Sequence[Proposed],
) -> tuple[dict[str, dict[str, float]], Sample, Values, Values]:
    """Fit on all domains but one and score that one, for each.

    Returns the figures by domain, and the questions with their stated probabilities.
    """
    domains = sorted({q.domain for q in questions})
    table: dict[str, dict[str, float]] = {}
    parts: list[tuple[Sample, Values, Values]] = []
    for domain in domains:
        others = [q for q in questions if q.domain != domain]
        theta = fit_ranking(others)
        seen = sample(others, theta)
        models = fit_models(seen)
        # Chosen on numbers that are themselves held out, or they would look too good.
        inner = np.zeros(len(seen.right))
        for name in sorted(set(seen.domain)):
            mine = seen.domain == name
            inner[mine] = fit_models(seen.part(~mine)).stated(seen.x[mine])[0]
        threshold = thresholds_of(seen, inner)["balanced"]
        own = sample([q for q in questions if q.domain == domain], theta)
        p, answerable_p = models.stated(own.x)
        table[domain] = {"threshold": threshold, **figures(own, p, threshold)}
        parts.append((own, p, answerable_p))
    joined = Sample(
        *(
            np.concatenate([getattr(part, name) for part, _, _ in parts])
            for name in ("x", "right", "answerable", "missing", "domain", "kind", "weight")
        )
    )
    return (
        table,
        joined,
        np.concatenate([p for _, p, _ in parts]),
        np.concatenate([q for _, _, q in parts]),
    )


def print_table(table: dict[str, dict[str, float]]) -> None:
    """Print the figures of each domain, their mean and the worst."""
    names = list(next(iter(table.values())))
    print(f"{'domain':16}" + "".join(f"{name:>16}" for name in names))
    for domain, values in table.items():
        print(f"{domain:16}" + "".join(f"{values[name]:16.3f}" for name in names))
    means = {name: float(np.mean([row[name] for row in table.values()])) for name in names}
    print(f"{'mean':16}" + "".join(f"{means[name]:16.3f}" for name in names))


def print_kinds(data: Sample, p: Values, threshold: float) -> None:
    """Print how many answers of each kind are right."""
    for kind, count in Counter(data.kind[data.answerable == 1].tolist()).most_common():
        mine = (data.kind == kind) & (data.answerable == 1)
        shown = mine & (p >= threshold)
        print(
            f"  {kind:12} n {count:4} best right {data.right[mine].mean():.2f} "
            f"answered {shown.sum() / count:.2f} "
            f"right of those {data.right[shown].mean() if shown.any() else 0:.2f}"
        )


def write(theta: Values, models: Fitted, thresholds: dict[str, float], version: str) -> None:
    """Write the ranking into `ranking.json`, the confidence into `judge.json`."""
    ranking = {n: round(float(v), 6) for n, v in zip(RANKING_FEATURES, theta, strict=True)}
    RANKING_FILE.write_text(json.dumps(ranking, indent=2) + "\n", encoding="utf-8")

    def by_name(values: Values) -> dict[str, float]:
        return {n: round(float(v), 6) for n, v in zip(FEATURES, values, strict=True)}

    judge = {
        "reader": "pincite",
        "version": version,
        "unanswerable": UNANSWERABLE,
        "right": {
            "bias": round(float(models.right[-1]), 6),
            "weights": by_name(models.right[:-1]),
        },
        "answerable": {
            "bias": round(float(models.answerable[-1]), 6),
            "weights": by_name(models.answerable[:-1]),
        },
        "centres": by_name(models.centres),
        "scales": by_name(models.scales),
        "lowest": by_name(models.lowest),
        "highest": by_name(models.highest),
        "bars": thresholds,
    }
    JUDGE_FILE.write_text(json.dumps(judge, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Fit, report, and write the coefficients with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("proposed", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--version", required=True, help="that of the reader it is fitted to")
    options = parser.parse_args()
    questions = load(options.proposed)
    print(Counter(q.domain for q in questions))
    table, data, p, answerable_p = leave_one_out(questions)
    print_table(table)
    thresholds = thresholds_of(data, p)
    print("thresholds on all domains, left out in turn:", thresholds)
    for share in (0.1, 0.3, 0.5):
        stated = restated(p, answerable_p, share)
        weight = np.where(data.answerable == 1, (1 - share) / 0.7, share / 0.3) * data.weight
        errors = {
            str(d): calibration_error(stated[m], data.right[m], weight[m])
            for d in sorted(set(data.domain))
            if (m := data.domain == d).any()
        }
        print(f"calibration error at {share:.0%} unanswerable, told so:", errors)
    print_kinds(data, p, thresholds["balanced"])
    for level in np.arange(0.2, 0.9, 0.05):
        rows = [
            figures(data.part(data.domain == d), p[data.domain == d], level)
            for d in sorted(set(data.domain))
        ]
        print(
            f"  at {level:.2f}: right of shown "
            + " ".join(f"{row['right of shown']:.2f}" for row in rows)
            + "  answered right "
            + " ".join(f"{row['answered right']:.2f}" for row in rows)
            + "  false "
            + " ".join(f"{row['false answers']:.2f}" for row in rows)
        )
    theta = fit_ranking(questions)
    models = fit_models(sample(questions, theta))
    print({name: round(float(v), 3) for name, v in zip(RANKING_FEATURES, theta, strict=True)})
    for name, value, other in sorted(
        zip(FEATURES, models.right[:-1], models.answerable[:-1], strict=True),
        key=lambda item: -abs(item[1]),
    ):
        print(f"  {name:14} right {value:+.3f} answerable {other:+.3f}")
    lacking = (data.missing == 1) & (data.answerable == 1)
    for name, mask in (("missing", data.missing == 1), ("not", data.missing == 0)):
        print(
            f"a name is {name}: {mask.sum()} questions, stated {p[mask].mean():.3f}, "
            f"right {data.right[mask].mean():.3f}, answerable {data.answerable[mask].mean():.3f}"
        )
    print("answerable with a missing name", int(lacking.sum()))
    if options.write:
        write(theta, models, thresholds, options.version)


if __name__ == "__main__":
    main()
