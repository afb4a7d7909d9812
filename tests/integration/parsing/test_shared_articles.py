"""Kinds and metadata of the five articles in the shared data; skipped without it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.parsing.article import parse_file
from index.types import Article, Kind
from tests.helpers.parsing import texts

pytestmark = pytest.mark.shared

# 1-based line of the title, authors, publisher, date, year.
TABLE = {
    "000": (6, ("Ginger Thompson",), "The New York Times", date(2011, 8, 7), 2011),
    "001": (
        6,
        ("E. Eduardo Castillo", "Martha Mendoza"),
        "The Associated Press",
        date(2011, 3, 19),
        2011,
    ),
    "002": (2, (), "The New York Times", date(2011, 8, 25), 2011),
    "003": (3, (), "The Washington Post", None, None),
    "004": (6, ("Dana Priest",), "The Washington Post", None, 2013),
}
COUNTS = {
    # body, heading, caption, first comment and last
    "000": (26, 1, 2, "1.", "Now that you"),
    "001": (34, 1, 0, "1.", "7."),
    "002": (24, 1, 0, "", ""),
    "003": (27, 5, 2, "", ""),
    "004": (64, 3, 0, "", ""),
}


@pytest.fixture(scope="module")
def five(shared: Path) -> dict[str, Article]:
    """The five articles by the first three digits of their names."""
    found = {path.name[:3]: path for path in sorted((shared / "seeds").glob("*.txt"))}
    if not found:
        pytest.skip("the shared data hold no articles")
    return {key: parse_file(path, path.name) for key, path in found.items()}


@pytest.mark.parametrize("key", TABLE)
def test_metadata(five: dict[str, Article], key: str) -> None:
    found = five[key].metadata
    line, *expected = TABLE[key]
    assert found.title == five[key].text.split("\n")[line - 1].removesuffix(" - The New York Times")
    assert [found.authors, found.publisher, found.published, found.year] == expected


def test_the_url(five: dict[str, Article]) -> None:
    assert five["002"].metadata.url == texts(five["002"])[0]
    assert all(five[key].metadata.url is None for key in five if key != "002")


@pytest.mark.parametrize("key", COUNTS)
def test_kinds(five: dict[str, Article], key: str) -> None:
    article = five[key]
    body, headings, captions, first, last = COUNTS[key]
    assert len(texts(article, Kind.BODY)) == body
    assert len(texts(article, Kind.HEADING)) == headings
    assert len(texts(article, Kind.CAPTION)) == captions
    comments = texts(article, Kind.COMMENT)
    assert bool(comments) == bool(first)
    if comments:
        assert comments[0].startswith(first)
        assert comments[-1].startswith(last)
        start = texts(article).index(comments[0])
        assert texts(article)[start : start + len(comments)] == comments


def test_the_text_is_the_file_unchanged(five: dict[str, Article]) -> None:
    for article in five.values():
        assert article.path is not None
        assert article.text == Path(article.path).read_bytes().decode("utf-8")
