"""Files to articles: one reader a format, then the same rules for all.

    bytes ──format's reader──▶ Source(text, blocks, declared) ──classify──▶ Article

This is the only code that opens a source file. The canonical text is made here, once.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path

from index.errors import ArticleError, SettingError
from index.parsing.blocks import Source
from index.parsing.rules.classify import classify
from index.parsing.rules.layout import paragraphs
from index.types import Article, Metadata, Paragraph
from index.validation import check_days, check_text, check_words

EXTRACTOR_VERSION = "5"
"""Stands in the manifest; raise it when the same file would yield another text or other
paragraphs, so that indexes made before know to read their files again."""

SUFFIXES = (".txt", ".md", ".html", ".pdf", ".docx")
"""The kinds of file that are read, by suffix, in lower case."""

MAX_BYTES = 64 * 1024 * 1024
"""The largest file that is read, in bytes; larger ones are skipped with that reason."""

MAX_CHARACTERS = 16_000_000
"""The longest text that is taken, in code points: some twenty thick books. Encoding one of
50 MB would hold everything up for hours, and a file of that size is rarely one article."""

_ALIASES = {".text": ".txt", ".markdown": ".md", ".htm": ".html", ".xhtml": ".html"}
KINDS = (*SUFFIXES, *_ALIASES)
"""Every suffix that is read, in lower case: those of `SUFFIXES` and their other spellings."""

_MODULES = {".txt": "plaintext", ".md": "markdown", ".html": "html", ".pdf": "pdf", ".docx": "docx"}


def suffix_of(path: Path) -> str:
    """A file's suffix in lower case, as it stands in `SUFFIXES` where it is another spelling."""
    suffix = path.suffix.lower()
    return _ALIASES.get(suffix, suffix)


def supported(path: Path) -> bool:
    """Whether a file's suffix is one that `read_article` reads."""
    return suffix_of(path) in SUFFIXES


def read_article(path: Path, article_id: str) -> Article:
    """Read one file into an `Article` with kinds, metadata and (for PDF) pages.

    Raises ArticleError, whose message is the reason to show in a list of skipped files:
    missing, unreadable, too large, empty, binary, broken, encrypted, without text layer.
    """
    suffix = suffix_of(path)
    if suffix not in SUFFIXES:
        raise ArticleError(
            f"unsupported: {path.suffix or 'no suffix'} is not one of {', '.join(SUFFIXES)}"
        )
    data = _bytes(path)
    module = import_module(f"index.parsing.{_MODULES[suffix]}")
    try:
        source: Source = module.read(data)
    except RecursionError as error:
        raise ArticleError("nested too deeply: its elements cannot be walked") from error
    if not source.text.strip() or not source.blocks:
        raise ArticleError("empty: the file holds no visible text")
    if len(source.text) > MAX_CHARACTERS:
        raise ArticleError(_too_long(len(source.text)))
    return _article(source, article_id, str(path))


def make_article(
    text: str,
    id: str,
    *,
    title: str = "",
    authors: Sequence[str] = (),
    publisher: str | None = None,
    published: date | None = None,
    year: int | None = None,
    url: str | None = None,
    sort_out: bool = False,
) -> Article:
    """An article from text that is in no file; the text is kept unchanged.

    Every paragraph is body, and the metadata are those given: text that a program hands
    over is taken to be an article already. With `sort_out` it is treated as a .txt file
    would be (kinds, metadata from its words), the metadata given taking precedence.
    Raises ArticleError when the text holds nothing visible, SettingError for metadata of
    another type.
    """
    check_text(text=text, title=title)
    check_words(publisher=publisher, url=url)
    check_days(published=published)
    if isinstance(authors, str):
        raise SettingError(f"authors is {authors!r}; give names in a list: [{authors!r}]")
    blocks = paragraphs(text)
    if not blocks:
        raise ArticleError("empty: the text holds nothing visible")
    metadata = Metadata(title, tuple(authors), publisher, published, year, url)
    if sort_out:
        return _article(Source(text, blocks, metadata), id, None)
    body = tuple(Paragraph(number, block.span) for number, block in enumerate(blocks, start=1))
    return Article(id, text, body, metadata)


def _article(source: Source, article_id: str, path: str | None) -> Article:
    kinds, metadata = classify(source.text, source.blocks, source.declared)
    made = tuple(
        Paragraph(number, block.span, kind, block.page)
        for number, (block, kind) in enumerate(zip(source.blocks, kinds, strict=True), start=1)
    )
    if not metadata.title and path is not None:
        # A file's name may hold bytes that are no UTF-8, which a title cannot.
        stem = os.fsencode(Path(path).stem).decode("utf-8", "backslashreplace")
        metadata = replace(metadata, title=stem)
    return Article(article_id, source.text, made, metadata, path)


def _too_long(characters: int) -> str:
    return (
        f"too long: {characters:,} characters, the limit is {MAX_CHARACTERS:,}; "
        "split it into the articles it holds"
    )


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ArticleError(
                f"too large: {size / 2**20:.0f} MB, the limit is {MAX_BYTES // 2**20} MB; "
                "split the file"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ArticleError(f"missing: there is no file {path}") from error
    except OSError as error:
        raise ArticleError(f"unreadable: {error.strerror or error}") from error
