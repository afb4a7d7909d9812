"""Score the training questions with the teacher, for distillation.

    python -m training.teach FOLDER training/runs/teacher/weights.pt --into training/runs/taught

FOLDER holds all-mpnet-base-v2. Each example is scored once, with its title and its whole paragraph.
For the start and the end of the answer the scores of "no answer here" and of the six best tokens
are saved in half precision. Existing parts are not computed again.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from index.storage.fsync import replace_bytes
from training.data import load_sets
from training.inputs import (
    BARRED,
    SEP,
    Example,
    Mixture,
    Row,
    Scores,
    collate,
    prefix_tokens,
    tokens,
)
from training.negatives import RUNS
from training.teacher import Teacher, fresh_teacher

# How many of each kind are scored, the most useful first.
COUNTS = {
    "squad": 20_000,
    "qed": 20_000,
    "human": 1_000,
    "near": 1_536,
    "edited": 2_048,
    "cut": 1_536,
    "shifts": 1_536,
}
PART, ROWS, LONGEST = 512, 32, 440
TOP_TOKENS = 6


def whole_row(example: Example) -> Row | None:
    """Return question, title and whole paragraph as one row, None if it is too long."""
    ids = tokens(example.context)[0]
    if len(ids) > LONGEST:
        return None
    head = prefix_tokens(example.question, example.title)
    return Row([*head, *ids, SEP], len(head), 0, 0)


def teach(teacher: Teacher, examples: list[Example]) -> dict[int, Scores]:
    """Return the teacher's scores of each example that is short enough, by key."""
    rows = [(example, row) for example in examples if (row := whole_row(example))]
    rows.sort(key=lambda pair: len(pair[1].ids))
    scores_by_key: dict[int, Scores] = {}
    for at in range(0, len(rows), ROWS):
        some = rows[at : at + ROWS]
        batch = collate([[row] for _, row in some])
        with torch.no_grad():
            scores = teacher(batch.ids, batch.types, batch.mask).float().numpy()
        for (example, row), row_scores in zip(some, scores, strict=True):
            inside = row_scores[row.context_from : len(row.ids) - 1]
            scores_by_key[example.key] = np.concatenate([row_scores[:1], inside]).astype(np.float16)
    return scores_by_key


def write_scores(path: Path, scores_by_key: Mapping[int, Scores]) -> None:
    """Write the best tokens of each side to a file, atomically."""
    nulls = np.zeros((len(scores_by_key), 2), np.float16)
    lengths = np.zeros(len(scores_by_key), np.uint16)
    places = np.zeros((len(scores_by_key), 2, TOP_TOKENS), np.uint16)
    values = np.full((len(scores_by_key), 2, TOP_TOKENS), BARRED, np.float16)
    for at, scores in enumerate(scores_by_key.values()):
        nulls[at], lengths[at] = scores[0], len(scores)
        for side in range(2):
            best = 1 + np.argsort(-scores[1:, side], kind="stable")[:TOP_TOKENS]
            places[at, side, : len(best)] = best
            values[at, side, : len(best)] = scores[best, side]
    keys = np.array(list(scores_by_key), np.uint64)
    file = BytesIO()
    np.savez_compressed(file, keys=keys, nulls=nulls, lengths=lengths, places=places, values=values)
    replace_bytes(path, file.getvalue())


def read_scores(path: Path) -> dict[int, Scores]:
    """Read the scores of a file or of all files of a folder; missing tokens are masked."""
    scores_by_key: dict[int, Scores] = {}
    for file in sorted(path.glob("*.npz")) if path.is_dir() else [path]:
        with np.load(file) as part:
            keys, nulls, lengths = part["keys"], part["nulls"], part["lengths"]
            places, values = part["places"], part["values"]
        for at, key in enumerate(keys.tolist()):
            scores = np.full((int(lengths[at]), 2), BARRED, np.float16)
            for side in range(2):
                # A short passage leaves positions at 0, which is the position of "no answer".
                scores[places[at, side], side] = values[at, side]
            scores[0] = nulls[at]
            scores_by_key[key] = scores
    return scores_by_key


def main() -> None:
    """Score every kind, part by part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--into", type=Path, default=RUNS / "taught")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    teacher = fresh_teacher(options.folder)
    teacher.load_state_dict(torch.load(options.weights), strict=False)
    teacher.eval().bfloat16()
    options.into.mkdir(parents=True, exist_ok=True)
    mixture = Mixture(load_sets(), RUNS / "negatives.jsonl", 0)
    for kind, count in COUNTS.items():
        pool = mixture.examples[kind]
        random.Random(0).shuffle(pool)
        pool = pool[:count]
        for at in range(0, len(pool), PART):
            path = options.into / f"{kind}-{at:06}.npz"
            if path.exists():
                continue
            write_scores(path, teach(teacher, pool[at : at + PART]))
            print(json.dumps({"kind": kind, "read": min(at + PART, len(pool))}), flush=True)


if __name__ == "__main__":
    main()
