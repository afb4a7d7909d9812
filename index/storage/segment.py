"""A segment: the articles of one commit with their chunks and vectors, never changed.

`articles.db` is an SQLite database opened read-only, `vectors.faiss` the vectors of chunks (see
`index.vector_stores.flat`), `sentences.*` those of sentences, and `store-<name>` the file or
folder of the segment's vector store, if that needs one. Rows are numbered from 0, in the order of
articles and of the chunks in each; an article's chunks are consecutive, both in rows and in chunk
numbers. Opening reads none of this: articles are looked up when they are needed.

Every file is compared with its digest before anything in it is used: vectors block by block, all
other files as a whole.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from index.checked_files import (
    CheckedFile,
    Digests,
    read_checked,
    write_block_digests,
)
from index.errors import DamagedError, StorageError
from index.settings import StoreSetting
from index.storage.fsync import new_folder, sync_tree
from index.storage.records import (
    decode_article,
    decode_chunk,
    decode_metadata,
    decode_text,
    encode_article,
    encode_text,
)
from index.storage.sentence_vectors import (
    Bytes,
    SentenceVectorWriter,
    open_blocks,
    open_sentence_vectors,
)
from index.types import Article, Chunk, Metadata
from index.vector_stores.base import Rows, Vectors
from index.vector_stores.flat import FlatVectors, FlatWriter
from index.vector_stores.registry import get_store

_ARTICLES = "articles.db"
_VECTORS = "vectors.faiss"
_BLOCK = 4096  # rows copied at a time: 6 MB of vectors at 384 dimensions
_CACHE_KIB = 16_384  # of the database's pages, for each open segment
_MAX_KEYS = 500  # looked up in one statement
_CACHED_ARTICLES = 64  # whole articles, the last ones read

_SCHEMA = """
CREATE TABLE articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, path BLOB,
    metadata BLOB NOT NULL, paragraphs INTEGER NOT NULL,
    first_row INTEGER NOT NULL, rows INTEGER NOT NULL, first_chunk INTEGER NOT NULL,
    digest BLOB NOT NULL);
CREATE TABLE texts (number INTEGER PRIMARY KEY, text BLOB NOT NULL, paragraphs BLOB NOT NULL);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER NOT NULL, paragraphs BLOB NOT NULL, tokens INTEGER NOT NULL, key BLOB NOT NULL);
"""
# The parameters of `decode_article`, in order.
_ARTICLE_COLUMNS = (
    "id, hash, path, metadata, articles.paragraphs, texts.text, texts.paragraphs, digest"
)
_ARTICLE = f"SELECT {_ARTICLE_COLUMNS} FROM articles JOIN texts USING (number) WHERE number = ?"
_CHUNKS = """
SELECT row, id, start, end, chunks.paragraphs, tokens FROM chunks JOIN articles ON number = article
WHERE row IN
"""
_PASSAGES = f"""
SELECT row, start, end, chunks.paragraphs, tokens, article, {_ARTICLE_COLUMNS}
FROM chunks JOIN articles ON articles.number = article JOIN texts USING (number) WHERE row IN
"""
_COUNTS = "SELECT COUNT(*), SUM(rows) FROM articles"
# Runs of articles without a gap, in which chunk numbers and rows grow together.
_RUNS = """
SELECT MIN(first_chunk), MIN(first_row) FROM articles WHERE rows > 0
GROUP BY first_chunk - first_row ORDER BY 1;
"""
_INDEXES = """
CREATE INDEX chunks_key ON chunks (key);
CREATE INDEX articles_rows ON articles (first_chunk, first_row, rows);
"""

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR_SHORT_READ}
_SYSTEM_ERRORS = {
    sqlite3.SQLITE_IOERR: errno.EIO,
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_PERM: errno.EACCES,
    sqlite3.SQLITE_READONLY: errno.EROFS,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_NOMEM: errno.ENOMEM,
}


@dataclass(frozen=True, slots=True)
class ArticleEntry:
    """An article as a segment lists it, without its text.

    `metadata_json` is its metadata as stored and `paragraphs` the number of its paragraphs. Its
    `rows` chunks have the rows from `first_row` and the chunk numbers from `first_chunk`.
    `digest` is the SHA-256 of all that is stored of it.
    """

    number: int
    id: str
    hash: str
    path: str | None
    metadata_json: bytes
    paragraphs: int
    first_row: int
    rows: int
    first_chunk: int
    digest: bytes

    @property
    def metadata(self) -> Metadata:
        """The article's metadata."""
        return decode_metadata(self.metadata_json)


def _system_error(error: sqlite3.Error) -> OSError:
    """Return the error of the operating system that SQLite reports."""
    number = _SYSTEM_ERRORS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return OSError(str(error)) if number is None else OSError(number, os.strerror(number))


@contextlib.contextmanager
def _system_errors(path: Path) -> Iterator[None]:
    """Raise StorageError where SQLite reports that it cannot write."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError.of(_system_error(error), path) from error


class SegmentWriter:
    """Writes a segment to the new folder `path`."""

    def __init__(
        self, path: Path, dimensions: int, first_chunk: int, *, sentences: bool = False
    ) -> None:
        new_folder(path)
        self._sentences = SentenceVectorWriter(path, dimensions) if sentences else None
        self.path = path
        self.articles = 0
        self.rows = 0
        self.next_chunk = first_chunk
        self._vectors = FlatWriter(path / _VECTORS, dimensions)
        with _system_errors(path / _ARTICLES):
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
        """Add an article with its chunks, and return the number of its first chunk.

        `keys` identify the encoded texts, `vectors` has shape (len(chunks), dimensions), and
        `sentences` has the quantized sentence vectors of each chunk, if the index keeps them.
        """
        record = encode_article(article)
        entry = ArticleEntry(
            self.articles, article.id, article.hash, article.path, record["metadata"],
            len(article.paragraphs), self.rows, len(chunks), self.next_chunk, record["digest"],
        )  # fmt: skip
        rows = (
            (
                chunk.span.start, chunk.span.end,
                json.dumps(chunk.paragraphs).encode("ascii"), chunk.tokens, key,
            )
            for chunk, key in zip(chunks, keys, strict=True)
        )  # fmt: skip
        self._insert(entry, record["text"], record["paragraphs"], rows)
        if len(vectors):
            self._vectors.add(vectors)
        if self._sentences is not None:
            for _, block in zip(chunks, sentences, strict=True):
                self._sentences.add(block)
        return entry.first_chunk

    def copy(self, segment: Segment, entry: ArticleEntry) -> None:
        """Add an article of another segment, with its vectors and chunk numbers unchanged.

        Articles must come in the order of their chunk numbers.
        """
        if entry.first_chunk < self.next_chunk:
            raise ValueError(f"chunk {entry.first_chunk} comes before {self.next_chunk}")
        text, paragraphs = segment.raw_text(entry.number)
        rows = segment.raw_chunks(entry)
        moved = replace(entry, number=self.articles, first_row=self.rows)
        self._insert(moved, text, paragraphs, rows)
        last = entry.first_row + entry.rows
        for start in range(entry.first_row, last, _BLOCK):
            block = np.arange(start, min(start + _BLOCK, last), dtype=np.int64)
            self._vectors.add(segment.vectors(block))
        if self._sentences is not None and segment.sentences is not None:
            for row in range(entry.first_row, last):
                self._sentences.add(segment.sentences.block(row))

    def _insert(
        self,
        entry: ArticleEntry,
        text: bytes,
        paragraphs: bytes,
        chunks: Iterable[tuple[int, int, bytes, int, bytes]],
    ) -> None:
        path = None if entry.path is None else encode_text(entry.path)
        with _system_errors(self.path / _ARTICLES):
            self._database.execute(
                "INSERT INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.number, entry.id, entry.hash, path, entry.metadata_json,
                    entry.paragraphs, entry.first_row, entry.rows, entry.first_chunk, entry.digest,
                ),
            )  # fmt: skip
            self._database.execute(
                "INSERT INTO texts VALUES (?, ?, ?)", (entry.number, text, paragraphs)
            )
            self._database.executemany(
                "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((row, entry.number, *values) for row, values in enumerate(chunks, self.rows)),
            )
        self.articles += 1
        self.rows += entry.rows
        self.next_chunk = entry.first_chunk + entry.rows

    def finish(self) -> None:
        """Complete the files and flush them to disk; the writer is not used afterwards."""
        with _system_errors(self.path / _ARTICLES):
            self._database.execute("COMMIT")
            self._database.executescript(_INDEXES)
            self._database.close()
        self._vectors.finish()
        write_block_digests(self.path / _VECTORS)
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
    """A segment opened for reading. Safe to use from several threads.

    It stays readable after its files are removed: they are opened at once. Methods raise
    DamagedError for a file that differs from its digest, StorageError if one cannot be read.
    """

    def __init__(
        self, path: Path, store: str = StoreSetting.EXACT, digests: Digests | None = None
    ) -> None:
        """Open with the vector store of that name.

        `digests` are those of the segment's files, None for a segment that was written just now.
        Raises OSError if a file cannot be opened, DamagedError if one is damaged.
        """
        self.name = path.name
        self.store = store
        self._path = path / _ARTICLES
        self._file = CheckedFile(self._path, (digests or {}).get(_ARTICLES))
        self._vectors = open_vectors(path, digests or {})
        self.rows = len(self._vectors)
        target = store_path(path, store)
        for name, digest in _of_store(digests or {}, target.name).items():
            read_checked(path / name, digest)
        try:
            self.searcher = get_store(store).open(target, self._vectors)
        except OSError as error:
            if error.errno is None:
                raise DamagedError(target, str(error)) from error
            raise
        self.sentences = open_sentence_vectors(path, self.rows, self._vectors.dimensions, digests)
        self._lock = threading.Lock()
        self._cached_articles: dict[int, Article] = {}
        address = f"file:{quote(str(self._path.absolute()))}?mode=ro&immutable=1"
        with self._reading():
            self._database = sqlite3.connect(address, uri=True, check_same_thread=False)
            self._database.execute("PRAGMA mmap_size = 0")
            self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")

    @cached_property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """(first chunk number, first row) of each run of articles in which both grow together."""
        ((_, rows),) = self._query(_COUNTS)
        if self.rows != (rows or 0):
            raise DamagedError(self._path, f"it lists {rows} chunks, there are {self.rows} vectors")
        return tuple(self._query(_RUNS))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Name the cause of what fails while the database is read."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code in _DAMAGE or code is None:
                # SQLite calls a disk that fails to read (EIO) a malformed image as well.
                if self._file.equals_digest():
                    failed = OSError(errno.EIO, os.strerror(errno.EIO))
                    raise StorageError.of(failed, self._path) from error
                raise DamagedError(self._path, str(error)) from error
            raise StorageError.of(_system_error(error), self._path) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(self._path, f"a record cannot be read ({error})") from error

    def _query(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        self._file.check()
        with self._reading(), self._lock:
            return self._database.execute(statement, values).fetchall()

    def _query_each(self, statement: str, keys: Sequence[object]) -> list[Any]:
        """Run a statement that ends in "IN" for any number of keys."""
        rows = []
        for start in range(0, len(keys), _MAX_KEYS):
            part = keys[start : start + _MAX_KEYS]
            rows += self._query(f"{statement} ({','.join('?' * len(part))})", part)
        return rows

    @cached_property
    def entries(self) -> tuple[ArticleEntry, ...]:
        """All articles, in the order of their rows."""
        return tuple(map(_decode_entry, self._query("SELECT * FROM articles ORDER BY number")))

    def entry(self, article_id: str) -> ArticleEntry | None:
        """Return the entry of the article with that id, or None."""
        rows = self._query("SELECT * FROM articles WHERE id = ?", (article_id,))
        return _decode_entry(rows[0]) if rows else None

    def ids(self) -> list[str]:
        """Return the ids of all articles."""
        return [article_id for (article_id,) in self._query("SELECT id FROM articles")]

    def article(self, number: int) -> Article:
        """Return the whole article of that number in this segment."""
        cached = self._cached_articles.get(number)
        if cached is not None:
            return cached
        with self._reading():
            (columns,) = self._query(_ARTICLE, (number,))
            return self._article(number, columns)

    def _article(self, number: int, columns: Sequence[Any]) -> Article:
        """Return the article of that number from its `_ARTICLE_COLUMNS`, or from the cache."""
        article = self._cached_articles.get(number)
        if article is None:
            article = decode_article(*columns)
            with self._lock:
                self._cached_articles[number] = article
                while len(self._cached_articles) > _CACHED_ARTICLES:
                    del self._cached_articles[next(iter(self._cached_articles))]
        return article

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return the chunks of rows, by row."""
        with self._reading():
            return {row: decode_chunk(*values) for row, *values in self._query_each(_CHUNKS, rows)}

    def passages(self, rows: Sequence[int]) -> dict[int, tuple[Chunk, Article]]:
        """Return the chunks of rows, each with its whole article, by row."""
        passages = {}
        # One query for all: each takes 0.1 ms when the encoder has just run.
        with self._reading():
            for row, start, end, paragraphs, tokens, number, *columns in self._query_each(
                _PASSAGES, rows
            ):
                article = self._article(number, columns)
                passages[row] = decode_chunk(article.id, start, end, paragraphs, tokens), article
        return passages

    def rows_by_key(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Return a row with the vector of each encoded text that the segment holds, by key."""
        return dict(self._query_each("SELECT key, row FROM chunks WHERE key IN", keys))

    def vectors(self, rows: Rows) -> Vectors:
        """Return the vectors of rows, shape (len(rows), dimensions)."""
        return self._vectors.vectors(rows)

    def raw_text(self, number: int) -> tuple[bytes, bytes]:
        """Return an article's text and paragraphs as stored."""
        rows = self._query("SELECT text, paragraphs FROM texts WHERE number = ?", (number,))
        text, paragraphs = rows[0]
        return text, paragraphs

    def raw_chunks(self, entry: ArticleEntry) -> list[tuple[int, int, bytes, int, bytes]]:
        """Return an article's chunks as stored, in row order."""
        return self._query(
            "SELECT start, end, paragraphs, tokens, key FROM chunks "
            "WHERE row >= ? AND row < ? ORDER BY row",
            (entry.first_row, entry.first_row + entry.rows),
        )


def intact_articles(path: Path) -> list[Article]:
    """Return the articles of the damaged segment in `path` that equal their digests."""
    articles = []
    address = f"file:{quote(str((path / _ARTICLES).absolute()))}?mode=ro&immutable=1"
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(address, uri=True)) as database,
    ):
        for (number,) in database.execute("SELECT number FROM texts").fetchall():
            with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError, IndexError):
                (columns,) = database.execute(_ARTICLE, (number,)).fetchall()
                articles.append(decode_article(*columns))
    return articles


def store_path(path: Path, store: str) -> Path:
    """Return the file or folder of a vector store in the segment's folder `path`."""
    return path / f"store-{store}"


def open_vectors(path: Path, digests: Digests) -> FlatVectors:
    """Open the vectors of the segment in `path`. Raises OSError or DamagedError."""
    file = open_blocks(path / _VECTORS, digests)
    try:
        return FlatVectors(file)
    except StorageError:
        raise
    except OSError as error:
        raise DamagedError(file.path, str(error)) from error


def _of_store(digests: Digests, name: str) -> Digests:
    """Return the digests of a vector store's file or folder called `name`."""
    return {key: digest for key, digest in digests.items() if key.split("/")[0] == name}


def segment_files(path: Path, store: str) -> list[Path]:
    """Return the files of the segment in `path` that are used with a vector store, sorted."""
    other = re.compile(re.escape(store_path(path, "").name) + f"(?!{re.escape(store)}$)")
    return sorted(
        file
        for file in path.rglob("*")
        if file.is_file() and not other.match(file.relative_to(path).parts[0])
    )


def build_store(path: Path, store: str, digests: Digests | None = None) -> None:
    """Write what the segment in `path` needs to be opened with another vector store.

    Readers that have it open are not disturbed. Raises OSError if it cannot be written.
    """
    target = store_path(path, store)
    # Left by a writer that was killed, or mapped by a reader of an earlier state.
    _remove(target)
    vectors = open_vectors(path, digests or {})
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


def _decode_entry(columns: Sequence[Any]) -> ArticleEntry:
    number, article_id, digest, path, *others = columns
    source = None if path is None else decode_text(path)
    return ArticleEntry(number, article_id, digest, source, *others)
