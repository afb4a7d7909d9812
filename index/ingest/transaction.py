"""One change of the index: everything is written beside the old state, then renamed in.

Used under the write lock only. Until `commit` returns, every reader sees the old state;
abandoning, or being killed, leaves nothing but files that the next writer removes.
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
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.embedding.precision import BULK_CHARACTERS
from index.errors import CancelledError, LibraryError
from index.ingest.embed_chunks import ChunkEncoder, ChunkText, ChunkVectors, chunk_text
from index.segmentation.chunking import ChunkSettings, chunk_article
from index.settings import Precision
from index.storage.bm25 import BM25Document, BM25Writer
from index.storage.fsync import sync_file, sync_tree
from index.storage.manifest import (
    UPLOADS,
    FilesRecord,
    Manifest,
    Root,
    SegmentEntry,
    read_manifest,
    write_removed,
)
from index.storage.segment import Segment, SegmentWriter, build_store, metadata_json, remove_stores
from index.storage.snapshot import Snapshot, open_snapshot
from index.types import Article, Chunk, Metadata
from index.vector_stores.registry import choose_store

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder

_BATCH = 1024  # chunks encoded together; the encoder sorts them by length
_FIRST = 1.1 * BULK_CHARACTERS  # of the first batch, so that encoding begins early, and in bulk


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a change of the index has come.

    `phase` is "scanning" (files looked at), "encoding" (articles read and encoded) or
    "writing". `done` of `total` files or articles; `chunks` have been encoded so far.
    """

    phase: str
    done: int
    total: int
    chunks: int = 0


@dataclass(frozen=True, slots=True)
class Reporter:
    """Tells a caller about progress, and stops the work when asked to."""

    progress: Callable[[SyncProgress], None] | None = None
    cancelled: Callable[[], bool] | None = None

    def __call__(self, phase: str, done: int, total: int, chunks: int = 0) -> None:
        """Report, then raise CancelledError if the caller has cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise CancelledError("indexing was cancelled; the index is as it was before")
        if self.progress is not None:
            self.progress(SyncProgress(phase, done, total, chunks))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An article whose chunks are not encoded yet."""

    article: Article
    chunks: list[Chunk]
    texts: list[ChunkText]


class Transaction:
    """Articles to add and remove, on top of one snapshot.

    `encoder` is called only when there is something to encode. A batch is encoded in a thread of
    its own while the articles of the next are read and the one before is written.
    """

    def __init__(
        self, base: Snapshot, encoder: Callable[[], Encoder], reporter: Reporter | None = None
    ) -> None:
        self.total = 0
        self.parts = 0
        self._done = 0
        self._encoder = encoder
        self._reporter = reporter or Reporter()
        self._reporting = threading.Lock()
        self._stopped = False
        self._directory = base.directory
        self._begin(base)

    def _begin(self, base: Snapshot, encoded: int = 0) -> None:
        self.base = base
        self._chunks = ChunkEncoder(base, self._encoder, encoded=encoded)
        self._name = str(base.manifest.generation + 1)
        self._settings = ChunkSettings(**base.manifest.chunks)
        self._removed = {name: set(ids) for name, ids in base.removed.items()}
        self._gone: list[str] = []
        self._come: list[str] = []
        self._waiting: list[_Waiting] = []
        self._waiting_chunks = self._waiting_characters = 0
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._under_way: tuple[list[_Waiting], Future[ChunkVectors]] | None = None
        self._segment: SegmentWriter | None = None
        self._words: BM25Writer | None = None
        clean(self._directory, base.manifest)

    @property
    def encoded(self) -> int:
        """How many texts have been encoded."""
        return self._chunks.encoded

    @property
    def rows(self) -> int:
        """How many chunks have been added since the last commit."""
        under_way = self._under_way[0] if self._under_way is not None else []
        written = self._segment.rows if self._segment is not None else 0
        return self._waiting_chunks + sum(len(item.chunks) for item in under_way) + written

    @property
    def changes(self) -> bool:
        """Whether any article has been added or removed."""
        return bool(self._gone or self._come)

    def remove(self, article_id: str) -> None:
        """Take an article of the base out of the index; nothing happens when it is not in."""
        segment, entry = self.base.segment_of(article_id), self.base.entry(article_id)
        if segment is None or entry is None or article_id in self._removed.get(segment, ()):
            return
        self._removed.setdefault(segment, set()).add(article_id)
        self._gone.append(_digest(entry.id, entry.hash, entry.metadata))
        self._word_writer().remove(article_id)

    def add(self, article: Article) -> None:
        """Put an article into the index, in the place of the one with its id if there is one."""
        self.remove(article.id)
        encoder, manifest = self._encoder(), self.base.manifest
        title = article.metadata.title
        if article.path is not None and title == Path(article.path).stem:
            title = ""  # only the file's name, and a renamed file is not encoded again
        # A title may take half of what the encoder reads, and its first words say most.
        while title and not encoder.fits(f"{title} {title}"):
            title = title[: len(title) * 3 // 4].rstrip()
        chunks = chunk_article(
            article,
            self._settings,
            fits=lambda words: encoder.fits(manifest.embedding_mode.encoder_input(words, title)),
        )
        texts = [chunk_text(article, chunk, title, manifest.embedding_mode) for chunk in chunks]
        self._waiting.append(_Waiting(article, chunks, texts))
        self._waiting_chunks += len(chunks)
        if self._under_way is None and self._segment is None:
            self._waiting_characters += sum(len(text) for one in texts for text in one.texts)
        self._come.append(_digest(article.id, article.hash, article.metadata))
        if self._waiting_chunks >= _BATCH or self._waiting_characters >= _FIRST:
            self._hand_over()

    def advance(self) -> None:
        """Count one more article (or file) as read, and report."""
        self._done += 1
        self.report("encoding")

    def report(self, phase: str = "encoding") -> None:
        """Tell the caller, from whichever thread, one at a time; raises CancelledError."""
        with self._reporting:
            if self._stopped:
                raise CancelledError("the change of the index was given up")
            self._reporter(phase, self._done, self.total, self.encoded)

    def _word_writer(self) -> BM25Writer:
        if self._words is None:
            words = self.base.manifest.bm25
            base = self._directory / words if words else None
            self._words = BM25Writer(self._directory / "bm25" / self._name, base)
        return self._words

    def _flush(self) -> None:
        """Encode and write all that has come."""
        while self._waiting or self._under_way is not None:
            self._hand_over()
        self._beside.shutdown()

    def _hand_over(self) -> None:
        """Begin to encode what waits, once what is under way is encoded; then write the latter."""
        before = self._under_way
        found = before[1].result() if before is not None else {}
        self._under_way = None
        if self._waiting:
            texts = [text for item in self._waiting for text in item.texts]
            encode = self._beside.submit(
                self._chunks.vectors, texts, partial(self.report, "encoding")
            )
            self._under_way = self._waiting, encode
            self._waiting, self._waiting_chunks, self._waiting_characters = [], 0, 0
        if before is not None:
            self._write(before[0], found)

    def _write(self, batch: Sequence[_Waiting], found: ChunkVectors) -> None:
        if self._segment is None:
            self._segment = SegmentWriter(
                self._directory / "segments" / self._name,
                self.base.manifest.dimensions,
                self.base.manifest.next_chunk,
                sentences=self.base.manifest.embedding_mode.has_sentences,
            )
        for item in batch:
            keys = [text.key for text in item.texts]
            rows = np.zeros((len(keys), self.base.manifest.dimensions), dtype=np.float32)
            for row, key in enumerate(keys):
                rows[row] = found[key][0]
            blocks = [found[key][1] for key in keys]
            first = self._segment.add(item.article, item.chunks, keys, rows, blocks)
            self._word_writer().add(
                BM25Document(
                    number,
                    item.article.id,
                    item.article.metadata.title,
                    chunk.span.of(item.article.text),
                )
                for number, chunk in enumerate(item.chunks, start=first)
            )

    def commit(
        self,
        *,
        files: FilesRecord | None = None,
        roots: Sequence[Root] | None = None,
        extractor: str | None = None,
        store: str | None = None,
        precision: Precision | None = None,
    ) -> Manifest:
        """Make the changes the state of the index, and remove what it no longer needs.

        `files`, `roots`, `extractor`, `store` and `precision` replace what the manifest has,
        where given.
        """
        self._flush()
        self.report("writing")
        manifest, directory = self.base.manifest, self._directory
        segments = list(manifest.segments)
        next_chunk = manifest.next_chunk
        if self._segment is not None:
            self._segment.finish()
            next_chunk = self._segment.next_chunk
            segments.append(_entry(self._segment, self._chunks.precisions))
        store = manifest.store if store is None else store
        segments = [self._stored(entry, store) for entry in self._merged(segments)]
        kept = {entry.name for entry in segments}
        removed = {n: frozenset(ids) for n, ids in self._removed.items() if n in kept and ids}
        removed_name = files_name = None
        if removed:
            removed_name = f"removed-{self._name}.json"
            write_removed(directory / removed_name, removed)
        if files is not None:
            files_name = f"files-{self._name}.json"
            files.write(directory / files_name)
        words = manifest.bm25
        if self._words is not None:
            self._words.commit()
            words = f"bm25/{self._name}"
            sync_tree(directory / words)
        for folder in ("segments", "bm25", "."):
            if (directory / folder).is_dir():
                sync_file(directory / folder)
        # Nothing below can be undone, so this is the last moment to cancel.
        self.report("writing")
        new = manifest.next(
            segments=tuple(segments),
            removed=removed_name,
            files=files_name or manifest.files,
            bm25=words,
            roots=manifest.roots if roots is None else tuple(roots),
            extractor=extractor or manifest.extractor,
            contents=manifest.contents_after(self._gone, self._come),
            next_chunk=next_chunk,
            store=store,
            precision=precision or manifest.precision,
        )
        new.write(directory)
        clean(directory, new)
        return new

    def checkpoint(self, *, files: FilesRecord, roots: Sequence[Root]) -> None:
        """Commit what has come so far, and go on from there."""
        self.commit(files=files, roots=roots)
        self.parts += 1
        self._begin(open_snapshot(self._directory, self.base), self.encoded)

    def _merged(self, entries: list[SegmentEntry]) -> list[SegmentEntry]:
        """The segments after merging, and without those that hold no article any more."""
        opened = {segment.name: segment for segment in self.base.segments}
        number = 0

        def segment(entry: SegmentEntry) -> Segment:
            if entry.name not in opened:
                opened[entry.name] = Segment(self._directory / "segments" / entry.name)
            return opened[entry.name]

        def live(entry: SegmentEntry) -> int:
            gone = self._removed.get(entry.name, set())
            found = filter(None, map(segment(entry).entry, gone))
            return entry.rows - sum(one.rows for one in found)

        def holds_any(entry: SegmentEntry) -> bool:
            return entry.articles > len(self._removed.get(entry.name, ()))

        entries = [entry for entry in entries if holds_any(entry)]
        while (run := to_merge([Size(e.rows, live(e)) for e in entries])) is not None:
            number += 1
            writer = SegmentWriter(
                self._directory / "segments" / f"{self._name}-{number}",
                self.base.manifest.dimensions,
                0,
                sentences=self.base.manifest.embedding_mode.has_sentences,
            )
            for entry in entries[run.start : run.stop]:
                gone = self._removed.get(entry.name, set())
                for article in segment(entry).entries:
                    if article.id not in gone:
                        writer.copy(segment(entry), article)
            writer.finish()
            whole = {p for entry in entries[run.start : run.stop] for p in entry.precisions}
            entries[run.start : run.stop] = [_entry(writer, whole)]
        return entries

    def _stored(self, entry: SegmentEntry, setting: str) -> SegmentEntry:
        """A segment with the store that its size, or the setting, asks for."""
        store = choose_store(setting, entry.rows)
        if store != entry.store:
            build_store(self._directory / "segments" / entry.name, store)
        return replace(entry, store=store)

    def abandon(self) -> None:
        """Give the changes up and remove what was written for them."""
        self._stopped = True
        self._beside.shutdown(cancel_futures=True)  # after the batch that is in the network
        if self._segment is not None:
            self._segment.abandon()
        self._segment = self._words = None
        # The newest state, not the base: what stops this may come after the commit.
        with contextlib.suppress(LibraryError, OSError):
            clean(self._directory, read_manifest(self._directory))


def _entry(writer: SegmentWriter, precisions: Iterable[Precision]) -> SegmentEntry:
    return SegmentEntry(
        writer.path.name, writer.articles, writer.rows, precisions=tuple(sorted(precisions))
    )


def _digest(article_id: str, digest: str, metadata: Metadata) -> str:
    parts = [article_id, digest, metadata_json(metadata).decode("ascii")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def clean(directory: Path, manifest: Manifest) -> None:
    """Remove files of earlier generations and of writers that were killed.

    Only for the holder of the write lock. Files that cannot be removed now stay for the next.
    """
    segments = {entry.name for entry in manifest.segments}
    words = {Path(manifest.bm25).name} if manifest.bm25 else set()
    for folder, kept in (("segments", segments), ("bm25", words)):
        if (directory / folder).is_dir():
            for path in (directory / folder).iterdir():
                if path.name not in kept:
                    shutil.rmtree(path, ignore_errors=True)
    for entry in manifest.segments:
        remove_stores(directory / "segments" / entry.name, keep=entry.store)
    for pattern in ("removed-*.json", "files-*.json", ".*.new", f"{UPLOADS}/**/.*.new"):
        for path in directory.glob(pattern):
            if path.name not in (manifest.removed, manifest.files):
                with contextlib.suppress(OSError):
                    path.unlink()


MAX_SEGMENTS = 8
"""With more segments than this, the newest are merged."""


@dataclass(frozen=True, slots=True)
class Size:
    """The rows of a segment, and how many of them belong to articles still in the index."""

    rows: int
    live: int


def to_merge(sizes: Sequence[Size]) -> range | None:
    """The segments to replace by one, or None while nothing needs merging.

    When there are too many, the newest ones are taken together, and older ones as long as
    they are not more than twice as large as what is taken already: each row is copied a
    number of times that grows with the logarithm of the number of rows. A segment more than
    half of whose rows are dead is rewritten by itself.
    """
    if len(sizes) > MAX_SEGMENTS:
        start = len(sizes) - 1
        taken = sizes[start].live
        while start > 0 and (start >= MAX_SEGMENTS or sizes[start - 1].live <= 2 * taken):
            start -= 1
            taken += sizes[start].live
        return range(start, len(sizes))
    for number, size in enumerate(sizes):
        if size.live * 2 < size.rows:
            return range(number, number + 1)
    return None
