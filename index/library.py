"""A library: a folder of articles made searchable, stored on disk and updated safely.

    library = Library.open_or_create("my-index")
    library.sync("articles/")
    snapshot = library.snapshot()
    for hit in snapshot.search_words("Who trains the agents?", 5):
        print(hit.score, snapshot.chunk(hit.row))

Searches run on a snapshot, which never changes; `refresh` adopts what a writer has committed
since. A library may be used by several threads, and several processes may share one index: one
writes at a time while the others wait.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self, Unpack

from index.errors import (
    CancelledError,
    EncoderError,
    FormatError,
    LibraryError,
    NoIndexError,
    RootError,
    SettingError,
    StorageError,
    UnknownArticleError,
)
from index.filters import Filter
from index.ingest.article_ids import check_article_id, generate_article_id
from index.ingest.backup import back_up, restore
from index.ingest.records import read_articles, write_line
from index.ingest.repair import RepairReport, keep_intact, unusable
from index.ingest.roots import UPLOADS_ROOT, select_roots
from index.ingest.staging import STAGING, Staging, finish_staging
from index.ingest.sync import Rename, Skip, SyncReport, sync_roots
from index.ingest.transaction import ProgressReporter, SyncPhase, SyncProgress, Transaction
from index.ingest.uploads import check_upload_conflicts, store_uploads, upload_name
from index.ingest.watch import watch_roots
from index.parsing.article import EXTRACTOR_VERSION, make_article
from index.parsing.metadata import MetadataChanges, change_metadata, plain_changes
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode, Precision, StoreSetting
from index.storage.bm25 import BM25Settings
from index.storage.check import CheckReport, check_index
from index.storage.fsync import FOLDER_MODE
from index.storage.location import IndexLocation
from index.storage.lock import writer_lock
from index.storage.manifest import (
    MANIFEST_COPY,
    MANIFEST_NAME,
    UPLOADS,
    Manifest,
    read_manifest,
    rebuild_advice,
)
from index.storage.registry import folder, locate
from index.storage.snapshot import ArticleSummary, Hit, Snapshot
from index.types import Article
from index.vector_stores.registry import check_store

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder

__all__ = [
    "ArticleSummary",
    "BM25Settings",
    "Filter",
    "Hit",
    "Library",
    "Rename",
    "Skip",
    "Snapshot",
    "SyncPhase",
    "SyncProgress",
    "SyncReport",
]

log = logging.getLogger(__name__)

LOCK_TIMEOUT = 30.0
"""Default of `lock_timeout`, in seconds."""

OnProgress = Callable[[SyncProgress], None]
OnWait = Callable[[str], None]


class Library:
    """An index of articles. Get one from `open`, `create` or `open_or_create`.

    Methods that write wait for up to `lock_timeout` seconds while another process writes, and then
    raise LockedError. Meanwhile `on_wait` is called about once a second, with a sentence that
    names the other process.
    """

    def __init__(
        self,
        location: IndexLocation,
        encoder: Encoder | None = None,
        *,
        lock_timeout: float = LOCK_TIMEOUT,
        on_wait: OnWait | None = None,
    ) -> None:
        self._location = location
        self._open_snapshot: Snapshot | None = location.open_snapshot()
        self._encoder = encoder
        self._lock_timeout = lock_timeout
        self._on_wait = on_wait
        self._lock = threading.Lock()
        if encoder is not None:
            self._check_encoder(self._snapshot, encoder)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        encoder: Encoder | None = None,
        lock_timeout: float = LOCK_TIMEOUT,
        on_wait: OnWait | None = None,
    ) -> Self:
        """Open the newest state of the index in the folder `path`.

        Without `encoder`, the one named in the manifest is loaded when it is first needed. Raises
        NoIndexError if the folder has none, DamagedError if a file differs from its digest,
        FormatError if it has another format version or was made with another encoder than
        `encoder`, StorageError if it cannot be read.
        """
        return cls(locate(path), encoder, lock_timeout=lock_timeout, on_wait=on_wait)

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        encoder: str | Encoder | None = None,
        chunk_settings: ChunkSettings | None = None,
        embedding_mode: EmbeddingMode = EmbeddingMode.SENTENCES,
        store: str = StoreSetting.AUTO,
        precision: Precision = Precision.AUTO,
        lock_timeout: float = LOCK_TIMEOUT,
        on_wait: OnWait | None = None,
    ) -> Self:
        """Create an empty index in the folder `path`, which must be empty or missing.

        `encoder` is a model's name or path, or an encoder; None is the packaged model. `store` is
        a `StoreSetting` or the name of a registered store. Raises SettingError if the folder holds
        anything, NoIndexError if it cannot be made, EncoderError if the encoder cannot be loaded.
        """
        location, loaded = locate(path), _load(encoder)
        manifest = _new_manifest(loaded, chunk_settings, embedding_mode, store, precision)
        if not _write_new(location, manifest, lock_timeout, on_wait):
            raise SettingError(f"{location.name} already holds an index; open it instead")
        return cls(location, loaded, lock_timeout=lock_timeout, on_wait=on_wait)

    @classmethod
    def open_or_create(
        cls,
        path: str | Path,
        *,
        encoder: str | Encoder | None = None,
        chunk_settings: ChunkSettings | None = None,
        embedding_mode: EmbeddingMode | None = None,
        store: str | None = None,
        precision: Precision | None = None,
        lock_timeout: float = LOCK_TIMEOUT,
        on_wait: OnWait | None = None,
    ) -> Self:
        """Open the index in `path`, or create it. See `open` and `create`.

        A given `store` or `precision` is used from now on. Raises FormatError if the index was
        made with another encoder, other chunk settings or another embedding mode than those given.
        """
        try:
            library = cls.open(path, lock_timeout=lock_timeout, on_wait=on_wait)
        except NoIndexError:
            loaded = encoder = _load(encoder)
            manifest = _new_manifest(
                loaded,
                chunk_settings,
                embedding_mode or EmbeddingMode.SENTENCES,
                store or StoreSetting.AUTO,
                precision or Precision.AUTO,
            )
            # Another process may create the index meanwhile; then its settings are checked.
            _write_new(locate(path), manifest, lock_timeout, on_wait)
            library = cls.open(path, lock_timeout=lock_timeout, on_wait=on_wait)
        library._check_settings(encoder, chunk_settings, embedding_mode)
        if store is not None:
            library.use_store(store)
        if precision is not None:
            library.use_precision(precision)
        return library

    def _check_settings(
        self,
        encoder: str | Encoder | None,
        chunk_settings: ChunkSettings | None,
        embedding_mode: EmbeddingMode | None,
    ) -> None:
        manifest, advice = self.manifest, rebuild_advice(self.path)
        if encoder is not None:
            loaded = _load(encoder)
            self._check_encoder(self._snapshot, loaded)
            self._encoder = loaded
        if chunk_settings is not None and asdict(chunk_settings) != manifest.chunks:
            raise FormatError(
                f"the index in {self._location.name} was made with the chunk settings "
                f"{manifest.chunks}, not {asdict(chunk_settings)}. {advice}"
            )
        if embedding_mode is not None and embedding_mode != manifest.embedding_mode:
            raise FormatError(
                f"the index in {self._location.name} was made with the embedding mode "
                f"{manifest.embedding_mode}, not {embedding_mode}. {advice}"
            )

    def _check_encoder(self, snapshot: Snapshot, encoder: Encoder) -> None:
        """Raise FormatError if the index was made with another encoder."""
        manifest = snapshot.manifest
        if encoder.fingerprint != manifest.fingerprint:
            raise FormatError(
                f"the index in {self._location.name} was made with the encoder "
                f"{manifest.encoder} ({manifest.fingerprint[:12]}), this is {encoder.name} "
                f"({encoder.fingerprint[:12]}). {rebuild_advice(self.path)}"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the snapshot and the encoder; using the library afterwards is an error.

        The files of the index are closed when nothing else uses the snapshot.
        """
        self._open_snapshot = self._encoder = None

    # Reading

    @property
    def _snapshot(self) -> Snapshot:
        if self._open_snapshot is None:
            raise SettingError("the library is closed; open it again with Library.open")
        return self._open_snapshot

    @property
    def path(self) -> Path:
        """The folder of the index; of one that is elsewhere, its folder on this machine."""
        return self._snapshot.directory

    @property
    def address(self) -> str:
        """What `open` takes: the folder of the index, or its address."""
        return self._location.name

    @property
    def manifest(self) -> Manifest:
        """The manifest of the current snapshot: its settings, roots, segments and digest."""
        return self._snapshot.manifest

    @property
    def encoder(self) -> Encoder:
        """The encoder that the index was made with, loaded at first use.

        Raises EncoderError if it is not on this machine, FormatError if the model of that name
        on this machine is another one.
        """
        with self._lock:
            if self._encoder is None:
                try:
                    encoder = _load(self.manifest.encoder)
                except EncoderError as error:
                    raise EncoderError(
                        f"{error}. If the index was made with an encoder of your program, pass it "
                        f"again: Library.open({self._location.name!r}, encoder=…)"
                    ) from error
                self._check_encoder(self._snapshot, encoder)
                self._encoder = encoder
            return self._encoder

    def snapshot(self) -> Snapshot:
        """Return the current snapshot, for searching and reading.

        Row numbers are valid within one snapshot only, so use the same one for calls that belong
        together.
        """
        return self._snapshot

    def refresh(self) -> bool:
        """Adopt the newest state on disk, and return whether there was a newer one.

        Raises NoIndexError or FormatError if the index is gone or was replaced by one made with
        another encoder; the library then keeps its snapshot.
        """
        manifest, old = self._location.read_manifest(), self.manifest
        if (manifest.created, manifest.generation) == (old.created, old.generation):
            return False
        snapshot = self._location.open_snapshot(self._snapshot)
        if self._encoder is not None:
            self._check_encoder(snapshot, self._encoder)
        with self._lock:
            now, new = self._snapshot.manifest, snapshot.manifest
            # Another thread may have adopted a newer state meanwhile.
            if now.created != new.created or now.generation < new.generation:
                self._open_snapshot = snapshot
        return True

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self._snapshot)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._snapshot

    def __iter__(self) -> Iterator[Article]:
        """Iterate over all articles with their texts, sorted by id, as they are now."""
        snapshot = self._snapshot
        return (snapshot.article(one.id) for one in snapshot.articles())

    def __repr__(self) -> str:
        if self._open_snapshot is None:
            return "<Library, closed>"
        return f"<Library {self._location.name!r}, {len(self):,} articles>"

    def articles(self) -> list[ArticleSummary]:
        """Return all articles without their texts, sorted by id."""
        return self._snapshot.articles()

    def article(self, article_id: str) -> Article:
        """Return an article with its text. Raises UnknownArticleError for an unknown id."""
        return self._snapshot.article(article_id)

    # Writing

    def sync(
        self,
        *roots: str | Path,
        verify: bool = False,
        prune: bool = False,
        retry: bool = False,
        progress: OnProgress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SyncReport:
        """Bring the index up to date with its roots, adding `roots` to them first.

        With `roots`, only those are synced; otherwise all of them and the uploads. Files that were
        added, changed, renamed or removed are detected by size and time; `verify` compares the
        bytes of every file, and `retry` parses those again that gave no article. `progress` and
        `cancelled` are called often; when `cancelled` returns true, CancelledError is raised. Many
        articles are committed in parts: what is committed stays if the sync is cancelled or the
        process is killed, and the next sync continues from there.

        Raises RootError, with nothing changed, if a root is missing or suddenly empty (with
        `prune`, its articles are removed instead), has no articles, or is inside another.
        """
        reporter = ProgressReporter(progress, cancelled)
        with self._transaction("indexing", reporter) as transaction:
            all_roots, selected = select_roots(
                self.path, transaction.base.manifest.roots, [Path(root) for root in roots]
            )
            if not roots and (
                (self.path / UPLOADS).is_dir() or transaction.base.files().files.get(UPLOADS)
            ):
                selected.append(UPLOADS_ROOT)
            if not selected:
                raise RootError(
                    "no folder has been indexed yet; name one: "
                    f"pincite index PATH --index {self._location.name}"
                )
            return sync_roots(
                transaction, all_roots, selected, verify=verify, prune=prune, retry=retry
            )

    def watch(
        self,
        stop: threading.Event,
        *,
        on_report: Callable[[SyncReport], None] = lambda _report: None,
        on_error: Callable[[LibraryError], None] = lambda error: log.warning("%s", error),
        progress: OnProgress | None = None,
    ) -> None:
        """Sync the roots now and whenever their files change, until `stop` is set.

        `on_report` is called after each sync that changed something or left out another file; only
        such files are in `skipped`. A sync that fails, as that of a missing root, is tried again;
        `on_error` is called with each new reason. Raises StorageError where the system cannot watch
        so many folders.
        """
        left_out: set[Skip] = set()

        def sync(roots: Iterable[Path]) -> None:
            try:
                report = self.sync(*roots, progress=progress, cancelled=stop.is_set)
            except CancelledError:
                return
            new = tuple(skip for skip in report.skipped if skip not in left_out)
            report = replace(report, skipped=new)
            left_out.update(new)
            if report != SyncReport(unchanged=report.unchanged):
                on_report(report)

        watch_roots(self.root_paths, sync, stop, exclude=self.path, on_error=on_error)

    def root_paths(self) -> list[Path]:
        """Return the folders and files that the newest state of the index follows."""
        self.refresh()
        return [Path(root.path) for root in self.manifest.roots]

    def use_store(self, store: str) -> None:
        """Search vectors with `store` from now on, a `StoreSetting` or a registered store's name.

        Nothing is encoded again; the store's files are made from the vectors. Raises SettingError
        for an unknown store.
        """
        check_store(store)
        if store != self._location.read_manifest().store:
            with self._transaction("changing the store") as transaction:
                transaction.commit(store=store)

    def use_precision(self, precision: Precision) -> None:
        """Encode with `precision` from now on.

        Stored vectors stay as they are, and are searched together with the new ones. Raises
        SettingError for an unknown precision.
        """
        precision = Precision(precision)
        if precision != self._location.read_manifest().precision:
            with self._transaction("changing the precision") as transaction:
                transaction.commit(precision=precision)

    def remove_root(self, root: str | Path) -> SyncReport:
        """Stop following a folder and remove its articles; its files are not touched.

        Raises RootError if the folder is not a root of the index.
        """
        path = str(Path(root).expanduser().resolve())
        with self._transaction("removing a folder") as transaction:
            roots = transaction.base.manifest.roots
            removed_paths = {known.path for known in roots} & {path, str(root)}
            if not removed_paths:
                listed = ", ".join(known.path for known in roots) or "none"
                raise RootError(f"{path} is not indexed; indexed folders: {listed}")
            files = transaction.base.files()
            removed = [
                file.article
                for removed_path in removed_paths
                for file in files.files.get(removed_path, {}).values()
                if file.article
            ]
            for article_id in removed:
                transaction.remove(article_id)
            transaction.commit(
                files=files.without(removed_paths),
                roots=[known for known in roots if known.path not in removed_paths],
            )
        return SyncReport(removed=tuple(sorted(removed)))

    def add(
        self,
        text: str,
        *,
        title: str = "",
        authors: Sequence[str] = (),
        publisher: str | None = None,
        published: date | None = None,
        url: str | None = None,
        metadata: Mapping[str, str | Iterable[str]] | None = None,
        id: str | None = None,
    ) -> Article:
        """Add an article whose text is not in a file, or replace the added one with that `id`.

        `metadata` are own fields, such as `{"desk": "sport", "tags": ["harbour", "storm"]}`, which
        `Filter(metadata=…)` selects by. Without `id`, it is made from the title and the text, the
        same each time. Raises ArticleError if the text holds nothing visible, SettingError if `id`
        is invalid or belongs to a file's article, or if `url` has a line break.
        """
        article = make_article(
            text,
            "new",
            title=title,
            authors=authors,
            publisher=publisher,
            published=published,
            url=url,
            metadata=metadata,
        )
        if id is not None:
            article = replace(article, id=check_article_id(id))
        else:
            article = replace(article, id=generate_article_id(title, article.hash))
        with self._transaction("adding a text") as transaction:
            if article.id in transaction.base.files().ids():
                raise SettingError(f"{article.id!r} is the id of a file's article; choose another")
            transaction.add(article)
            transaction.commit()
        return article

    def add_articles(
        self, articles: Iterable[Article], *, progress: OnProgress | None = None
    ) -> int:
        """Add articles that are not in files, all or none of them, and return how many.

        An added article with the same id is replaced. `make_article` makes one from a text. A
        generator is read as the articles are written. Raises SettingError if an id belongs to a
        file's article or to two of the articles, or for anything but an article.
        """
        known = len(articles) if isinstance(articles, Sized) else 0
        seen: set[str] = set()
        with self._transaction("adding articles", ProgressReporter(progress)) as transaction:
            file_ids = transaction.base.files().ids()
            for article in articles:
                if not isinstance(article, Article):
                    raise SettingError(f"{article!r} is no article; make one with make_article")
                if article.id in seen:
                    raise SettingError(
                        f"{article.id!r} is the id of two of the articles; give each its own"
                    )
                if article.id in file_ids:
                    raise SettingError(f"{article.id!r} is the id of a file's article")
                seen.add(article.id)
                transaction.total = max(known, len(seen))
                transaction.add(article)
                transaction.advance()
            transaction.commit()
        return len(seen)

    def export_articles(self, path: str | Path) -> int:
        """Write all articles to a file of JSON lines (`index/ingest/records.py`); return how many.

        Raises StorageError if the file cannot be written.
        """
        snapshot = self._snapshot
        with _storage_errors(), Path(path).expanduser().open("w", encoding="utf-8") as file:
            for summary in snapshot.articles():
                file.write(write_line(snapshot.article(summary.id)))
        return len(snapshot)

    def import_articles(
        self,
        path: str | Path,
        *,
        fields: Mapping[str, str] | None = None,
        progress: OnProgress | None = None,
    ) -> int:
        """Add the articles of a file of JSON lines or a Parquet file, all or none; return how many.

        `fields` gives the names that fields have in the file, where they are others: `{"text":
        "body"}`. Raises ArticleError, which names the line or row, for one that is not an article,
        and what `add_articles` raises.
        """
        with _storage_errors():
            articles = read_articles(Path(path).expanduser(), fields)
            return self.add_articles(articles, progress=progress)

    def update(self, *article_ids: str, **changes: Unpack[MetadataChanges]) -> None:
        """Change the metadata of articles, all or none; their texts stay as they are.

        `changes` are arguments of `add` and `year`; what is not named is kept, and `metadata`
        replaces all own fields. Nothing but a changed title is encoded again. What was changed
        stays when the article's file changes, is moved or has a sidecar file.
        Raises UnknownArticleError for an unknown id, SettingError for a wrong value.
        """
        ids = _checked_ids("update", article_ids)
        with self._transaction("changing metadata") as transaction:
            transaction.total = len(ids)
            corrections = {}
            for article_id in ids:
                article = transaction.base.article(article_id)
                metadata = change_metadata(article.metadata, changes)
                transaction.add(replace(article, metadata=metadata))
                corrections[article_id] = plain_changes(changes, metadata)
                transaction.advance()
            transaction.commit(files=transaction.base.files().corrected(corrections))

    def add_upload(self, name: str, data: bytes, *, progress: OnProgress | None = None) -> Article:
        """Store a file inside the index and add its article, replacing an upload of that name.

        Raises ArticleError if the file cannot be read as an article, SettingError if its name
        cannot be used; the file is not stored then.
        """
        name = upload_name(name)
        check_upload_conflicts(self.path / UPLOADS, name)
        reporter = ProgressReporter(progress)
        with self._transaction("indexing an upload", reporter) as transaction:
            store_uploads(transaction, [(name, data)], all_or_none=True)
        return self.article(f"{UPLOADS}/{name}")

    def add_uploads(
        self,
        files: Sequence[tuple[str, Path]],
        *,
        progress: OnProgress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> SyncReport:
        """Store copies of several files inside the index, and add their articles in one commit.

        `files` are names, which may have folders, and present paths; an upload of the same name is
        replaced. A file that cannot be read is reported as skipped, and not stored. When
        `cancelled` returns true, CancelledError is raised and nothing is changed.
        """
        reporter = ProgressReporter(progress, cancelled)
        with self._transaction("indexing uploads", reporter) as transaction:
            return store_uploads(transaction, files, all_or_none=False)

    def remove(self, *article_ids: str) -> None:
        """Remove uploaded articles with their files, and those that `add` added, all or none.

        Raises UnknownArticleError for an unknown id, SettingError if an article is from a folder:
        delete its file instead.
        """
        ids = _checked_ids("remove", article_ids)
        with self._transaction("removing articles") as transaction:
            files = transaction.base.files()
            uploads = []
            for article_id in ids:
                if article_id not in transaction.base:
                    raise UnknownArticleError(f"no article has the id {article_id!r}")
                root, name = files.location_of(article_id) or (None, None)
                if root is not None and root != UPLOADS:
                    raise SettingError(
                        f"{article_id} is a file in {root}; delete the file and bring "
                        "the index up to date, or remove that folder from the index"
                    )
                if name is not None:
                    uploads.append(name)
            staging = Staging(self.path, transaction.base.manifest)
            for name in uploads:
                if (self.path / UPLOADS / name).exists():
                    staging.set_aside(name)
                files = files.without_file(UPLOADS, name)
            for article_id in ids:
                transaction.remove(article_id)
            transaction.commit(files=files)

    @staticmethod
    def check(path: str | Path) -> CheckReport:
        """Compare every file of the index in the folder `path` with its digest.

        Raises NoIndexError, FormatError for another format version, StorageError if a file cannot
        be read. Damage is reported, not raised.
        """
        return check_index(folder(path))

    def backup(self, target: str | Path) -> None:
        """Copy the newest state of the index to the new folder `target`, an index itself.

        Readers and writers are not disturbed. Raises SettingError if `target` holds anything,
        DamagedError if a file is damaged, StorageError if one cannot be read or written.
        """
        with _storage_errors():
            back_up(folder(self.address), folder(target))

    @staticmethod
    def restore(
        backup: str | Path,
        path: str | Path,
        *,
        lock_timeout: float = LOCK_TIMEOUT,
        on_wait: OnWait | None = None,
    ) -> None:
        """Make the index in the folder `path` what it was when `backup` was made.

        The index may be in use, damaged or missing; readers see the restored state at their next
        `refresh`. Raises DamagedError, with nothing changed, if the backup is damaged.
        """
        directory = folder(path)
        read_manifest(folder(backup))
        _check_no_other_files(directory)
        with _storage_errors():
            directory.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            with writer_lock(directory, "restoring a backup", wait=lock_timeout, on_wait=on_wait):
                restore(folder(backup), directory)

    @classmethod
    def repair(
        cls,
        path: str | Path,
        *,
        encoder: Encoder | None = None,
        progress: OnProgress | None = None,
        lock_timeout: float = LOCK_TIMEOUT,
        on_wait: OnWait | None = None,
    ) -> RepairReport:
        """Make what is damaged in the index in the folder `path` again from the articles.

        Stored articles that equal their digests are kept, all others are read from their files
        again. Nothing is changed if nothing is damaged. Raises DamagedError if nothing says what
        the index held, and what `sync` raises.
        """
        directory = folder(path)
        report = check_index(directory)
        if not report.damaged:
            return RepairReport()
        uploads = [one.path for one in report.damaged if one.path.startswith(f"{UPLOADS}/")]
        problems = [
            f"{name} is not the file that was indexed; its article is kept. Upload it again"
            for name in uploads
        ]
        kept = reread = 0
        with (
            _storage_errors(),
            writer_lock(directory, "repairing the index", wait=lock_timeout, on_wait=on_wait),
        ):
            report = check_index(directory)
            if report.manifest is None:
                raise unusable(directory)
            manifest = report.manifest
            if {one.path for one in report.damaged} <= {MANIFEST_NAME, MANIFEST_COPY, *uploads}:
                manifest.write(directory)
                return RepairReport(report.damaged, problems=tuple(problems))
            loaded = _load(encoder or manifest.encoder)
            reporter = ProgressReporter(progress)
            kept, lost = keep_intact(directory, report, manifest, lambda: loaded, reporter)
            problems += lost
        library = cls.open(directory, encoder=loaded, lock_timeout=lock_timeout, on_wait=on_wait)
        for root in (*manifest.roots, UPLOADS_ROOT):
            if root == UPLOADS_ROOT and (uploads or not (directory / UPLOADS).is_dir()):
                continue
            try:
                with library._transaction("repairing the index", reporter) as transaction:
                    found = sync_roots(transaction, list(manifest.roots), [root])
            except RootError as error:
                problems.append(str(error))
            else:
                reread += len(found.added) + len(found.changed)
        return RepairReport(report.damaged, kept, reread, tuple(problems))

    @contextmanager
    def _transaction(
        self, task: str, reporter: ProgressReporter | None = None
    ) -> Iterator[Transaction]:
        """Hold the write lock during a transaction on the newest state, and refresh after it."""
        self._location.read_manifest()  # make no lock file if there is no index
        self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        with (
            _storage_errors(),
            writer_lock(self.path, task, wait=self._lock_timeout, on_wait=self._on_wait),
        ):
            base = self._location.open_snapshot(self._snapshot)
            if self._encoder is not None:
                self._check_encoder(base, self._encoder)
            finish_staging(self.path, base.manifest.generation)
            transaction = Transaction(self._location, base, lambda: self.encoder, reporter)
            started = time.monotonic()
            try:
                yield transaction
            except BaseException:
                transaction.rollback()
                raise
            finally:
                finish_staging(self.path, self._location.read_manifest().generation)
        self.refresh()
        log.info(
            "%s: %d articles in %s, %d texts encoded, %.2f s",
            task,
            len(self),
            self._location.name,
            transaction.encoded,
            time.monotonic() - started,
        )


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Name the cause of a failed call to the operating system. Raises StorageError."""
    try:
        yield
    except LibraryError:
        raise
    except OSError as error:
        raise StorageError.of(error) from error


def _checked_ids(method: str, ids: Sequence[str]) -> list[str]:
    """Return each id once. Raises SettingError for anything but strings."""
    for one in ids:
        if not isinstance(one, str):
            raise SettingError(f"the id is {one!r}; give strings, a list as {method}(*ids)")
    return list(dict.fromkeys(ids))


def _new_manifest(
    encoder: Encoder,
    chunk_settings: ChunkSettings | None,
    embedding_mode: EmbeddingMode,
    store: str,
    precision: Precision,
) -> Manifest:
    return Manifest(
        created=f"{time.time_ns()}-{os.getpid()}",
        encoder=encoder.name,
        fingerprint=encoder.fingerprint,
        dimensions=encoder.dimensions,
        extractor=EXTRACTOR_VERSION,
        chunks=asdict(chunk_settings or ChunkSettings()),
        embedding_mode=EmbeddingMode(embedding_mode),
        store=check_store(store),
        precision=Precision(precision),
    )


def _write_new(
    location: IndexLocation, manifest: Manifest, lock_timeout: float, on_wait: OnWait | None
) -> bool:
    """Write the manifest of an empty index, and return whether there was none yet."""
    directory = location.directory
    _check_no_other_files(directory)
    try:
        directory.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise NoIndexError(
            f"no index can be made in {directory} ({error.strerror}); choose another folder"
        ) from error
    with (
        _storage_errors(),
        writer_lock(directory, "making the index", wait=lock_timeout, on_wait=on_wait),
    ):
        if location.exists():
            return False
        location.write_new(manifest)
        return True


_INDEX_FILES = re.compile(
    r"lock|segments|bm25|uploads|\.uploads-(new|old)|cached\.json|audit\.jsonl|"
    r"(articles|chunks|terms|files)\.lance|"
    r"\.manifest(-copy)?\.json\.new|"
    r"(removed|files)-\d+\.json|" + STAGING.pattern
)
"""Names that a deleted, incomplete or cached index may have left in its folder."""


def _check_no_other_files(directory: Path) -> None:
    if directory.exists() and not directory.is_dir():
        raise SettingError(f"{directory} is a file; an index needs a folder")
    if directory.is_dir() and not (directory / MANIFEST_NAME).exists():
        names = sorted(path.name for path in directory.iterdir())
        other = next((name for name in names if not _INDEX_FILES.fullmatch(name)), None)
        if other is not None:
            raise SettingError(f"{directory} holds {other!r} and no index; choose an empty folder")


def _load(encoder: str | Encoder | None) -> Encoder:
    """Return an encoder, loaded by its name if it is a string; None is the packaged one."""
    if encoder is None or isinstance(encoder, str):
        from index.embedding.encoder import load_encoder

        return load_encoder(encoder)
    return encoder
