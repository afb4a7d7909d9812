"""A run as a table for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa.evaluation.bounds import SECTIONS, dotted
from qa.evaluation.error_stage import Stage
from qa.evaluation.question_result import Outcome

LABELS = {
    "retrieval": "Retrieval",
    "answers": "Answers, against all articles",
    "citations": "Citations",
    "abstention": "Abstention",
    "reader": "Reader, on the gold paragraph",
}
_NAMES = {
    "exact_match": "exact match",
    "f1": "F1",
    "mrr@10": "MRR@10",
    "ndcg@10": "nDCG@10",
    "auroc": "AUROC, answerable against not",
    "auroc_right": "AUROC, right against not",
    "false_answer_rate": "false answers",
    "false_refusal_rate": "false refusals",
    "differ_rate": "shown as differing",
    "aurc": "area under risk-coverage",
    "ece": "calibration error, worst",
    "overlap": "overlap with the gold span",
    "best_exact_match": "best exact match (oracle)",
    "best_f1": "best F1 (oracle)",
    "has_answer.exact_match": "has answer, exact match",
    "has_answer.f1": "has answer, F1",
    "f1_kept": "share of it kept against all articles",
}


def name_of(key: str) -> str:
    """A figure's name in words, from its key without the section."""
    if key in _NAMES:
        return _NAMES[key]
    if key.startswith("coverage@"):
        return f"coverage at {float(key[9:]):.0%} precision (oracle)"
    if key.startswith("ece@"):
        return f"calibration error, {float(key[4:]):.0%} unanswerable"
    if key.startswith("ece_told@"):
        return f"calibration error, told {float(key[9:]):.0%} are so"
    return key


def table(summary: Mapping[str, Any], outcomes: Sequence[Outcome], *, worst: int = 5) -> str:
    """Figures with their intervals, losses, times, and the first questions that were lost."""
    config = summary["config"]
    lines = [
        f"{counted(summary['questions'], 'question')} "
        f"({summary['answerable']:,} answerable, {summary['unanswerable']:,} not) "
        f"from {config.get('questions', '?')}"
    ]
    figures, bounds = dotted(summary), summary["intervals"]
    for section in SECTIONS:
        rows = {k: v for k, v in figures.items() if k.startswith(section + ".")}
        if not rows:
            continue
        lines += ["", LABELS[section]]
        for key, value in rows.items():
            shown = "     -" if value is None else f"{value:6.3f}"
            low_high = bounds.get(key)
            interval = f"  [{low_high[0]:.3f}, {low_high[1]:.3f}]" if low_high else ""
            lines.append(f"  {name_of(key.split('.', 1)[1]):<40}{shown}{interval}")
    lines += _oracle(summary)
    lines += _losses(summary)
    lines += _times(summary)
    lines += _trouble(summary)
    lost = [one for one in outcomes if one.lost and "answers" in summary][:worst]
    if lost:
        lines += ["", "First questions lost (all of them: --html OUT)"]
        lines += [f"  {one.id}: {_one_line(one.question)} ({_why(one)})" for one in lost]
    boot = config.get("bootstrap", {})
    lines += [
        "",
        f"Brackets: {boot.get('level', 0.95):.0%} intervals, {boot.get('resamples', 0):,} "
        f"resamples of {boot.get('groups', 0):,} {boot.get('unit', '')}.",
    ]
    return "\n".join(lines)


def counted(number: int, thing: str) -> str:
    """A number of things in words: 1 question, 2 questions."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def oracle_rows(summary: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """The best mean scores that any bar would reach on these very questions, refusals counted
    as SQuAD 2.0 does: name, score, and the bar in words."""
    oracle = summary.get("abstention", {}).get("oracle", {})
    rows = []
    for name in ("best_exact_match", "best_f1"):
        if oracle.get(name) is not None:
            bar = oracle.get(f"{name}_threshold")
            at = "refusing everything" if bar is None else f"answering from {bar:.2f} on"
            rows.append((name_of(name), oracle[name], at))
    return rows


def _oracle(summary: Mapping[str, Any]) -> list[str]:
    rows = oracle_rows(summary)
    if not rows:
        return []
    lines = ["", "With the best bar for these very questions, none that was known before"]
    return lines + [f"  {name:<40}{score:6.3f}  {at}" for name, score, at in rows]


def _losses(summary: Mapping[str, Any]) -> list[str]:
    losses = summary.get("losses")
    if not losses:
        return []
    lines = ["", f"Where {sum(losses.values()):,} answerable questions were lost"]
    return lines + [f"  {Stage(name).label:<40}{count:6,}" for name, count in losses.items()]


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


def _trouble(summary: Mapping[str, Any]) -> list[str]:
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


def _why(outcome: Outcome) -> str:
    return Stage(outcome.loss).label if outcome.loss else "answered, though nothing answers it"


def _one_line(text: str, length: int = 70) -> str:
    folded = " ".join(character for character in text.split() if character.isprintable())
    return folded if len(folded) <= length else folded[: length - 1] + "…"
