"""Text and places in it: the types everything else is built from.

Only an `Article` holds characters. A paragraph, a sentence, a chunk is a `Span`: two
code-point positions into `article.text`, half open. Text is sliced when it is needed,
never copied, so no quotation can drift away from its article.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeGuard, overload
from urllib.parse import urlsplit


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
        """The characters of `text` in this span."""
        return text[self.start : self.end]

    def holds(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


class Kind(StrEnum):
    """What a paragraph is. Only the first three are searched."""

    BODY = "body"
    HEADING = "heading"
    CAPTION = "caption"
    COMMENT = "comment"
    BOILERPLATE = "boilerplate"

    @property
    def searched(self) -> bool:
        """Whether paragraphs of this kind can be found and cited."""
        return self in (Kind.BODY, Kind.HEADING, Kind.CAPTION)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph: its 1-based number over all kinds, its place, its kind.

    `page` is the 1-based page it starts on, for formats that have pages.
    """

    number: int
    span: Span
    kind: Kind = Kind.BODY
    page: int | None = None


class LaterParagraphs(Sequence[Paragraph]):
    """An article's paragraphs, `count` of them, made on first use; equal to their tuple.

    Whoever gives `make` vouches for their order, which `Article` does not check.
    """

    def __init__(self, make: Callable[[], tuple[Paragraph, ...]], count: int) -> None:
        self._make = make
        self._count = count

    @cached_property
    def _made(self) -> tuple[Paragraph, ...]:
        return self._make()

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Paragraph: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Paragraph, ...]: ...
    def __getitem__(self, at: int | slice) -> Paragraph | tuple[Paragraph, ...]:
        return self._made[at]

    def __iter__(self) -> Iterator[Paragraph]:
        return iter(self._made)

    def __eq__(self, other: object) -> bool:
        return self._made == (other._made if isinstance(other, LaterParagraphs) else other)

    def __hash__(self) -> int:
        return hash(self._made)


def is_web_address(address: str | None) -> TypeGuard[str]:
    """Whether `address` is an http or https address that can be taken apart."""
    try:
        return bool(address) and urlsplit(address).scheme in ("http", "https")
    except ValueError:  # "http://[", which Python takes for half of an IPv6 address
        return False


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about an article besides its text.

    `published` is a day; where only the year is known it is None and `year` is set.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    published: date | None = None
    year: int | None = None
    url: str | None = None

    def __post_init__(self) -> None:
        if self.published is not None and self.year is None:
            object.__setattr__(self, "year", self.published.year)

    @property
    def newest_first(self) -> tuple[bool, int, int]:
        """What sorts the newest before the oldest, a year alone after its days, undated last."""
        day = self.published.toordinal() if self.published else 0
        return self.year is None, -(self.year or 0), -day


@dataclass(frozen=True)
class Article:
    """The canonical text of one article and where its paragraphs stand.

    `id` says which article it is (its path relative to its root, POSIX, NFC); `hash` says
    which text. Paragraphs are in order, do not overlap, and are numbered from 1.
    `path` is the file it came from, None for text that was in no file.
    """

    id: str
    text: str = field(repr=False)
    paragraphs: Sequence[Paragraph] = field(repr=False)
    metadata: Metadata = Metadata()
    path: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.paragraphs, LaterParagraphs):
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

    @cached_property
    def hash(self) -> str:
        """SHA-256, in hexadecimal, of the text and the paragraph boundaries.

        Paragraph numbers and offsets hold for one hash: a link carries its first twelve
        digits, so that a link into an article that has changed can be recognised.
        """
        bounds = [[p.span.start, p.span.end] for p in self.paragraphs]
        payload = json.dumps([self.text, bounds], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(payload.encode("ascii")).hexdigest()

    def paragraph_at(self, position: int) -> Paragraph | None:
        """The paragraph that covers a position, or None between paragraphs."""
        low, high = 0, len(self.paragraphs)
        while low < high:
            middle = (low + high) // 2
            if self.paragraphs[middle].span.end <= position:
                low = middle + 1
            else:
                high = middle
        if low < len(self.paragraphs) and self.paragraphs[low].span.start <= position:
            return self.paragraphs[low]
        return None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, inside one paragraph."""

    span: Span
    paragraph: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of text that is encoded as one row: `article.text[span.start:span.end]`.

    `paragraphs` are the numbers of the paragraphs it touches, in reading order; `tokens`
    its length in tiktoken tokens (cl100k_base).
    """

    article: str
    span: Span
    paragraphs: tuple[int, ...]
    tokens: int
