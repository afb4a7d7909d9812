"""Parse tables in text files (.csv, .tsv): each row is an item below the row of column names."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.segmentation.punctuation import CELL_SEPARATOR

_SAMPLE = 20_000
_DELIMITERS = ",;\t|"
_MAX_CELL = 4 * 1024 * 1024
"""Code points of the longest cell; csv's own limit is 131,072."""


def parse(data: bytes) -> ParsedDocument:
    """Parse a .csv or .tsv file. Raises ArticleError when it is empty, not text or no table."""
    text = decode(data)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:_SAMPLE], _DELIMITERS)
    except csv.Error:
        dialect = csv.excel_tab if "\t" in text[:_SAMPLE] else csv.excel
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), dialect))
    except csv.Error as error:
        raise ArticleError(f"broken table: {error}; save it again as CSV") from error
    finally:
        csv.field_size_limit(limit)
    builder = DocumentBuilder()
    add_rows(rows, builder)
    return builder.build()


def add_rows(rows: Iterable[Iterable[object]], builder: DocumentBuilder) -> None:
    """Add the rows of a table that are not empty, all with as many cells as the widest.

    Values are written as text on one line, None as an empty cell. Columns and rows without any
    value are left out.
    """
    cells = [[" ".join(str(v).split()) if v is not None else "" for v in row] for row in rows]
    cells = [row for row in cells if any(row)]
    width = max(map(len, cells), default=0)
    used = [at for at in range(width) if any(at < len(row) and row[at] for row in cells)]
    for row in cells:
        values = [row[at] if at < len(row) else "" for at in used]
        builder.add(CELL_SEPARATOR.join(values), listed=len(used) > 1)
