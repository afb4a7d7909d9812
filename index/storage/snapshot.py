"""One state of the index, opened for reading and never changing.

Rows are numbered over all segments in order and mean something within one snapshot only.
Everything here is safe to use from several threads, and keeps working when a writer has since
replaced and removed the files.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from index.errors import FormatError, SettingError, UnknownArticleError
from index.filters import Filter
from index.storage.bm25 import BM25Index, BM25Settings
from index.storage.manifest import (
    FilesRecord,
    Manifest,
    Removed,
    read_manifest,
    read_removed,
    rebuild_advice,
)
from index.storage.segment import ArticleEntry, Segment
from index.storage.sentence_vectors import Bytes
from index.types import Article, Chunk, Metadata
from index.vector_stores.base import Mask, Rows, Vectors

T = TypeVar("T")

_OPEN_ATTEMPTS = 20
_KEPT_PLACES = 256  # where articles are, by their ids
_KEPT_FILTERS = 32
_MANY_IDS = 1_000  # articles that a word search is told one by one
_MOST_FOUND = 20_000  # chunks that a word search finds at most before a filter


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found. `score`: higher is better, comparable within one search."""

    row: int
    score: float


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text; `paragraphs` is their number over all kinds."""

    id: str
    path: str | None
    metadata: Metadata
    paragraphs: int
    hash: str


Found = tuple[Rows, npt.NDArray[np.floating[Any]]]
"""Rows and their scores, best first: what a list of hits holds, for those who count with it."""

Reusable = dict[tuple[str, str], Segment]
"""Open segments by their name and store."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    """Where a filter lets a search look: a mask for each segment, and the article ids."""

    masks: tuple[Mask | None, ...]
    articles: tuple[str, ...] | None


class Snapshot:
    """See the module. Made by `open_snapshot`."""

    def __init__(self, directory: Path, manifest: Manifest, reuse: Reusable | None = None) -> None:
        self.directory = directory
        self.manifest = manifest
        reuse = reuse or {}
        self.segments = tuple(
            reuse.get((entry.name, entry.store))
            or Segment(directory / "segments" / entry.name, entry.store)
            for entry in manifest.segments
        )
        self.removed: Removed = (
            read_removed(directory / manifest.removed) if manifest.removed else {}
        )
        self._words = BM25Index(directory / manifest.bm25) if manifest.bm25 else None
        self._first_rows: list[int] = []
        chunks: list[int] = []
        rows: list[int] = []
        total = 0
        for segment in self.segments:
            for first_chunk, first_row in segment.runs:
                chunks.append(first_chunk)
                rows.append(total + first_row)
            self._first_rows.append(total)
            total += segment.rows
        # Chunk numbers grow with rows, so a chunk's row is found from its run's first.
        self._run_chunks = np.array(chunks, dtype=np.int64)
        self._run_rows = np.array(rows, dtype=np.int64)
        self._kept_place = lru_cache(maxsize=_KEPT_PLACES)(self._place)
        self._kept_allowed = lru_cache(maxsize=_KEPT_FILTERS)(self._find_allowed)

    # What is in it

    @property
    def state(self) -> str:
        """A digest of everything a search can find; equal where that is equal."""
        return self.manifest.state

    def __len__(self) -> int:
        gone = sum(len(ids) for ids in self.removed.values())
        return sum(segment.articles for segment in self.segments) - gone

    def __contains__(self, article_id: object) -> bool:
        return isinstance(article_id, str) and self._find(article_id) is not None

    def ids(self) -> set[str]:
        """The ids of all articles."""
        found: set[str] = set()
        for segment in self.segments:
            found |= set(segment.ids()) - self.removed.get(segment.name, frozenset())
        return found

    def articles(self) -> list[ArticleSummary]:
        """All articles without their texts, in the order of their ids."""
        return [
            ArticleSummary(entry.id, entry.path, entry.metadata, entry.paragraphs, entry.hash)
            for entry in sorted((entry for _, entry in self._entries()), key=lambda entry: entry.id)
        ]

    def _entries(self) -> Iterator[tuple[int, ArticleEntry]]:
        """Every article, with its segment's number."""
        for number, segment in enumerate(self.segments):
            gone = self.removed.get(segment.name, frozenset())
            for entry in segment.entries:
                if entry.id not in gone:
                    yield number, entry

    def _find(self, article_id: str) -> tuple[int, ArticleEntry] | None:
        """An article, with its segment's number."""
        for number in reversed(range(len(self.segments))):
            segment = self.segments[number]
            if article_id not in self.removed.get(segment.name, ()):
                entry = segment.entry(article_id)
                if entry is not None:
                    return number, entry
        return None

    def entry(self, article_id: str) -> ArticleEntry | None:
        """How the index lists an article, or None."""
        place = self._find(article_id)
        return place[1] if place else None

    def segment_of(self, article_id: str) -> str | None:
        """The name of the segment that holds an article, or None."""
        place = self._find(article_id)
        return self.segments[place[0]].name if place else None

    def article(self, article_id: str) -> Article:
        """An article with its text. Raises UnknownArticleError where no article has that id."""
        number, entry = self._kept_place(article_id)
        return self.segments[number].article(entry.number)

    def _place(self, article_id: str) -> tuple[int, ArticleEntry]:
        place = self._find(article_id)
        if place is None:
            raise UnknownArticleError(
                f"no article has the id {article_id!r}; pincite articles lists them, with "
                "the same --index or --articles"
            )
        return place

    def files(self) -> FilesRecord:
        """What is known of the source files, read from disk; kept for writers."""
        name = self.manifest.files
        return FilesRecord.read(self.directory / name) if name else FilesRecord({}, {})

    # Rows

    @cached_property
    def rows(self) -> int:
        """How many rows there are, those of removed articles included."""
        return sum(segment.rows for segment in self.segments)

    def _by_segment(self, rows: Iterable[int] | Rows) -> Iterator[tuple[int, Rows | slice, Rows]]:
        """Rows by segment: its number, their positions in `rows`, and the rows local to it."""
        wanted = rows if isinstance(rows, np.ndarray) else np.fromiter(rows, dtype=np.int64)
        if not len(wanted):
            return
        low, high = int(wanted.min()), int(wanted.max())
        if not 0 <= low <= high < self.rows:
            wrong = low if low < 0 else high
            raise IndexError(f"rows run from 0 to {self.rows - 1}, got {wrong}")
        # Empty segments share their first row with the next one: the last of them is meant.
        only = bisect_right(self._first_rows, low) - 1
        if high < self._first_rows[only] + self.segments[only].rows:
            yield only, slice(None), wanted - self._first_rows[only]
            return
        numbers = np.searchsorted(self._first_rows, wanted, side="right") - 1
        for number in np.unique(numbers).tolist():
            positions = np.flatnonzero(numbers == number)
            yield number, positions, wanted[positions] - self._first_rows[number]

    def chunk(self, row: int) -> Chunk:
        """The chunk of a row. Raises IndexError outside 0..rows-1."""
        return self.chunks([row])[0]

    def chunks(self, rows: Sequence[int] | Rows) -> list[Chunk]:
        """The chunks of some rows, in the order given."""
        return self._each(rows, Segment.chunks)

    def passages(self, rows: Sequence[int] | Rows) -> list[tuple[Chunk, Article]]:
        """The chunks of some rows, each with its article, in the order given."""
        return self._each(rows, Segment.passages)

    def _each(
        self, rows: Sequence[int] | Rows, read: Callable[[Segment, list[int]], dict[int, T]]
    ) -> list[T]:
        """What `read` gives for some rows of a segment, in the order given."""
        found: dict[int, T] = {}
        for number, _, local in self._by_segment(rows):
            first = self._first_rows[number]
            found.update(
                (first + row, one)
                for row, one in read(self.segments[number], local.tolist()).items()
            )
        return [found[int(row)] for row in rows]

    def article_rows(self, article_id: str) -> range:
        """The rows of an article's chunks. Raises UnknownArticleError."""
        number, entry = self._place(article_id)
        first = self._first_rows[number] + entry.first_row
        return range(first, first + entry.rows)

    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        """The vectors of some rows, shape (len(rows), dimensions), float32, length 1."""
        result = np.empty((len(rows), self.manifest.dimensions), dtype=np.float32)
        for number, positions, local in self._by_segment(rows):
            result[positions] = self.segments[number].vectors(local)
        return result

    def sentence_cosines(self, rows: Sequence[int] | Rows, vector: Vectors) -> Vectors:
        """The best cosine of a vector with the sentences of each row, shape (len(rows),).

        NaN where a row has a single sentence, or the index keeps no sentence vectors.
        """
        result = np.full(len(rows), np.nan, dtype=np.float32)
        for number, positions, local in self._by_segment(rows):
            kept = self.segments[number].sentences
            if kept is not None:
                result[positions] = kept.best(local, vector)
        return result

    # Searching

    def search_vectors(self, vector: Vectors, k: int, filter: Filter | None = None) -> list[Hit]:
        """The `k` rows nearest to a vector, best first; the score is the cosine, in -1..1.

        `vector` has shape (dimensions,) and length 1. The filter is applied inside the search:
        there are `k` hits whenever the matching articles have `k` chunks. Raises SettingError
        where `k` is less than 1 or the vector has another shape.
        """
        return _hits(*self.knn(vector, k, filter))

    def knn(self, vector: Vectors, k: int, filter: Filter | None = None) -> Found:
        """The rows and scores of `search_vectors`, as two arrays."""
        k = self._at_most(k)
        if np.shape(vector) != (self.manifest.dimensions,):
            raise SettingError(
                f"the vector has shape {np.shape(vector)}; this index holds vectors of shape "
                f"({self.manifest.dimensions},), from {self.manifest.encoder}"
            )
        allowed = self._allowed(filter)
        every_row, every_score = [], []
        for first, segment, mask in zip(
            self._first_rows, self.segments, allowed.masks, strict=True
        ):
            rows, scores = segment.searcher.search(vector, k, mask)
            every_row.append(rows + first)
            every_score.append(scores)
        if not every_row:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        found, score = np.concatenate(every_row), np.concatenate(every_score)
        best = np.lexsort((found, -score))[:k]
        return found[best], score[best]

    def _at_most(self, k: int) -> int:
        """`k`, or the number of rows where that is less. Raises SettingError when it is below 1."""
        if k < 1:
            raise SettingError(f"k is {k}; ask for at least 1")
        return min(k, max(1, self.rows))

    def search_words(
        self,
        question: str,
        k: int,
        filter: Filter | None = None,
        settings: BM25Settings | None = None,
    ) -> list[Hit]:
        """The `k` rows that share most with a question's words, best first; BM25 scores, > 0.

        Case, accents and endings make no difference; a word that no chunk holds is taken for
        a misspelling. A filter is applied inside the search. Raises SettingError where `k`
        is less than 1.
        """
        return _hits(*self.bm25(question, k, filter, settings))

    def bm25(
        self,
        question: str,
        k: int,
        filter: Filter | None = None,
        settings: BM25Settings | None = None,
    ) -> Found:
        """The rows and scores of `search_words`, as two arrays."""
        k = self._at_most(k)
        if self._words is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        return self._found_words(question, k, self._allowed(filter), settings)

    def _found_words(
        self, question: str, k: int, allowed: _Allowed, settings: BM25Settings | None
    ) -> Found:
        """Rows and scores of the `k` best of the articles allowed."""
        assert self._words is not None
        articles = allowed.articles
        if articles is None or len(articles) < max(_MANY_IDS, len(self) // 20):
            chunks, scores = self._words.search(question, k, articles=articles, settings=settings)
            return self._rows_of(chunks), scores
        # A query that lists many ids takes longer than leaving out what was found in vain.
        masks = [mask for mask in allowed.masks if mask is not None]
        kept = np.concatenate(masks)
        wanted = 2 * k * max(1, len(kept) // max(int(kept.sum()), 1))
        while True:
            chunks, scores = self._words.search(question, wanted, settings=settings)
            rows = self._rows_of(chunks)
            good = np.flatnonzero(kept[rows])[:k]
            if len(good) == k or len(rows) < wanted:
                return rows[good], scores[good]
            if wanted >= _MOST_FOUND:
                chunks, scores = self._words.search(
                    question, k, articles=articles, settings=settings
                )
                return self._rows_of(chunks), scores
            wanted *= 8

    def _rows_of(self, chunks: Rows) -> Rows:
        """The rows of chunk numbers."""
        runs = np.searchsorted(self._run_chunks, chunks, side="right") - 1
        rows: Rows = (self._run_rows - self._run_chunks)[runs] + chunks
        return rows

    def _allowed(self, filter: Filter | None) -> _Allowed:
        return self._kept_allowed(filter or Filter())

    def _find_allowed(self, filter: Filter) -> _Allowed:
        if filter.is_empty:
            return _Allowed(tuple(self._live(segment) for segment in self.segments), None)
        masks = tuple(np.zeros(segment.rows, dtype=np.bool_) for segment in self.segments)
        kept = []
        for number, entry in self._candidates(filter):
            if filter.matches(entry.id, entry.metadata):
                masks[number][entry.first_row : entry.first_row + entry.rows] = True
                kept.append(entry.id)
        return _Allowed(masks, tuple(kept))

    def _candidates(self, filter: Filter) -> Iterable[tuple[int, ArticleEntry]]:
        """The articles that a filter may keep, with their segments' numbers."""
        ids = filter.article_ids
        if ids is None or 8 * len(ids) > len(self):
            return self._entries()
        places = (self._find(article_id) for article_id in ids)
        return [place for place in places if place is not None]

    def _live(self, segment: Segment) -> Mask | None:
        """The rows of a segment whose articles are in the index; None where all are."""
        gone = self.removed.get(segment.name)
        if not gone:
            return None
        mask = np.ones(segment.rows, dtype=np.bool_)
        for entry in filter(None, map(segment.entry, gone)):
            mask[entry.first_row : entry.first_row + entry.rows] = False
        return mask

    # For the writer

    def vectors_by_key(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """The vectors already in the index for some encoded texts, by their key."""
        found: dict[bytes, Vectors] = {}
        for segment in self.segments:
            missing = [key for key in keys if key not in found]
            places = segment.rows_of(missing) if missing else {}
            if places:
                vectors = segment.vectors(np.array(list(places.values()), dtype=np.int64))
                found.update(zip(places, vectors, strict=True))
        return found

    def sentences_by_key(self, keys: Sequence[bytes]) -> dict[bytes, Bytes]:
        """The quantised sentence vectors already in the index, by their chunk's key."""
        found: dict[bytes, Bytes] = {}
        for segment in self.segments:
            if segment.sentences is not None:
                missing = [key for key in keys if key not in found]
                places = segment.rows_of(missing) if missing else {}
                found.update((key, segment.sentences.block(row)) for key, row in places.items())
        return found


def _hits(rows: Rows, scores: npt.NDArray[np.floating[Any]]) -> list[Hit]:
    return [Hit(*one) for one in zip(rows.tolist(), scores.tolist(), strict=True)]


def open_snapshot(directory: Path, previous: Snapshot | None = None) -> Snapshot:
    """The newest state of the index in `directory`.

    Segments that `previous` has open are shared with it. Raises NoIndexError where there is
    no index, FormatError where it is damaged or of another format version.
    """
    problem: Exception | None = None
    manifest = read_manifest(directory)
    for _ in range(_OPEN_ATTEMPTS):
        same = previous is not None and previous.manifest.created == manifest.created
        reuse = {(s.name, s.store): s for s in previous.segments} if previous and same else {}
        snapshot = problem = None
        try:
            snapshot = Snapshot(directory, manifest, reuse)
        except (OSError, json.JSONDecodeError, KeyError) as error:
            problem = error
        # A writer removes old files only after its manifest is in place: while that is the
        # same, all files were there throughout. Tantivy takes some missing files for empty.
        latest = read_manifest(directory)
        if (latest.created, latest.generation) == (manifest.created, manifest.generation):
            if snapshot is not None:
                return snapshot
            break
        manifest = latest
    raise FormatError(
        f"the index in {directory} is damaged: {problem or 'it changes all the time'}. "
        f"{rebuild_advice(directory)}"
    ) from problem
