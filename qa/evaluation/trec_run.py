"""A run in TREC's format, for other tools: query, Q0, document, rank, score, tag."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qa.evaluation.question_result import Outcome


def write_run_file(outcomes: Iterable[Outcome], path: str | Path, tag: str = "pincite") -> None:
    """Write what was retrieved, one line a paragraph (`article#number`) or document.

    White space in names, which the format cannot hold, becomes `_`. Scores are the negated
    ranks: they order as the ranking does, and scores of different questions do not compare.
    """
    lines = []
    for outcome in outcomes:
        query = "_".join(outcome.id.split())
        for rank, name in enumerate(outcome.retrieved, start=1):
            document = "_".join(name.split())
            lines.append(f"{query} Q0 {document} {rank} {-rank} {tag}\n")
    Path(path).write_text("".join(lines), encoding="utf-8", errors="replace")
