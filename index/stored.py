"""An article as a segment stores it, and as it is made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from index.text import Article, Kind, LaterParagraphs, Metadata, Paragraph, Span

_KINDS = {kind.value: kind for kind in Kind}  # several times as fast as calling Kind


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """An article as a segment lists it: who it is, how much of it there is, where its rows are.

    `described` is its metadata as stored; `paragraphs` is their number; its chunks have the
    rows from `first_row` on, `rows` of them, and the chunk numbers from `first_chunk` on.
    """

    number: int
    id: str
    hash: str
    path: str | None
    described: bytes
    paragraphs: int
    first_row: int
    rows: int
    first_chunk: int

    @property
    def metadata(self) -> Metadata:
        """What is known of the article."""
        return _metadata(self.described)


def metadata_json(metadata: Metadata) -> bytes:
    """Metadata as JSON, always the same for the same metadata."""
    day = metadata.published.isoformat() if metadata.published else None
    values = [
        metadata.title, list(metadata.authors), metadata.publisher, day, metadata.year,
        metadata.url,
    ]  # fmt: skip
    return json.dumps(values, ensure_ascii=True).encode("ascii")


@lru_cache(maxsize=65_536)  # read at every filtered search, but at opening not at all
def _metadata(data: bytes) -> Metadata:
    title, authors, publisher, day, year, url = json.loads(data)
    published = date.fromisoformat(day) if day else None
    return Metadata(title, tuple(authors), publisher, published, year, url)


def paragraphs_json(paragraphs: Sequence[Paragraph]) -> bytes:
    """Where the paragraphs stand, and what each one is, as JSON."""
    places = [[p.span.start, p.span.end, p.kind.value, p.page] for p in paragraphs]
    return json.dumps(places, separators=(",", ":")).encode("ascii")


def text_bytes(text: str) -> bytes:
    """Text as UTF-8, half characters of file names and broken files kept."""
    return text.encode("utf-8", "surrogatepass")


def text_of(data: bytes) -> str:
    """The text that `text_bytes` wrote."""
    return data.decode("utf-8", "surrogatepass")


def path_of(data: bytes | None) -> str | None:
    """An article's path as it was stored; None for text that was in no file."""
    return None if data is None else text_of(data)


def stored_article(
    article_id: str,
    path: bytes | None,
    described: bytes,
    count: int,
    text: bytes,
    paragraphs: bytes,
) -> Article:
    """An article from what is stored of it; `count` is the number of its paragraphs."""
    # Of the five articles that a search gives, most callers read a place or two.
    places = LaterParagraphs(partial(_paragraphs, paragraphs), count)
    return Article(article_id, text_of(text), places, _metadata(described), path_of(path))


def _paragraphs(stored: bytes) -> tuple[Paragraph, ...]:
    return tuple(
        Paragraph(number, Span(start, end), _KINDS[kind], page)
        for number, (start, end, kind, page) in enumerate(json.loads(stored), start=1)
    )
