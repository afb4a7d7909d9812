"""A segment: the articles of one commit, with their chunks and vectors, never changed.

`articles.db` is an SQLite database opened read-only; `vectors.faiss` has the full vectors;
`store-<name>` is the file or folder of its vector store, where that needs one. Row numbers are
local, from 0, in the order of articles and of chunks in each; an article's chunks are
consecutive, in rows and in chunk numbers. Opening reads none of this: articles are looked up
when asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from index.settings import StoreSetting
from index.storage.fsync import sync_tree
from index.storage.sentence_vectors import (
    Bytes,
    SentenceVectors,
    SentenceVectorWriter,
    has_sentence_files,
)
from index.types import Article, Chunk, Kind, LaterParagraphs, Metadata, Paragraph, Span
from index.vector_stores.base import Rows, Vectors
from index.vector_stores.flat import FlatVectors, FlatWriter
from index.vector_stores.registry import get_store

_ARTICLES = "articles.db"
_VECTORS = "vectors.faiss"
_BLOCK = 4096  # rows copied at a time: 6 MB of vectors at 384 dimensions
_MAPPED = 1 << 31  # bytes of the database that are mapped, SQLite's own limit
_VARIABLES = 500  # keys looked up in one statement
_KEPT_ARTICLES = 64  # whole articles, those read from the file last

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
# What `stored_article` takes, in its order.
_WHOLE = "id, path, metadata, articles.paragraphs, texts.text, texts.paragraphs"
_ARTICLE = f"SELECT {_WHOLE} FROM articles JOIN texts USING (number) WHERE number = ?"
_CHUNKS = """
SELECT row, id, start, end, chunks.paragraphs, tokens FROM chunks JOIN articles ON number = article
WHERE row IN
"""
_PASSAGES = f"""
SELECT row, start, end, chunks.paragraphs, tokens, article, {_WHOLE}
FROM chunks JOIN articles ON articles.number = article JOIN texts USING (number) WHERE row IN
"""
_COUNTS = "SELECT COUNT(*), SUM(rows) FROM articles"
# Where articles follow one another without a gap, chunk numbers and rows grow together.
_RUNS = """
SELECT MIN(first_chunk), MIN(first_row) FROM articles WHERE rows > 0
GROUP BY first_chunk - first_row ORDER BY 1;
"""
_INDEXES = """
CREATE INDEX chunks_key ON chunks (key);
CREATE INDEX articles_rows ON articles (first_chunk, first_row, rows);
"""


def _chunk(article: str, start: int, end: int, paragraphs: bytes, tokens: int) -> Chunk:
    """A chunk from what is stored of it, and its article's id."""
    return Chunk(article, Span(start, end), tuple(json.loads(paragraphs)), tokens)


def _entry(values: Sequence[Any]) -> ArticleEntry:
    number, article, digest, path, *others = values
    return ArticleEntry(number, article, digest, path_of(path), *others)


class SegmentWriter:
    """Writes one segment into the new folder `path`."""

    def __init__(
        self,
        path: Path,
        dimensions: int,
        first_chunk: int,
        *,
        sentences: bool = False,
    ) -> None:
        path.mkdir(parents=True)
        self._sentences = SentenceVectorWriter(path, dimensions) if sentences else None
        self.path = path
        self.articles = 0
        self.rows = 0
        self.next_chunk = first_chunk
        self._vectors = FlatWriter(path / _VECTORS, dimensions)
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
        number, first = self.articles, self.next_chunk
        self._database.execute(
            "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number, article.id, article.hash,
                None if article.path is None else text_bytes(article.path),
                metadata_json(article.metadata), len(article.paragraphs),
                self.rows, len(chunks), first,
            ),
        )  # fmt: skip
        self._database.execute(
            "INSERT INTO texts VALUES (?, ?, ?)",
            (number, text_bytes(article.text), paragraphs_json(article.paragraphs)),
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
        if len(vectors):
            self._vectors.add(vectors)
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
                number, entry.id, entry.hash,
                None if entry.path is None else text_bytes(entry.path), entry.described,
                entry.paragraphs, self.rows, entry.rows, entry.first_chunk,
            ),
        )  # fmt: skip
        text, paragraphs = segment.raw_text(entry.number)
        self._database.execute("INSERT INTO texts VALUES (?, ?, ?)", (number, text, paragraphs))
        self._add_chunks(segment.raw_chunks(entry))
        last = entry.first_row + entry.rows
        for start in range(entry.first_row, last, _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, last), dtype=np.int64)
            self._vectors.add(segment.vectors(rows))
        if self._sentences is not None and segment.sentences is not None:
            for row in range(entry.first_row, last):
                self._sentences.add(segment.sentences.block(row))
        self._advance(entry.rows, entry.first_chunk + entry.rows)

    def _add_chunks(self, chunks: Iterable[tuple[int, int, bytes, int, bytes]]) -> None:
        self._database.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
            ((row, self.articles, *values) for row, values in enumerate(chunks, start=self.rows)),
        )

    def _advance(self, rows: int, next_chunk: int) -> None:
        self.articles += 1
        self.rows += rows
        self.next_chunk = next_chunk

    def finish(self) -> None:
        """Complete the files and flush them to disk; the writer is not used afterwards."""
        self._database.execute("COMMIT")
        self._database.executescript(_INDEXES)
        self._database.close()
        self._vectors.finish()
        if self._sentences is not None:
            self._sentences.finish()
        if self._vectors.rows != self.rows:
            raise ValueError(f"{self.rows} chunks but {self._vectors.rows} vectors")
        sync_tree(self.path)

    def abandon(self) -> None:
        """Close the files without completing them."""
        self._database.close()
        self._vectors.abandon()
        if self._sentences is not None:
            self._sentences.abandon()


class Segment:
    """One segment opened for reading. Safe to use from several threads.

    It stays readable after its files are removed: they are open or mapped from the start.
    """

    def __init__(self, path: Path, store: str = StoreSetting.EXACT) -> None:
        """Open with the vector store of that name. Raises OSError if a file is damaged."""
        if not (path / _ARTICLES).is_file():
            raise FileNotFoundError(f"{path / _ARTICLES} does not exist")
        self.name = path.name
        self.store = store
        self._vectors = FlatVectors(path / _VECTORS)
        self.searcher = get_store(store).open(store_path(path, store), self._vectors)
        address = f"file:{quote(str(path.absolute() / _ARTICLES))}?mode=ro&immutable=1"
        self._lock = threading.Lock()
        self._kept: dict[int, Article] = {}
        try:
            self._database = sqlite3.connect(address, uri=True, check_same_thread=False)
            # Pages are read where they are mapped, not copied one by one.
            self._database.execute(f"PRAGMA mmap_size = {_MAPPED}")
            self.articles: int
            self.articles, rows = self._query(_COUNTS)[0]
            # The first chunk number and the first row of each run in which both grow together.
            self.runs: tuple[tuple[int, int], ...] = tuple(self._query(_RUNS))
        except sqlite3.Error as error:
            raise OSError(f"{path / _ARTICLES} cannot be read: {error}") from error
        self.rows = len(self._vectors)
        if self.rows != (rows or 0):
            raise OSError(f"{path} lists {rows} chunks and holds {self.rows} vectors")
        self.sentences: SentenceVectors | None = None
        if has_sentence_files(path):
            self.sentences = SentenceVectors(path, self.rows, self._vectors.dimensions)

    def _query(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def _query_each(self, statement: str, keys: Sequence[object]) -> list[Any]:
        """What a statement that ends in "IN" gives for some keys, however many."""
        found = []
        for start in range(0, len(keys), _VARIABLES):
            some = keys[start : start + _VARIABLES]
            found += self._query(f"{statement} ({','.join('?' * len(some))})", some)
        return found

    @cached_property
    def entries(self) -> tuple[ArticleEntry, ...]:
        """All articles, in the order of their rows."""
        return tuple(_entry(row) for row in self._query("SELECT * FROM articles ORDER BY number"))

    def entry(self, article_id: str) -> ArticleEntry | None:
        """The article with that id, or None."""
        found = self._query("SELECT * FROM articles WHERE id = ?", (article_id,))
        return _entry(found[0]) if found else None

    def ids(self) -> list[str]:
        """The ids of all articles."""
        return [article_id for (article_id,) in self._query("SELECT id FROM articles")]

    def article(self, number: int) -> Article:
        """The whole article of that number in this segment."""
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        (whole,) = self._query(_ARTICLE, (number,))
        return self._article(number, whole)

    def _article(self, number: int, whole: Sequence[Any]) -> Article:
        """The article of that number from what `_WHOLE` gives, made once while it is kept."""
        article = self._kept.get(number)
        if article is None:
            article = stored_article(*whole)
            with self._lock:
                self._kept[number] = article
                while len(self._kept) > _KEPT_ARTICLES:
                    del self._kept[next(iter(self._kept))]
        return article

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """The chunks of some rows, by row."""
        return {row: _chunk(*values) for row, *values in self._query_each(_CHUNKS, rows)}

    def passages(self, rows: Sequence[int]) -> dict[int, tuple[Chunk, Article]]:
        """The chunks of some rows, each with its whole article, by row."""
        found = {}
        # All in one query, each of which takes .1 ms when the encoder has just run.
        for row, start, end, paragraphs, tokens, number, *whole in self._query_each(
            _PASSAGES, rows
        ):
            article = self._article(number, whole)
            found[row] = _chunk(article.id, start, end, paragraphs, tokens), article
        return found

    def rows_of(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """For those keys the segment holds, a row with the vector of that text."""
        return dict(self._query_each("SELECT key, row FROM chunks WHERE key IN", keys))

    def vectors(self, rows: Rows) -> Vectors:
        """The vectors of some rows, shape (len(rows), dimensions)."""
        return self._vectors.vectors(rows)

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


def store_path(path: Path, store: str) -> Path:
    """Return the file or folder of a vector store in the segment's folder `path`."""
    return path / f"store-{store}"


def build_store(path: Path, store: str) -> None:
    """Write what the segment in `path` needs to be opened with another vector store.

    Readers that have it open are not disturbed. Raises OSError if it cannot be written.
    """
    target = store_path(path, store)
    # Left by a writer that was killed, or mapped by a reader of an earlier state.
    _remove(target)
    vectors = FlatVectors(path / _VECTORS)
    get_store(store).write(target, vectors)
    # FAISS does not report what it could not write on closing, as on a full disk.
    get_store(store).open(target, vectors)
    sync_tree(path)


def remove_stores(path: Path, keep: str) -> None:
    """Remove the files of all vector stores but `keep` from the segment's folder `path`."""
    for target in path.glob(store_path(path, "*").name):
        if target != store_path(path, keep):
            with contextlib.suppress(OSError):
                _remove(target)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def vector_key(text: str) -> bytes:
    """Return 16 bytes that identify an encoded text, under which its vector is found again."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


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
