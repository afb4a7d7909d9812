"""Restrict a search to articles, by their metadata."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from index.errors import SettingError
from index.types import Metadata
from index.validation import check_days, check_strings, check_words


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on articles; an article matches when all those given hold.

    `publisher` and `author` are compared without case and accents and may leave words out:
    "washington post" finds "The Washington Post". `after` and `before` are days and include
    themselves; of an article known by its year alone, any day of that year counts; an article
    without a date is left out. `articles` are ids, in any iterable. Raises SettingError when
    `after` is later than `before`, and for values of another type.
    """

    publisher: str | None = None
    after: date | None = None
    before: date | None = None
    author: str | None = None
    articles: Iterable[str] | None = None

    def __post_init__(self) -> None:
        check_words(publisher=self.publisher, author=self.author)
        check_days(after=self.after, before=self.before)
        if self.after and self.before and self.after > self.before:
            raise SettingError(
                f"no day is after {self.after} and before {self.before}; exchange the two"
            )
        if self.articles is not None:
            ids = frozenset(check_strings("articles", self.articles))
            object.__setattr__(self, "articles", ids)

    @property
    def article_ids(self) -> frozenset[str] | None:
        """The ids in `articles`, or None where articles are not restricted by id."""
        return None if self.articles is None else frozenset(self.articles)

    @property
    def is_empty(self) -> bool:
        """Whether no condition is set."""
        return self == Filter()

    def matches(self, article_id: str, metadata: Metadata) -> bool:
        """Whether an article meets every condition."""
        if self.articles is not None and article_id not in self.articles:
            return False
        if self.publisher is not None and not _contains(metadata.publisher or "", self.publisher):
            return False
        if self.author is not None and not any(
            _contains(author, self.author) for author in metadata.authors
        ):
            return False
        return self._matches_date(metadata)

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
    wanted = _plain(part)
    return bool(wanted) and f" {wanted} " in f" {_plain(text)} "


@lru_cache(maxsize=65_536)  # a publisher has many articles
def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())
