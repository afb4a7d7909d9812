"""Fuse the scores of the word search and the vector search.

Both are higher-is-better, but on different scales: BM25 is unbounded, a cosine is in -1..1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]


def min_max(scores: Scores) -> Scores:
    """Scale the scores of one search's candidates to 0..1; equal scores become 1."""
    low, high = float(scores.min()), float(scores.max())
    if high <= low:
        return np.ones_like(scores)
    return (scores - low) / (high - low)


MIN_DEVIATION = 0.1
"""The least standard deviation that cosines are divided by.

On questions of SQuAD's training slice the deviation is 0.13 (median; 5% are below 0.09). For a
single misspelt name it is 0.03, all noise, which would otherwise outweigh the word search. This
bound changes recall@1 on real questions by less than 0.001.
"""


def z_score(scores: Scores, min_deviation: float = 0.0) -> Scores:
    """Scale scores to mean 0 and standard deviation 1; equal scores become 0.

    A deviation below `min_deviation` counts as that much, so that small differences stay small.
    """
    # np.add.reduce instead of mean and std, whose overhead exceeds the computation itself.
    centred: Scores = scores - float(np.add.reduce(scores)) / len(scores)
    deviation = max(math.sqrt(float(np.add.reduce(centred * centred)) / len(scores)), min_deviation)
    if deviation <= 1e-12:
        return np.zeros_like(scores)
    return centred / deviation


def reciprocal_rank(scores: Scores, constant: float = 60.0) -> Scores:
    """Return 1 / (constant + rank), rank 1 for the highest (Cormack et al., SIGIR 2009)."""
    order = np.argsort(-scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    return 1.0 / (constant + ranks)


@dataclass(frozen=True, slots=True)
class Fusion:
    """Settings of the fusion of both searches into one ranking.

    `depth` candidates are taken from each search. `words` (0..1) is the weight of the word score,
    `1 - words` that of the vector score. `sentences` (0..1) is the weight of the cosine of a
    passage's best sentence in the vector score, the rest that of the whole passage. `scale` is
    `minmax`, `zscore` or `rank`. The defaults were chosen in bench/retrieval.
    """

    depth: int = 100
    words: float = 0.2
    sentences: float = 0.8
    scale: str = "zscore"

    def combine(self, vectors: Scores, words: Scores) -> Scores:
        """Fuse the vector and word scores of n candidates; all arrays have shape (n,)."""
        if self.scale == "zscore":
            scaled = z_score(vectors, MIN_DEVIATION)
            return (1.0 - self.words) * scaled + self.words * z_score(words)
        scale = {"minmax": min_max, "rank": reciprocal_rank}[self.scale]
        return (1.0 - self.words) * scale(vectors) + self.words * scale(words)
