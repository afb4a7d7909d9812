"""Probabilities restated for other shares of questions without an answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SettingError
from qa.judging.prior import MAX_PRECISION, check_share, raise_answerable, restate

PROBABILITIES = st.floats(0.0, 1.0)
SHARES = st.floats(0.01, 0.99)


def test_restating_agrees_with_counting_questions() -> None:
    # Of 700 questions with an answer 140 look like this one, 105 of them answered right, and
    # so do 30 of 300 without one. With as many without an answer as with one, 30 become 70.
    stated = restate(105 / 170, 140 / 170, 0.3, 0.5)
    assert stated == pytest.approx(105 / (140 + 70))


@given(PROBABILITIES, PROBABILITIES, SHARES)
def test_the_fitted_share_changes_nothing(right: float, other: float, share: float) -> None:
    answerable = max(right, other)
    assert restate(right, answerable, share, share) == pytest.approx(right)


@given(PROBABILITIES, PROBABILITIES, SHARES, SHARES, SHARES)
def test_more_unanswerable_questions_lower_the_probability(
    right: float, other: float, stated: float, one: float, two: float
) -> None:
    fewer, more = sorted((one, two))
    answerable = max(right, other)
    low, high = (restate(right, answerable, stated, share) for share in (more, fewer))
    assert -1e-9 <= low <= high + 1e-9 <= 1.0 + 2e-9


@given(PROBABILITIES, PROBABILITIES, SHARES, SHARES, SHARES)
def test_restating_twice_equals_restating_once(
    right: float, other: float, stated: float, between: float, wanted: float
) -> None:
    answerable = raise_answerable(other, right)
    step = [restate(value, answerable, stated, between) for value in (right, answerable)]
    assert math.isclose(
        restate(step[0], step[1], between, wanted),
        restate(right, answerable, stated, wanted),
        abs_tol=1e-6,
    )


@given(st.floats(1e-6, 0.999), PROBABILITIES, SHARES)
def test_with_no_unanswerable_questions_only_wrong_quotes_remain(
    right: float, other: float, stated: float
) -> None:
    answerable = raise_answerable(other, right)
    assert right <= answerable <= 1.0
    assert answerable < 1.0 or other == 1.0
    certain = restate(right, answerable, stated, 0.0)
    assert 0.0 <= certain <= max(MAX_PRECISION, math.sqrt(right)) + 1e-9
    assert certain * answerable == pytest.approx(right)


@given(SHARES)
def test_a_probability_of_zero_stays_zero(stated: float) -> None:
    assert restate(0.0, 0.0, stated, 0.0) == 0.0


@pytest.mark.parametrize("share", [1.0, -0.1, float("nan"), "0.3", None, 2])
def test_an_invalid_share_is_refused(share: Any) -> None:
    with pytest.raises(SettingError, match="give a number from 0 to below 1"):
        check_share(share)
    assert check_share(0) == 0.0
    assert check_share(np.float32(0.25)) == 0.25
