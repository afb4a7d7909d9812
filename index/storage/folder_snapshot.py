"""A snapshot of an index in a folder: its segments and its BM25 index.

Rows are numbered over all segments in order. A snapshot keeps working after a writer has replaced
or removed the files.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import numpy as np

from index.checked_files import Digests, check_size, digests_below
from index.errors import (
    DamagedError,
    LockedError,
    StorageError,
)
from index.filters import Filter
from index.storage.bm25 import BM25Index, BM25Settings
from index.storage.manifest import (
    SEGMENTS,
    FilesRecord,
    Manifest,
    Removed,
    SegmentEntry,
    read_manifest,
    read_removed,
)
from index.storage.segment import ArticleEntry, Segment
from index.storage.sentence_vectors import Bytes
from index.storage.snapshot import ArticleSummary, RowScores, Snapshot, unknown_article
from index.types import Article, Chunk
from index.vector_stores.base import Mask, Rows, Vectors

T = TypeVar("T")

_OPEN_ATTEMPTS = 20
_CACHED_ARTICLES = 256
_CACHED_FILTERS = 32
_MAX_QUERY_IDS = 1_000  # article ids in a BM25 query; broader filters are applied to its hits
_MAX_OVERFETCH = 20_000  # BM25 hits fetched at most, for a filter that is applied to them


OpenSegments = dict[tuple[str, str], Segment]
"""Open segments by name and vector store."""


@dataclass(frozen=True, slots=True)
class _Selection:
    """The rows that a filter keeps, as a mask per segment, and the ids of their articles.

    None stands for all rows of a segment, and for all articles.
    """

    masks: tuple[Mask | None, ...]
    articles: tuple[str, ...] | None


class FolderSnapshot(Snapshot):
    """See the module. Returned by `open_snapshot`."""

    def __init__(
        self, directory: Path, manifest: Manifest, reuse: OpenSegments | None = None
    ) -> None:
        self.directory = directory
        self.manifest = manifest
        reuse = reuse or {}
        _check_sizes(directory, manifest.digests)
        self.segments = tuple(
            reuse.get((entry.name, entry.store)) or open_segment(directory, entry, manifest.digests)
            for entry in manifest.segments
        )
        self.removed: Removed = (
            read_removed(directory / manifest.removed, manifest.digests[manifest.removed])
            if manifest.removed
            else {}
        )
        self._bm25 = (
            BM25Index(directory / manifest.bm25, digests_below(manifest.digests, manifest.bm25))
            if manifest.bm25
            else None
        )
        ends = accumulate((segment.rows for segment in self.segments), initial=0)
        self._first_rows = list(ends)[:-1]
        self._cached_location = lru_cache(maxsize=_CACHED_ARTICLES)(self._location)
        self._cached_selection = lru_cache(maxsize=_CACHED_FILTERS)(self._select)

    # Contents

    def __len__(self) -> int:
        gone = sum(len(ids) for ids in self.removed.values())
        return sum(entry.articles for entry in self.manifest.segments) - gone

    def ids(self) -> set[str]:
        ids: set[str] = set()
        for segment in self.segments:
            ids |= set(segment.ids()) - self.removed.get(segment.name, frozenset())
        return ids

    def articles(self) -> list[ArticleSummary]:
        return sorted((_summary(entry) for _, entry in self._entries()), key=lambda one: one.id)

    def summary(self, article_id: str) -> ArticleSummary | None:
        location = self._find(article_id)
        return _summary(location[1]) if location else None

    def _entries(self) -> Iterator[tuple[int, ArticleEntry]]:
        """Iterate over all articles, each with the number of its segment."""
        for number, segment in enumerate(self.segments):
            removed = self.removed.get(segment.name, frozenset())
            for entry in segment.entries:
                if entry.id not in removed:
                    yield number, entry

    def _find(self, article_id: str) -> tuple[int, ArticleEntry] | None:
        """Return an article with the number of its segment, or None."""
        for number in reversed(range(len(self.segments))):
            segment = self.segments[number]
            if article_id not in self.removed.get(segment.name, ()):
                entry = segment.entry(article_id)
                if entry is not None:
                    return number, entry
        return None

    def entry(self, article_id: str) -> ArticleEntry | None:
        """Return the entry of an article, or None."""
        location = self._find(article_id)
        return location[1] if location else None

    def segment_of(self, article_id: str) -> str | None:
        """Return the name of the segment that holds an article, or None."""
        location = self._find(article_id)
        return self.segments[location[0]].name if location else None

    def article(self, article_id: str) -> Article:
        number, entry = self._cached_location(article_id)
        return self.segments[number].article(entry.number)

    def _location(self, article_id: str) -> tuple[int, ArticleEntry]:
        location = self._find(article_id)
        if location is None:
            raise unknown_article(article_id)
        return location

    def files(self) -> FilesRecord:
        name = self.manifest.files
        if not name:
            return FilesRecord({}, {})
        return FilesRecord.read(self.directory / name, self.manifest.digests[name])

    # Rows

    @cached_property
    def rows(self) -> int:
        """The number of rows, those of removed articles included."""
        return sum(segment.rows for segment in self.segments)

    def _by_segment(self, rows: Iterable[int] | Rows) -> Iterator[tuple[int, Rows | slice, Rows]]:
        """Group rows by segment: its number, their positions in `rows`, and its local rows."""
        wanted = rows if isinstance(rows, np.ndarray) else np.fromiter(rows, dtype=np.int64)
        if not len(wanted):
            return
        low, high = int(wanted.min()), int(wanted.max())
        if not 0 <= low <= high < self.rows:
            wrong = low if low < 0 else high
            raise IndexError(f"rows run from 0 to {self.rows - 1}, got {wrong}")
        # An empty segment has the same first row as the next one: take the last of them.
        only = bisect_right(self._first_rows, low) - 1
        if high < self._first_rows[only] + self.segments[only].rows:
            yield only, slice(None), wanted - self._first_rows[only]
            return
        numbers = np.searchsorted(self._first_rows, wanted, side="right") - 1
        for number in np.unique(numbers).tolist():
            positions = np.flatnonzero(numbers == number)
            yield number, positions, wanted[positions] - self._first_rows[number]

    def chunks(self, rows: Sequence[int] | Rows) -> list[Chunk]:
        return self._read_rows(rows, Segment.chunks)

    def passages(self, rows: Sequence[int] | Rows) -> list[tuple[Chunk, Article]]:
        return self._read_rows(rows, Segment.passages)

    def _read_rows(
        self, rows: Sequence[int] | Rows, read: Callable[[Segment, list[int]], dict[int, T]]
    ) -> list[T]:
        """Return what `read` returns for each row, in their order."""
        values: dict[int, T] = {}
        for number, _, local in self._by_segment(rows):
            first = self._first_rows[number]
            values.update(
                (first + row, value)
                for row, value in read(self.segments[number], local.tolist()).items()
            )
        return [values[int(row)] for row in rows]

    def article_rows(self, article_id: str) -> range:
        number, entry = self._location(article_id)
        first = self._first_rows[number] + entry.first_row
        return range(first, first + entry.rows)

    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        result = np.empty((len(rows), self.manifest.dimensions), dtype=np.float32)
        for number, positions, local in self._by_segment(rows):
            result[positions] = self.segments[number].vectors(local)
        return result

    def sentence_cosines(self, rows: Sequence[int] | Rows, vector: Vectors) -> Vectors:
        result = np.full(len(rows), np.nan, dtype=np.float32)
        for number, positions, local in self._by_segment(rows):
            sentences = self.segments[number].sentences
            if sentences is not None:
                result[positions] = sentences.best_cosines(local, vector)
        return result

    # Searching

    def knn(self, vector: Vectors, k: int, filter: Filter | None = None) -> RowScores:
        k = self._checked_k(k)
        self._check_vector(vector)
        masks = self._selection(filter).masks
        if not masks:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        row_parts, score_parts = [], []
        for first, segment, mask in zip(self._first_rows, self.segments, masks, strict=True):
            segment_rows, segment_scores = segment.searcher.search(vector, k, mask)
            row_parts.append(segment_rows + first)
            score_parts.append(segment_scores)
        rows, scores = np.concatenate(row_parts), np.concatenate(score_parts)
        best = np.lexsort((rows, -scores))[:k]
        return rows[best], scores[best]

    def correct_spelling(self, question: str) -> str:
        return self._bm25.correct_spelling(question) if self._bm25 is not None else question

    def count(self, filter: Filter) -> int:
        ids = self._selection(filter).articles
        return len(self) if ids is None else len(ids)

    def has_word(self, word: str) -> bool:
        return self._bm25 is not None and self._bm25.has_word(word)

    def bm25(
        self,
        question: str,
        k: int,
        filter: Filter | None = None,
        settings: BM25Settings | None = None,
    ) -> RowScores:
        k = self._checked_k(k)
        if self._bm25 is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        return self._filtered_bm25(question, k, self._selection(filter), settings)

    def _filtered_bm25(
        self, question: str, k: int, selection: _Selection, settings: BM25Settings | None
    ) -> RowScores:
        """Search the selected articles."""
        assert self._bm25 is not None
        articles = selection.articles
        if articles is None or len(articles) < max(_MAX_QUERY_IDS, len(self) // 20):
            chunks, scores = self._bm25.search(question, k, articles=articles, settings=settings)
            return self._rows_of_chunks(chunks), scores
        # A query with many ids takes longer than fetching more hits and filtering those.
        mask = np.concatenate([mask for mask in selection.masks if mask is not None])
        limit = 2 * k * max(1, len(mask) // max(int(mask.sum()), 1))
        while True:
            chunks, scores = self._bm25.search(question, limit, settings=settings)
            rows = self._rows_of_chunks(chunks)
            selected = np.flatnonzero(mask[rows])[:k]
            if len(selected) == k or len(rows) < limit:
                return rows[selected], scores[selected]
            if limit >= _MAX_OVERFETCH:
                chunks, scores = self._bm25.search(
                    question, k, articles=articles, settings=settings
                )
                return self._rows_of_chunks(chunks), scores
            limit *= 8

    @cached_property
    def _runs(self) -> tuple[Rows, Rows]:
        """The first chunk number and the first row of each run in which both grow together."""
        runs = [
            (first_chunk, start + first_row)
            for start, segment in zip(self._first_rows, self.segments, strict=True)
            for first_chunk, first_row in segment.runs
        ]
        chunks, rows = np.array(runs, dtype=np.int64).reshape(-1, 2).T
        return chunks, rows

    def _rows_of_chunks(self, chunks: Rows) -> Rows:
        """Convert chunk numbers to rows."""
        if not len(chunks):
            return chunks
        run_chunks, run_rows = self._runs
        runs = np.searchsorted(run_chunks, chunks, side="right") - 1
        rows: Rows = (run_rows - run_chunks)[runs] + chunks
        return rows

    def _selection(self, filter: Filter | None) -> _Selection:
        return self._cached_selection(filter or Filter())

    def _select(self, filter: Filter) -> _Selection:
        if filter.is_empty:
            return _Selection(tuple(self._live_mask(segment) for segment in self.segments), None)
        masks = tuple(np.zeros(segment.rows, dtype=np.bool_) for segment in self.segments)
        ids = []
        for number, entry in self._candidates(filter):
            if filter.matches(entry.id, entry.metadata):
                masks[number][entry.first_row : entry.first_row + entry.rows] = True
                ids.append(entry.id)
        return _Selection(masks, tuple(ids))

    def _candidates(self, filter: Filter) -> Iterable[tuple[int, ArticleEntry]]:
        """Return the articles that a filter can match, with the numbers of their segments."""
        ids = filter.article_ids
        if ids is None or 8 * len(ids) > len(self):
            return self._entries()
        return [location for location in map(self._find, ids) if location is not None]

    def _live_mask(self, segment: Segment) -> Mask | None:
        """Return the rows of a segment whose articles are not removed, or None for all."""
        removed = self.removed.get(segment.name)
        if not removed:
            return None
        mask = np.ones(segment.rows, dtype=np.bool_)
        for entry in filter(None, map(segment.entry, removed)):
            mask[entry.first_row : entry.first_row + entry.rows] = False
        return mask

    # For writers

    def vectors_by_key(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        vectors: dict[bytes, Vectors] = {}
        for segment in self.segments:
            missing = [key for key in keys if key not in vectors]
            rows = segment.rows_by_key(missing) if missing else {}
            if rows:
                values = segment.vectors(np.array(list(rows.values()), dtype=np.int64))
                vectors.update(zip(rows, values, strict=True))
        return vectors

    def sentences_by_key(self, keys: Sequence[bytes]) -> dict[bytes, Bytes]:
        blocks: dict[bytes, Bytes] = {}
        for segment in self.segments:
            if segment.sentences is not None:
                missing = [key for key in keys if key not in blocks]
                rows = segment.rows_by_key(missing) if missing else {}
                blocks.update((key, segment.sentences.block(row)) for key, row in rows.items())
        return blocks


def _summary(entry: ArticleEntry) -> ArticleSummary:
    return ArticleSummary(entry.id, entry.path, entry.metadata, entry.paragraphs, entry.hash)


def open_segment(directory: Path, entry: SegmentEntry, digests: Digests) -> Segment:
    """Open a segment of the index in `directory`. Raises OSError or DamagedError."""
    folder = f"{SEGMENTS}/{entry.name}"
    return Segment(directory / folder, entry.store, digests_below(digests, folder))


def _check_sizes(directory: Path, digests: Digests) -> None:
    """Compare the sizes of all files. Raises OSError or DamagedError."""
    for name, digest in digests.items():
        check_size(directory / name, (directory / name).stat().st_size, digest)


def open_snapshot(directory: Path, previous: FolderSnapshot | None = None) -> FolderSnapshot:
    """Open the newest state of the index in `directory`.

    Segments that `previous` has open are shared with it. Raises NoIndexError if there is no
    index, DamagedError if it is damaged, FormatError if it has another format version, StorageError
    if a file cannot be read.
    """
    problem: DamagedError | StorageError | None = None
    manifest = read_manifest(directory)
    for _ in range(_OPEN_ATTEMPTS):
        same = previous is not None and previous.manifest.created == manifest.created
        reuse = {(s.name, s.store): s for s in previous.segments} if previous and same else {}
        snapshot = problem = None
        try:
            snapshot = FolderSnapshot(directory, manifest, reuse)
        except (DamagedError, StorageError) as error:
            problem = error
        except (FileNotFoundError, NotADirectoryError) as error:
            problem = DamagedError(Path(error.filename or directory), "it is missing")
        except OSError as error:
            problem = StorageError.of(error)
        # A writer removes old files only after it has replaced the manifest: if that is the
        # same now, all files were there.
        latest = read_manifest(directory)
        if (latest.created, latest.generation) == (manifest.created, manifest.generation):
            if snapshot is not None:
                return snapshot
            break
        manifest = latest
    raise problem or LockedError(
        f"the index in {directory} keeps changing; try again when nothing is writing it"
    )
