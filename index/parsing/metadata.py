"""Make and correct the metadata of articles.

    report.pdf
    report.pdf.meta.yaml     title: The harbour report
                             authors: [Isla Baird]
                             published: 2014-03-11

A sidecar file such as this one corrects what its article's file says, or lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import yaml

from index.errors import ArticleError, SettingError
from index.types import Metadata
from index.validation import (
    as_fields,
    as_strings,
    check_dates,
    check_optional_strings,
    check_strings,
)

SIDECAR = ".meta.yaml"
"""What the name of a sidecar file has after that of its article's file."""

_MAX_SIDECAR = 65_536


class MetadataChanges(TypedDict, total=False):
    """Changes of metadata by field; `metadata` are own fields."""

    title: str
    authors: Iterable[str]
    publisher: str | None
    published: date | None
    year: int | None
    url: str | None
    metadata: Mapping[str, str | Iterable[str]]


def make_metadata(
    title: str = "",
    authors: Iterable[str] = (),
    publisher: str | None = None,
    published: date | None = None,
    year: int | None = None,
    url: str | None = None,
    metadata: Mapping[str, str | Iterable[str]] | None = None,
) -> Metadata:
    """Make checked metadata; `metadata` are own fields. Raises SettingError for a wrong value."""
    check_strings(title=title)
    check_optional_strings(publisher=publisher, url=url)
    check_dates(published=published)
    if url is not None and not url.isprintable():
        raise SettingError(f"url is {url!r}; give it without line breaks or control characters")
    if year is not None and not isinstance(year, int):
        raise SettingError(f"year is {year!r}; give a whole number, such as 2011")
    names = as_strings("authors", authors)
    return Metadata(title, names, publisher, published, year, url, as_fields(metadata))


def change_metadata(metadata: Metadata, changes: MetadataChanges) -> Metadata:
    """Return metadata with some of it changed. Raises SettingError for a wrong value."""
    if unknown := changes.keys() - MetadataChanges.__annotations__.keys():
        raise SettingError(
            f"unknown metadata {min(map(str, unknown))!r}; choose from: "
            f"{', '.join(MetadataChanges.__annotations__)}"
        )
    values = {**asdict(metadata), **changes}
    values["metadata"] = changes.get("metadata", values.pop("fields"))
    if "published" in changes or "year" in changes:
        # A day and a year that were not given together would contradict each other.
        values |= {name: changes.get(name) for name in ("published", "year")}
    return make_metadata(**values)


def read_changes(values: Mapping[str, Any]) -> MetadataChanges:
    """Return changes from plain data, in which a day is written YYYY-MM-DD.

    Raises SettingError for a day that is none; `change_metadata` checks the rest.
    """
    changes: Any = dict(values)
    day = changes.get("published")
    if isinstance(day, str):
        try:
            changes["published"] = date.fromisoformat(day)
        except ValueError:
            raise SettingError(f"published is {day!r}; write a day as YYYY-MM-DD") from None
    return changes  # type: ignore[no-any-return]


def plain_changes(changes: MetadataChanges, metadata: Metadata) -> dict[str, Any]:
    """Return `changes` as plain data for `read_changes`, with the values in `metadata`."""
    names = set(changes)
    if names & {"published", "year"}:
        names |= {"published", "year"}
    return {name: value for name, value in metadata.to_json().items() if name in names}


def sidecar_of(path: Path) -> Path:
    """Return the path of the sidecar file of an article's file."""
    return path.with_name(path.name + SIDECAR)


def correct_from_sidecar(metadata: Metadata, path: Path) -> Metadata:
    """Return the metadata of the file `path`, corrected by its sidecar file if it has one.

    Raises ArticleError, with the name of the sidecar file, for one that cannot be used.
    """
    sidecar = sidecar_of(path)
    try:
        with sidecar.open("rb") as file:
            source = file.read(_MAX_SIDECAR + 1)
    except FileNotFoundError:
        return metadata
    except OSError as error:
        raise _unusable(sidecar, f"it cannot be read ({error.strerror or error})") from error
    if len(source) > _MAX_SIDECAR:
        raise _unusable(sidecar, f"it has over {_MAX_SIDECAR:,} bytes")
    try:
        values = yaml.safe_load(source) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unusable(sidecar, "it is not YAML") from error
    if not isinstance(values, dict):
        raise _unusable(sidecar, "it has no lines such as 'title: The harbour report'")
    try:
        return change_metadata(metadata, read_changes(values))
    except SettingError as error:
        raise _unusable(sidecar, str(error)) from error


def _unusable(sidecar: Path, reason: str) -> ArticleError:
    return ArticleError(f"wrong metadata in {sidecar.name}: {reason}")
