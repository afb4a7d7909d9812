"""Restrict a search to articles, by their metadata."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache

from index.errors import SettingError
from index.types import Fields, Metadata
from index.validation import as_fields, as_strings, check_dates, check_optional_strings


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on an article's metadata, all of which must hold.

    `publisher`, `author` and `title` match if their words occur one after another, without regard
    to case and accents: "washington post" matches "The Washington Post". `after` and `before` are
    inclusive; an article with only a year matches if any day of that year does, and one without
    a date never does. `year` is the year of publication. `articles` and `exclude` are ids, of
    which one must or none may be the article's. `path` is a shell pattern for its id, the path in
    its folder: "news/*" (`*` matches `/` too). `metadata` are own fields; an article matches if it
    has one of the values given for each. Raises SettingError if `after` is later than `before`, or
    for a value of the wrong type.
    """

    publisher: str | None = None
    after: date | None = None
    before: date | None = None
    author: str | None = None
    articles: Iterable[str] | None = None
    title: str | None = None
    path: str | None = None
    year: int | None = None
    metadata: Mapping[str, str | Iterable[str]] | None = None
    exclude: Iterable[str] | None = None

    def __post_init__(self) -> None:
        check_optional_strings(
            publisher=self.publisher, author=self.author, title=self.title, path=self.path
        )
        if self.year is not None and not isinstance(self.year, int):
            raise SettingError(f"year is {self.year!r}; give a whole number, such as 2011")
        check_dates(after=self.after, before=self.before)
        if self.after and self.before and self.after > self.before:
            raise SettingError(
                f"no day is after {self.after} and before {self.before}; exchange the two"
            )
        for name in ("articles", "exclude"):
            ids = getattr(self, name)
            if ids is not None:
                object.__setattr__(self, name, frozenset(as_strings(name, ids)))
        if self.metadata is not None:
            object.__setattr__(self, "metadata", as_fields(self.metadata))

    @property
    def article_ids(self) -> frozenset[str] | None:
        """The ids in `articles`, or None where articles are not restricted by id."""
        return None if self.articles is None else frozenset(self.articles)

    @property
    def fields(self) -> Fields:
        """The own fields in `metadata`, with the values of which an article needs one."""
        return as_fields(self.metadata)

    @property
    def is_empty(self) -> bool:
        """Whether no condition is set."""
        return self == Filter()

    @property
    def has_dates(self) -> bool:
        """Whether a condition on the date is set."""
        return (self.after, self.before, self.year) != (None, None, None)

    def matches(self, article_id: str, metadata: Metadata) -> bool:
        """Whether an article meets every condition."""
        if self.articles is not None and article_id not in self.articles:
            return False
        if self.exclude is not None and article_id in self.exclude:
            return False
        if self.path is not None and not fnmatchcase(article_id, self.path):
            return False
        if self.year is not None and metadata.year != self.year:
            return False
        if any(
            not set(values) & set(metadata.fields.get(name, ()))
            for name, values in self.fields.items()
        ):
            return False
        if self.title is not None and not _contains(metadata.title, self.title):
            return False
        if self.publisher is not None and not _contains(metadata.publisher or "", self.publisher):
            return False
        if self.author is not None and not any(
            _contains(author, self.author) for author in metadata.authors
        ):
            return False
        return self._matches_date(metadata)

    def drops_undated(self, article_id: str, metadata: Metadata) -> bool:
        """Whether an article meets every condition but those on its date, which it lacks."""
        if metadata.year is not None or not self.has_dates:
            return False
        rest = replace(self, after=None, before=None, year=None)
        return rest.matches(article_id, metadata)

    def _matches_date(self, metadata: Metadata) -> bool:
        if self.after is None and self.before is None:
            return True
        if metadata.published is not None:
            first = last = metadata.published
        elif metadata.year is not None:
            first, last = date(metadata.year, 1, 1), date(metadata.year, 12, 31)
        else:
            return False
        return (self.after is None or last >= self.after) and (
            self.before is None or first <= self.before
        )


def _contains(text: str, part: str) -> bool:
    """Whether `text` contains the words of `part`, one after another."""
    words = fold(part)
    return bool(words) and f" {words} " in f" {fold(text)} "


@lru_cache(maxsize=65_536)  # many articles share a publisher
def fold(text: str) -> str:
    """Return the words of `text` in lower case, without accents, joined by single spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())
