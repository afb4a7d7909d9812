"""Helpers for tests of parsers: parse content, and select paragraphs."""

from __future__ import annotations

from pathlib import Path

from index.parsing.article import parse_file
from index.types import Article, Kind
from tests import PROJECT

FIXTURES = PROJECT / "tests" / "data" / "articles"

FERRY = (
    "The ferry company has cut the crossing from Aberlour to the outer islands to three sailings "
    "a week, a change that its director says will save 4.2 million pounds a year.",
    "Islanders learned of the new timetable on a Monday in March, when notices were taped to the "
    "ticket-office windows. “Nobody rang us,” said Morag Tulloch, who runs the only bakery.",
    "The council had asked for six weeks to answer; the company allowed nine days, and residents "
    "of forty years complained that the notices were printed in small type.",
    "A spokesman for the Harbour Trust said the decision was final, and that it had been taken "
    "after a review of passenger figures for 2012 and 2013.",
)
"""Four paragraphs of an invented article."""


def parse_fixture(name: str) -> Article:
    """Parse a file of tests/data/articles."""
    return parse_file(FIXTURES / name, name)


def parse_content(folder: Path, name: str, content: str | bytes) -> Article:
    """Write a file and parse it."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return parse_file(path, name)


def texts(article: Article, *kinds: Kind) -> list[str]:
    """The texts of the paragraphs of these kinds (default: all kinds), in order."""
    return [
        paragraph.span.of(article.text)
        for paragraph in article.paragraphs
        if not kinds or paragraph.kind in kinds
    ]


def kind_of(article: Article, start: str) -> Kind:
    """The kind of the only paragraph that begins with `start`."""
    (found,) = [
        paragraph.kind
        for paragraph in article.paragraphs
        if paragraph.span.of(article.text).startswith(start)
    ]
    return found
