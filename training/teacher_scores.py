"""Read the scores that a larger network gave to training questions.

`training/taught/scores.npz` has, for 18,664 questions, the scores of "no answer here" and of the
six best tokens. A span reader made from all-mpnet-base-v2 gave them (docs/experiments/reader.md).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from training.inputs import BARRED, Scores


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
