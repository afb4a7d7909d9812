"""Two runs of one question set: did it get better, and is that more than chance?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.errors import RunError
from qa.evaluation.aggregate import figures
from qa.evaluation.bootstrap import Figure, groups, intervals
from qa.evaluation.metrics import exact_match, f1
from qa.evaluation.question_result import Outcome
from qa.evaluation.run import Run
from qa.evaluation.text_report import name_of

Values = npt.NDArray[np.float64]

RESAMPLES = 9999
"""Resamples of the permutation test, so that p can be as low as 0.0001."""


def compare(a: Run, b: Run, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """Paired differences, B minus A, over the questions that both runs asked.

    Each figure gets its values in both runs, the difference with a 95 % interval (the same
    groups of questions are resampled in both), and, where it is a mean over questions, the
    two-sided p of a permutation test that exchanges the runs group by group. Raises RunError
    when the runs share no question or disagree on what is answerable.
    """
    before = {one.id: one for one in a.outcomes}
    shared = [one.id for one in b.outcomes if one.id in before]
    if not shared:
        raise RunError("the two runs share no question; compare runs of one question set")
    after = {one.id: one for one in b.outcomes}
    old, new = [before[i] for i in shared], [after[i] for i in shared]
    differing = [o.id for o, n in zip(old, new, strict=True) if o.answers != n.answers]
    if differing:
        raise RunError(
            f"{len(differing):,} questions have other accepted answers in the second run, "
            f"{differing[0]!r} first; compare runs of one question set"
        )
    retrieval_only = "answers" not in a.summary or "answers" not in b.summary
    kinds = {
        "retrieval_only": retrieval_only,
        "gold_paragraph": "reader" in a.summary and "reader" in b.summary,
    }
    old_figures, new_figures = (
        figures(outcomes, **kinds, stated=run.summary.get("config", {}).get("unanswerable"))
        for run, outcomes in ((a, old), (b, new))
    )
    unit, group = groups([o.paragraph_group for o in old], [o.article_group for o in old])
    differences: dict[str, Figure] = {
        key: _difference(old_figures[key], new_figures[key])
        for key in old_figures
        if key in new_figures
    }
    bounds = intervals(differences, group, seed=seed)
    tests = _tests(old, new, group, retrieval_only, resamples, seed)
    every = np.ones(len(shared))
    rows = {}
    for key in differences:
        if key in bounds:
            rows[key] = {
                "a": old_figures[key](every),
                "b": new_figures[key](every),
                "difference": differences[key](every),
                "interval": list(bounds[key]),
                "p": tests.get(key),
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


def _difference(old: Figure, new: Figure) -> Figure:
    return lambda weight: new(weight) - old(weight)


def permutation_p(
    differences: Values, group: Sequence[str], *, resamples: int = RESAMPLES, seed: int = 0
) -> float:
    """Two-sided p that paired differences, shape (n,), have mean zero.

    Under the null hypothesis a group of questions could as well have come from the runs
    exchanged, so each group's sum of differences may have either sign
    (scipy.stats.permutation_test with `permutation_type="samples"`).
    """
    from scipy.stats import permutation_test

    _, member = np.unique(np.asarray(group, dtype=object).astype(str), return_inverse=True)
    sums = np.bincount(member, weights=differences)
    sums = sums[sums != 0.0]
    if len(sums) < 2:
        # One observation, or none, has no second one to agree with.
        return 1.0

    def total(values: Values, axis: int = -1) -> Values:
        return np.asarray(values.sum(axis=axis))

    found = permutation_test(
        (sums,),
        total,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=max(1, 2_000_000 // len(sums)),
        alternative="two-sided",
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)


_TESTED = {
    "answers.exact_match": "exact_match",
    "answers.f1": "f1",
    "citations.recall": "cited",
    "abstention.false_answer_rate": "answered",
    "abstention.false_refusal_rate": "answered",
}


def _tests(
    old: Sequence[Outcome],
    new: Sequence[Outcome],
    group: Sequence[str],
    retrieval_only: bool,
    resamples: int,
    seed: int,
) -> dict[str, float]:
    """p of every figure that is a mean over a fixed set of questions."""
    answerable = np.array([one.answerable for one in old])
    columns: dict[str, tuple[Values, npt.NDArray[np.bool_]]] = {}
    for name in sorted({name for one in new for name in one.retrieval}):
        difference = [
            n.retrieval.get(name, 0.0) - o.retrieval.get(name, 0.0)
            for o, n in zip(old, new, strict=True)
        ]
        columns[f"retrieval.{name}"] = (np.array(difference), answerable)
    if not retrieval_only:
        for key, name in _TESTED.items():
            difference = [
                float(getattr(n, name)) - float(getattr(o, name))
                for o, n in zip(old, new, strict=True)
            ]
            counted = ~answerable if key.endswith("answer_rate") else answerable
            columns[key] = (np.array(difference), counted)
        read = answerable & np.array(
            [None not in (o.reader_text, n.reader_text) for o, n in zip(old, new, strict=True)]
        )
        for key, measure in (("exact_match", exact_match), ("f1", f1)):
            scores = [
                measure(n.reader_text, n.answers) - measure(o.reader_text, o.answers)
                for o, n in zip(old, new, strict=True)
            ]
            columns[f"reader.has_answer.{key}"] = (np.array(scores), read)
    names = np.asarray(group, dtype=object)
    return {
        key: permutation_p(values[counted], list(names[counted]), resamples=resamples, seed=seed)
        for key, (values, counted) in columns.items()
        if counted.any()
    }


def _changed(
    old: Sequence[Outcome], new: Sequence[Outcome], retrieval_only: bool
) -> dict[str, list[dict[str, Any]]]:
    """The questions that were lost and no longer are, and the other way round."""
    won: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    for o, n in zip(old, new, strict=True):
        was = o.rank != 1 if retrieval_only else o.lost
        now = n.rank != 1 if retrieval_only else n.lost
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
    """A comparison as a table for a terminal."""
    lines = [
        f"{comparison['questions']:,} questions in both runs; A is {a}, B is {b}",
        *(
            f"  {key}: {was} -> {now}"
            for key, (was, now) in comparison["config"].items()
            if key not in ("bootstrap", "questions_key")
        ),
        "",
        f"{'':<48}{'A':>7}{'B':>8}{'B - A':>9}  {'95 % interval':<18}{'p':>7}",
    ]
    for key, row in comparison["figures"].items():
        section, _, name = key.partition(".")
        low, high = row["interval"]
        p = "" if row["p"] is None else f"{row['p']:7.4f}"
        lines.append(
            f"{section + ': ' + name_of(name):<48}{row['a']:7.3f}{row['b']:8.3f}"
            f"{row['difference']:+9.3f}  [{low:+.3f}, {high:+.3f}]  {p:>7}"
        )
    for label, rows in (
        ("won by B", comparison["changed"]["won"]),
        ("lost by B", comparison["changed"]["lost"]),
    ):
        lines += ["", f"{len(rows):,} questions {label}"]
        for row in rows[:shown]:
            lines.append(f"  {row['id']}: {row['question'][:60]}")
            lines.append(f"      A: {_said(row['a'])}   B: {_said(row['b'])}")
        if len(rows) > shown:
            lines.append(f"  and {len(rows) - shown:,} more (all of them: --json)")
    return "\n".join(lines)


def _said(text: str | None) -> str:
    return "refused" if text is None else repr(" ".join(text.split())[:60])
