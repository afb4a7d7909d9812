"""The writer of an index in a folder: new segments beside those of the old state.

New files are written beside those of the old state, and a commit replaces the manifest. Until then
every reader sees the old state; a rollback, or killing the process, leaves only files that the
next writer removes.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.checked_files import digests_below
from index.errors import LibraryError
from index.settings import Precision
from index.storage.bm25 import BM25Document, BM25Writer
from index.storage.folder_snapshot import FolderSnapshot
from index.storage.fsync import sync_file, sync_tree
from index.storage.manifest import (
    BM25,
    SEGMENTS,
    UPLOADS,
    FilesRecord,
    Manifest,
    SegmentEntry,
    read_manifest,
    write_removed,
)
from index.storage.segment import Segment, SegmentWriter, build_store, remove_stores
from index.storage.writer import EncodedArticle, IndexWriter
from index.vector_stores.registry import choose_store

MAX_SEGMENTS = 8
"""With more segments than this, the newest are merged."""


class FolderWriter(IndexWriter):
    """See the module. Files that no state uses are removed first, with `clean`."""

    def __init__(self, base: FolderSnapshot, *, clean: bool = True) -> None:
        self._base = base
        self._directory = base.directory
        self._name = str(base.manifest.generation + 1)
        self._removed = {name: set(ids) for name, ids in base.removed.items()}
        self._segment: SegmentWriter | None = None
        self._bm25: BM25Writer | None = None
        if clean:
            remove_unused_files(self._directory, base.manifest)

    @property
    def rows(self) -> int:
        return self._segment.rows if self._segment is not None else 0

    def remove(self, article_id: str) -> bool:
        segment = self._base.segment_of(article_id)
        if segment is None or article_id in self._removed.get(segment, ()):
            return False
        self._removed.setdefault(segment, set()).add(article_id)
        self._bm25_writer().remove(article_id)
        return True

    def remove_all(self) -> None:
        """Drop all segments of the base, which has no BM25 index; their vectors are reused."""
        self._removed = {segment.name: set(segment.ids()) for segment in self._base.segments}

    def add(self, articles: Sequence[EncodedArticle]) -> None:
        if self._segment is None:
            self._segment = self._segment_writer(self._name, self._base.manifest.next_chunk)
        for item in articles:
            first = self._segment.add(
                item.article, item.chunks, item.keys, item.vectors, item.sentences
            )
            self._bm25_writer().add(
                BM25Document(
                    number,
                    item.article.id,
                    item.article.metadata.title,
                    chunk.span.of(item.article.text),
                    context.text,
                )
                for number, (chunk, context) in enumerate(
                    zip(item.chunks, item.contexts, strict=True), start=first
                )
            )

    def _segment_writer(self, name: str, first_chunk: int) -> SegmentWriter:
        return SegmentWriter(
            self._directory / SEGMENTS / name,
            self._base.manifest.dimensions,
            first_chunk,
            sentences=self._base.manifest.embedding_mode.has_sentences,
        )

    def _bm25_writer(self) -> BM25Writer:
        if self._bm25 is None:
            name = self._base.manifest.bm25
            base = self._directory / name if name else None
            self._bm25 = BM25Writer(self._directory / BM25 / self._name, base)
        return self._bm25

    def commit(
        self,
        manifest: Manifest,
        files: FilesRecord | None,
        precisions: Collection[Precision],
        check_cancelled: Callable[[], None],
    ) -> Manifest:
        directory, next_chunk = self._directory, manifest.next_chunk
        segments = list(manifest.segments)
        if self._segment is not None:
            self._segment.finish()
            next_chunk = self._segment.next_chunk
            segments.append(_entry(self._segment, precisions))
        segments = [self._with_store(entry, manifest.store) for entry in self._merge(segments)]
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
        check_cancelled()
        new = replace(
            manifest,
            segments=tuple(segments),
            removed=removed_name,
            files=files_name or manifest.files,
            bm25=bm25,
            next_chunk=next_chunk,
        ).with_digests(directory, manifest.digests)
        new.write(directory)
        remove_unused_files(directory, new)
        return new

    def _merge(self, entries: list[SegmentEntry]) -> list[SegmentEntry]:
        """Merge segments where there are too many, and drop those without articles."""
        segments = {segment.name: segment for segment in self._base.segments}

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
            digests = digests_below(self._base.manifest.digests, folder)
            build_store(self._directory / folder, store, digests)
        return replace(entry, store=store)

    def rollback(self) -> None:
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
