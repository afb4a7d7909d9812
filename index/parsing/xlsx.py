"""Parse Excel workbooks: the sheets in order, each row an item, with the values last computed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from index.errors import ArticleError
from index.parsing.archive import broken, check_unpacked, open_archive, refuse_ole
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.extra import import_extra
from index.parsing.tables import add_rows
from index.types import Kind, Metadata

_PLACEHOLDER_AUTHORS = frozenset(
    {"openpyxl", "unknown", "user", "author", "administrator", "admin"}
)


def parse(data: bytes) -> ParsedDocument:
    """Parse an .xlsx file. Raises ArticleError when it is broken, encrypted or too large."""
    refuse_ole(data, "Excel", ".xlsx")
    archive = open_archive(data, "XLSX")
    openpyxl = import_extra("openpyxl", ".xlsx")
    builder = DocumentBuilder()
    try:
        check_unpacked(archive)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in sheets:
            rows = DocumentBuilder()
            add_rows(_rows(sheet), rows)
            if rows.texts and len(sheets) > 1:
                builder.add(sheet.title, hint=Kind.HEADING, level=2)
            builder.extend(rows)
        return builder.build(_metadata(book.properties))
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # openpyxl lets zip, XML, key and value errors through
        raise broken("XLSX", error) from error


def _rows(sheet: Any) -> Iterator[list[object]]:
    # The size that a sheet declares can be a million empty rows, or wrong.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True):
        yield [_shown(value) for value in row]


def _shown(value: object) -> object:
    """Return a value as a sheet shows it: whole numbers without a point, days without a time."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else value


def _metadata(properties: Any) -> Metadata:
    author = " ".join((properties.creator or "").split())
    has_author = bool(author) and author.lower() not in _PLACEHOLDER_AUTHORS
    return Metadata(
        title=" ".join((properties.title or "").split()), authors=(author,) if has_author else ()
    )
