"""HTML pages: tables, lists, preformatted text, encodings and metadata."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.types import Article, Kind
from tests.helpers.parsing import FERRY, parse_content, texts


def page(folder: Path, body: str, head: str = "") -> Article:
    words = "".join(f"<p>{words}</p>" for words in FERRY)
    html = f"<html><head>{head}</head><body><article>{words}{body}</article></body></html>"
    return parse_content(folder, "a.html", html)


def test_blocks_in_a_cell_are_separated(tmp_path: Path) -> None:
    row = "<tr><td>Crew</td><td><div>Alice</div><div>Bob</div></td></tr>"
    assert "Crew | Alice Bob" in texts(page(tmp_path, f"<table>{row}</table>"))


def test_hidden_cells_are_left_out(tmp_path: Path) -> None:
    row = '<tr><td>Crew</td><td hidden>Secret</td><td>Alice<b style="display:none">x</b></td></tr>'
    assert "Crew | Alice" in texts(page(tmp_path, f"<table>{row}</table>"))


def test_preformatted_text_keeps_its_lines_without_hidden_elements(tmp_path: Path) -> None:
    article = page(
        tmp_path, "<pre>one<br>two  2<script>x()</script><i hidden>three</i>\nfour</pre>"
    )
    assert article.text.endswith("one\ntwo  2\nfour")


def test_the_number_of_an_empty_item_is_dropped(tmp_path: Path) -> None:
    article = page(tmp_path, "<ol><li>Monday.</li><li></li></ol><p>So it was written down.</p>")
    assert texts(article)[-2:] == ["1. Monday.", "So it was written down."]


@pytest.mark.parametrize("value", ["²", "9" * 5000, "-", ""])
def test_an_invalid_item_number_is_ignored(tmp_path: Path, value: str) -> None:
    article = page(tmp_path, f'<ol start="{value}"><li value="{value}">Monday ends.</li></ol>')
    assert texts(article)[-1] == "1. Monday ends."


@pytest.mark.parametrize(
    ("declared", "written_in"),
    [
        ("iso-8859-1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("utf-16", "utf-8"),
        ("base64", "utf-8"),
        ("no-such-thing", "utf-8"),
    ],
)
def test_declared_encodings_are_resolved_as_in_browsers(
    tmp_path: Path, declared: str, written_in: str
) -> None:
    words = "“Café” – the director’s word for it, in a sentence of its own that is long enough."
    html = f'<html><head><meta charset="{declared}"></head><body><p>{words}</p></body></html>'
    assert texts(parse_content(tmp_path, "a.html", html.encode(written_in))) == [words]


def test_the_encoding_of_an_xml_declaration_is_used(tmp_path: Path) -> None:
    html = '<?xml version="1.0" encoding="ISO-8859-2"?>\n<html><body><p>Łódź, Kraków.</p></body>'
    assert "Łódź, Kraków." in parse_content(tmp_path, "a.xhtml", html.encode("iso-8859-2")).text


def test_every_author_element_is_read(tmp_path: Path) -> None:
    names = ("Baird, Isla", "Reid, Tom", "Jo Sim")
    head = "".join(f'<meta name="citation_author" content="{name}">' for name in names)
    assert page(tmp_path, "", head).metadata.authors == ("Isla Baird", "Tom Reid", "Jo Sim")


def test_unusable_metadata_do_not_hide_usable_ones(tmp_path: Path) -> None:
    head = (
        '<meta property="article:publisher" content="https://facebook.example/courier">'
        '<meta name="publisher" content="The Northern Courier">'
        '<meta property="article:published_time" content="yesterday">'
        '<meta name="date" content="2014-03-11">'
    )
    metadata = page(tmp_path, "", head).metadata
    assert metadata.publisher == "The Northern Courier"
    assert metadata.published == date(2014, 3, 11)
    assert texts(page(tmp_path, "", head), Kind.BODY) == list(FERRY)
