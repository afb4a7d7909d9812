"""The article page: numbered paragraphs, and the quote marked by offset or not at all."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Kind, Metadata, Span
from qa.web.articles.page import LinkTarget, article_list, article_page
from tests.helpers.web import build_article, build_quote, read, texts


def passages(page: str) -> list[str]:
    return [read(words) for words in re.findall(r'<p class="passage"[^>]*>(.*?)</p>', page, re.S)]


def marks(page: str) -> list[str]:
    return [read(words) for words in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.S)]


def target(article: Article, span: Span) -> LinkTarget:
    return LinkTarget(article.hash[:12], span.start, span.end)


@st.composite
def quoted(draw: st.DrawFn) -> tuple[Article, Span]:
    words = draw(st.lists(texts.filter(str.strip), min_size=1, max_size=4))
    article = build_article(*words)
    paragraph = draw(st.sampled_from(article.paragraphs)).span
    start = draw(st.integers(paragraph.start, paragraph.end - 1))
    return article, Span(start, draw(st.integers(start + 1, paragraph.end)))


@given(quoted())
def test_the_page_holds_every_paragraph_and_marks_the_quote(case: tuple[Article, Span]) -> None:
    article, span = case
    page = article_page(article, target(article, span))
    assert passages(page) == [p.span.of(article.text) for p in article.paragraphs]
    assert marks(page) == [span.of(article.text)]
    assert len(re.findall('id="quote"', page)) == 1


def test_paragraphs_carry_their_numbers() -> None:
    page = article_page(build_article("One.", "Two.", "Three."), LinkTarget())
    assert re.findall(r'id="p(\d+)"', page) == ["1", "2", "3"]


def test_a_passage_over_two_paragraphs_is_marked_in_both() -> None:
    article = build_article("First words.", "Second words.", "Third.")
    start, end = article.text.index("words"), article.text.index("Second") + len("Second")
    page = article_page(article, target(article, Span(start, end)))
    assert marks(page) == ["words.", "Second"]
    assert len(re.findall('id="quote"', page)) == 1


def test_nothing_is_marked_in_an_article_that_changed_after_the_answer() -> None:
    article = build_article("The quay is closed.")
    page = article_page(article, LinkTarget("0123456789ab", 4, 8))
    assert "This article has changed" in page
    assert marks(page) == []
    assert "cited" not in re.findall(r'class="p ([^"]*)"', page)[0]


@pytest.mark.parametrize(
    ("start", "end"), [(5, 5), (6, 5), (-1, 3), (0, 10_000), (0, None), (None, 4)]
)
def test_invalid_offsets_mark_nothing(start: int | None, end: int | None) -> None:
    article = build_article("The quay is closed.")
    page = article_page(article, LinkTarget(article.hash[:12], start, end))
    assert marks(page) == []
    assert "does not point to any words" in page


def test_offsets_without_a_version_mark_nothing() -> None:
    assert marks(article_page(build_article("The quay is closed."), LinkTarget(None, 0, 3))) == []


def test_comments_and_boilerplate_are_folded_and_counted() -> None:
    article = build_article(
        "Body.",
        ("Subscribe now", Kind.BOILERPLATE),
        ("First!", Kind.COMMENT),
        ("Second!", Kind.COMMENT),
    )
    page = article_page(article, LinkTarget())
    folded = re.search(r'<details class="excluded">(.*?)</details>', page, re.S)
    assert folded is not None
    assert "2 comments and 1 line" in folded[1]
    assert passages(folded[1]) == ["Subscribe now", "First!", "Second!"]


def test_the_first_paragraph_of_a_page_has_its_page_number() -> None:
    page = article_page(build_article("One.", "Two.", "Three.", pages=(1, 1, 2)), LinkTarget())
    assert re.findall(r'class="page-start">(Page \d)<', page) == ["Page 1", "Page 2"]


def test_only_web_addresses_are_linked_as_the_source() -> None:
    article = build_article("The quay is closed.")
    assert "https://example.org/harbour#:~:text=" in article_page(
        article, target(article, build_quote(article, "quay").span)
    )
    bad = build_article("Text.", metadata=Metadata(title="T", url="javascript:alert(1)"))
    assert "javascript:" not in article_page(bad, LinkTarget())


def test_markup_in_an_article_is_shown_as_text() -> None:
    hostile = '<script>alert(1)</script><img src="https://evil.example/x">'
    page = article_page(
        build_article(hostile, metadata=Metadata(title=hostile, publisher=hostile)), LinkTarget()
    )
    assert hostile not in page
    assert passages(page) == [hostile]
    assert re.findall(r"<script[^>]*>", page) == ['<script src="/ui/article.js" defer>']


def test_the_list_is_searched_by_title_publisher_author_and_year() -> None:
    one = build_article("Text.", id="a.txt")
    other = build_article(
        "Text.", id="b.txt", metadata=Metadata(title="Ferry strike", publisher="Coast Weekly")
    )
    assert "2 articles" in article_list([one, other])
    for query in ("harbour", "LOWTIDE", "okafor", "2012"):
        found = article_list([one, other], query)
        assert "1 of 2 articles" in found
        assert "Ferry strike" not in found


def test_an_empty_list_says_how_to_add_articles() -> None:
    assert "pincite index PATH" in article_list([])
