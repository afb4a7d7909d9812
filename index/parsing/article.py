"""Build articles from files and from text.

    bytes ──parser──▶ ParsedDocument(text, blocks, metadata) ──classify──▶ Article

Parsing is the only code that opens an article's file, and the only code that makes its
canonical text.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from index.errors import ArticleError
from index.parsing.metadata import correct_from_sidecar, make_metadata
from index.parsing.registry import COMPRESSED, Parser, parser_for, supported_formats
from index.parsing.rules.classify import classify
from index.parsing.rules.layout import paragraphs
from index.types import Article, Paragraph
from index.validation import check_strings

EXTRACTOR_VERSION = "9"
"""Version of the parsers, stored in the manifest. Raise it when the same file would give
another text or other paragraphs: an index with another version parses its files again."""

MAX_BYTES = 64 * 1024 * 1024
"""Size of the largest file that is parsed, in bytes."""

MAX_CHARACTERS = 16_000_000
"""Length of the longest text that is indexed, in code points: about twenty thick books.
Encoding 50 MB takes hours, and a file of that size is rarely one article."""


def parse_file(path: Path, article_id: str, parser: Parser | None = None) -> Article:
    """Parse a file into an `Article` with paragraph kinds, metadata and (for PDF) pages.

    `parser` defaults to the one for the file's suffix. Raises ArticleError with the reason for
    the list of skipped files (missing, unreadable, too large, empty, binary, broken, encrypted,
    no text layer, wrong metadata in the sidecar file), and ParserError when the parser itself
    cannot be loaded.
    """
    parser = parser or parser_for(path)
    if parser is None:
        raise ArticleError(
            f"unsupported: {path.suffix or 'no suffix'} is not one of {supported_formats()}"
        )
    parse = parser.load()
    data = _unpack(read_bytes(path))
    try:
        document = parse(data)
    except RecursionError as error:
        raise ArticleError("nested too deeply: the file has too many levels of elements") from error
    if not document.text.strip() or not document.blocks:
        raise ArticleError("empty: the file holds no visible text")
    if len(document.text) > MAX_CHARACTERS:
        raise ArticleError(
            f"too long: {len(document.text):,} characters, the limit is {MAX_CHARACTERS:,}; "
            "split it into separate articles"
        )
    kinds, metadata = classify(document.text, document.blocks, document.metadata, document.origin)
    if not metadata.title:
        stem = Path(path.stem).stem if path.suffix.lower() == COMPRESSED else path.stem
        # A file name may hold bytes that are not UTF-8; a title may not.
        title = os.fsencode(stem).decode("utf-8", "backslashreplace")
        metadata = replace(metadata, title=title)
    metadata = correct_from_sidecar(metadata, path)
    classified = tuple(
        Paragraph(number, block.span, kind, block.page, block.level, block.listed)
        for number, (block, kind) in enumerate(zip(document.blocks, kinds, strict=True), start=1)
    )
    return Article(article_id, document.text, classified, metadata, str(path))


def make_article(
    text: str,
    id: str,
    *,
    title: str = "",
    authors: Iterable[str] = (),
    publisher: str | None = None,
    published: date | None = None,
    year: int | None = None,
    url: str | None = None,
    metadata: Mapping[str, str | Iterable[str]] | None = None,
) -> Article:
    """Make an article from a text that is not in a file.

    The text is kept unchanged, every paragraph is body text, and the metadata are the
    arguments; `metadata` are own fields. Raises ArticleError when the text holds nothing visible,
    SettingError for an argument of the wrong type.
    """
    check_strings(text=text)
    described = make_metadata(title, authors, publisher, published, year, url, metadata)
    blocks = paragraphs(text)
    if not blocks:
        raise ArticleError("empty: the text holds nothing visible")
    body = tuple(Paragraph(number, block.span) for number, block in enumerate(blocks, start=1))
    return Article(id, text, body, described)


def _unpack(data: bytes) -> bytes:
    """Return what gzip packed, or other data as they are. Servers pack pages without a suffix."""
    if not data.startswith(b"\x1f\x8b\x08"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unpacked = file.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ArticleError(f"broken gzip: {error}; unpack it and try again") from error
    if len(unpacked) > MAX_BYTES:
        raise ArticleError(
            f"too large: unpacks to over {MAX_BYTES // 2**20} MB; unpack and split the file"
        )
    return unpacked


def read_bytes(path: Path) -> bytes:
    """Return the contents of a file. Raises ArticleError if it is too large or unreadable."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ArticleError(
                f"too large: {size / 2**20:.0f} MB, the limit is {MAX_BYTES // 2**20} MB; "
                "split the file"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ArticleError(f"missing: {path} does not exist") from error
    except OSError as error:
        raise ArticleError(f"unreadable: {error.strerror or error}") from error
