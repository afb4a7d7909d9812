"""Unreadable files, other encodings, and walking folders."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest

from index.errors import ArticleError, RootError
from index.ingest.article_ids import article_id
from index.ingest.scan import walk
from index.parsing.article import EXTRACTOR_VERSION, MAX_BYTES, make_article, parse_file
from index.types import Kind
from tests.helpers.parsing import FERRY, parse_content, texts
from tests.unit.parsing.test_formats import pdf_file

PAGE = "Café résumé – “quoted” words\n\n" + "\n\n".join(FERRY)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \r\n\t\n", "empty"),
        ("a.txt", b"\xef\xbb\xbf", "empty"),
        ("a.md", b"\n\n", "empty"),
        ("a.md", b"<!-- nothing to see -->", "empty"),
        ("a.html", b"<html><body><script>x()</script></body></html>", "empty"),
        ("a.pdf", b"", "empty"),
        ("a.docx", b"", "empty"),
        ("a.txt", bytes(range(256)) * 40, "binary"),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x02", "binary"),
        ("a.html", b"\x7fELF\x02\x01\x01\x00\x00\x00", "binary"),
        ("a.pdf", b"%PDF-1.7\nthis is no PDF", "broken PDF"),
        ("a.pdf", b"plain words, not a PDF", "broken PDF"),
        ("a.docx", b"PK\x03\x04 not a zip", "broken DOCX"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an older file", "encrypted or old Word"),
        ("a.xyz", b"words", "unsupported"),
    ],
)
def test_an_unreadable_file_raises_an_error_with_the_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(ArticleError, match=reason):
        parse_content(tmp_path, name, content)


def test_an_encrypted_pdf_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match=r"encrypted.*password"):
        parse_content(tmp_path, "a.pdf", pdf_file(2, password="secret"))


def test_a_truncated_pdf_is_reported(tmp_path: Path) -> None:
    whole = pdf_file(8)
    with pytest.raises(ArticleError, match=r"broken PDF|no text layer"):
        parse_content(tmp_path, "a.pdf", whole[: len(whole) // 8])


def test_a_scanned_pdf_is_reported(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.rect(100, 100, 200, 300, fill=1)
    canvas.showPage()
    canvas.save()
    with pytest.raises(ArticleError, match="no text layer"):
        parse_content(tmp_path, "a.pdf", out.getvalue())


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="missing"):
        parse_file(tmp_path / "none.txt", "none.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(ArticleError, match="unreadable"):
        parse_file(tmp_path / "folder.txt", "folder.txt")


def test_a_file_over_the_size_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ArticleError, match="too large"):
        parse_file(path, "a.txt")


def test_a_text_over_the_length_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("The pilot counted the ships again. " * 1_500_000)
    with pytest.raises(ArticleError, match=r"too long: 52,500,000 characters, the limit is"):
        parse_file(path, "long.txt")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32"]
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_text_is_the_same_in_every_encoding(tmp_path: Path, name: str, encoding: str) -> None:
    article = parse_content(tmp_path, name, PAGE.encode(encoding))
    assert article.text.startswith("Café résumé – “quoted” words")
    assert texts(article, Kind.BODY) == list(FERRY)


def test_html_is_decoded_as_it_declares(tmp_path: Path) -> None:
    page = "<html><head><meta charset='iso-8859-2'></head><body><p>Łódź, Kraków.</p></body></html>"
    article = parse_content(tmp_path, "a.html", page.encode("iso-8859-2"))
    assert "Łódź, Kraków." in article.text


def test_one_damaged_byte_leaves_the_rest_intact(tmp_path: Path) -> None:
    damaged = PAGE.encode() + b" \xff " + "naïve words".encode()
    article = parse_content(tmp_path, "a.txt", damaged)
    assert article.text.startswith("Café résumé – “quoted” words")
    assert article.text.endswith("naïve words")


def test_a_text_of_four_megabytes_is_parsed(tmp_path: Path) -> None:
    block = "\n\n".join(FERRY) + "\n\n"
    content = "Ferry cuts anger islanders\n\n" + block * (4_000_000 // len(block))
    article = parse_content(tmp_path, "a.txt", content)
    assert article.text == content
    assert len(article.paragraphs) == 1 + 4 * (4_000_000 // len(block))


def test_deeply_nested_elements_are_parsed_or_refused_but_never_truncated(tmp_path: Path) -> None:
    table = "<table><tr><td>a</td><td>{}words</td></tr></table>"
    assert parse_content(tmp_path, "a.html", table.format("<span>" * 2000)).text == "a | words"
    with pytest.raises(ArticleError, match="nested too deeply"):
        parse_content(tmp_path, "b.html", table.format("<span>" * 5000))


def test_make_article_keeps_the_text_unchanged() -> None:
    article = make_article("By Ann Bee\n\n" + PAGE, "added/1", title="Given", authors=["A. Name"])
    assert article.text == "By Ann Bee\n\n" + PAGE
    assert article.path is None
    assert {paragraph.kind for paragraph in article.paragraphs} == {Kind.BODY}
    assert (article.metadata.title, article.metadata.authors) == ("Given", ("A. Name",))
    with pytest.raises(ArticleError, match="empty"):
        make_article(" \n ", "added/2")


def test_walk_yields_supported_files_sorted_by_path(tmp_path: Path) -> None:
    for name in (
        "b.txt",
        "a/z.md",
        "a/b.PDF",
        ".hidden.txt",
        ".git/c.txt",
        "picture.png",
        "~$d.docx",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [article_id(tmp_path, path) for path in walk(tmp_path)] == ["a/b.PDF", "a/z.md", "b.txt"]
    assert list(walk(tmp_path / "b.txt")) == [tmp_path / "b.txt"]
    with pytest.raises(RootError, match="there is no file or folder"):
        list(walk(tmp_path / "none"))


def test_ids_are_relative_posix_paths_in_nfc(tmp_path: Path) -> None:
    path = tmp_path / "sub" / unicodedata.normalize("NFD", "café.txt")
    assert article_id(tmp_path, path) == unicodedata.normalize("NFC", "sub/café.txt")
    assert article_id(tmp_path, path, "news") == unicodedata.normalize("NFC", "news/sub/café.txt")
    assert EXTRACTOR_VERSION


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", b"---\nurl: http://[::1/x\nsource: https://e.org:p]/\n---\n\nThe bridge.\n"),
        (
            "a.html",
            b"<html><head><link rel=canonical href='http://[kelso/b'>"
            b"<meta property='og:url' content='http://[x'></head><body><p>The bridge.</p></body>",
        ),
    ],
)
def test_a_malformed_url_does_not_drop_the_article(
    tmp_path: Path, name: str, content: bytes
) -> None:
    article = parse_content(tmp_path, name, content)
    assert "The bridge." in article.text
    assert article.metadata.url is None
