"""Format a run as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.summary import group_tables, oracle_rows, report_sections
from qa.wording import counted


def run_table(
    summary: Mapping[str, Any], results: Sequence[QuestionResult], *, shown: int = 5
) -> str:
    """Return metrics with their intervals, errors, times, and the first wrong questions."""
    config = summary["config"]
    lines = [
        f"{counted(summary['questions'], 'question')} "
        f"({summary['answerable']:,} answerable, {summary['unanswerable']:,} not) "
        f"from {config.get('questions', '?')}"
    ]
    for heading, rows in report_sections(summary).items():
        lines += ["", heading]
        for row in rows:
            interval = f"  [{row.interval_text(', ')}]" if row.interval else ""
            lines.append(f"  {row.metric.name:<40}{row.metric.format(row.value):>6}{interval}")
    lines += _groups(summary)
    lines += _oracle(summary)
    lines += _errors(summary)
    lines += _times(summary)
    lines += _warnings(summary)
    wrong = [result for result in results if result.is_lost and "answers" in summary][:shown]
    if wrong:
        lines += ["", "First questions lost (all of them: --html OUT)"]
        lines += [f"  {one.id}: {_one_line(one.question)} ({_reason(one)})" for one in wrong]
    boot = config.get("bootstrap", {})
    lines += [
        "",
        f"Brackets: {boot.get('level', 0.95):.0%} intervals, {boot.get('resamples', 0):,} "
        f"resamples of {boot.get('groups', 0):,} {boot.get('unit', '')}.",
    ]
    return "\n".join(lines)


def _groups(summary: Mapping[str, Any]) -> list[str]:
    lines = []
    for table in group_tables(summary):
        (_, *columns), width = table.columns, max(len(row[0]) for row in table.rows)
        width = max(16, width + 1)
        lines += ["", f"{table.heading:<{width + 2}}" + "  ".join(f"{one:>6}" for one in columns)]
        for name, *figures in table.rows:
            cells = zip(columns, figures, strict=True)
            lines.append(
                f"  {name:<{width}}"
                + "  ".join(f"{one:>{max(6, len(head))}}" for head, one in cells)
            )
    return lines


def _oracle(summary: Mapping[str, Any]) -> list[str]:
    rows = oracle_rows(summary)
    if not rows:
        return []
    return [
        "",
        "Oracle threshold (tuned on this question set)",
        *(f"  {row.name:<40}{row.score:6.3f}  {row.condition}" for row in rows),
    ]


def _errors(summary: Mapping[str, Any]) -> list[str]:
    errors = summary.get("losses")
    if not errors:
        return []
    lines = ["", f"Where {sum(errors.values()):,} answerable questions were lost"]
    return lines + [f"  {ErrorStage(name).label:<40}{count:6,}" for name, count in errors.items()]


def _times(summary: Mapping[str, Any]) -> list[str]:
    lines = ["", f"{'Milliseconds':<42}{'p50':>6}{'p95':>8}{'p99':>8}"]
    for name in ("retrieval", "answer"):
        spread = summary["latency_ms"].get(name)
        if spread and spread["p50"] is not None:
            lines.append(
                f"  {name:<40}{spread['p50']:6.0f}{spread['p95']:8.0f}{spread['p99']:8.0f}"
            )
    rate = summary["index"].get("characters_per_second")
    if rate:
        lines.append(f"  indexed now: {rate:,.0f} characters per second")
    peak = summary["environment"].get("peak_memory_mb")
    if peak:
        lines.append(f"  peak memory: {peak:,.0f} MB")
    return lines


def _warnings(summary: Mapping[str, Any]) -> list[str]:
    lines = [f"warning: {text}" for text in summary.get("warnings", ())]
    missing = summary["missing_gold"]
    if missing["questions"]:
        have = "has" if missing["questions"] == 1 else "have"
        lines.append(
            f"{counted(missing['questions'], 'question')} {have} gold that cannot be used:"
        )
        named = list(missing["named"].items())
        lines += [f"  {identity}: {'; '.join(why)}" for identity, why in named[:10]]
        if len(named) > 10:
            lines.append(f"  and {len(named) - 10:,} more (all of them: --json)")
    return ["", *lines] if lines else []


def _reason(result: QuestionResult) -> str:
    return ErrorStage(result.loss).label if result.loss else "answered although unanswerable"


def _one_line(text: str, length: int = 70) -> str:
    folded = " ".join(character for character in text.split() if character.isprintable())
    return folded if len(folded) <= length else folded[: length - 1] + "…"
