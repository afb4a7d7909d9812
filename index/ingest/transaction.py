"""A transaction: articles to add and remove, committed together.

Used under the write lock only. New files are written beside those of the old state, and a commit
replaces the manifest. Until then every reader sees the old state; a rollback, or killing the
process, leaves only files that the next writer removes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.checked_files import digests_below
from index.embedding.precision import BULK_CHARACTERS
from index.errors import CancelledError, LibraryError
from index.ingest.embed_chunks import ChunkEncoder, ChunkText, Embeddings, chunk_text
from index.segmentation.chunking import ChunkSettings, chunk_article
from index.segmentation.context import Context, chunk_context
from index.settings import Precision
from index.storage.bm25 import BM25Document, BM25Writer
from index.storage.fsync import sync_file, sync_tree
from index.storage.manifest import (
    BM25,
    SEGMENTS,
    UPLOADS,
    FilesRecord,
    Manifest,
    Root,
    SegmentEntry,
    read_manifest,
    write_removed,
)
from index.storage.segment import (
    Segment,
    SegmentWriter,
    build_store,
    encode_metadata,
    remove_stores,
)
from index.storage.snapshot import Snapshot, open_snapshot
from index.types import Article, Chunk, Metadata
from index.vector_stores.registry import choose_store

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder

BATCH_CHUNKS = 1024
"""Chunks that are encoded together; the encoder sorts them by length."""

FIRST_BATCH_CHARACTERS = 1.1 * BULK_CHARACTERS
"""Size of the first batch: encoding starts early, yet `Precision.AUTO` can use bfloat16."""

MAX_SEGMENTS = 8
"""With more segments than this, the newest are merged."""


class SyncPhase(StrEnum):
    """What is being done, and so what `SyncProgress.done` counts."""

    SCANNING = "scanning"
    """Files are scanned for changes."""

    ENCODING = "encoding"
    """Articles are parsed and encoded."""

    EMBEDDING = "embedding"
    """All articles are parsed; `done` of `total` texts are encoded."""

    WRITING = "writing"
    """The changes are committed."""


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """The progress of a change of the index: `done` of `total` files, articles or texts.

    `chunks` counts the texts encoded so far.
    """

    phase: SyncPhase
    done: int
    total: int
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class ProgressReporter:
    """Reports progress to the caller, and checks whether the caller has cancelled."""

    progress: Callable[[SyncProgress], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def __call__(self, progress: SyncProgress) -> None:
        """Report progress. Raises CancelledError if the caller has cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise CancelledError("indexing was cancelled; the index is as it was before")
        if self.progress is not None:
            self.progress(progress)


@dataclass(frozen=True, slots=True)
class _ChunkedArticle:
    """An article whose chunks are not encoded yet."""

    article: Article
    chunks: list[Chunk]
    texts: list[ChunkText]
    contexts: list[Context]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Articles whose chunks are being encoded in the background."""

    articles: list[_ChunkedArticle]
    embeddings: Future[Embeddings]


class Transaction:
    """Articles to add and remove, starting from the snapshot `base`.

    `encoder` is called only if there is something to encode. A batch of articles is encoded in a
    background thread while the next is parsed and the previous one is written. `total` is the
    number of files or articles to report progress for; `checkpoints` counts the commits after
    which the transaction went on. Files that no state uses are removed first, with `clean`.
    """

    def __init__(
        self,
        base: Snapshot,
        encoder: Callable[[], Encoder],
        reporter: ProgressReporter | None = None,
        *,
        clean: bool = True,
    ) -> None:
        self.total = 0
        self.checkpoints = 0
        self._done = 0
        self._encoder = encoder
        self._reporter = reporter or ProgressReporter()
        self._report_lock = threading.Lock()
        self._is_rolled_back = False
        self._directory = base.directory
        self._begin(base)
        if clean:
            remove_unused_files(self._directory, base.manifest)

    def _begin(self, base: Snapshot, encoded: int = 0) -> None:
        self.base = base
        self._chunk_encoder = ChunkEncoder(base, self._encoder, encoded=encoded)
        self._name = str(base.manifest.generation + 1)
        self._chunk_settings = ChunkSettings(**base.manifest.chunks)
        self._removed = {name: set(ids) for name, ids in base.removed.items()}
        self._removed_digests: list[str] = []
        self._added_digests: list[str] = []
        self._pending: list[_ChunkedArticle] = []
        self._pending_chunks = self._pending_characters = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._encoding: _Batch | None = None
        self._segment: SegmentWriter | None = None
        self._bm25: BM25Writer | None = None

    @property
    def encoded(self) -> int:
        """The number of texts encoded so far."""
        return self._chunk_encoder.encoded

    @property
    def rows(self) -> int:
        """The number of chunks added since the last commit."""
        encoding = self._encoding.articles if self._encoding is not None else []
        written = self._segment.rows if self._segment is not None else 0
        return self._pending_chunks + sum(len(item.chunks) for item in encoding) + written

    @property
    def has_changes(self) -> bool:
        """Whether any article has been added or removed since the last commit."""
        return bool(self._removed_digests or self._added_digests)

    def remove(self, article_id: str) -> None:
        """Remove an article of the base, if it is there and not removed yet."""
        segment, entry = self.base.segment_of(article_id), self.base.entry(article_id)
        if segment is None or entry is None or article_id in self._removed.get(segment, ()):
            return
        self._removed.setdefault(segment, set()).add(article_id)
        self._removed_digests.append(_digest(entry.id, entry.hash, entry.metadata))
        self._bm25_writer().remove(article_id)

    def add(self, article: Article) -> None:
        """Add an article, replacing the one with its id if there is one."""
        self.remove(article.id)
        encoder, manifest = self._encoder(), self.base.manifest
        title = article.metadata.title
        if article.path is not None and title == Path(article.path).stem:
            title = ""  # it is only the file's name, and a renamed file need not be encoded again
        # The title may take up to half of the encoder's input; its first words matter most.
        while title and not encoder.fits(f"{title} {title}"):
            title = title[: len(title) * 3 // 4].rstrip()
        chunks = chunk_article(
            article,
            self._chunk_settings,
            fits=lambda words: encoder.fits(manifest.embedding_mode.encoder_input(words, title)),
        )
        contexts = [chunk_context(article, chunk) for chunk in chunks]
        texts = [
            chunk_text(article, chunk, title, manifest.embedding_mode, context, encoder.fits)
            for chunk, context in zip(chunks, contexts, strict=True)
        ]
        self._pending.append(_ChunkedArticle(article, chunks, texts, contexts))
        self._pending_chunks += len(chunks)
        if self._encoding is None and self._segment is None:
            self._pending_characters += sum(len(text) for chunk in texts for text in chunk.texts)
        self._added_digests.append(_digest(article.id, article.hash, article.metadata))
        if (
            self._pending_chunks >= BATCH_CHUNKS
            or self._pending_characters >= FIRST_BATCH_CHARACTERS
        ):
            self._encode_next()

    def replace_all(self, articles: Iterable[Article]) -> None:
        """Write these articles anew in place of all; vectors of the base are reused.

        The base has no BM25 index and no digests of articles.
        """
        self._removed = {segment.name: set(segment.ids()) for segment in self.base.segments}
        for article in articles:
            self.add(article)
            self.advance()

    def advance(self) -> None:
        """Count one more file or article as done, and report progress."""
        self._done += 1
        self.report()

    def report(self, phase: SyncPhase = SyncPhase.ENCODING) -> None:
        """Report progress, from any thread. Raises CancelledError."""
        done, total, encoder = self._done, self.total, self._chunk_encoder
        if phase is SyncPhase.ENCODING and done >= total and encoder.encoded < encoder.to_encode:
            waiting = sum(len(item.texts) for item in self._pending)
            phase, done = SyncPhase.EMBEDDING, encoder.encoded
            total = encoder.to_encode + waiting
        self._report(SyncProgress(phase, done, total, self.encoded))

    def report_scan(self, done: int, total: int) -> None:
        """Report how many files have been scanned. Raises CancelledError."""
        self._report(SyncProgress(SyncPhase.SCANNING, done, total, self.encoded))

    def _report(self, progress: SyncProgress) -> None:
        with self._report_lock:
            if self._is_rolled_back:
                raise CancelledError("the transaction was rolled back")
            self._reporter(progress)

    def _encode_next(self) -> None:
        """Start to encode the pending batch when the current one is done; write the latter."""
        done, self._encoding = self._encoding, None
        embeddings = done.embeddings.result() if done is not None else {}
        if self._pending:
            texts = [text for item in self._pending for text in item.texts]
            future = self._executor.submit(self._chunk_encoder.embed, texts, self.report)
            self._encoding = _Batch(self._pending, future)
            self._pending, self._pending_chunks, self._pending_characters = [], 0, 0
        if done is not None:
            self._write(done.articles, embeddings)

    def _flush(self) -> None:
        """Encode and write all pending articles."""
        while self._pending or self._encoding is not None:
            self._encode_next()
        self._executor.shutdown()

    def _write(self, batch: Sequence[_ChunkedArticle], embeddings: Embeddings) -> None:
        dimensions = self.base.manifest.dimensions
        if self._segment is None:
            self._segment = self._segment_writer(self._name, self.base.manifest.next_chunk)
        for item in batch:
            keys = [text.key for text in item.texts]
            vectors = np.zeros((len(keys), dimensions), dtype=np.float32)
            for row, key in enumerate(keys):
                vectors[row] = embeddings[key].vector
            sentences = [embeddings[key].sentences for key in keys]
            first = self._segment.add(item.article, item.chunks, keys, vectors, sentences)
            self._bm25_writer().add(
                BM25Document(
                    number,
                    item.article.id,
                    item.article.metadata.title,
                    chunk.span.of(item.article.text),
                    "\n".join((*context.headings, context.lead_in)),
                )
                for number, (chunk, context) in enumerate(
                    zip(item.chunks, item.contexts, strict=True), start=first
                )
            )

    def _segment_writer(self, name: str, first_chunk: int) -> SegmentWriter:
        return SegmentWriter(
            self._directory / SEGMENTS / name,
            self.base.manifest.dimensions,
            first_chunk,
            sentences=self.base.manifest.embedding_mode.has_sentences,
        )

    def _bm25_writer(self) -> BM25Writer:
        if self._bm25 is None:
            name = self.base.manifest.bm25
            base = self._directory / name if name else None
            self._bm25 = BM25Writer(self._directory / BM25 / self._name, base)
        return self._bm25

    def commit(
        self,
        *,
        files: FilesRecord | None = None,
        roots: Sequence[Root] | None = None,
        extractor: str | None = None,
        store: str | None = None,
        precision: Precision | None = None,
    ) -> Manifest:
        """Make the changes durable and visible, and remove files that are no longer used.

        `files`, `roots`, `extractor`, `store` and `precision`, where given, replace those of the
        manifest.
        """
        self._flush()
        self.report(SyncPhase.WRITING)
        manifest, directory = self.base.manifest, self._directory
        segments = list(manifest.segments)
        next_chunk = manifest.next_chunk
        if self._segment is not None:
            self._segment.finish()
            next_chunk = self._segment.next_chunk
            segments.append(_entry(self._segment, self._chunk_encoder.precisions))
        store = manifest.store if store is None else store
        segments = [self._with_store(entry, store) for entry in self._merge(segments)]
        names = {entry.name for entry in segments}
        removed = {n: frozenset(ids) for n, ids in self._removed.items() if n in names and ids}
        removed_name = files_name = None
        if removed:
            removed_name = f"removed-{self._name}.json"
            write_removed(directory / removed_name, removed)
        if files is not None:
            files_name = f"files-{self._name}.json"
            files.write(directory / files_name)
        bm25 = manifest.bm25
        if self._bm25 is not None:
            self._bm25.commit()
            bm25 = f"{BM25}/{self._name}"
            sync_tree(directory / bm25)
        for folder in (SEGMENTS, BM25, "."):
            if (directory / folder).is_dir():
                sync_file(directory / folder)
        # The last moment to cancel: the manifest makes the changes visible.
        self.report(SyncPhase.WRITING)
        new = manifest.next(
            segments=tuple(segments),
            removed=removed_name,
            files=files_name or manifest.files,
            bm25=bm25,
            roots=manifest.roots if roots is None else tuple(roots),
            extractor=extractor or manifest.extractor,
            contents=manifest.contents_after(self._removed_digests, self._added_digests),
            next_chunk=next_chunk,
            store=store,
            precision=precision or manifest.precision,
        ).with_digests(directory, manifest.digests)
        new.write(directory)
        remove_unused_files(directory, new)
        return new

    def checkpoint(self, *, files: FilesRecord, roots: Sequence[Root]) -> None:
        """Commit the changes so far, and continue with a new transaction from there."""
        self.commit(files=files, roots=roots)
        self.checkpoints += 1
        self._begin(open_snapshot(self._directory, self.base), self.encoded)

    def _merge(self, entries: list[SegmentEntry]) -> list[SegmentEntry]:
        """Merge segments where there are too many, and drop those without articles."""
        segments = {segment.name: segment for segment in self.base.segments}

        def open_segment(entry: SegmentEntry) -> Segment:
            if entry.name not in segments:
                # One that this transaction has written.
                segments[entry.name] = Segment(self._directory / SEGMENTS / entry.name)
            return segments[entry.name]

        def removed_from(entry: SegmentEntry) -> set[str]:
            return self._removed.get(entry.name, set())

        def size(entry: SegmentEntry) -> SegmentSize:
            articles = filter(None, map(open_segment(entry).entry, removed_from(entry)))
            return SegmentSize(entry.rows, entry.rows - sum(article.rows for article in articles))

        entries = [entry for entry in entries if entry.articles > len(removed_from(entry))]
        merges = 0
        while (run := segments_to_merge([size(entry) for entry in entries])) is not None:
            merges += 1
            merged = entries[run.start : run.stop]
            writer = self._segment_writer(f"{self._name}-{merges}", 0)
            for entry in merged:
                segment, removed = open_segment(entry), removed_from(entry)
                for article in segment.entries:
                    if article.id not in removed:
                        writer.copy(segment, article)
            writer.finish()
            precisions = {precision for entry in merged for precision in entry.precisions}
            entries[run.start : run.stop] = [_entry(writer, precisions)]
        return entries

    def _with_store(self, entry: SegmentEntry, setting: str) -> SegmentEntry:
        """Give a segment the store that `setting` selects for its size."""
        store = choose_store(setting, entry.rows)
        if store != entry.store:
            folder = f"{SEGMENTS}/{entry.name}"
            digests = digests_below(self.base.manifest.digests, folder)
            build_store(self._directory / folder, store, digests)
        return replace(entry, store=store)

    def rollback(self) -> None:
        """Discard the changes and remove the files written for them."""
        self._is_rolled_back = True
        self._executor.shutdown(cancel_futures=True)  # waits for the batch that is being encoded
        if self._segment is not None:
            self._segment.abandon()
        self._segment = self._bm25 = None
        # The newest state, not the base: the error may have been raised after the commit.
        with contextlib.suppress(LibraryError, OSError):
            remove_unused_files(self._directory, read_manifest(self._directory))


def _entry(writer: SegmentWriter, precisions: Iterable[Precision]) -> SegmentEntry:
    return SegmentEntry(
        writer.path.name, writer.articles, writer.rows, precisions=tuple(sorted(precisions))
    )


def _digest(article_id: str, article_hash: str, metadata: Metadata) -> str:
    parts = [article_id, article_hash, encode_metadata(metadata).decode("ascii")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def remove_unused_files(directory: Path, manifest: Manifest) -> None:
    """Remove files of earlier generations and of writers that were killed.

    Call it under the write lock only. Files that cannot be removed are left for the next writer.
    """
    segments = {entry.name for entry in manifest.segments}
    bm25 = {Path(manifest.bm25).name} if manifest.bm25 else set()
    for folder, used in ((SEGMENTS, segments), (BM25, bm25)):
        if (directory / folder).is_dir():
            for path in (directory / folder).iterdir():
                if path.name not in used:
                    shutil.rmtree(path, ignore_errors=True)
    for entry in manifest.segments:
        remove_stores(directory / SEGMENTS / entry.name, keep=entry.store)
    for pattern in ("removed-*.json", "files-*.json", ".*.new", f"{UPLOADS}/**/.*.new"):
        for path in directory.glob(pattern):
            if path.name not in (manifest.removed, manifest.files):
                with contextlib.suppress(OSError):
                    path.unlink()


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """The rows of a segment; `live` ones belong to articles that are not removed."""

    rows: int
    live: int


def segments_to_merge(sizes: Sequence[SegmentSize]) -> range | None:
    """Return the range of segments to replace by one, or None.

    With more than `MAX_SEGMENTS`, the newest are merged, together with older ones of at most twice
    their total size; so a row is copied a number of times that grows with the logarithm of the
    number of rows. A segment more than half of whose rows are not live is rewritten.
    """
    if len(sizes) > MAX_SEGMENTS:
        start = len(sizes) - 1
        merged = sizes[start].live
        while start > 0 and (start >= MAX_SEGMENTS or sizes[start - 1].live <= 2 * merged):
            start -= 1
            merged += sizes[start].live
        return range(start, len(sizes))
    for number, size in enumerate(sizes):
        if size.live * 2 < size.rows:
            return range(number, number + 1)
    return None
