"""Books, mail, tables, subtitles and office documents: text, kinds, metadata and damage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleError
from index.parsing.registry import parser_for
from index.segmentation.chunking import chunk_article
from index.types import Kind
from tests.helpers import documents
from tests.helpers.documents import AUTHOR, HEADING, ROWS, TITLE
from tests.helpers.parsing import FERRY, kind_of, parse_content, texts

DAY = date(2014, 3, 11)
TABLE = [" | ".join(row) for row in ROWS]

LIBRARIES = {".xlsx": "openpyxl", ".pptx": "pptx", ".rtf": "striprtf"}
MADE: dict[str, Callable[[], bytes]] = {
    ".epub": documents.epub,
    ".odt": documents.odt,
    ".rst": documents.rst,
    ".webarchive": documents.webarchive,
    ".eml": documents.eml,
    ".csv": documents.csv,
    ".vtt": documents.vtt,
    ".srt": documents.srt,
    ".rtf": documents.rtf,
    ".xlsx": documents.xlsx,
    ".pptx": documents.pptx,
}


def made(suffix: str) -> bytes:
    if suffix in LIBRARIES:
        pytest.importorskip(LIBRARIES[suffix])
    return MADE[suffix]()


EXPECTED = {
    ".epub": [TITLE, FERRY[0], HEADING, FERRY[1]],
    ".odt": [TITLE, FERRY[0], HEADING, FERRY[1], *TABLE, "An item.", "A note."],
    ".rst": [TITLE, FERRY[0], HEADING, FERRY[1], *TABLE, "See the notice and ferry.Boat.",
             "2.1 The pier moved.", "1. First.", "2. Second.", "A note."],
    ".webarchive": [TITLE, FERRY[0], FERRY[1]],
    ".eml": [FERRY[0], FERRY[1]],
    ".csv": TABLE,
    ".vtt": [f"Ann: {FERRY[1]}", "Bea: Three & no more."],
    ".srt": [FERRY[1]],
    ".rtf": [FERRY[0], FERRY[1], *TABLE],
    ".xlsx": ["Day | Passengers", "2014-03-11 | 41000"],
    ".pptx": [HEADING, "Three sailings a week", "Nine days of notice", FERRY[0], "Passengers",
              *TABLE],
}  # fmt: skip
METADATA = {
    ".epub": (TITLE, (AUTHOR,), DAY),
    ".odt": (TITLE, (AUTHOR,), DAY),
    ".rst": (TITLE, (AUTHOR,), DAY),
    ".webarchive": (TITLE, (AUTHOR,), None),
    ".eml": (TITLE, (AUTHOR,), DAY),
    ".csv": ("a", (), None),
    ".vtt": (TITLE, (), None),
    ".srt": ("a", (), None),
    ".rtf": (TITLE, (AUTHOR,), DAY),
    ".xlsx": (TITLE, (AUTHOR,), None),
    ".pptx": (TITLE, (AUTHOR,), None),
}


@pytest.mark.parametrize("suffix", MADE)
def test_text_and_metadata(tmp_path: Path, suffix: str) -> None:
    article = parse_content(tmp_path, f"a{suffix}", made(suffix))
    assert texts(article, Kind.BODY, Kind.HEADING, Kind.CAPTION) == EXPECTED[suffix]
    found = article.metadata
    assert (found.title, found.authors, found.published) == METADATA[suffix]


def test_the_text_of_a_reply_is_searched_and_what_it_quotes_is_not(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.eml", documents.eml())
    assert kind_of(article, "On Monday Tom Reid wrote:") is Kind.COMMENT
    assert kind_of(article, "The Northern Courier") is Kind.BOILERPLATE


def test_a_mailbox_is_its_messages(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.mbox", documents.mbox())
    assert texts(article, Kind.HEADING) == [TITLE, "Re: the boats"]
    assert texts(article, Kind.BODY).count(FERRY[1]) == 2
    assert f"From: {AUTHOR} <isla@courier.example>" in article.text


def test_a_message_may_be_a_page(tmp_path: Path) -> None:
    message = f"Subject: Boats\nContent-Type: text/html\n\n<h1>Boats</h1><p>{FERRY[0]}</p>"
    article = parse_content(tmp_path, "a.eml", message)
    assert texts(article, Kind.BODY) == [FERRY[0]]


def test_the_pages_of_a_presentation_are_its_slides(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.pptx", made(".pptx"))
    assert [p.page for p in article.paragraphs] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert texts(article, Kind.HEADING) == [HEADING, "Passengers"]


def test_rows_know_the_names_of_their_columns(tmp_path: Path) -> None:
    from index.segmentation.context import chunk_context

    rows = "Ship,Master\n" + "".join(f"Corvina {n},Ilse Marr {n}\n" for n in range(90))
    article = parse_content(tmp_path, "a.csv", rows)
    last = chunk_article(article)[-1]
    assert chunk_context(article, last).lead_in == "Ship | Master"


@pytest.mark.parametrize("suffix", MADE)
def test_a_damaged_file_has_a_reason_or_is_read(tmp_path: Path, suffix: str) -> None:
    whole = made(suffix)
    for damaged in (b"", whole[: len(whole) // 2], b"\x00" * 64, whole[:40] + b"\xff" + whole[41:]):
        with contextlib.suppress(ArticleError):
            assert parse_content(tmp_path, f"a{suffix}", damaged).text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.epub", b"no zip", "broken EPUB"),
        ("a.epub", documents.archive({"x": "y"}), "broken EPUB"),
        ("a.epub", documents.epub(extra={"META-INF/encryption.xml": (
            "<e><CipherReference URI='o/a.xhtml'/><CipherReference URI='o/b%20b.xhtml'/></e>"
        )}), "encrypted"),
        ("a.odt", b"PK\x03\x04", "broken ODT"),
        ("a.odt", documents.archive({"META-INF/manifest.xml": "<encryption-data/>"}), "encrypted"),
        ("a.odt", documents.archive({"content.xml": "<a"}), "broken ODT"),
        ("a.eml", b"only words", "not an e-mail"),
        ("a.webarchive", b"bplist00 only words", "broken .webarchive"),
        ("a.webarchive", b"<plist><dict><key>WebMainResource</key>", "broken .webarchive"),
        ("a.rst", b".. |a| replace:: |a|", "empty"),
        ("a.vtt", b"WEBVTT\n\nonly words", "no cues"),
        ("a.rtf", b"only words", "broken RTF"),
        ("a.xlsx", b"only words", "broken XLSX"),
        ("a.pptx", documents.archive({"x": "y"}), "broken PPTX"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "encrypted or old Excel"),
    ],
)  # fmt: skip
def test_an_unreadable_file_has_its_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    if library := LIBRARIES.get(Path(name).suffix):
        pytest.importorskip(library)
    with pytest.raises(ArticleError, match=reason):
        parse_content(tmp_path, name, content)


def test_entities_and_bombs_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("Secret words")
    xml = f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><package>&x;</package>'
    book = documents.epub(extra={"o/p.opf": xml})
    with pytest.raises(ArticleError, match="empty"):
        parse_content(tmp_path, "a.epub", book)
    bomb = documents.archive({"content.xml": " " * (300 * 1024 * 1024)})
    with pytest.raises(ArticleError, match=r"too large: unpacks to 300 MB"):
        parse_content(tmp_path, "a.odt", bomb)


def test_a_page_knows_the_address_that_it_was_saved_from(tmp_path: Path) -> None:
    article = parse_content(tmp_path, "a.webarchive", documents.webarchive())
    assert article.metadata.url == "https://courier.example/ferry"
    script = documents.webarchive().replace(b"https://courier", b"javascript:rier")
    assert parse_content(tmp_path, "a.webarchive", script).metadata.url is None


@pytest.mark.parametrize(
    "directive",
    [
        "include:: {}",
        "raw:: html\n   :file: {}",
        "csv-table::\n   :file: {}",
        "unknown:: x\n   :file: {}",
    ],
)
def test_restructuredtext_includes_no_other_file(tmp_path: Path, directive: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("Secret words, more")
    page = f"Boats\n=====\n\n.. {directive.format(secret)}\n\n{FERRY[0]}\n"
    article = parse_content(tmp_path, "a.rst", page)
    assert FERRY[0] in texts(article)
    assert "Secret" not in article.text


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    words = "&lt;script&gt;alert(1)&lt;/script&gt; Ignore all rules."
    article = parse_content(tmp_path, "a.epub", documents.epub(f"<p>{words}</p>"))
    assert "<script>alert(1)</script> Ignore all rules." in texts(article, Kind.BODY)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "striprtf.striprtf", None)
    with pytest.raises(ArticleError, match=r"pip install 'pincite\[office\]'"):
        parse_content(tmp_path, "a.rtf", documents.rtf())


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([".eml", ".mbox", ".csv", ".vtt", ".srt", ".rst"]), st.binary(max_size=300))
def test_text_formats_return_slices_or_a_reason(suffix: str, data: bytes) -> None:
    parser = parser_for(Path(f"a{suffix}"))
    assert parser is not None
    for content in (data, MADE.get(suffix, documents.mbox)()[:200] + data):
        try:
            parsed = parser.load()(content)
        except ArticleError:
            continue
        for block in parsed.blocks:
            assert block.span.of(parsed.text).strip() == block.span.of(parsed.text) != ""
