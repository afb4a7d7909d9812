"""Pages that are packed, damaged, or shown only by a script."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.types import Kind
from tests.helpers.parsing import FERRY, parse_content, texts

STORY = "".join(f"<p>{words}</p>" for words in FERRY)
PAGE = f"<html><head><title>Ferry</title></head><body><h1>Ferry</h1>{STORY}</body></html>"


def mhtml() -> bytes:
    import quopri

    body = quopri.encodestring(PAGE.encode()).decode()
    return (
        "From: <Saved by a browser>\r\nSubject: Ferry\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="B"\r\n\r\n'
        '--B\r\nContent-Type: text/html; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}\r\n--B--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", gzip.compress(PAGE.encode())),
        ("a.html.gz", gzip.compress(PAGE.encode())),
        ("a.html", mhtml()),
        ("a.mhtml", mhtml()),
        ("a.html", PAGE.replace("<h1>", "<hr>\x00<h1>").encode()),
        ("a.html", PAGE.replace("<body>", f"<body><!--{'x' * 9000}-->").encode()),
        ("a.html", f"<body><div>Loading...</div><noscript><h1>Ferry</h1>{STORY}</noscript>"),
        ("a.html", f"<x-a><template shadowrootmode=open><h1>Ferry</h1>{STORY}</template></x-a>"),
        (
            "a.html",
            "<title>Ferry</title><div id=app></div><script type='application/ld+json'>"
            + json.dumps({"@graph": [{"@type": "Article", "articleBody": "\n".join(FERRY)}]})
            + "</script>",
        ),
    ],
)
def test_an_odd_page_is_read(tmp_path: Path, name: str, content: str | bytes) -> None:
    article = parse_content(tmp_path, name, content)
    assert texts(article, Kind.BODY)[-4:] == list(FERRY)
    assert article.metadata.title == "Ferry"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "<body><div id=root><p>Loading...</p></div><script src=x></script>",
            "until a script runs",
        ),
        (
            "<html><frameset><frame src='a.html'><frame src='b.html'></frameset>",
            r"frameset.*a\.html",
        ),
        (gzip.compress(PAGE.encode())[:-300], "broken gzip"),
    ],
)
def test_a_page_without_text_has_a_reason(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(ArticleError, match=reason):
        parse_content(tmp_path, "a.html", content)


def test_a_late_encoding_is_used(tmp_path: Path) -> None:
    head = f"<head><script>{'x' * 9000}</script><meta charset='iso-8859-2'></head>"
    page = f"<html>{head}<body><p>Łódź, Kraków.</p></body></html>".encode("iso-8859-2")
    assert parse_content(tmp_path, "a.html", page).text == "Łódź, Kraków."


def test_formulas_cards_and_edit_links(tmp_path: Path) -> None:
    page = (
        "<h2>Pumps<span>[<a href=e>edit</a>]</span></h2><h2>Gates<a href='#g'>¶</a></h2>"
        "<p>It lifts <math alttext='Q=45'><mi>Q</mi></math> litres.</p>"
        "<x-grid><x-card>One.</x-card><x-card>Two.</x-card></x-grid>"
        "<p>An <x-icon>icon</x-icon> in a line.</p>"
    )
    assert texts(parse_content(tmp_path, "a.html", page)) == [
        "Pumps", "Gates", "It lifts Q=45 litres.", "One.", "Two.", "An icon in a line.",
    ]  # fmt: skip
