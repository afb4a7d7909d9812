"""Summarise the results of all questions: metrics with intervals, errors, times."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qa.evaluation import calibration
from qa.evaluation.bootstrap import LEVEL, RESAMPLES, Statistic, groups, intervals
from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.metrics import PRECISIONS, Metric, all_metrics, column, statistics
from qa.evaluation.question_result import QuestionResult


def summarise(
    results: Sequence[QuestionResult],
    *,
    retrieval_only: bool,
    gold_paragraph: bool,
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    index: Mapping[str, Any],
    warnings: Sequence[str] = (),
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Return a run's figures as nested plain data, with the keys of `pincite eval --json`.

    A metric that is undefined for these questions (a rate over none) is null.
    """
    computed = statistics(
        results,
        retrieval_only=retrieval_only,
        gold_paragraph=gold_paragraph,
        unanswerable=config.get("unanswerable"),
    )
    unit, group = groups(
        [result.paragraph_group for result in results], [result.article_group for result in results]
    )
    ones = np.ones(len(results))
    summary: dict[str, Any] = {
        "questions": len(results),
        "answerable": sum(result.answerable for result in results),
        "unanswerable": sum(not result.answerable for result in results),
    }
    metrics = all_metrics()
    for key, statistic in computed.items():
        *sections, name = metrics[key].path
        target = summary
        for section in sections:
            target = target.setdefault(section, {})
        target[name] = _finite(statistic(ones))
    if not retrieval_only:
        summary["abstention"]["oracle"] = _oracle(results)
        errors = Counter(result.loss for result in results if result.loss)
        summary["losses"] = {str(stage): errors.get(str(stage), 0) for stage in ErrorStage}
    summary |= {f"by_{field}": group_values(results, computed, field) for field in GROUPS}
    summary["latency_ms"] = _latency(results, retrieval_only)
    summary["index"] = dict(index)
    missing = {
        result.id: [f"{each['article']}: {each['reason']}" for each in result.missing_gold]
        for result in results
        if result.missing_gold
    }
    summary["missing_gold"] = {"questions": len(missing), "named": missing}
    biased = {key for key in computed if metrics[key].is_biased}
    bounds = intervals(computed, group, centred=biased, resamples=resamples)
    summary["intervals"] = {
        key: np.clip(low_high, 0.0, 1.0).tolist() if key in biased else list(low_high)
        for key, low_high in bounds.items()
    }
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


GROUPS = ("kind", "domain")
"""The fields of a result by which figures are reported."""

GROUP_METRICS = (
    "retrieval.recall@1",
    "retrieval.recall@5",
    "answers.right_of_shown",
    "answers.answered_right",
    "abstention.false_answer_rate",
    "abstention.ece_shown",
    "abstention.ece_shown_told",
)
"""The metrics that are reported by group."""

UNNAMED = "none"
"""The group of questions for which the set names none, where it names some."""


def group_values(
    results: Sequence[QuestionResult], computed: Mapping[str, Statistic], field: str
) -> dict[str, dict[str, float | None]]:
    """Return the counts and metrics of each group, the largest group first.

    `field` is one of `GROUPS`. The result is empty where no question names a group. Counts are
    `questions`, `answerable` and `answered`; metrics are named by the last part of their keys.
    """
    names = [str(getattr(result, field)) or UNNAMED for result in results]
    if not any(getattr(result, field) for result in results):
        return {}
    metrics = all_metrics()
    values: dict[str, dict[str, float | None]] = {}
    for name, count in sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])):
        weight = np.array([float(one == name) for one in names])
        values[name] = {
            "questions": count,
            "answerable": int(weight @ column(results, "answerable")),
            "answered": int(weight @ column(results, "answered")),
            **{
                metrics[key].path[-1]: _finite(computed[key](weight))
                for key in GROUP_METRICS
                if key in computed
            },
        }
    return values


@dataclass(frozen=True, slots=True)
class GroupTable:
    """A table of figures by group: its heading, the names of its columns and its rows of text."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


_COLUMNS = {
    "recall@1": "recall@1",
    "recall@5": "recall@5",
    "right_of_shown": "right of shown",
    "answered_right": "answered right",
    "false_answer_rate": "false answers",
    "ece": "calibration error",
}


def group_tables(summary: Mapping[str, Any]) -> list[GroupTable]:
    """Return a summary's figures by kind and by domain, where it has them.

    The calibration error is of the answers shown, restated for the set's share of unanswerable
    questions where the confidences can be restated. What is undefined is "-".
    """
    tables = []
    for field in GROUPS:
        groups = summary.get(f"by_{field}") or {}
        if not groups:
            continue
        rows = []
        for name, values in groups.items():
            ece = values.get("ece_shown_told", values.get("ece_shown"))
            figures = [{**values, "ece": ece}.get(key) for key in _COLUMNS]
            rows.append(
                (
                    name,
                    f"{values['questions']:,}",
                    f"{values['answered']:,}",
                    *("-" if figure is None else f"{figure:.3f}" for figure in figures),
                )
            )
        tables.append(
            GroupTable(f"By {field}", (field, "n", "shown", *_COLUMNS.values()), tuple(rows))
        )
    return tables


def _oracle(results: Sequence[QuestionResult]) -> dict[str, float | None]:
    """Return the best scores any threshold reaches, tuned on this question set."""
    answerable = column(results, "answerable")
    confidence, right = column(results, "confidence"), column(results, "is_right")
    ones = np.ones(len(results))
    oracle: dict[str, float | None] = {}
    for name in ("best_exact_match", "best_f1"):
        score, threshold = calibration.best_threshold(
            confidence, column(results, name) * answerable, 1.0 - answerable, ones
        )
        oracle[name] = score
        oracle[f"{name}_threshold"] = _finite(threshold)
    for precision in PRECISIONS:
        _, threshold = calibration.coverage_at(precision, confidence, right, ones)
        oracle[f"threshold@{precision}"] = _finite(threshold)
    return oracle


def _latency(results: Sequence[QuestionResult], retrieval_only: bool) -> dict[str, Any]:
    def percentiles(times: list[float]) -> dict[str, float | None]:
        if not times:
            return {"p50": None, "p95": None, "p99": None}
        p50, p95, p99 = np.percentile(times, [50, 95, 99])
        return {"p50": float(p50), "p95": float(p95), "p99": float(p99)}

    retrieval = percentiles([result.retrieval_ms for result in results])
    if retrieval_only:
        return {**retrieval, "retrieval": retrieval}
    answer = percentiles([result.answer_ms for result in results])
    return {**answer, "retrieval": retrieval, "answer": answer}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def metric_values(summary: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the value of every metric that a summary holds, by its key."""
    values: dict[str, float | None] = {}
    for key, metric in all_metrics().items():
        *sections, name = metric.path
        source: Any = summary
        for section in sections:
            source = source.get(section, {})
        if name in source:
            values[key] = source[name]
    return values


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a report: a metric, its value and its interval, where they are defined."""

    metric: Metric
    value: float | None
    interval: tuple[float, float] | None

    def interval_text(self, separator: str) -> str:
        """Return the bounds of the interval joined by a separator, "" without an interval."""
        return separator.join(map(self.metric.format, self.interval or ()))


def report_sections(summary: Mapping[str, Any]) -> dict[str, list[ReportRow]]:
    """Return a summary's metrics by the headings of their sections, in reporting order."""
    metrics, bounds = all_metrics(), summary["intervals"]
    sections: dict[str, list[ReportRow]] = {}
    for key, value in metric_values(summary).items():
        interval = tuple(bounds[key]) if key in bounds else None
        sections.setdefault(metrics[key].heading, []).append(
            ReportRow(metrics[key], value, interval)
        )
    return sections


@dataclass(frozen=True, slots=True)
class OracleRow:
    """The best mean score of any threshold, tuned on the set; None: refusing everything."""

    name: str
    score: float
    threshold: float | None

    @property
    def condition(self) -> str:
        """The threshold in words."""
        if self.threshold is None:
            return "refusing every question"
        return f"answering at {self.threshold:.2f} confidence or above"


def oracle_rows(summary: Mapping[str, Any]) -> list[OracleRow]:
    """Return what the oracle thresholds reach, refusals scored as in SQuAD 2.0."""
    oracle = summary.get("abstention", {}).get("oracle", {})
    names = {"best_exact_match": "best exact match", "best_f1": "best F1"}
    return [
        OracleRow(words, oracle[name], oracle.get(f"{name}_threshold"))
        for name, words in names.items()
        if oracle.get(name) is not None
    ]
