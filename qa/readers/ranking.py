"""Rank the proposals of a reading: few words and whole sentences, of all texts, on one scale."""

from __future__ import annotations

from collections.abc import Mapping

from qa.readers.proposals import Proposal

FEATURES = (
    "is_right",
    "margin",
    "inside",
    "answers",
    "few_words",
    "whole",
    "below_best",
    "rank",
    "wrong_type",
)
"""What a proposal is ranked by, in the order of the fitted weights."""

_LIMIT = 10.0
"""The largest absolute value of a feature."""


def features(proposal: Proposal, best_score: float) -> dict[str, float]:
    """Return what a proposal is ranked by, each in -10..10.

    - `is_right`, `inside`, `answers`: as in `QuoteScores`; `margin` too, 0 for whole sentences.
    - `few_words`: the log odds of a few words being enough, negated for whole sentences.
    - `whole`: 1 for whole sentences, else 0.
    - `below_best`: the passage's score less `best_score`, that of the best passage; `rank`: its
      position in the search, from 0.
    - `wrong_type`: 1 for a few words that cannot be what was asked for.
    """
    scores = proposal.scores
    is_whole = scores.margin is None
    few_words = scores.few_words or 0.0
    values = {
        "is_right": scores.is_right or 0.0,
        "margin": scores.margin or 0.0,
        "inside": scores.inside or 0.0,
        "answers": scores.answers or 0.0,
        "few_words": -few_words if is_whole else few_words,
        "whole": float(is_whole),
        "below_best": proposal.text.window.passage.score - best_score,
        "rank": float(proposal.text.window.rank),
        "wrong_type": float(scores.has_type is False),
    }
    return {name: max(-_LIMIT, min(_LIMIT, value)) for name, value in values.items()}


def score(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the weighted sum of a proposal's features."""
    return sum(weight * values[name] for name, weight in weights.items())
