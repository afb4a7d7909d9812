"""Articles as records, one for each article: JSON lines, and Parquet files.

`text` is required. `id`, `title`, `authors`, `publisher`, `published` (YYYY-MM-DD), `year`, `url`
and `metadata` (own fields) are those of `Library.add`. `paragraphs`, which an export has, are
`[start, end, kind, page, level, listed]` of each paragraph; without them, the text is split.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from index.errors import ArticleError, LibraryError, SettingError
from index.ingest.article_ids import check_article_id, generate_article_id
from index.parsing.article import make_article
from index.types import Article, Kind, Paragraph, Span

PARQUET = ".parquet"
SUFFIXES = (".jsonl", ".ndjson", PARQUET)
"""The suffixes of files whose records are articles."""

_METADATA = ("title", "authors", "publisher", "year", "url", "metadata")
FIELDS = ("text", "id", "published", "paragraphs", *_METADATA)
"""The fields of a record."""

_BATCH = 256


def write_line(article: Article) -> str:
    """Return the line of an article, from which `read_articles` makes an equal one."""
    values = {
        "id": article.id,
        **article.metadata.to_json(),
        "text": article.text,
        "paragraphs": [
            (p.span.start, p.span.end, p.kind, p.page, p.level, p.listed)
            for p in article.paragraphs
        ],
    }
    return json.dumps(values) + "\n"


def read_articles(path: Path, fields: Mapping[str, str] | None = None) -> Iterator[Article]:
    """Yield the articles of a file of JSON lines or of a Parquet file.

    `fields` gives the names that fields have in the file, where they are others: `{"text":
    "body"}`. Raises ArticleError, which names the record and what is wrong, SettingError for an
    unknown field.
    """
    names = {field: field for field in FIELDS} | dict(fields or {})
    if unknown := names.keys() - set(FIELDS):
        raise SettingError(f"unknown field {min(unknown)!r}; choose from: {', '.join(FIELDS)}")
    for place, values in _records(path):
        try:
            if not isinstance(values, dict):
                raise ArticleError(f"expected an object, found {str(values)[:40]!r}")
            if names["text"] not in values:
                found = ", ".join(list(map(str, values))[:20])
                raise ArticleError(f"no {names['text']!r} among its fields: {found}")
            yield _article({field: values.get(name) for field, name in names.items()})
        except (LibraryError, TypeError, ValueError) as error:
            raise ArticleError(f"{path}, {place}: {error}") from error


def _records(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each record of a file, with where it is."""
    if path.suffix.lower() == PARQUET:
        yield from _parquet_records(path)
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                place = f"line {number}"
                try:
                    yield place, json.loads(line)
                except ValueError as error:
                    raise ArticleError(f"{path}, {place}: {error}") from error


def _parquet_records(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise ArticleError(
            f"{path}: Parquet files need the package pyarrow: pip install 'pincite[parquet]'"
        ) from error
    number = 0
    try:
        for batch in ParquetFile(path).iter_batches(_BATCH):
            for record in batch.to_pylist():
                number += 1
                yield f"row {number}", record
    except (ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the file cannot be read; damage has no number
        raise ArticleError(f"{path} is not a Parquet file, or a damaged one: {error}") from error


def _article(values: dict[str, Any]) -> Article:
    known = {name: values[name] for name in _METADATA if values[name] is not None}
    if isinstance(known.get("authors"), str):
        known["authors"] = (known["authors"],)
    article = make_article(values["text"], "new", published=_day(values["published"]), **known)
    if paragraphs := values["paragraphs"]:
        made = tuple(
            Paragraph(number, Span(start, end), Kind(kind), page, level, listed)
            for number, (start, end, kind, page, level, listed) in enumerate(paragraphs, start=1)
        )
        article = replace(article, paragraphs=made)
    own_id = values["id"]
    if own_id is None:
        return replace(article, id=generate_article_id(article.metadata.title, article.hash))
    return replace(article, id=check_article_id(str(own_id) if isinstance(own_id, int) else own_id))


def _day(value: object) -> date | None:
    """Return the day of a date, a time or their ISO 8601 text. Raises ValueError for another."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(str(value)[:10]) if value else None
