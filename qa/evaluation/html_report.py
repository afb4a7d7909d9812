"""Render a run as one self-contained HTML page: metrics, plots and every question.

Everything that comes from articles and questions is escaped, and the page's own content security
policy forbids it to load anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.plots import plots
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.run import Run
from qa.evaluation.summary import group_tables, oracle_rows, report_sections
from qa.wording import counted

CONTENT_SECURITY_POLICY = Markup(
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
"""The page may load nothing; its styles and its script are inline."""

_environment = Environment(
    loader=PackageLoader("qa.evaluation"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["counted"] = counted


def metric_tables(summary: Mapping[str, Any]) -> Markup:
    """Return every metric with its interval, and the times, as HTML tables."""
    template = _environment.get_template("metric_tables.html")
    return Markup(template.render(_metric_values(summary)))


def render_report(run: Run) -> str:
    """Return the page of a run."""
    summary = run.summary
    has_answers = "answers" in summary
    questions = [_QuestionEntry(result, has_answers) for result in run.results]
    questions.sort(key=lambda question: (not question.is_failure, question.result.id))
    conditions = {"config": summary["config"], "environment": summary["environment"]}
    return _environment.get_template("report.html").render(
        **_metric_values(summary),
        policy=CONTENT_SECURITY_POLICY,
        title=f"Evaluation: {summary['config'].get('questions', 'questions')}",
        summary=summary,
        plots=plots(run),
        missing_gold=summary["missing_gold"]["named"],
        has_answers=has_answers,
        kinds=dict.fromkeys(question.kind for question in questions),
        questions=questions,
        conditions=json.dumps(conditions, indent=2, ensure_ascii=False, default=str),
    )


def _metric_values(summary: Mapping[str, Any]) -> dict[str, Any]:
    latency = {name: summary["latency_ms"].get(name) for name in ("retrieval", "answer")}
    return {
        "sections": report_sections(summary),
        "latency": {
            name: times for name, times in latency.items() if times and times["p50"] is not None
        },
        "characters_per_second": summary["index"].get("characters_per_second"),
        "peak_memory_mb": summary["environment"].get("peak_memory_mb"),
        "oracle": oracle_rows(summary),
        "groups": group_tables(summary),
    }


@dataclass(frozen=True, slots=True)
class _QuestionEntry:
    """A question of the list; `has_answers` is False where only retrieval was measured."""

    result: QuestionResult
    has_answers: bool

    @property
    def is_failure(self) -> bool:
        return self.result.is_lost if self.has_answers else self.result.rank != 1

    @property
    def kind(self) -> str:
        """What happened to the question, in a few words."""
        result = self.result
        if not self.has_answers:
            if result.rank is None:
                return "not retrieved"
            return "first" if result.rank == 1 else "below the first"
        if result.loss:
            return ErrorStage(result.loss).label
        if result.answerable:
            return "right"
        return "answered although unanswerable" if result.answered else "rightly refused"

    @property
    def facts(self) -> str:
        """Domain and kind, rank, confidence and F1."""
        result = self.result
        rank = f"rank {result.rank}" if result.rank else "not ranked"
        facts = [name for name in (result.domain, result.kind) if name]
        facts.append(rank if result.answerable else "unanswerable")
        if self.has_answers:
            facts.append(f"confidence {result.confidence:.2f}")
            if result.answerable:
                facts.append(f"F1 {result.f1:.2f}")
        return ", ".join(facts)
