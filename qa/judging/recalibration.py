"""Recalibrate the confidence for one index from people's votes on its answers.

The confidence is fitted on other articles. Votes on the answers that an index gave say whether
the probabilities hold there; where they do not, a constant is added to their log odds, with a
Gaussian prior at no change (docs/experiments/recalibration.md).

Only answers that were shown are voted on. What was shown depends on the probability alone, so the
votes compare like with like: the words that were shown, with the probability they were shown with.
Votes on refusals say nothing of shown words and are not used.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISREG

import numpy as np

from qa.answer import Recalibration
from qa.feedback import FEEDBACK_NAME, VotedAnswer, voted_answers
from qa.judging.confidence import SpanConfidence
from qa.judging.judge import Confidence

FEWEST_VOTES = 30
"""From how many votes on an index is recalibrated."""

DEVIATION = 0.5
"""The standard deviation of the shift's prior, in log odds."""

VOTE_RATIO = 2.0
"""Up to how many times as often wrong answers are assumed to be voted on as right ones. Votes
cannot tell: many votes on wrong answers look like a confidence that is too high."""

_LARGEST_SHIFT = 5.0
_LARGEST_LOG_ODDS = 20.0
_STEPS = 20


class IndexVotes:
    """The votes on one index's answers, read again when there are more. Thread-safe."""

    def __init__(self, folder: Path, fit: str) -> None:
        """Use the votes in the index folder on confidences of the fit of that name."""
        self._path = folder / FEEDBACK_NAME
        self._none = Recalibration(fit)
        self._known: tuple[object, Recalibration] = (None, self._none)

    @classmethod
    def of(cls, folder: Path, confidence: Confidence) -> IndexVotes | None:
        """Return the votes for a confidence, None unless it is one that was fitted."""
        if isinstance(confidence, SpanConfidence) and confidence.calibrated:
            return cls(folder, confidence.fit)
        return None

    def recalibration(self) -> Recalibration:
        """Return what the votes of this moment change: nothing where they cannot be read."""
        try:
            status = self._path.stat()
            if not S_ISREG(status.st_mode):
                return self._none
            state = (status.st_ino, status.st_size, status.st_mtime_ns)
            known, recalibration = self._known
            if state != known:
                votes = voted_answers(self._path, self._none.fit)
                recalibration = recalibration_of(votes, self._none.fit)
                self._known = (state, recalibration)
            return recalibration
        except OSError:
            return self._none


def recalibration_of(votes: Sequence[VotedAnswer], fit: str) -> Recalibration:
    """Return the recalibration from votes, without a shift for fewer than `FEWEST_VOTES`."""
    if len(votes) < FEWEST_VOTES:
        return Recalibration(fit)
    return Recalibration(fit, len(votes), fit_shift(votes))


def fit_shift(
    votes: Sequence[VotedAnswer], *, deviation: float = DEVIATION, ratio: float = VOTE_RATIO
) -> float:
    """Return what to add to the log odds of the confidence.

    Wrong answers may be voted on as often as right ones, or up to `ratio` times as often: of the
    shifts that fit one of these ratios, the nearest to 0 is returned. `deviation` is that of the
    prior.
    """
    highest = _most_probable_shift(votes, deviation, ratio)
    return max(_most_probable_shift(votes, deviation, 1.0), min(0.0, highest))


def _most_probable_shift(votes: Sequence[VotedAnswer], deviation: float, ratio: float) -> float:
    """Return the mode of the posterior where wrong answers are voted on `ratio` times as often."""
    right = sum(vote.is_right for vote in votes)
    log_odds = np.array([vote.log_odds for vote in votes]) - math.log(ratio)
    log_odds = log_odds.clip(-_LARGEST_LOG_ODDS, _LARGEST_LOG_ODDS)

    def slope(shift: float) -> float:
        """Return the slope of the log posterior, which falls everywhere."""
        expected = float((1.0 / (1.0 + np.exp(-log_odds - shift))).sum())
        return right - expected - shift / deviation**2

    low, high = -_LARGEST_SHIFT, _LARGEST_SHIFT
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2
