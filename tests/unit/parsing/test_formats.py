"""The same article as HTML, Markdown, DOCX and PDF: blocks, kinds, pages and metadata."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.types import Article, Kind
from tests.helpers.parsing import FERRY, kind_of, parse_content, texts

TITLE = "Ferry cuts anger islanders"
HEADING = "What the company says"
CAPTION = "The ferry at the pier in Aberlour. Photo: Jo Sim"
URL = "https://courier.example/2014/03/11/ferry"


def html_page() -> str:
    """A page with navigation, banner, comments and footer around the article."""
    return f"""<!doctype html><html><head><meta charset="utf-8">
<title>{TITLE} - The Northern Courier</title><link rel="canonical" href="{URL}">
<meta property="og:site_name" content="The Northern Courier">
<meta property="article:published_time" content="2014-03-11T09:00:00Z">
<meta name="author" content="Isla Baird and Tom Reid">
<script>var x = "hidden words";</script><style>p {{ color: red }}</style></head><body>
<div class="cookie-banner">We use cookies to improve your visit. <button>Accept all</button></div>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<header><h1>{TITLE}</h1></header>
<article><p class="byline">By Isla Baird and Tom Reid</p><time>11 March 2014</time>
<figure><img src="x" alt=""><figcaption>{CAPTION}</figcaption></figure>
<p>{FERRY[0]}</p><p>{FERRY[1]}<br><br>{FERRY[2]}</p><p style="display:none">Secret line</p>
<h2>{HEADING}</h2><p>{FERRY[3]}</p>
<blockquote><p>We are sorry, the letter said.</p></blockquote>
<table><tr><th>Year</th><th>Passengers</th></tr><tr><td>2012</td><td>41,000</td></tr></table>
<ol><li><p>Monday sailings end.</p></li><li>Friday sailings leave at noon.</li></ol>
<p>Hostile &lt;script&gt;alert(1)&lt;/script&gt; text is text.</p></article>
<section id="comments"><h3>2 Comments</h3><div class="comment"><p>Anna says: a disgrace, and I
will write to the minister, believe me, and then we shall see.</p></div></section>
<footer><p>© 2024 The Northern Courier. All rights reserved.</p></footer></body></html>"""


def markdown_page() -> str:
    """The same article in Markdown with front matter."""
    return f"""---
title: "{TITLE}"
author: [Isla Baird, Tom Reid]
publisher: The Northern Courier
date: 2014-03-11
url: {URL}
---

# {TITLE}

*By Isla Baird and Tom Reid*

![The ferry at the pier](x.jpg)

The ferry company has **cut** the crossing from Aberlour
to the outer islands to [three sailings](http://x.example) a week, a change
that its director says will save 4.2 million pounds a year.

## {HEADING}

{FERRY[1]}
{FERRY[2]}

| Year | Passengers |
| --- | --- |
| 2012 | 41,000 |

1. Monday sailings end.
2. Friday sailings leave at noon.

<script>alert("x")</script>

An inline <script>alert(1)</script> too, <!-- unseen --> and so on.
"""


def docx_file() -> bytes:
    """The same article as a Word document, its author in the core properties."""
    from docx import Document

    document = Document()
    document.core_properties.title = TITLE
    document.core_properties.author = "Isla Baird; Tom Reid"
    document.add_heading(TITLE, 0)
    document.add_paragraph("By Isla Baird and Tom Reid")
    document.add_paragraph("The Northern Courier")
    document.add_paragraph("March 11, 2014")
    document.add_paragraph(FERRY[0])
    document.add_heading(HEADING, 2)
    document.add_paragraph(FERRY[1])
    document.add_paragraph("The ferry at the pier.", style="Caption")
    table = document.add_table(2, 2)
    for row, cells in enumerate((("Year", "Passengers"), ("2012", "41,000"))):
        for column, words in enumerate(cells):
            table.cell(row, column).text = words
    document.add_paragraph("Monday sailings end.", style="List Bullet")
    hidden = document.add_paragraph(FERRY[2]).add_run(" Hidden words.")
    hidden.font.hidden = True
    document.sections[0].footer.paragraphs[0].text = "Courier archive copy"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf_file(paragraphs: int = 20, password: str | None = None) -> bytes:
    """A PDF of several pages with running headers, page numbers and hyphenated words."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, Preformatted, SimpleDocTemplate

    style = getSampleStyleSheet()

    def margins(canvas: object, document: object) -> None:
        canvas.setFont("Helvetica", 8)  # type: ignore[attr-defined]
        canvas.drawString(72, 800, "The Northern Courier archive")  # type: ignore[attr-defined]
        number = document.page  # type: ignore[attr-defined]
        canvas.drawString(280, 30, f"Page {number} of 9")  # type: ignore[attr-defined]

    story: list[object] = [
        Paragraph(TITLE, style["Title"]),
        Paragraph("By Isla Baird and Tom Reid", style["BodyText"]),
        Paragraph("The Northern Courier", style["BodyText"]),
        Paragraph("March 11, 2014", style["BodyText"]),
        Preformatted(
            "The company called for a consul-\ntation of the long-\nterm residents.",
            style["BodyText"],
        ),
        Paragraph(
            "Nobody asked for a consultation but the long-term residents.", style["BodyText"]
        ),
        Paragraph(HEADING, style["Heading2"]),
    ]
    story += [
        Paragraph(f"Letter {n}. " + " ".join(FERRY), style["BodyText"]) for n in range(paragraphs)
    ]
    out = io.BytesIO()
    encrypt = StandardEncryption(password, ownerPassword="owner") if password else None
    SimpleDocTemplate(out, encrypt=encrypt).build(story, onFirstPage=margins, onLaterPages=margins)
    return out.getvalue()


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Article]:
    """One article of each format."""
    folder = tmp_path_factory.mktemp("formats")
    return {
        "html": parse_content(folder, "a.html", html_page()),
        "md": parse_content(folder, "a.md", markdown_page()),
        "docx": parse_content(folder, "a.docx", docx_file()),
        "pdf": parse_content(folder, "a.pdf", pdf_file()),
    }


@pytest.mark.parametrize("form", ["html", "md", "docx", "pdf"])
def test_metadata(articles: dict[str, Article], form: str) -> None:
    metadata = articles[form].metadata
    assert metadata.title == TITLE
    assert metadata.authors == ("Isla Baird", "Tom Reid")
    assert metadata.publisher == "The Northern Courier"
    assert metadata.published == date(2014, 3, 11)
    assert metadata.url == (URL if form in ("html", "md") else None)


@pytest.mark.parametrize("form", ["html", "md", "docx", "pdf"])
def test_blocks_are_not_empty_and_separated_by_a_blank_line(
    articles: dict[str, Article], form: str
) -> None:
    article = articles[form]
    assert article.text.split("\n\n") == [
        piece for piece in article.text.split("\n\n") if piece.strip()
    ]
    assert all(words.strip() == words and words for words in texts(article))
    covered = sum(len(words) for words in texts(article))
    assert covered >= len("".join(article.text.split("\n\n"))) - article.text.count("\n")


def test_html_kinds(articles: dict[str, Article]) -> None:
    article = articles["html"]
    assert texts(article, Kind.HEADING) == [TITLE, HEADING]
    assert texts(article, Kind.CAPTION) == [CAPTION]
    assert texts(article, Kind.BODY) == [
        *FERRY,
        "We are sorry, the letter said.",
        "Year | Passengers",
        "2012 | 41,000",
        "1. Monday sailings end.",
        "2. Friday sailings leave at noon.",
        "Hostile <script>alert(1)</script> text is text.",
    ]
    assert len(texts(article, Kind.COMMENT)) == 2
    assert kind_of(article, "We use cookies") is Kind.BOILERPLATE
    assert kind_of(article, "Home") is Kind.BOILERPLATE
    assert kind_of(article, "© 2024") is Kind.BOILERPLATE
    assert "hidden words" not in article.text
    assert "Secret" not in article.text


def test_publisher_and_url_are_not_guessed_from_the_host(tmp_path: Path) -> None:
    page = f"<html><head><title>{TITLE}</title></head><body><article>" + "".join(
        f"<p>{paragraph}</p>" for paragraph in FERRY
    )
    article = parse_content(tmp_path, "a.html", page)
    assert article.metadata.publisher is None
    assert article.metadata.url is None
    assert texts(article, Kind.BODY) == list(FERRY)


def test_markdown_kinds(articles: dict[str, Article]) -> None:
    article = articles["md"]
    assert texts(article, Kind.HEADING) == [TITLE, HEADING]
    assert texts(article, Kind.CAPTION) == ["The ferry at the pier"]
    body = texts(article, Kind.BODY)
    assert " ".join(body[0].split()) == FERRY[0]
    assert body[1:] == [
        FERRY[1],
        FERRY[2],
        "Year | Passengers",
        "2012 | 41,000",
        "1. Monday sailings end.",
        "2. Friday sailings leave at noon.",
        '<script>alert("x")</script>',
        "An inline <script>alert(1)</script> too,  and so on.",
    ]


def test_a_thematic_break_is_not_front_matter(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.md", f"---\n\n{FERRY[0]}\n\n---\n\n{FERRY[1]}\n")
    assert texts(article, Kind.BODY) == [FERRY[0], FERRY[1]]


FRONT_MATTER = {
    "unquoted colon": ("title: Ferry: a story\nauthor: [Ann Bee]", "Ferry: a story", ("Ann Bee",)),
    "unquoted quotation": ('title: "Home" at last\nby: Ann Bee', '"Home" at last', ("Ann Bee",)),
    "title like a number": ("title: 1984  # not a year", "1984", ()),
    "title like a boolean": ("title: Yes", "Yes", ()),
    "folded title": ("title: >\n  Ferry\n  cuts\n", "Ferry cuts", ()),
    "authors as mappings": ("title: A\nauthors:\n- name: Ann Bee\n- {name: Cee Dee}", "A",
                            ("Ann Bee", "Cee Dee")),
    "block lists": ("Title: 'It''s'\nauthor:\n  - Ann Bee\n  - Cee Dee", "It's",
                    ("Ann Bee", "Cee Dee")),
    "aliases": ("title: A\nx: &x [Ann Bee]\ny: &y [*x, *x]\nauthor: [*y, *y]", "A", ()),
}  # fmt: skip


@pytest.mark.parametrize("case", FRONT_MATTER)
def test_yaml_front_matter_is_metadata(tmp_path: Path, case: str) -> None:
    yaml, title, authors = FRONT_MATTER[case]
    article = parse_content(tmp_path, "a.md", f"---\n{yaml}\n---\n\n{FERRY[0]}\n")
    assert (article.metadata.title, article.metadata.authors) == (title, authors)
    assert article.text == FERRY[0]


@pytest.mark.parametrize(
    "block",
    [
        "Dear reader,\nnote: the boat is late.",
        "The rule (as printed): no boats.",
        "- a list: of one",
        "title: fine\nbut this line is not",
        "[" * 5000,
    ],
)
def test_text_between_thematic_breaks_stays_text(tmp_path: Path, block: str) -> None:
    article = parse_content(tmp_path, "a.md", f"---\n{block}\n---\n\n{FERRY[0]}\n")
    for line in block.splitlines():
        assert line.strip("- ") in article.text


HEADINGS = ("2007", "15 May 2010", "16 May 2010")


@pytest.mark.parametrize("front", ["", "---\nyear: 2013\n---\n\n"])
def test_headings_and_items_may_be_dates_and_numbers(tmp_path: Path, front: str) -> None:
    """The first entry of a timeline is not the date of publication either."""
    items = "- Mexico, Colombia, Peru, Bolivia\n- 15,273"
    days = "\n\n".join(f"## {day}\n\n{words}" for day, words in zip(HEADINGS, FERRY, strict=False))
    article = parse_content(tmp_path, "a.md", f"{front}# 1984\n\n{items}\n\n{days}\n")
    assert article.metadata.title == "1984"
    assert article.metadata.published is None
    assert article.metadata.year == (2013 if front else None)
    assert texts(article, Kind.HEADING) == ["1984", *HEADINGS]
    assert texts(article, Kind.BODY)[:2] == ["Mexico, Colombia, Peru, Bolivia", "15,273"]
    assert texts(article, Kind.BOILERPLATE) == []


def test_a_title_may_begin_with_by(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.md", f"# By Anna Lind\n\n{FERRY[0]}\n\n{FERRY[1]}\n")
    assert (article.metadata.title, article.metadata.authors) == ("By Anna Lind", ())
    assert kind_of(article, "By Anna") is Kind.HEADING


def test_a_number_below_the_first_paragraph_is_not_boilerplate(tmp_path: Path) -> None:
    figure = "Deaths in 2010:\n\n15,273"
    article = parse_content(tmp_path, "a.txt", f"{TITLE}\n\n{FERRY[0]}\n\n{figure}\n\n{FERRY[1]}\n")
    assert texts(article, Kind.BOILERPLATE) == []


def test_a_date_in_the_text_does_not_change_the_declared_year(tmp_path: Path) -> None:
    page = f"---\nyear: 2013\n---\n\n# {TITLE}\n\n15 May 2010\n\n{FERRY[0]}\n"
    metadata = parse_content(tmp_path, "a.md", page).metadata
    assert (metadata.year, metadata.published) == (2013, None)
    metadata = parse_content(tmp_path, "b.md", page.replace("2010", "2013")).metadata
    assert (metadata.year, metadata.published) == (2013, date(2013, 5, 15))


def test_docx_kinds(articles: dict[str, Article]) -> None:
    article = articles["docx"]
    assert texts(article, Kind.HEADING) == [TITLE, HEADING]
    assert texts(article, Kind.CAPTION) == ["The ferry at the pier."]
    assert texts(article, Kind.BODY) == [
        FERRY[0],
        FERRY[1],
        "Year | Passengers",
        "2012 | 41,000",
        "Monday sailings end.",
        FERRY[2],
    ]
    assert kind_of(article, "Courier archive copy") is Kind.BOILERPLATE


def test_pdf_lines_and_hyphenated_words_are_joined(articles: dict[str, Article]) -> None:
    body = texts(articles["pdf"], Kind.BODY)
    assert body[0] == "The company called for a consultation of the long-term residents."
    assert body[2:] == [f"Letter {n}. " + " ".join(FERRY) for n in range(20)]
    assert texts(articles["pdf"], Kind.HEADING) == [TITLE, HEADING]


def test_pdf_running_headers_and_page_numbers_are_boilerplate(articles: dict[str, Article]) -> None:
    article = articles["pdf"]
    aside = texts(article, Kind.BOILERPLATE)
    pages = max(paragraph.page or 0 for paragraph in article.paragraphs)
    assert pages >= 3
    assert aside.count("The Northern Courier archive") == pages
    assert [words for words in aside if words.startswith("Page ")] == [
        f"Page {n} of 9" for n in range(1, pages + 1)
    ]


def test_pdf_paragraphs_have_the_page_they_start_on(articles: dict[str, Article]) -> None:
    from pypdf import PdfReader

    article = articles["pdf"]
    assert article.path is not None
    printed = [page.extract_text() for page in PdfReader(article.path).pages]
    letters = [p for p in article.paragraphs if p.span.of(article.text).startswith("Letter ")]
    for number, paragraph in enumerate(letters):
        assert paragraph.page is not None
        assert f"Letter {number}." in printed[paragraph.page - 1]


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


SHOWN = '<w:vanish w:val="0"/>'


def docx_with(*elements: str) -> bytes:
    """A Word document with these XML elements between two paragraphs."""
    from docx import Document
    from docx.oxml import parse_xml

    document = Document()
    document.add_paragraph(FERRY[0])
    last = document.add_paragraph(FERRY[1])
    for element in elements:
        last._element.addprevious(parse_xml(element.replace(">", f" {W}>", 1)))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def run(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{words}</w:t></w:r>"


@pytest.mark.parametrize(
    "element",
    [
        f"<w:p><w:moveTo>{run('The pier moved.')}</w:moveTo></w:p>",
        f"<w:p>{run('The pier moved.', SHOWN)}</w:p>",
        f"<w:p><w:customXml>{run('The pier moved.')}</w:customXml></w:p>",
        f"<w:customXml><w:p>{run('The pier moved.')}</w:p></w:customXml>",
        f"<w:p><w:dir>{run('The pier moved.')}</w:dir></w:p>",
    ],
)
def test_docx_text_in_wrapper_elements_is_parsed(tmp_path: Path, element: str) -> None:
    article = parse_content(tmp_path, "a.docx", docx_with(element))
    assert "The pier moved." in texts(article, Kind.BODY)


@pytest.mark.parametrize("content_type", ["text/html", "application/rtf"])
def test_docx_embedded_pages_are_parsed_or_named(tmp_path: Path, content_type: str) -> None:
    from docx import Document
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document = Document()
    page = f"<h2>Piers</h2><p>The pier moved.</p><p>{FERRY[1]}</p>".encode()
    part = Part(PackURI("/word/chunk.bin"), content_type, page, document.part.package)
    chunk = OxmlElement("w:altChunk")
    chunk.set(qn("r:id"), document.part.relate_to(part, "urn:aFChunk"))
    document.add_paragraph(FERRY[0])._element.addnext(chunk)
    out = io.BytesIO()
    document.save(out)
    if content_type == "text/html":
        article = parse_content(tmp_path, "a.docx", out.getvalue())
        assert texts(article) == [FERRY[0], "Piers", "The pier moved.", FERRY[1]]
        assert kind_of(article, "Piers") is Kind.HEADING
    else:
        with pytest.raises(ArticleError, match=r"embedded application/rtf .* save it again"):
            parse_content(tmp_path, "a.docx", out.getvalue())


def test_docx_cells_and_rows_in_content_controls_are_parsed(tmp_path: Path) -> None:
    def control(inside: str) -> str:
        return f"<w:sdt><w:sdtContent>{inside}</w:sdtContent></w:sdt>"

    def cell(words: str) -> str:
        return f"<w:tc><w:p>{run(words)}</w:p></w:tc>"

    row = f"<w:tr>{cell('2013')}{control(cell('7,100'))}</w:tr>"
    below = f"<w:tr>{cell('2014')}{cell('6,000')}</w:tr>"
    table = f"<w:tbl>{row}{control(below)}</w:tbl>"
    article = parse_content(tmp_path, "a.docx", docx_with(table))
    assert {"2013 | 7,100", "2014 | 6,000"} <= set(texts(article, Kind.BODY))


def test_markdown_comments_and_closing_tags_are_dropped(
    tmp_path: Path,
) -> None:
    page = f"# Ferry\n\n{FERRY[0]}\n\n<!-- more --> The envoy arrived on Monday.\n\n</details>\n\n"
    article = parse_content(tmp_path, "a.md", f"{page}{FERRY[1]}\n")
    assert texts(article) == ["Ferry", FERRY[0], "The envoy arrived on Monday.", FERRY[1]]
