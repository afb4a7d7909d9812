"""Bearers of one name are told apart by what qualifies it."""

from __future__ import annotations

import pytest

from qa.matching.names import has_different_qualifiers


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Ash Bridge (Ohio) was built in 1902.", "Ash Bridge (Iowa) was built in 1911.", True),
        ("Ash Bridge, Ohio\nIt was built in 1902.", "Ash Bridge, Iowa\nIt is older.", True),
        ("Ash Bridge (Adel, Ohio) is old.", "The Ash Bridge (Ohio) is older.", False),
        ("Ash Bridge (Ohio) was built in 1902.", "Ash Bridge was built in 1911.", False),
        ("Ash Bridge (1902) is old.", "Ash Bridge (May 1911) is older.", False),
        ("Ash Bridge (AB) is old.", "Ash Bridge (Ohio) is older.", False),
        ("At Ash Bridge, Holt spoke.", "At Ash Bridge, Quill spoke.", False),
    ],
)
def test_only_different_qualifiers_tell_bearers_of_a_name_apart(
    first: str, second: str, expected: bool
) -> None:
    assert has_different_qualifiers("Ash Bridge", first, second) == expected
    assert has_different_qualifiers("Ash Bridge", second, first) == expected
