"""From questions to figures, each with its interval."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.evaluation import calibration as abstention
from qa.evaluation.bootstrap import LEVEL, RESAMPLES, Figure, groups, intervals
from qa.evaluation.error_stage import Stage
from qa.evaluation.metrics import RETRIEVAL, exact_match, f1
from qa.evaluation.question_result import Outcome
from qa.judging.prior import at_share

Values = npt.NDArray[np.float64]

SHARES = (0.1, 0.3, 0.5)
"""Shares of unanswerable questions at which the calibration error is reported."""
PRECISIONS = (0.8, 0.9)


def figures(
    outcomes: Sequence[Outcome],
    *,
    retrieval_only: bool = False,
    gold_paragraph: bool = False,
    stated: float | None = None,
) -> dict[str, Figure]:
    """Every figure under its dotted key, as a function of the questions' weights.

    `stated` is the share of unanswerable questions that the confidences are stated for. Where it
    is None or 0 nothing can be said of other shares.
    """
    answerable = _column(outcomes, "answerable")
    found: dict[str, Figure] = {}
    for name in RETRIEVAL:
        values = np.array([one.retrieval.get(name, 0.0) for one in outcomes])
        found[f"retrieval.{name}"] = _mean(values, answerable)
    if retrieval_only:
        return found
    answered = _column(outcomes, "answered")
    cited = _column(outcomes, "cited")
    found["answers.exact_match"] = _mean(_column(outcomes, "exact_match"), answerable)
    found["answers.f1"] = _mean(_column(outcomes, "f1"), answerable)
    found["citations.accuracy"] = _mean(cited, answerable * answered)
    found["citations.recall"] = _mean(cited, answerable)
    found["citations.overlap"] = _mean(_column(outcomes, "overlap"), answerable * answered)
    found |= _abstention(outcomes, answerable, answered, stated)
    if gold_paragraph:
        found |= _reader(outcomes, answerable)
    return found


def figure_names(*, retrieval_only: bool, gold_paragraph: bool) -> list[str]:
    """The dotted keys of all figures that a run may have."""
    asked = [
        Outcome("", "", [], answerable, "", "", has_answer=0.5) for answerable in (True, False)
    ]
    return [
        *figures(asked, retrieval_only=retrieval_only, gold_paragraph=gold_paragraph, stated=0.5)
    ]


def _column(outcomes: Sequence[Outcome], name: str) -> Values:
    return np.array([float(getattr(one, name)) for one in outcomes])


def _mean(values: Values, counted: Values) -> Figure:
    """The mean of values over the questions that count; NaN when none does."""
    top = values * counted

    def figure(weight: Values) -> float:
        below = float(weight @ counted)
        return float(weight @ top) / below if below > 0 else math.nan

    return figure


def _abstention(
    outcomes: Sequence[Outcome], answerable: Values, answered: Values, stated: float | None
) -> dict[str, Figure]:
    confidence, right = _column(outcomes, "confidence"), _column(outcomes, "right")
    found: dict[str, Figure] = {
        "auroc": partial(abstention.auroc, confidence, answerable),
        "auroc_right": partial(abstention.auroc, confidence, right),
        "false_answer_rate": _mean(answered, 1.0 - answerable),
        "false_refusal_rate": _mean(1.0 - answered, answerable),
        "differ_rate": _mean(_column(outcomes, "differ"), answerable),
    }
    for precision in PRECISIONS:

        def coverage(weight: Values, precision: float = precision) -> float:
            return abstention.coverage_at(precision, confidence, right, weight)[0]

        found[f"coverage@{precision}"] = coverage

    def error(said: Values, share: float, weight: Values) -> float:
        shared = abstention.at_share(weight, answerable, share)
        return abstention.calibration_error(said, right, shared)

    def own_error(weight: Values) -> float:
        return abstention.calibration_error(confidence, right, weight)

    mixed = bool(0 < answerable.sum() < len(answerable))
    at_each = {f"ece@{share}": partial(error, confidence, share) for share in SHARES}
    shares: list[Figure] = list(at_each.values()) if mixed else [own_error]
    found["ece"] = lambda weight: max(figure(weight) for figure in shares)
    if mixed:
        found |= at_each
        if stated and any(one.has_answer is not None for one in outcomes):
            told = {share: _told(outcomes, stated, share) for share in SHARES}
            found |= {
                f"ece_told@{share}": partial(error, said, share) for share, said in told.items()
            }
    found["aurc"] = partial(abstention.aurc, confidence, right)
    return {f"abstention.{name}": figure for name, figure in found.items()}


def _told(outcomes: Sequence[Outcome], stated: float, share: float) -> Values:
    """What the confidences would be, had they been told that share of unanswerable questions."""

    def told(one: Outcome) -> float:
        has_answer = one.confidence if one.has_answer is None else one.has_answer
        return at_share(one.confidence, has_answer, stated, share)

    return np.array([told(one) for one in outcomes])


def _read_columns(outcomes: Sequence[Outcome]) -> tuple[Values, Values, Values]:
    """Exact match and F1 of the reader's best words, and what a refusal would score."""
    exact = np.array([exact_match(one.reader_text, one.answers) for one in outcomes])
    overlap = np.array([f1(one.reader_text, one.answers) for one in outcomes])
    refused = np.array([0.0 if one.answerable else 1.0 for one in outcomes])
    return exact, overlap, refused


def _reader(outcomes: Sequence[Outcome], answerable: Values) -> dict[str, Figure]:
    """SQuAD 2.0's figures of the reader on the gold paragraph."""
    exact, overlap, refused = _read_columns(outcomes)
    given = np.array([one.reader_text is not None for one in outcomes], dtype=np.float64)
    answered = _column(outcomes, "reader_answered")
    confidence = _column(outcomes, "reader_confidence")

    def best(values: Values) -> Figure:
        return lambda weight: abstention.best_threshold(
            confidence, values, refused, weight * given
        )[0]

    alone = _mean(overlap, given * answerable)
    among_all = _mean(_column(outcomes, "best_f1"), given * answerable)

    def kept(weight: Values) -> float:
        best_of = alone(weight)
        return among_all(weight) / best_of if best_of > 0 else math.nan

    return {
        "reader.exact_match": _mean(np.where(answered > 0, exact, refused), given),
        "reader.f1": _mean(np.where(answered > 0, overlap, refused), given),
        "reader.best_exact_match": best(exact),
        "reader.best_f1": best(overlap),
        "reader.has_answer.exact_match": _mean(exact, given * answerable),
        "reader.has_answer.f1": alone,
        "reader.f1_kept": kept,
    }


def summarise(
    outcomes: Sequence[Outcome],
    *,
    retrieval_only: bool,
    gold_paragraph: bool,
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    index: Mapping[str, Any],
    warnings: Sequence[str] = (),
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """All figures as nested plain data, with the keys that `pincite eval --json` prints.

    A figure that is undefined for these questions (a rate over none) is null.
    """
    wanted = figures(
        outcomes,
        retrieval_only=retrieval_only,
        gold_paragraph=gold_paragraph,
        stated=config.get("unanswerable"),
    )
    unit, group = groups(
        [one.paragraph_group for one in outcomes], [one.article_group for one in outcomes]
    )
    every = np.ones(len(outcomes))
    summary: dict[str, Any] = {
        "questions": len(outcomes),
        "answerable": sum(one.answerable for one in outcomes),
        "unanswerable": sum(not one.answerable for one in outcomes),
    }
    for key, figure in wanted.items():
        *sections, name = key.split(".") if "@" not in key else key.split(".", 1)
        place = summary
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = _plain(figure(every))
    if not retrieval_only:
        summary["abstention"]["oracle"] = _oracle(outcomes)
        lost = Counter(one.loss for one in outcomes if one.loss)
        summary["losses"] = {str(stage): lost.get(str(stage), 0) for stage in Stage}
    summary["latency_ms"] = _latency(outcomes, retrieval_only)
    summary["index"] = dict(index)
    missing = {
        one.id: [f"{each['article']}: {each['reason']}" for each in one.missing_gold]
        for one in outcomes
        if one.missing_gold
    }
    summary["missing_gold"] = {"questions": len(missing), "named": missing}
    found = intervals(wanted, group, resamples=resamples)
    summary["intervals"] = {key: list(bounds) for key, bounds in found.items()}
    summary["config"] = {
        **config,
        "retrieval_unit": "document" if retrieval_only else "paragraph",
        "bootstrap": {
            "unit": unit,
            "groups": len(set(group)),
            "resamples": resamples,
            "level": LEVEL,
        },
    }
    summary["environment"] = dict(environment)
    summary["warnings"] = list(warnings)
    return summary


def _oracle(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """What the best threshold would reach, picked on these very questions."""
    answerable = _column(outcomes, "answerable")
    confidence, right = _column(outcomes, "confidence"), _column(outcomes, "right")
    every = np.ones(len(outcomes))
    oracle: dict[str, float | None] = {}
    for name, values in (
        ("exact_match", _column(outcomes, "best_exact_match")),
        ("f1", _column(outcomes, "best_f1")),
    ):
        gained = values * answerable
        score, threshold = abstention.best_threshold(confidence, gained, 1.0 - answerable, every)
        oracle[f"best_{name}"] = score
        oracle[f"best_{name}_threshold"] = _plain(threshold)
    for precision in PRECISIONS:
        _, threshold = abstention.coverage_at(precision, confidence, right, every)
        oracle[f"threshold@{precision}"] = _plain(threshold)
    return oracle


def _latency(outcomes: Sequence[Outcome], retrieval_only: bool) -> dict[str, Any]:
    def spread(times: list[float]) -> dict[str, float | None]:
        if not times:
            return {"p50": None, "p95": None, "p99": None}
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        return {"p50": float(p50), "p95": float(p95), "p99": float(p99)}

    retrieval = spread([one.retrieval_ms for one in outcomes])
    if retrieval_only:
        return {**retrieval, "retrieval": retrieval}
    answer = spread([one.answer_ms for one in outcomes])
    return {**answer, "retrieval": retrieval, "answer": answer}


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
