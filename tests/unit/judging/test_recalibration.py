"""Votes on an index's answers shift the confidence, and only as far as they can say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.feedback import VotedAnswer
from qa.judging.judge import Estimate, recalibrated
from qa.judging.recalibration import FEWEST_VOTES, fit_shift, recalibration_of

PROBABILITIES = st.floats(0.01, 0.99)
VOTES = st.lists(
    st.builds(VotedAnswer, st.floats(-1e3, 1e3), st.booleans()), min_size=1, max_size=60
)


def votes(right: int, wrong: int, confidence: float = 0.6) -> list[VotedAnswer]:
    """Build votes on answers that were shown with the same confidence."""
    log_odds = math.log(confidence / (1 - confidence))
    return [VotedAnswer(log_odds, at < right) for at in range(right + wrong)]


def stated(shift: float, confidence: float = 0.6) -> float:
    return recalibrated(Estimate(confidence), shift).right


def test_too_few_votes_change_nothing() -> None:
    few = votes(0, FEWEST_VOTES - 1)
    assert (recalibration_of(few, "x 1").votes, recalibration_of(few, "x 1").shift) == (0, 0.0)
    enough = recalibration_of(votes(0, FEWEST_VOTES), "x 1")
    assert enough.votes == FEWEST_VOTES
    assert enough.shift < 0.0


def test_votes_that_agree_with_the_confidence_change_nothing() -> None:
    assert fit_shift(votes(60, 40)) == pytest.approx(0.0, abs=1e-4)


def test_wrong_answers_lower_and_right_ones_raise_the_confidence() -> None:
    assert stated(fit_shift(votes(900, 100))) == pytest.approx(0.9, abs=0.02)
    assert stated(fit_shift(votes(100, 900))) < 0.3


def test_more_votes_are_followed_further() -> None:
    shifts = [fit_shift(votes(9 * size, size)) for size in (1, 5, 20, 100)]
    assert shifts == sorted(shifts)
    assert 0.0 < shifts[0] < shifts[-1]


def test_a_few_more_votes_on_wrong_answers_are_no_sign_of_a_high_confidence() -> None:
    # 60 of 100 answers are right; each wrong one was voted on, and two of three right ones.
    assert fit_shift(votes(40, 40)) == 0.0


@given(VOTES, st.data())
def test_another_right_answer_never_lowers_the_confidence(
    known: list[VotedAnswer], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(known) - 1))
    better = [*known[:at], VotedAnswer(known[at].log_odds, True), *known[at + 1 :]]
    assert fit_shift(known) <= fit_shift(better)
    assert math.isfinite(fit_shift(known))


@given(PROBABILITIES, PROBABILITIES, st.floats(-5.0, 5.0))
def test_a_recalibrated_estimate_is_consistent(right: float, other: float, shift: float) -> None:
    estimate = recalibrated(Estimate(right, max(right, other)), shift)
    assert estimate.answerable is not None
    assert 0.0 < estimate.right <= estimate.answerable <= 1.0
    assert recalibrated(Estimate(estimate.right), -shift).right == pytest.approx(right)
    assert recalibrated(Estimate(right), shift).answerable is None
