"""Write answers as the two files that SQuAD 2.0's evaluation script reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from qa.evaluation.question_result import QuestionResult


def write_predictions(results: Iterable[QuestionResult], path: str | Path) -> None:
    """Write `predictions.json`: the text that was shown by question id, "" for a refusal."""
    _write({one.id: (one.text or "") if one.answered else "" for one in results}, path)


def write_na_prob(results: Iterable[QuestionResult], path: str | Path) -> None:
    """Write `na_prob.json`: the probability (0..1) that there is no answer, by question id.

    Where the reader gives none, it is one minus the confidence.
    """
    _write(
        {
            one.id: 1.0 - (one.confidence if one.has_answer is None else one.has_answer)
            for one in results
        },
        path,
    )


def _write(values: dict[str, str] | dict[str, float], path: str | Path) -> None:
    # A text may hold lone surrogates, which UTF-8 cannot encode; ASCII escapes can.
    Path(path).write_text(json.dumps(values), encoding="ascii")
