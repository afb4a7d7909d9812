"""Write rankings in TREC's run format: query, Q0, document, rank, score, tag."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qa.evaluation.question_result import QuestionResult


def write_run_file(
    results: Iterable[QuestionResult], path: str | Path, tag: str = "pincite"
) -> None:
    """Write one line for each retrieved paragraph (`article#number`) or document.

    White space in names, which the format cannot hold, becomes `_`. Scores are negated ranks, so
    that higher is better; they do not compare across questions.
    """
    lines = []
    for result in results:
        query = "_".join(result.id.split())
        for rank, name in enumerate(result.retrieved, start=1):
            document = "_".join(name.split())
            lines.append(f"{query} Q0 {document} {rank} {-rank} {tag}\n")
    Path(path).write_text("".join(lines), encoding="utf-8", errors="replace")
