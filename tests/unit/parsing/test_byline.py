"""Authors and publishers in bylines, signatures and copyright notices."""

from __future__ import annotations

from datetime import date

import pytest

from index.parsing.rules.byline import copyright_holder, parse_byline, parse_signature


@pytest.mark.parametrize(
    ("line", "authors", "publisher"),
    [
        ("By Anna Lind", ("Anna Lind",), None),
        ("By Anna Lind | The Daily Post", ("Anna Lind",), "The Daily Post"),
        ("By Anna Lind, The Daily Post", ("Anna Lind",), "The Daily Post"),
        (
            "By Anna Lind and Carl Dorn, The Daily Post",
            ("Anna Lind", "Carl Dorn"),
            "The Daily Post",
        ),
        ("By The Associated Press", (), "The Associated Press"),
        ("By Anna Lind, Carl Dorn and Eva Gale", ("Anna Lind", "Carl Dorn", "Eva Gale"), None),
    ],
)
def test_byline(line: str, authors: tuple[str, ...], publisher: str | None) -> None:
    found = parse_byline(line)
    assert found is not None
    assert (found.authors, found.publisher) == (authors, publisher)


def test_a_byline_may_end_with_a_date() -> None:
    found = parse_byline("By Ines Correa, The Pincite Review, April 4, 2011")
    assert found is not None
    assert found.authors == ("Ines Correa",)
    assert found.publisher == "The Pincite Review"
    assert found.day is not None
    assert found.day.day == date(2011, 4, 4)


@pytest.mark.parametrize(
    "line",
    [
        "By the time the ships came, it was May.",
        "By boat and by train",
        "By Christmas Day",
        "By Popular Demand",
    ],
)
def test_prose_is_not_a_byline(line: str) -> None:
    assert parse_byline(line) is None


@pytest.mark.parametrize(
    "notice", ["© 2011 The New York Times Company", "Copyright 2011 by Reuters."]
)
def test_the_copyright_holder_is_complete(notice: str) -> None:
    expected = "Reuters" if "Reuters" in notice else "The New York Times Company"
    assert copyright_holder(notice) == expected


@pytest.mark.parametrize("place", ["Mexico City", "New York", "San Francisco", "Buenos Aires"])
def test_a_place_before_an_agency_is_not_an_author(place: str) -> None:
    found = parse_signature(f"{place}, Reuters")
    assert found is not None
    assert (found.authors, found.publisher) == ((), "Reuters")


def test_a_name_before_an_agency_is_an_author() -> None:
    found = parse_signature("Anna Lind, Reuters")
    assert found is not None
    assert (found.authors, found.publisher) == (("Anna Lind",), "Reuters")
