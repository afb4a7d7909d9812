"""Confidence intervals by resampling groups of questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Figure = Callable[[Values], float]
"""A figure as a function of the questions' weights, shape (n,); NaN when undefined."""

RESAMPLES = 1000
LEVEL = 0.95
MIN_ARTICLES = 30
"""From how many articles on whole articles are resampled instead of paragraphs."""


def groups(paragraphs: Sequence[str], articles: Sequence[str]) -> tuple[str, Sequence[str]]:
    """What is resampled, `articles` or `paragraphs`, and each question's group.

    Questions on one paragraph are not independent of each other; with enough articles,
    neither are those on one article treated as if they were.
    """
    if len({name for name in articles if name}) >= MIN_ARTICLES:
        return "articles", [a or p for a, p in zip(articles, paragraphs, strict=True)]
    return "paragraphs", paragraphs


def intervals(
    figures: Mapping[str, Figure],
    group: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of figures under a cluster bootstrap (Efron and Tibshirani 1993).

    As many groups as there are get drawn with replacement, each with all its questions,
    `resamples` times. A figure that is undefined for the questions themselves is left out;
    samples in which it is undefined do not count.
    """
    if not group:
        return {}
    _, member = np.unique(np.asarray(group, dtype=object).astype(str), return_inverse=True)
    count = int(member.max()) + 1
    random = np.random.default_rng(seed)
    drawn = np.empty((resamples, len(figures)))
    for row in range(resamples):
        times = np.bincount(random.integers(0, count, count), minlength=count)
        weight = times[member].astype(np.float64)
        drawn[row] = [figure(weight) for figure in figures.values()]
    every = np.ones(len(member))
    tail = (1.0 - level) / 2.0
    found = {}
    for column, (name, figure) in enumerate(figures.items()):
        values = drawn[:, column]
        values = values[np.isfinite(values)]
        if len(values) and np.isfinite(figure(every)):
            low, high = np.quantile(values, [tail, 1.0 - tail])
            found[name] = (float(low), float(high))
    return found
