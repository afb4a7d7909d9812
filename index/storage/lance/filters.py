"""Filters in the SQL of Lance, and the columns that it asks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from index.filters import Filter, fold
from index.types import Metadata

COLUMNS = [
    pa.field("title", pa.string()),
    pa.field("publisher", pa.string()),
    pa.field("authors", pa.string()),
    pa.field("year", pa.int32()),
    pa.field("first_day", pa.int32()),
    pa.field("last_day", pa.int32()),
    pa.field("fields", pa.list_(pa.string())),
]
"""What filters ask of an article: folded names between spaces, several of them between bars; the
first and the last day on which it may have been published, counted from the year 1; own fields."""

_SEPARATOR = "\x1f"  # between the name of a field and its value
_WILDCARDS = re.compile(r"\[!?+\]?+[^\]]*\]|\*|\?")
_RANGES = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def column_values(metadata: Metadata) -> dict[str, Any]:
    """Return the values of `COLUMNS` for an article."""
    first = last = metadata.published
    if first is None and metadata.year is not None:
        first, last = date(metadata.year, 1, 1), date(metadata.year, 12, 31)
    return {
        "title": _names([metadata.title]),
        "publisher": _names([metadata.publisher or ""]),
        "authors": _names(metadata.authors),
        "year": metadata.year,
        "first_day": first and first.toordinal(),
        "last_day": last and last.toordinal(),
        "fields": [
            f"{name}{_SEPARATOR}{value}"
            for name, values in metadata.fields.items()
            for value in values
        ],
    }


def _names(names: Iterable[str]) -> str:
    return "|".join(f" {fold(name)} " for name in names)


def quoted(values: Iterable[str]) -> str:
    """Return strings as SQL literals, with commas between them."""
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)


def condition(filter: Filter | None, id_column: str) -> str | None:
    """Return the condition for the articles that a filter matches, None for all articles.

    The columns are `COLUMNS` and `id_column`, which has the ids of articles.
    """
    if filter is None or filter.is_empty:
        return None
    parts = []
    if filter.article_ids is not None:
        parts.append(_is_in(id_column, filter.article_ids))
    if filter.exclude:
        parts.append(f"NOT {_is_in(id_column, filter.exclude)}")
    if filter.path is not None:
        parts.append(f"regexp_like({id_column}, {quoted([_regular_expression(filter.path)])})")
    if filter.year is not None:
        parts.append(f"year = {filter.year}")
    for name, values in filter.fields.items():
        wanted = quoted(f"{name}{_SEPARATOR}{value}" for value in values)
        parts.append(f"array_has_any(fields, make_array({wanted}))" if values else "false")
    for column, text in (
        ("title", filter.title),
        ("publisher", filter.publisher),
        ("authors", filter.author),
    ):
        if text is not None:
            # Folded words have neither "%" nor "_".
            parts.append(f"{column} LIKE '% {fold(text)} %'" if fold(text) else "false")
    if filter.after is not None:
        parts.append(f"last_day >= {filter.after.toordinal()}")
    if filter.before is not None:
        parts.append(f"first_day <= {filter.before.toordinal()}")
    return " AND ".join(parts) or None


def _is_in(column: str, values: Iterable[str]) -> str:
    listed = quoted(sorted(values))
    return f"({column} IN ({listed}))" if listed else "false"


def _regular_expression(pattern: str) -> str:
    """Return a pattern of file names (`fnmatch`) as a regular expression of Rust."""
    parts, end = [], 0
    for match in _WILDCARDS.finditer(pattern):
        parts.append(re.escape(pattern[end : match.start()]))
        end = match.end()
        wildcard = match.group()
        parts.append({"*": ".*", "?": "."}.get(wildcard) or _characters(wildcard[1:-1]))
    return f"^(?s:{''.join(parts)}{re.escape(pattern[end:])})$"


def _characters(listed: str) -> str:
    """Return the regular expression for what brackets list; a range that is none is left out."""
    is_negated = listed.startswith("!")
    parts = []
    for first, last, single in _RANGES.findall(listed.removeprefix("!")):
        if single:
            parts.append(re.escape(single))
        elif first <= last:
            parts.append(f"{re.escape(first)}-{re.escape(last)}")
    if not parts:
        return "." if is_negated else r"[^\s\S]"
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"
