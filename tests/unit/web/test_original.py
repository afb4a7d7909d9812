"""The words of a citation are marked in the original page, or nothing is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from index.errors import ArticleError
from index.ingest.status import FileStatus
from index.types import Span
from qa.links import HASH_DIGITS
from qa.web.articles.original import POLICY, OriginalKind, locate, marked_html, original_kind
from qa.web.articles.page import LinkTarget, article_page
from qa.web.articles.pdf_page import pdf_page
from tests.helpers.web import build_article, elements, read

PARAGRAPH = "The harbour of Lowtide reopened on March 4, after eleven weeks."
ARTICLE = build_article("Harbour reopens", PARAGRAPH)
WORDS = "reopened on March 4"


def span_of(words: str) -> Span:
    start = ARTICLE.text.index(words)
    return Span(start, start + len(words))


def marks(page: str) -> list[str]:
    return [
        " ".join(read(one).split()) for one in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.S)
    ]


def test_words_are_marked_across_elements_and_lines() -> None:
    page = (
        "<html><body><h1>Harbour reopens</h1><p>The harbour of <b>Lowtide\n  reopened</b> on "
        "<a href='x'>March</a>\n4, after ele&shy;ven weeks.</p></body></html>"
    )
    marked = marked_html(page.encode(), ARTICLE, span_of(WORDS))
    assert marks(marked) == ["reopened", "on", "March", "4"]
    assert marked.count('id="quote"') == 1
    assert read(marked).split() == read(marked_html(page.encode(), ARTICLE, None)).split()


def test_words_that_stand_twice_are_marked_in_their_paragraph_only() -> None:
    page = f"<body><p>It {WORDS}, they say.</p><p>{PARAGRAPH}</p></body>"
    marked = marked_html(page.encode(), ARTICLE, span_of(WORDS))
    assert marks(marked) == [WORDS]
    assert marked.index("they say") < marked.index("<mark")


@pytest.mark.parametrize("page", [f"<p>{PARAGRAPH}</p><p>{PARAGRAPH}</p>", "<p>Another page.</p>"])
def test_nothing_is_marked_that_is_not_in_exactly_one_place(page: str) -> None:
    assert "<mark" not in marked_html(page.encode(), ARTICLE, span_of(WORDS))


def test_a_saved_page_has_nothing_active_left() -> None:
    page = (
        "<head><base href='https://evil.example/'><meta http-equiv=refresh content='0;url=//evil'>"
        "<link rel=stylesheet href='//evil/x.css'><script>1</script></head>"
        f"<body onload=alert(1)><iframe src='//evil'></iframe><p>{PARAGRAPH}</p></body>"
    )
    found = {name for name, _ in elements(marked_html(page.encode(), ARTICLE, span_of(WORDS)))}
    assert not found & {"script", "iframe", "base", "meta", "link"}
    assert "mark" in found


def test_words_on_a_page_of_a_pdf_are_boxed(tmp_path: Path) -> None:
    path = tmp_path / "harbour.pdf"
    pages = Canvas(str(path))
    pages.showPage()
    for line, words in enumerate(
        ("The harbour of Lowtide reopened", "on March 4, after eleven weeks.")
    ):
        pages.drawString(72, 720 - 20 * line, words)
    pages.save()
    page = pdf_page(path, 2)
    found = locate(page.text, ARTICLE, span_of(WORDS))
    assert found is not None
    upper, lower = page.marks(found)
    assert page.count == 2
    assert upper[3] <= lower[1]
    assert lower[0] < upper[0]  # the second line begins with marked words
    assert max(upper[2], lower[2]) < page.width / 2
    with pytest.raises(ArticleError, match=r"page 3 of harbour\.pdf cannot be drawn"):
        pdf_page(path, 3)


@pytest.mark.parametrize(
    ("name", "file", "kind"),
    [
        ("a.pdf", FileStatus.UNCHANGED, OriginalKind.PDF),
        ("a.HTM", FileStatus.UNCHANGED, OriginalKind.HTML),
        ("a.txt", FileStatus.UNCHANGED, None),
        ("a.pdf", FileStatus.CHANGED, None),
        ("a.pdf", FileStatus.MISSING, None),
    ],
)
def test_an_original_is_shown_only_as_it_was_indexed(
    name: str, file: FileStatus, kind: OriginalKind | None
) -> None:
    article = build_article(PARAGRAPH, id=name)
    assert original_kind(article, file) is kind
    page = article_page(article, LinkTarget(), file)
    assert ("Show the original page" in page) == (kind is not None)


def test_an_html_original_is_framed_beside_the_text_without_scripts_or_origin() -> None:
    article = build_article(PARAGRAPH, id="a b&c.html")
    target = LinkTarget(article.hash[:HASH_DIGITS], 4, 11)
    page = article_page(article, target, original=0)
    [frame] = [attributes for name, attributes in elements(page) if name == "iframe"]
    assert frame["sandbox"] == ""
    address = f"/originals/a%20b%26c.html?v={target.version}&start=4&end=11#quote"
    assert frame["src"] == address
    assert "sandbox" in POLICY
    assert "script-src" not in POLICY


@given(st.lists(st.sampled_from([" ", "\n", "\u00a0", "-", "\u00ad"]), min_size=60, max_size=60))
def test_spacing_and_hyphens_do_not_matter(spaces: list[str]) -> None:
    loose = (
        "".join(character + space for character, space in zip(PARAGRAPH, spaces, strict=False))
        + PARAGRAPH[60:]
    )
    found = locate(loose, ARTICLE, span_of(WORDS))
    assert found is not None
    assert re.sub(r"[\s\u00ad-]", "", found.of(loose)) == WORDS.replace(" ", "")
