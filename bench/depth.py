"""Measure the quality and the cost of answers by the number of passages read.

    python -m training.ask qa/models/reader --only answered --found 0 --passages 8 \\
        --out training/runs/ranked.jsonl
    python -m bench.depth

F1 is that of the held-out training questions on which the number of passages was chosen. The cost
is the processor time of the network for some of the same questions, each depth in turn.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.timing import PROJECT, save_results, time_call
from bench.windows import run, windows_of
from index.library import Library
from qa.readers.span import SpanReader, SpanReaderSettings
from qa.readers.span_model import shipped_model
from qa.retrieval.retriever import Retriever
from training.choose import scores_of_best

DEPTHS = (1, 2, 3, 5, 8)
RUNS = PROJECT / "training" / "runs"


def main() -> None:
    """Measure, print a table and save it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--asked", type=Path, default=RUNS / "ranked.jsonl")
    parser.add_argument("--library", type=Path, default=RUNS / "library-squad")
    parser.add_argument("--timed", type=int, default=40, help="questions timed (default: 40)")
    args = parser.parse_args()
    if not args.asked.exists() or not args.library.exists():
        raise SystemExit(f"{args.asked} or {args.library} is missing: see training/README.md")
    lines = [json.loads(line) for line in args.asked.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line["kind"] == "answered" and line["library"] == "squad"]
    results = quality(lines)
    chosen = random.Random(3).sample(lines, min(args.timed, len(lines)))
    for depth, cost in costs(args.library, [line["question"] for line in chosen]).items():
        results[depth] |= cost
    default = SpanReaderSettings().passages
    for depth, row in results.items():
        mark = "  (default)" if depth == default else ""
        print(f"{depth} read", *(f"{name} {value}" for name, value in row.items()), mark)
    figures = {"default": default, "questions": len(lines), "timed": len(chosen)}
    save_results(
        "depth", [], figures | {"depths": {str(depth): row for depth, row in results.items()}}
    )


def quality(lines: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return exact match, F1 with the interval of its change, and citation accuracy by depth."""
    settings = SpanReaderSettings()
    every = {
        depth: np.array([scores_of_best(line, settings.found, depth) for line in lines])
        for depth in DEPTHS
    }
    draws = np.random.default_rng(5).integers(0, len(lines), size=(2_000, len(lines)))
    results = {}
    for depth, values in every.items():
        exact, overlap, cited = (round(float(value), 3) for value in values.mean(axis=0))
        steps = (values[:, 1] - every[settings.passages][:, 1])[draws].mean(axis=1)
        low, high = np.percentile(steps, [2.5, 97.5]).round(3).tolist()
        results[depth] = {
            "exact": exact,
            "f1": overlap,
            "f1_less_default": [low, high],
            "cited": cited,
        }
    return results


def costs(library: Path, questions: list[str]) -> dict[int, dict[str, float]]:
    """Return windows, tokens and processor time at each depth, also relative to the default."""
    retriever, model = Retriever(Library.open(library)), shipped_model()
    readers = {
        depth: SpanReader(model, replace(SpanReaderSettings(), passages=depth)) for depth in DEPTHS
    }
    tokens: dict[int, list[int]] = {depth: [] for depth in DEPTHS}
    windows: dict[int, list[int]] = {depth: [] for depth in DEPTHS}
    seconds: dict[int, list[float]] = {depth: [] for depth in DEPTHS}
    for number, question in enumerate(questions):
        passages = retriever.retrieve(question, max(DEPTHS))
        for depth in DEPTHS[number % len(DEPTHS) :] + DEPTHS[: number % len(DEPTHS)]:
            batches = windows_of(partial(readers[depth].read, question, passages))
            windows[depth].append(sum(map(len, batches)))
            tokens[depth].append(sum(len(rows) * len(rows[0].ids) for rows in batches))
            took, _ = time_call(partial(run, model, batches))
            seconds[depth].append(took.cpu)
    middle = statistics.median(seconds[SpanReaderSettings().passages])
    return {
        depth: {
            "windows": round(statistics.mean(windows[depth]), 2),
            "tokens": round(statistics.mean(tokens[depth])),
            "cost": round(statistics.median(seconds[depth]) / middle, 3),
        }
        for depth in DEPTHS
    }


if __name__ == "__main__":
    main()
