"""A segment: the articles of one commit, with their chunks and vectors, never changed.

`articles.db` is an SQLite database opened read-only; `vectors.faiss` the vector store. Row
numbers are local, from 0, in the order of articles and of chunks in each; an article's chunks
are consecutive, in rows and in chunk numbers.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from index.durable import sync_tree
from index.sentence_vectors import Bytes, SentenceVectors, SentenceWriter, has_sentence_files
from index.stores.base import Rows, Store, StoreFormat, Vectors
from index.stores.faiss import FaissFormat
from index.text import Article, Chunk, Kind, Metadata, Paragraph, Span

_ARTICLES = "articles.db"
_VECTORS = "vectors.faiss"
_BLOCK = 4096  # rows copied at a time: 6 MB of vectors at 384 dimensions
_VARIABLES = 500  # keys looked up in one statement

_SCHEMA = """
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, path BLOB,
    metadata BLOB NOT NULL, paragraphs INTEGER NOT NULL,
    first_row INTEGER NOT NULL, rows INTEGER NOT NULL, first_chunk INTEGER NOT NULL);
CREATE TABLE texts (number INTEGER PRIMARY KEY, text BLOB NOT NULL, paragraphs BLOB NOT NULL);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, paragraphs BLOB NOT NULL, tokens INTEGER NOT NULL, key BLOB NOT NULL);
"""
_INDEXES = "CREATE INDEX chunks_key ON chunks (key);"


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


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _entry(values: Sequence[Any]) -> ArticleEntry:
    number, article, digest, path, *others = values
    return ArticleEntry(number, article, digest, None if path is None else _text(path), *others)


class SegmentWriter:
    """Writes one segment into the new folder `path`."""

    def __init__(
        self,
        path: Path,
        dimensions: int,
        first_chunk: int,
        store: StoreFormat | None = None,
        *,
        sentences: bool = False,
    ) -> None:
        path.mkdir(parents=True)
        self._sentences = SentenceWriter(path, dimensions) if sentences else None
        self.path = path
        self.articles = 0
        self.rows = 0
        self.next_chunk = first_chunk
        self._dimensions = dimensions
        self._store = store or FaissFormat()
        self._blocks: list[Vectors] = []
        self._database = sqlite3.connect(path / _ARTICLES, check_same_thread=False)
        # Nothing reads the file before it is complete and flushed as a whole.
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def add(
        self,
        article: Article,
        chunks: Sequence[Chunk],
        keys: Sequence[bytes],
        vectors: Vectors,
        sentences: Sequence[Bytes] = (),
    ) -> int:
        """Add an article with its chunks; returns the number of its first chunk.

        `keys` identify the encoded texts, `vectors` has shape (len(chunks), dimensions),
        `sentences` are the quantised sentence vectors of each chunk, where they are kept.
        """
        paragraphs = json.dumps(
            [[p.span.start, p.span.end, p.kind.value, p.page] for p in article.paragraphs],
            separators=(",", ":"),
        )
        number, first = self.articles, self.next_chunk
        self._database.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, article.id, article.hash,
                None if article.path is None else _bytes(article.path),
                metadata_json(article.metadata), len(article.paragraphs),
                self.rows, len(chunks), first,
            ),
        )  # fmt: skip
        self._database.execute(
            "INSERT INTO texts VALUES (?, ?, ?)",
            (number, _bytes(article.text), paragraphs.encode("ascii")),
        )
        self._add_chunks(
            (
                chunk.span.start,
                chunk.span.end,
                json.dumps(chunk.paragraphs).encode("ascii"),
                chunk.tokens,
                key,
            )
            for chunk, key in zip(chunks, keys, strict=True)
        )
        self._add_vectors(vectors)
        if self._sentences is not None:
            for _, block in zip(chunks, sentences, strict=True):
                self._sentences.add(block)
        self._advance(len(chunks), first + len(chunks))
        return first

    def copy(self, segment: Segment, entry: ArticleEntry) -> None:
        """Add an article of another segment, with its vectors and chunk numbers unchanged.

        Articles must come in the order of their chunk numbers.
        """
        if entry.first_chunk < self.next_chunk:
            raise ValueError(f"chunk {entry.first_chunk} comes before {self.next_chunk}")
        number = self.articles
        self._database.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, entry.id, entry.hash, None if entry.path is None else _bytes(entry.path),
                entry.described, entry.paragraphs,
                self.rows, entry.rows, entry.first_chunk,
            ),
        )  # fmt: skip
        text, paragraphs = segment.raw_text(entry.number)
        self._database.execute("INSERT INTO texts VALUES (?, ?, ?)", (number, text, paragraphs))
        self._add_chunks(segment.raw_chunks(entry))
        last = entry.first_row + entry.rows
        for start in range(entry.first_row, last, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, last), dtype=np.int64)
            self._add_vectors(segment.store.vectors(rows))
        if self._sentences is not None and segment.sentences is not None:
            for row in range(entry.first_row, last):
                self._sentences.add(segment.sentences.block(row))
        self._advance(entry.rows, entry.first_chunk + entry.rows)

    def _add_chunks(self, chunks: Iterable[tuple[int, int, bytes, int, bytes]]) -> None:
        self._database.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((row, self.articles, *values) for row, values in enumerate(chunks, start=self.rows)),
        )

    def _add_vectors(self, vectors: Vectors) -> None:
        if len(vectors):
            self._blocks.append(np.asarray(vectors, dtype=np.float32))

    def _advance(self, rows: int, next_chunk: int) -> None:
        self.articles += 1
        self.rows += rows
        self.next_chunk = next_chunk

    def finish(self) -> None:
        """Complete the files and flush them to disk; the writer is not used afterwards."""
        self._database.execute("COMMIT")
        self._database.executescript(_INDEXES)
        self._database.close()
        written = self._store.write(self.path / _VECTORS, self._drain(), self._dimensions)
        if self._sentences is not None:
            self._sentences.finish()
        if written != self.rows:
            raise ValueError(f"{self.rows} chunks but {written} vectors")
        sync_tree(self.path)

    def _drain(self) -> Iterator[Vectors]:
        # Each block is let go once the store has it, so vectors are not held twice.
        self._blocks.reverse()
        while self._blocks:
            yield self._blocks.pop()

    def abandon(self) -> None:
        """Close the files without completing them."""
        self._database.close()
        if self._sentences is not None:
            self._sentences.abandon()


class Segment:
    """One segment opened for reading. Safe to use from several threads.

    It stays readable after its files are removed: they are open or mapped from the start.
    """

    def __init__(self, path: Path, store: StoreFormat | None = None) -> None:
        """Raises OSError where a file is missing or damaged."""
        if not (path / _ARTICLES).is_file():
            raise FileNotFoundError(f"{path / _ARTICLES} does not exist")
        self.name = path.name
        self.store: Store = (store or FaissFormat()).open(path / _VECTORS)
        address = f"file:{quote(str(path.absolute() / _ARTICLES))}?mode=ro&immutable=1"
        self._lock = threading.Lock()
        try:
            self._database = sqlite3.connect(address, uri=True, check_same_thread=False)
            self.entries = tuple(
                _entry(values)
                for values in self._database.execute("SELECT * FROM articles ORDER BY number")
            )
        except (sqlite3.Error, ValueError) as error:
            raise OSError(f"{path / _ARTICLES} cannot be read: {error}") from error
        self.rows = len(self.store)
        self.sentences: SentenceVectors | None = None
        if has_sentence_files(path):
            self.sentences = SentenceVectors(path, self.rows, self.store.dimensions)

    def _query(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def article(self, entry: ArticleEntry) -> Article:
        """The whole article of an entry."""
        text, listed = self.raw_text(entry.number)
        paragraphs = tuple(
            Paragraph(number, Span(start, end), Kind(kind), page)
            for number, (start, end, kind, page) in enumerate(json.loads(listed), start=1)
        )
        return Article(entry.id, _text(text), paragraphs, entry.metadata, entry.path)

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of some rows, by row."""
        found = {}
        for start in range(0, len(rows), _VARIABLES):
            some = [int(row) for row in rows[start : start + _VARIABLES]]
            for row, article, first, last, paragraphs, tokens in self._query(
                "SELECT row, article, start, end, paragraphs, tokens FROM chunks "
                f"WHERE row IN ({_marks(some)})",
                some,
            ):
                found[row] = Chunk(
                    self.entries[article].id,
                    Span(first, last),
                    tuple(json.loads(paragraphs)),
                    tokens,
                )
        return found

    def rows_of(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those keys the segment holds, a row with the vector of that text."""
        found: dict[bytes, int] = {}
        for start in range(0, len(keys), _VARIABLES):
            some = keys[start : start + _VARIABLES]
            found.update(
                self._query(f"SELECT key, row FROM chunks WHERE key IN ({_marks(some)})", some)
            )
        return found

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of some rows, shape (len(rows), dimensions)."""
        return self.store.vectors(rows)

    def raw_text(self, number: int) -> tuple[bytes, bytes]:
        """An article's text and paragraph list as they are stored."""
        rows = self._query("SELECT text, paragraphs FROM texts WHERE number = ?", (number,))
        text, paragraphs = rows[0]
        return text, paragraphs

    def raw_chunks(self, entry: ArticleEntry) -> list[tuple[int, int, bytes, int, bytes]]:
        """An article's chunks as they are stored, in row order."""
        return self._query(
            "SELECT start, end, paragraphs, tokens, key FROM chunks "
            "WHERE row >= ? AND row < ? ORDER BY row",
            (entry.first_row, entry.first_row + entry.rows),
        )

    def close(self) -> None:
        """Close the database; the segment is not used afterwards."""
        with self._lock:
            self._database.close()


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
