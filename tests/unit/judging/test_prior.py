"""One probability stated for different shares of questions without an answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import SettingError
from qa.judging.prior import SUREST, answered_at_all, at_share, checked_share

PROBABILITIES = st.floats(0.0, 1.0)
SHARES = st.floats(0.01, 0.99)


def test_counting_the_questions_gives_the_same() -> None:
    # Of 700 questions with an answer 140 look like this one, 105 of them answered right, and
    # so do 30 of 300 without one. With as many without an answer as with one, 30 become 70.
    stated = at_share(105 / 170, 140 / 170, 0.3, 0.5)
    assert stated == pytest.approx(105 / (140 + 70))


@given(PROBABILITIES, PROBABILITIES, SHARES)
def test_at_the_share_it_is_stated_for_it_stays(right: float, other: float, share: float) -> None:
    answerable = max(right, other)
    assert at_share(right, answerable, share, share) == pytest.approx(right)


@given(PROBABILITIES, PROBABILITIES, SHARES, SHARES, SHARES)
def test_the_more_have_no_answer_the_less_is_an_answer_believed(
    right: float, other: float, stated: float, one: float, two: float
) -> None:
    fewer, more = sorted((one, two))
    answerable = max(right, other)
    low, high = (at_share(right, answerable, stated, share) for share in (more, fewer))
    assert -1e-9 <= low <= high + 1e-9 <= 1.0 + 2e-9


@given(PROBABILITIES, PROBABILITIES, SHARES, SHARES, SHARES)
def test_by_way_of_another_share_it_comes_to_the_same(
    right: float, other: float, stated: float, between: float, wanted: float
) -> None:
    answerable = answered_at_all(right, other)
    step = [at_share(value, answerable, stated, between) for value in (right, answerable)]
    assert math.isclose(
        at_share(step[0], step[1], between, wanted),
        at_share(right, answerable, stated, wanted),
        abs_tol=1e-6,
    )


@given(st.floats(1e-6, 0.999), PROBABILITIES, SHARES)
def test_where_every_question_has_an_answer_only_wrong_words_are_feared(
    right: float, other: float, stated: float
) -> None:
    answerable = answered_at_all(right, other)
    assert right <= answerable <= 1.0
    assert answerable < 1.0 or other == 1.0
    certain = at_share(right, answerable, stated, 0.0)
    assert 0.0 <= certain <= max(SUREST, math.sqrt(right)) + 1e-9
    assert certain * answerable == pytest.approx(right)


@given(SHARES)
def test_what_is_held_for_impossible_stays_so(stated: float) -> None:
    assert at_share(0.0, 0.0, stated, 0.0) == 0.0


@pytest.mark.parametrize("share", [1.0, -0.1, float("nan"), "0.3", None, 2])
def test_what_is_no_share_is_refused(share: Any) -> None:
    with pytest.raises(SettingError, match="give a number from 0 to below 1"):
        checked_share(share)
    assert checked_share(0) == 0.0
    assert checked_share(np.float32(0.25)) == 0.25
