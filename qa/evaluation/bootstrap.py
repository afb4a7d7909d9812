"""Confidence intervals by resampling groups of questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Statistic = Callable[[Values], float]
"""A function of the questions' weights, shape `(n,)`; NaN when undefined."""

RESAMPLES = 1000
LEVEL = 0.95
MIN_ARTICLES = 30
"""With at least this many articles, articles are resampled instead of paragraphs."""


def groups(paragraphs: Sequence[str], articles: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the unit to resample ("articles" or "paragraphs") and each question's group.

    Questions about one paragraph are not independent; where there are enough articles, questions
    about one article are not treated as independent either.
    """
    if len({name for name in articles if name}) >= MIN_ARTICLES:
        return "articles", [a or p for a, p in zip(articles, paragraphs, strict=True)]
    return "paragraphs", paragraphs


def intervals(
    statistics: Mapping[str, Statistic],
    group: Sequence[str],
    *,
    centred: Collection[str] = (),
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Return percentile intervals under a cluster bootstrap (Efron and Tibshirani 1993).

    Each of `resamples` samples draws as many groups as there are, with replacement, each with all
    its questions. A statistic that is undefined for the questions themselves is left out; samples
    in which it is undefined do not count.

    `centred` names the statistics that resampling itself moves, such as a calibration error, which
    grows with the repeats in a sample. The samples of those are shifted so that their median is the
    statistic of the questions themselves, which the interval then always holds.
    """
    if not group:
        return {}
    _, member = np.unique(np.asarray(group, dtype=object).astype(str), return_inverse=True)
    count = int(member.max()) + 1
    random = np.random.default_rng(seed)
    samples = np.empty((resamples, len(statistics)))
    for row in range(resamples):
        times = np.bincount(random.integers(0, count, count), minlength=count)
        weight = times[member].astype(np.float64)
        samples[row] = [statistic(weight) for statistic in statistics.values()]
    ones = np.ones(len(member))
    tail = (1.0 - level) / 2.0
    bounds = {}
    for column, (name, statistic) in enumerate(statistics.items()):
        values = samples[:, column]
        values = values[np.isfinite(values)]
        estimate = statistic(ones)
        if len(values) and np.isfinite(estimate):
            if name in centred:
                values = values + (estimate - np.median(values))
            low, high = np.quantile(values, [tail, 1.0 - tail])
            bounds[name] = (float(low), float(high))
    return bounds
