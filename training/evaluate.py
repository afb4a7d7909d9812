"""Evaluate exported weights on the paragraph that holds the answer.

    python -m training.evaluate training/runs/try/export --set held --limit 400

`held` is the held-out articles of the training slice with their unanswerable questions, `qed` the
dev questions of QED; `--file` takes another SQuAD file. Measure the test set with `pincite eval`,
only at the end.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np

from index.types import Article, Metadata, Paragraph, Span
from qa.answer import Passage
from qa.evaluation.calibration import auroc
from qa.evaluation.scoring import exact_match, f1
from qa.readers.span import SpanReader
from qa.readers.span_model import ShippedModel
from training.data import LabelledQuestion, clean_title, load_sets, read_squad


def passage_of(question: LabelledQuestion, *, titled: bool = True) -> Passage:
    """Return a question's own paragraph as a passage of an article."""
    span = Span(0, len(question.context))
    title = clean_title(question.title) if titled else ""
    article = Article("gold", question.context, (Paragraph(1, span),), Metadata(title=title))
    return Passage(article, span, (1,), 0, 0.0)


def evaluate(
    reader: SpanReader, questions: list[LabelledQuestion], *, titled: bool
) -> dict[str, float]:
    """Return exact match and F1 of answerable questions, and the AUROC of the score."""
    exact, overlap, answered, right, refused = [], [], [], [], []
    for question in questions:
        quotes = reader.read(question.question, [passage_of(question, titled=titled)])
        margin = quotes[0].scores.margin if quotes else None
        score = -30.0 if margin is None else margin
        if not question.answers:
            refused.append(score)
            continue
        accepted = [question.context[s:e] for s, e in question.answers]
        text = quotes[0].text if quotes else None
        exact.append(exact_match(text, accepted))
        overlap.append(f1(text, accepted))
        answered.append(score)
        if exact[-1]:
            right.append(score)
    wrong = [s for s, e in zip(answered, exact, strict=True) if not e]
    return {
        "questions": len(questions),
        "exact_match": float(np.mean(exact)) if exact else float("nan"),
        "f1": float(np.mean(overlap)) if overlap else float("nan"),
        "auroc": _auroc(answered, refused),
        "auroc_right": _auroc(right, wrong + refused),
        "positive_margin": float(np.mean([s > 0 for s in answered])),
        "refused_margin": float(np.mean([s > 0 for s in refused])) if refused else float("nan"),
    }


def _auroc(positive: list[float], negative: list[float]) -> float:
    scores = np.array([*positive, *negative])
    is_positive = np.array([1.0] * len(positive) + [0.0] * len(negative))
    return auroc(scores, is_positive, np.ones_like(scores))


def main() -> None:
    """Print the figures of one or several exports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=Path, nargs="+")
    parser.add_argument("--set", choices=("held", "qed"), default="held")
    parser.add_argument("--file", type=Path, help="a file in SQuAD format instead of a set")
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--untitled", action="store_true")
    options = parser.parse_args()
    if options.file:
        questions = read_squad(options.file, "file")
    else:
        sets = load_sets()
        questions = sets.held if options.set == "held" else sets.qed_dev
    if options.limit and options.limit < len(questions):
        questions = random.Random(0).sample(questions, options.limit)
    for folder in options.export:
        reader = SpanReader(ShippedModel(folder))
        figures = evaluate(reader, questions, titled=not options.untitled)
        print(folder.parent.name, {name: round(value, 3) for name, value in figures.items()})


if __name__ == "__main__":
    main()
