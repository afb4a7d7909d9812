"""Restate a probability for another share of questions without an answer.

How probable an answer is depends on how often the articles have one at all: the same words are
weaker evidence where most questions have none. Evidence is fitted at one such share and restated
for another by Bayes' rule, assuming that questions of each kind look alike at both (prior shift;
Saerens, Latinne and Decaestecker 2002, equation 4).
"""

from __future__ import annotations

import math
from numbers import Real

from index.errors import SettingError

MAX_PRECISION = 0.9
"""How often the surest quotes are right where the question has an answer: the surest fifth of the
held-out questions, by `training.calibrate`."""


def raise_answerable(answerable: float, right: float) -> float:
    """Raise `answerable` (0..1) to the least value that is consistent with `right` (0..1).

    The two are estimated separately. Where there is an answer, a quote is right with a
    probability of at most `MAX_PRECISION`; where `right` is nearly that high itself, a wrong quote
    and no answer are taken to be equally likely.
    """
    return max(answerable, min(right / MAX_PRECISION, math.sqrt(right)))


def restate(probability: float, answerable: float, fitted: float, share: float) -> float:
    """Restate a probability, 0..1, for another share of questions without an answer.

    The probability is of something only a question with an answer has. `answerable` (0..1, no
    lower) is the probability that the question has one. `fitted` (above 0, below 1) is the share
    that both were fitted at, `share` (0 to below 1) the one to restate for.
    """
    has, lacks = (1.0 - share) / (1.0 - fitted), share / fitted
    total = has * answerable + lacks * (1.0 - answerable)
    return has * probability / total if total > 0.0 else 0.0


def shifted(probability: float, log_odds: float) -> float:
    """Return a probability, 0..1, with a number added to its log odds."""
    odds = probability / max(1.0 - probability, 1e-9) * math.exp(log_odds)
    return odds / (1.0 + odds)


def check_share(share: object) -> float:
    """Return a number from 0 to below 1. Raises SettingError for anything else."""
    if isinstance(share, Real) and 0.0 <= float(share) < 1.0:
        return float(share)
    raise SettingError(
        f"the share of questions without an answer is {share!r}; give a number from 0 to below 1"
    )
