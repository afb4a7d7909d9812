"""The basic types: articles, and spans of their text.

Only an `Article` holds characters. Paragraphs, sentences and chunks have a `Span`, two code-point
offsets into `article.text`. Text is sliced when needed and never copied, so a quote is always
exactly the text of its article.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from textwrap import shorten
from typing import Any, TypeGuard, overload
from urllib.parse import urlsplit


def excerpt(text: str, characters: int = 60) -> str:
    """Return the beginning of a text on one line, for the `repr` of what holds it."""
    return repr(shorten(text[: 4 * characters], characters, placeholder=" …"))


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points, `0 <= start <= end`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got {self.start}..{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters of `text` in this span."""
        return text[self.start : self.end]

    def contains(self, other: Span) -> bool:
        """Whether `other` is completely inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


class Kind(StrEnum):
    """The kind of a paragraph. Only the first three are searched."""

    BODY = "body"
    HEADING = "heading"
    CAPTION = "caption"
    COMMENT = "comment"
    BOILERPLATE = "boilerplate"

    @property
    def is_quotable(self) -> bool:
        """Whether paragraphs of this kind can answer: those that are searched, but headings."""
        return self in (Kind.BODY, Kind.CAPTION)

    @property
    def is_searched(self) -> bool:
        """Whether paragraphs of this kind can be found and cited."""
        return self in (Kind.BODY, Kind.HEADING, Kind.CAPTION)


NO_LEVEL = 10
"""The level that headings without one count as: below the lowest that a format declares, 9."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article.

    `number` counts from 1 over all kinds; `page` is the 1-based page that it starts on, for
    formats that have pages. `level` is the level of a heading, 1 for the highest, 0 if the format
    declares none; `listed` is whether the format marks a list item or a table row.
    """

    number: int
    span: Span
    kind: Kind = Kind.BODY
    page: int | None = None
    level: int = 0
    listed: bool = False


class LazyParagraphs(Sequence[Paragraph]):
    """The `count` paragraphs of an article, made by `make` at first use; equal to their tuple.

    `Article` does not check their order, which `make` must ensure.
    """

    def __init__(self, make: Callable[[], tuple[Paragraph, ...]], count: int) -> None:
        self._make = make
        self._count = count

    @cached_property
    def _paragraphs(self) -> tuple[Paragraph, ...]:
        return self._make()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Paragraph: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Paragraph, ...]: ...
    def __getitem__(self, index: int | slice) -> Paragraph | tuple[Paragraph, ...]:
        return self._paragraphs[index]

    def __iter__(self) -> Iterator[Paragraph]:
        return iter(self._paragraphs)

    def __eq__(self, other: object) -> bool:
        return self._paragraphs == (
            other._paragraphs if isinstance(other, LazyParagraphs) else other
        )

    def __hash__(self) -> int:
        return hash(self._paragraphs)


def is_web_address(address: str | None) -> TypeGuard[str]:
    """Whether `address` is a valid http or https URL, without line breaks or control characters."""
    try:
        # `urlsplit` leaves out line breaks and tabs.
        return (
            address is not None
            and address.isprintable()
            and urlsplit(address).scheme in ("http", "https")
        )
    except ValueError:  # "http://[" starts an IPv6 address that does not end
        return False


class Fields(Mapping[str, tuple[str, ...]]):
    """A program's own fields of an article, such as a desk or tags: names and their values.

    A single string counts as one value. Immutable and hashable, sorted by name. Raises ValueError
    for anything but strings.
    """

    def __init__(self, values: Mapping[str, str | Iterable[str]] | None = None) -> None:
        fields: dict[str, tuple[str, ...]] = {}
        for name, value in (values or {}).items():
            several = (value,) if isinstance(value, str) else tuple(value)
            if not isinstance(name, str) or not all(isinstance(one, str) for one in several):
                raise ValueError(f"the field {name!r} is {value!r}; give strings")
            fields[name] = several
        self._fields = dict(sorted(fields.items()))

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __hash__(self) -> int:
        return hash(tuple(self._fields.items()))

    def __repr__(self) -> str:
        return repr(self._fields)


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of an article.

    If only the year of publication is known, `published` is None and `year` is set. `fields` are
    a program's own.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: date | None = None
    year: int | None = None
    url: str | None = None
    fields: Mapping[str, tuple[str, ...]] = Fields()

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", Fields(self.fields))
        if self.published is not None and self.year is None:
            object.__setattr__(self, "year", self.published.year)

    def to_json(self) -> dict[str, Any]:
        """The metadata as plain data: `published` is YYYY-MM-DD, `metadata` the own fields."""
        return {
            "title": self.title,
            "authors": list(self.authors),
            "publisher": self.publisher,
            "published": self.published.isoformat() if self.published else None,
            "year": self.year,
            "url": self.url,
            "metadata": {name: list(values) for name, values in self.fields.items()},
        }

    @property
    def newest_first(self) -> tuple[bool, int, int]:
        """Sort key: newest first, a year alone after the days of that year, undated last."""
        day = self.published.toordinal() if self.published else 0
        return self.year is None, -(self.year or 0), -day

    def is_before(self, other: Metadata) -> bool:
        """Whether the date is earlier than another's: the day, or the year where no day is known.

        False where either is undated, or one of two dates in a year has no day.
        """
        if self.published is not None and other.published is not None:
            return self.published < other.published
        return self.year is not None and other.year is not None and self.year < other.year


@dataclass(frozen=True, repr=False)
class Article:
    """An article: its canonical text, and the spans of its paragraphs.

    `id` identifies the article: for a file, its path relative to its root (POSIX, NFC). `hash`
    identifies the text. Paragraphs are in order, do not overlap, and are numbered from 1. `path`
    is the file, None for a text that is not from a file. Raises ValueError if the paragraphs
    are out of order or end after the text.
    """

    id: str
    text: str
    paragraphs: Sequence[Paragraph]
    metadata: Metadata = Metadata()
    path: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.paragraphs, LazyParagraphs):
            return
        end = 0
        for number, paragraph in enumerate(self.paragraphs, start=1):
            if paragraph.number != number or paragraph.span.start < end:
                raise ValueError(
                    f"{self.id}: paragraph {paragraph.number} at {paragraph.span.start} is out of "
                    f"order; expected number {number} starting at {end} or later"
                )
            end = paragraph.span.end
        if end > len(self.text):
            raise ValueError(f"{self.id}: paragraphs end at {end}, the text at {len(self.text)}")

    def __repr__(self) -> str:
        return f"<Article {self.id!r}, {self.metadata.title!r}: {excerpt(self.text)}>"

    @cached_property
    def hash(self) -> str:
        """SHA-256, in hexadecimal, of the text and the paragraph boundaries.

        Paragraph numbers and offsets are valid for one hash. Links have its first twelve digits,
        so a link into an article that has changed is recognized.
        """
        bounds = [[p.span.start, p.span.end] for p in self.paragraphs]
        payload = json.dumps([self.text, bounds], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(payload.encode("ascii")).hexdigest()

    @cached_property
    def outline(self) -> tuple[tuple[int, ...], ...]:
        """For each heading, in order: the numbers of the headings it is under, and its own.

        A heading is under the last one before it with a smaller level. Headings without a level
        are under all that have one, and not under each other. Linear in the paragraphs.
        """
        paths: list[tuple[int, ...]] = []
        open_headings: list[tuple[int, int]] = []  # level and number, from the outermost
        for paragraph in self.paragraphs:
            if paragraph.kind is Kind.HEADING:
                level = paragraph.level or NO_LEVEL
                while open_headings and open_headings[-1][0] >= level:
                    open_headings.pop()
                open_headings.append((level, paragraph.number))
                paths.append(tuple(number for _, number in open_headings))
        return tuple(paths)

    def paragraph_at(self, offset: int) -> Paragraph | None:
        """Return the paragraph at an offset, or None between paragraphs."""
        low, high = 0, len(self.paragraphs)
        while low < high:
            middle = (low + high) // 2
            if self.paragraphs[middle].span.end <= offset:
                low = middle + 1
            else:
                high = middle
        if low < len(self.paragraphs) and self.paragraphs[low].span.start <= offset:
            return self.paragraphs[low]
        return None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is indexed as one row: `article.text[span.start:span.end]`.

    `paragraphs` are the numbers of the paragraphs that it overlaps, in reading order; `tokens` is
    its length in tiktoken tokens (cl100k_base).
    """

    article: str
    span: Span
    paragraphs: tuple[int, ...]
    tokens: int
