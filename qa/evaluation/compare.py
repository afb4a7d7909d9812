"""Compare two runs of one question set: paired differences and their significance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qa.errors import RunError
from qa.evaluation.bootstrap import Statistic, Values, groups, intervals
from qa.evaluation.metrics import Metric, all_metrics, statistics
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.run import Run

RESAMPLES = 9999
"""Resamples of the permutation test, so that p can be as low as 0.0001."""


def compare(a: Run, b: Run, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """Return paired differences, B minus A, over the questions that both runs asked.

    Each metric gets its values in both runs, the difference with a 95% interval (the same groups
    of questions are resampled in both) and, where the metric is tested, the two-sided p of a
    permutation test that exchanges the runs group by group. Raises RunError when the runs share
    no question or their accepted answers differ.
    """
    before = {result.id: result for result in a.results}
    shared = [result.id for result in b.results if result.id in before]
    if not shared:
        raise RunError("the two runs share no question; compare runs of one question set")
    after = {result.id: result for result in b.results}
    old, new = [before[i] for i in shared], [after[i] for i in shared]
    differing = [o.id for o, n in zip(old, new, strict=True) if o.answers != n.answers]
    if differing:
        raise RunError(
            f"{len(differing):,} questions have other accepted answers in the second run, "
            f"{differing[0]!r} first; compare runs of one question set"
        )
    retrieval_only = "answers" not in a.summary or "answers" not in b.summary
    old_statistics, new_statistics = (
        statistics(
            results,
            retrieval_only=retrieval_only,
            gold_paragraph="reader" in a.summary and "reader" in b.summary,
            unanswerable=run.summary.get("config", {}).get("unanswerable"),
        )
        for run, results in ((a, old), (b, new))
    )
    unit, group = groups([o.paragraph_group for o in old], [o.article_group for o in old])
    differences: dict[str, Statistic] = {
        key: _difference(old_statistics[key], new_statistics[key])
        for key in old_statistics
        if key in new_statistics
    }
    metrics = all_metrics()
    biased = {key for key in differences if metrics[key].is_biased}
    bounds = intervals(differences, group, centred=biased, seed=seed)
    ones = np.ones(len(shared))
    rows = {}
    for key, bound in bounds.items():
        rows[key] = {
            "a": old_statistics[key](ones),
            "b": new_statistics[key](ones),
            "difference": differences[key](ones),
            "interval": list(bound),
            "p": _p_value(metrics[key], old, new, group, resamples, seed),
        }
    return {
        "questions": len(shared),
        "only_in_a": len(before) - len(shared),
        "only_in_b": len(after) - len(shared),
        "resampled": unit,
        "figures": rows,
        "changed": _changed(old, new, retrieval_only),
        "config": _config_changes(a.summary.get("config", {}), b.summary.get("config", {})),
    }


def _difference(old: Statistic, new: Statistic) -> Statistic:
    return lambda weight: new(weight) - old(weight)


def permutation_p(
    differences: Values, group: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """Return the two-sided p of the hypothesis that paired differences have mean zero.

    `differences` has shape `(n,)`. Under the hypothesis the two runs are exchangeable for each
    group of questions, so each group's sum of differences may have either sign
    (scipy.stats.permutation_test with `permutation_type="samples"`).
    """
    from scipy.stats import permutation_test

    _, member = np.unique(np.asarray(group, dtype=object).astype(str), return_inverse=True)
    sums = np.bincount(member, weights=differences)
    sums = sums[sums != 0.0]
    if len(sums) < 2:
        # A single observation is no evidence.
        return 1.0

    def total(values: Values, axis: int = -1) -> Values:
        return np.asarray(values.sum(axis=axis))

    test = permutation_test(
        (sums,),
        total,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, 2_000_000 // len(sums)),
        alternative="two-sided",
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


def _p_value(
    metric: Metric,
    old: Sequence[QuestionResult],
    new: Sequence[QuestionResult],
    group: Sequence[str],
    resamples: int,
    seed: int,
) -> float | None:
    """Return p of a tested metric over the questions that count in both runs, else None."""
    if not metric.is_tested or metric.value is None:
        return None
    differences, counted = [], []
    for o, n, name in zip(old, new, group, strict=True):
        before, after = metric.value(o), metric.value(n)
        if before is not None and after is not None:
            differences.append(float(after) - float(before))
            counted.append(name)
    if not counted:
        return None
    return permutation_p(np.array(differences), counted, resamples=resamples, seed=seed)


def _changed(
    old: Sequence[QuestionResult], new: Sequence[QuestionResult], retrieval_only: bool
) -> dict[str, list[dict[str, Any]]]:
    """Return the questions that only B got right ("won") and those only A did ("lost")."""
    won: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    for o, n in zip(old, new, strict=True):
        was = o.rank != 1 if retrieval_only else o.is_lost
        now = n.rank != 1 if retrieval_only else n.is_lost
        if was == now:
            continue
        row = {
            "id": o.id,
            "question": o.question,
            "answers": o.answers,
            "a": o.text if o.answered else None,
            "b": n.text if n.answered else None,
            "rank_a": o.rank,
            "rank_b": n.rank,
        }
        (won if was else lost).append(row)
    return {"won": won, "lost": lost}


def _config_changes(a: dict[str, Any], b: dict[str, Any]) -> dict[str, list[Any]]:
    keys = [key for key in {**a, **b} if a.get(key) != b.get(key)]
    return {key: [a.get(key), b.get(key)] for key in keys}


def comparison_table(comparison: dict[str, Any], a: str, b: str, *, shown: int = 10) -> str:
    """Return a comparison as a table for a terminal; `a` and `b` name the two runs."""
    metrics = all_metrics()
    lines = [
        f"{comparison['questions']:,} questions in both runs; A is {a}, B is {b}",
        *(
            f"  {key}: {was} -> {now}"
            for key, (was, now) in comparison["config"].items()
            if key not in ("bootstrap", "questions_key")
        ),
        "",
        f"{'':<48}{'A':>7}{'B':>8}{'B - A':>9}  {'95% interval':<18}{'p':>7}",
    ]
    for key, row in comparison["figures"].items():
        metric = metrics[key]
        low, high = (metric.format(bound, signed=True) for bound in row["interval"])
        difference = metric.format(row["difference"], signed=True)
        p = "" if row["p"] is None else f"{row['p']:7.4f}"
        lines.append(
            f"{f'{metric.section}: {metric.name}':<48}{metric.format(row['a']):>7}"
            f"{metric.format(row['b']):>8}{difference:>9}  [{low}, {high}]  {p:>7}"
        )
    for label, rows in (
        ("won by B", comparison["changed"]["won"]),
        ("lost by B", comparison["changed"]["lost"]),
    ):
        lines += ["", f"{len(rows):,} questions {label}"]
        for row in rows[:shown]:
            lines.append(f"  {row['id']}: {row['question'][:60]}")
            lines.append(f"      A: {_answer(row['a'])}   B: {_answer(row['b'])}")
        if len(rows) > shown:
            lines.append(f"  and {len(rows) - shown:,} more (all of them: --json)")
    return "\n".join(lines)


def _answer(text: str | None) -> str:
    return "refused" if text is None else repr(" ".join(text.split())[:60])
