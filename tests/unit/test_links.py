"""Links to exact words, on the article page and on the original page."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Metadata, Paragraph, Span
from qa.links import article_link, source_link

TEXT = (
    "The harbour opened in May. Ships came at once.\n\n"
    "Ships came at once, the pilot said. Nobody had counted them before the second winter, "
    "when the new tower, well-lit & tall, was finished."
)


def article(url: str | None = None, name: str = "a b/ünï.txt") -> Article:
    second = TEXT.index("\n\n") + 2
    return Article(
        name,
        TEXT,
        (
            Paragraph(1, Span(0, second - 2)),
            Paragraph(2, Span(second, len(TEXT))),
        ),
        Metadata(title="Harbour", url=url),
    )


def test_the_article_link_has_the_version_and_offsets() -> None:
    one = article()
    parts = urlsplit(article_link(one, Span(4, 11), 1))
    assert unquote(parts.path) == f"/articles/{one.id}"
    assert parse_qs(parts.query) == {"v": [one.hash[:12]], "start": ["4"], "end": ["11"]}
    assert parts.fragment == "p1"


def test_an_article_without_a_web_address_has_no_source_link() -> None:
    assert source_link(article(), Span(4, 11)) is None
    assert source_link(article("javascript:alert(1)"), Span(4, 11)) is None


def test_a_short_sentence_is_a_whole_fragment() -> None:
    link = source_link(article("https://example.org/x"), Span(4, 11))
    assert link == "https://example.org/x#:~:text=The%20harbour%20opened%20in%20May."


def test_a_long_sentence_is_a_fragment_of_its_ends_with_syntax_escaped() -> None:
    start = TEXT.index("second winter")
    link = source_link(article("https://example.org/x#top"), Span(start, start + 6))
    assert link is not None
    fragment = link.removeprefix("https://example.org/x#top:~:text=")
    first, last = fragment.split(",")
    assert unquote(first) == "Nobody had counted them before"
    assert unquote(last) == "well-lit & tall, was finished."
    assert "-" not in fragment


def test_words_that_occur_earlier_are_distinguished_by_context() -> None:
    start = TEXT.index("Ships came at once, the")
    link = source_link(article("https://example.org/x"), Span(start, start + 5))
    assert link is not None
    # Their paragraph has nothing before them, so the words after them have to be enough.
    assert unquote(link.split("text=")[1]) == "Ships came at once, the pilot said."


@given(st.text(min_size=1, max_size=40).filter(lambda name: name.isprintable()))
def test_any_id_survives_the_link(name: str) -> None:
    one = article(name=name)
    path = article_link(one, Span(0, 3), 1).split("?")[0]
    assert unquote(path.removeprefix("/articles/")) == one.id


def test_a_lone_surrogate_is_replaced() -> None:
    one = Article(
        "a.txt", "Ships \ud83d came.", (Paragraph(1, Span(0, 13)),), Metadata(url="https://a.b/c")
    )
    assert source_link(one, Span(0, 5)) == "https://a.b/c#:~:text=Ships%20%3F%20came."


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("2. Nine boats sank.", "Nine boats sank."),
        ("Boats sunk | nine", "Boats sunk,nine"),
        ("Year | Boats sunk in the storms of that year | Lives", "Year,Lives"),
        ("| nine", "nine"),
    ],
)
def test_list_numbers_and_cell_separators_are_not_in_the_fragment(text: str, fragment: str) -> None:
    url = Metadata(url="https://example.org/x")
    one = Article("x", text, (Paragraph(1, Span(0, len(text))),), url)
    link = source_link(one, Span(len(text) - 4, len(text)))
    assert link is not None
    assert unquote(link.split("text=")[1]) == fragment
