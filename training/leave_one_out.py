"""Fit the confidence on all domains but one, and measure it on that one.

    python -m training.leave_one_out training/runs/asked-domains.jsonl

A confidence that is fitted on some kinds of articles is used on others. For each domain, the models
of `training.calibrate` are fitted on the other domains, the thresholds are chosen on the worst of
those, and the domain itself chooses nothing. A row of the file:

    {"domain": "news", "answerable": true, "right": true, "features": {"margin": 3.1, ...}}

`features` are those of `qa.judging.confidence` for the best quote, null where there is no quote,
which is a refusal. `right` says whether that quote answers the question
(`qa.evaluation.rightness`). Other keys, such as `kind`, are not read. With `--write`, the models
are then fitted on all domains and written with the thresholds chosen on the worst.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from qa.evaluation.calibration import auroc
from qa.evaluation.calibration import calibration_error as expected_error
from qa.evaluation.metrics import shown_bins
from qa.judging.confidence import FEATURES
from training.calibrate import (
    NOISE,
    TUNING_UNANSWERABLE,
    UNANSWERABLE,
    Mask,
    Scaling,
    Values,
    fit,
    fit_right,
    probability,
    restated,
    scaling,
    write_judge,
)

LEVELS = np.round(np.arange(0.10, 0.91, 0.01), 2)
"""The thresholds that are tried."""

STRICT_RIGHT = 0.85
"""The least share of shown answers that are right in the strict mode, in the worst domain."""


@dataclass(frozen=True)
class Rows:
    """Questions of several domains.

    Arrays have shape `(n,)`, `features` `(n, features)`; features are 0 where `has_quote` is False.
    """

    domain: Sequence[str]
    features: Values
    has_quote: Mask
    answerable: Values
    right: Values

    def __getitem__(self, mask: Mask) -> Rows:
        """Return the rows of a mask."""

        names = [name for name, inside in zip(self.domain, mask, strict=True) if inside]
        arrays = (self.features, self.has_quote, self.answerable, self.right)
        return Rows(names, *(values[mask] for values in arrays))

    @property
    def domains(self) -> list[str]:
        """The names of the domains, in their order."""
        return list(dict.fromkeys(self.domain))

    def of(self, domain: str) -> Mask:
        """Return the mask of a domain."""
        return np.array([name == domain for name in self.domain], dtype=bool)


def load(path: Path) -> Rows:
    """Read the rows of a file. Raises ValueError with the line that lacks a key."""
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = json.loads(text)
        known = line.get("features")
        missing = [key for key in ("domain", "answerable", "right", "features") if key not in line]
        missing += [name for name in FEATURES if known and name not in known]
        if missing:
            raise ValueError(f"{path}, line {number}: no {', '.join(missing)}; see --help")
        lines.append(line)
    none = dict.fromkeys(FEATURES, 0.0)
    return Rows(
        [line["domain"] for line in lines],
        np.array([[float((line["features"] or none)[n]) for n in FEATURES] for line in lines]),
        np.array([bool(line["features"]) for line in lines], dtype=bool),
        np.array([float(line["answerable"]) for line in lines]),
        np.array([float(line["right"] and bool(line["features"])) for line in lines]),
    )


def weights(rows: Rows, share: float) -> Values:
    """Return a weight for each question; their mean is 1.

    Every domain has the same mass, of which `share` is unanswerable, unless one kind is absent.
    """
    weight = np.zeros(len(rows.domain))
    for domain in rows.domains:
        for answerable, part in ((1.0, 1.0 - share), (0.0, share)):
            these = rows.of(domain) & (rows.answerable == answerable)
            weight[these] = part / max(1, these.sum())
    return weight * len(weight) / weight.sum()


@dataclass(frozen=True)
class Fitted:
    """Models of a quote being right and of its question having an answer."""

    scaled: Scaling
    right: Values
    answers: Values

    def probabilities(self, rows: Rows) -> tuple[Values, Values]:
        """Return both for each question, 0..1, shape (n,) each; 0 where there is no quote."""
        x = self.scaled.apply(rows.features)
        p, answerable = probability(x, self.right), probability(x, self.answers)
        return np.where(rows.has_quote, p, 0.0), np.where(rows.has_quote, answerable, 0.0)


def fit_rows(rows: Rows) -> Fitted:
    """Fit both models on the questions that have a quote."""
    rows = rows[rows.has_quote]
    weight = weights(rows, UNANSWERABLE)
    scaled = scaling(rows.features, weight)
    x = scaled.apply(rows.features)
    right = fit_right(x, rows.right, rows.answerable, weight)
    return Fitted(scaled, right, fit(x, rows.answerable, weight))


def held_out(rows: Rows) -> tuple[Values, Values]:
    """Return both probabilities of each question, fitted on the other domains, shape (n,) each."""
    p, answerable = np.zeros(len(rows.domain)), np.zeros(len(rows.domain))
    for domain in rows.domains:
        mask = rows.of(domain)
        p[mask], answerable[mask] = fit_rows(rows[~mask]).probabilities(rows[mask])
    return p, answerable


@dataclass(frozen=True)
class Bounds:
    """What a threshold has to reach in every domain, in shares from 0 to 1."""

    right_of_shown: float = 0.0
    false_answers: float = 1.0


def choose_thresholds(rows: Rows, p: Values, bounds: Bounds) -> dict[str, float]:
    """Choose the thresholds of the modes on the worst domain.

    `balanced` is the lowest threshold with about the most right answers and right refusals, in the
    domain that has fewest of them, with one unanswerable question in five. Only thresholds that
    keep the bounds in every domain are tried; where none does, those whose worst violation is
    least. `strict` is the lowest above which at least `STRICT_RIGHT` of the shown answers are
    right in every domain, 0.9 where none is.
    """
    tuned = weights(rows, TUNING_UNANSWERABLE)
    masks = [rows.of(domain) for domain in rows.domains]

    def score(level: float) -> float:
        answered = p >= level
        good = tuned * np.where(answered, rows.right, 1.0 - rows.answerable)
        return float(min(good[mask].sum() / tuned[mask].sum() for mask in masks))

    def figures(level: float) -> list[Figures]:
        return [measure(rows[mask], p[mask], p[mask], level) for mask in masks]

    known = {level: figures(level) for level in LEVELS}

    def violation(level: float) -> float:
        return max(
            max(
                0.0
                if math.isnan(one.right_of_shown)
                else bounds.right_of_shown - one.right_of_shown,
                0.0 if math.isnan(one.false_answers) else one.false_answers - bounds.false_answers,
                0.0,
            )
            for one in known[level]
        )

    least = min(map(violation, LEVELS))
    levels = [level for level in LEVELS if violation(level) <= least + 1e-9]
    most = max(map(score, levels))
    balanced = min(level for level in levels if score(level) >= most - NOISE)
    strict = next(
        (
            level
            for level in LEVELS
            if all(one.right_of_shown >= STRICT_RIGHT for one in known[level] if one.shown)
            and any(one.shown for one in known[level])
        ),
        0.9,
    )
    return {"balanced": float(balanced), "strict": float(max(strict, balanced))}


@dataclass(frozen=True)
class Figures:
    """The figures of one domain at a threshold, NaN where undefined.

    `auroc` is right against wrong among the answers shown, `auroc_all` right against all other
    questions, `ece` the calibration error of the answers shown, as in `qa.evaluation.metrics`.
    """

    questions: float
    shown: float
    right_of_shown: float
    answered_right: float
    false_answers: float
    auroc: float
    auroc_all: float
    ece: float


LOWER_IS_BETTER = ("false_answers", "ece")


def measure(rows: Rows, p: Values, told: Values, level: float) -> Figures:
    """Return the figures of questions at a threshold.

    `told` are the confidences that are shown: `p` restated for the domain's share.
    """
    answered = (p >= level) & rows.has_quote
    shown = answered.astype(float)
    ones = np.ones(len(p))

    def share(values: Values, among: Mask) -> float:
        return float(values[among].mean()) if among.any() else math.nan

    return Figures(
        questions=len(p),
        shown=float(shown.sum()),
        right_of_shown=share(rows.right, answered),
        answered_right=share(rows.right * shown, rows.answerable == 1),
        false_answers=share(shown, rows.answerable == 0),
        auroc=auroc(p, rows.right, shown),
        auroc_all=auroc(p, rows.right, ones),
        ece=expected_error(told, rows.right, shown, shown_bins(shown.sum())),
    )


def leave_one_out(rows: Rows, bounds: Bounds) -> dict[str, tuple[dict[str, float], Figures]]:
    """Return the thresholds and the figures of each domain, both from the other domains' models.

    The probabilities that choose a threshold are themselves held out among the other domains.
    Raises ValueError with fewer than three domains.
    """
    if len(rows.domains) < 3:
        raise ValueError(f"{len(rows.domains)} domains ({', '.join(rows.domains)}); give 3 or more")
    results = {}
    for domain in rows.domains:
        mask = rows.of(domain)
        others, own = rows[~mask], rows[mask]
        thresholds = choose_thresholds(others, held_out(others)[0], bounds)
        p, answerable = fit_rows(others).probabilities(own)
        told = restated(p, answerable, 1.0 - float(own.answerable.mean()))
        results[domain] = thresholds, measure(own, p, told, thresholds["balanced"])
    return results


def table(results: Mapping[str, tuple[dict[str, float], Figures]]) -> str:
    """Return the figures of every domain, the worst and the mean, as a table of Markdown."""
    names = [field.name for field in fields(Figures)]
    lines = [
        f"| domain | threshold | {' | '.join(name.replace('_', ' ') for name in names)} |",
        f"| --- |{' ---: |' * (len(names) + 1)}",
    ]

    def row(label: str, level: str, values: Sequence[float]) -> str:
        counts, rates = values[:2], values[2:]
        cells = ["" if math.isnan(value) else f"{value:.0f}" for value in counts]
        cells += ["-" if math.isnan(value) else f"{value:.3f}" for value in rates]
        return f"| {label} | {level} | {' | '.join(cells)} |"

    everything = {n: [getattr(one, n) for _, one in results.values()] for n in names}
    for domain, (thresholds, figures) in results.items():
        values = [getattr(figures, name) for name in names]
        lines.append(row(domain, f"{thresholds['balanced']:.2f}", values))

    def worst(name: str) -> float:
        known = [value for value in everything[name] if not math.isnan(value)]
        if not known or name in names[:2]:
            return math.nan
        return max(known) if name in LOWER_IS_BETTER else min(known)

    means = [math.nan if n in names[:2] else float(np.nanmean(everything[n])) for n in names]
    lines += [row("worst", "", [worst(name) for name in names]), row("mean", "", means)]
    return "\n".join(lines)


def main() -> None:
    """Print the table, and with `--write` fit on all domains and write the coefficients."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path)
    parser.add_argument(
        "--right-of-shown",
        type=float,
        default=0.0,
        metavar="MIN",
        help="least share of shown answers that are right, in every domain",
    )
    parser.add_argument(
        "--false-answers",
        type=float,
        default=1.0,
        metavar="MAX",
        help="largest share of unanswerable questions that are answered, in every domain",
    )
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--version", help="that of the reader it is fitted to, for --write")
    options = parser.parse_args()
    if options.write and not options.version:
        parser.error("--write needs --version, that of the reader")
    rows = load(options.rows)
    bounds = Bounds(options.right_of_shown, options.false_answers)
    print(table(leave_one_out(rows, bounds)))
    thresholds = choose_thresholds(rows, held_out(rows)[0], bounds)
    print("\nthresholds chosen on the worst of all domains:", thresholds)
    if options.write:
        fitted = fit_rows(rows)
        write_judge(options.version, fitted.scaled, fitted.right, fitted.answers, thresholds)


if __name__ == "__main__":
    main()
