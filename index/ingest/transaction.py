"""A transaction: articles to add and remove, committed together.

Used under the write lock only. What is added is parsed and encoded here and written by an
`IndexWriter`; every reader sees the old state until it commits.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.embedding.precision import BULK_CHARACTERS
from index.errors import CancelledError
from index.ingest.embed_chunks import ChunkEncoder, ChunkText, Embeddings, chunk_text
from index.segmentation.chunking import ChunkSettings, chunk_article
from index.segmentation.context import Context, chunk_context
from index.settings import Precision
from index.storage.location import IndexLocation
from index.storage.manifest import FilesRecord, Manifest, Root
from index.storage.records import encode_metadata
from index.storage.snapshot import Snapshot
from index.storage.writer import EncodedArticle, IndexWriter
from index.types import Article, Chunk, Metadata

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder

BATCH_CHUNKS = 1024
"""Chunks that are encoded together; the encoder sorts them by length."""

FIRST_BATCH_CHARACTERS = 1.1 * BULK_CHARACTERS
"""Size of the first batch: encoding starts early, yet `Precision.AUTO` can use bfloat16."""


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
    which the transaction went on. `writer` is one for `base`, opened at `location` if it is None.
    """

    def __init__(
        self,
        location: IndexLocation,
        base: Snapshot,
        encoder: Callable[[], Encoder],
        reporter: ProgressReporter | None = None,
        *,
        writer: IndexWriter | None = None,
    ) -> None:
        self.total = 0
        self.checkpoints = 0
        self._done = 0
        self._encoder = encoder
        self._reporter = reporter or ProgressReporter()
        self._report_lock = threading.Lock()
        self._is_rolled_back = False
        self._location = location
        self._begin(base, writer or location.open_writer(base))

    def _begin(self, base: Snapshot, writer: IndexWriter, encoded: int = 0) -> None:
        self.base = base
        self._chunk_encoder = ChunkEncoder(base, self._encoder, encoded=encoded)
        self._chunk_settings = ChunkSettings(**base.manifest.chunks)
        self._writer = writer
        self._removed_digests: list[str] = []
        self._added_digests: list[str] = []
        self._pending: list[_ChunkedArticle] = []
        self._pending_chunks = self._pending_characters = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="batches")
        self._encoding: _Batch | None = None

    @property
    def encoded(self) -> int:
        """The number of texts encoded so far."""
        return self._chunk_encoder.encoded

    @property
    def rows(self) -> int:
        """The number of chunks added since the last commit."""
        encoding = self._encoding.articles if self._encoding is not None else []
        chunks = sum(len(item.chunks) for item in encoding)
        return self._pending_chunks + chunks + self._writer.rows

    @property
    def has_changes(self) -> bool:
        """Whether any article has been added or removed since the last commit."""
        return bool(self._removed_digests or self._added_digests)

    def remove(self, article_id: str) -> None:
        """Remove an article of the base, if it is there and not removed yet."""
        if self._writer.remove(article_id) and (old := self.base.summary(article_id)) is not None:
            self._removed_digests.append(_digest(old.id, old.hash, old.metadata))

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
        if self._encoding is None and not self._writer.rows:
            self._pending_characters += sum(len(text) for chunk in texts for text in chunk.texts)
        self._added_digests.append(_digest(article.id, article.hash, article.metadata))
        if (
            self._pending_chunks >= BATCH_CHUNKS
            or self._pending_characters >= FIRST_BATCH_CHARACTERS
        ):
            self._encode_next()

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
        encoded = []
        for item in batch:
            keys = [text.key for text in item.texts]
            vectors = np.zeros((len(keys), self.base.manifest.dimensions), dtype=np.float32)
            for row, key in enumerate(keys):
                vectors[row] = embeddings[key].vector
            sentences = [embeddings[key].sentences for key in keys]
            encoded.append(
                EncodedArticle(item.article, item.chunks, item.contexts, keys, vectors, sentences)
            )
        self._writer.add(encoded)

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
        manifest = self.base.manifest
        return self._writer.commit(
            manifest.next(
                roots=manifest.roots if roots is None else tuple(roots),
                extractor=extractor or manifest.extractor,
                contents=manifest.contents_after(self._removed_digests, self._added_digests),
                store=store or manifest.store,
                precision=precision or manifest.precision,
            ),
            files,
            self._chunk_encoder.precisions,
            lambda: self.report(SyncPhase.WRITING),
        )

    def checkpoint(self, *, files: FilesRecord, roots: Sequence[Root]) -> None:
        """Commit the changes so far, and continue with a new transaction from there."""
        self.commit(files=files, roots=roots)
        self.checkpoints += 1
        base = self._location.open_snapshot(self.base)
        self._begin(base, self._location.open_writer(base), self.encoded)

    def rollback(self) -> None:
        """Discard the changes and remove the files written for them."""
        self._is_rolled_back = True
        self._executor.shutdown(cancel_futures=True)  # waits for the batch that is being encoded
        self._writer.rollback()


def _digest(article_id: str, article_hash: str, metadata: Metadata) -> str:
    parts = [article_id, article_hash, encode_metadata(metadata).decode("ascii")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
