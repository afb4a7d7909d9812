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

import os
import re
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import (
    EncoderError,
    FormatError,
    NoIndexError,
    RootError,
    SettingError,
    UnknownArticleError,
)
from index.filters import Filter
from index.ingest.roots import chosen_roots
from index.ingest.sync import Rename, Skip, SyncReport, sync_roots
from index.ingest.transaction import Reporter, SyncProgress, Transaction
from index.ingest.uploads import (
    check_free,
    checked_id,
    checked_upload,
    discard,
    kept,
    made_id,
    usable,
)
from index.parsing.article import EXTRACTOR_VERSION, make_article
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode, Precision, StoreSetting
from index.storage.bm25 import BM25Settings
from index.storage.lock import writer_lock
from index.storage.manifest import (
    MANIFEST_NAME,
    UPLOADS,
    Manifest,
    read_manifest,
    rebuild_advice,
)
from index.storage.snapshot import ArticleSummary, Hit, Snapshot, open_snapshot
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
    "SyncProgress",
    "SyncReport",
]

DEFAULT_WAIT = 30.0
"""Seconds that a writer waits for another one."""

Waiting = Callable[[str], None]


class Library:
    """An index of articles. Made by `open`, `create` or `open_or_create`."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder | None = None) -> None:
        self._snapshot = snapshot
        self._encoder = encoder
        self._lock = threading.Lock()
        if encoder is not None:
            _check_encoder(snapshot, encoder)

    @classmethod
    def open(cls, path: str | Path, *, encoder: Encoder | None = None) -> Self:
        """Open the newest state of the index in the folder `path`.

        Without `encoder`, the one named in the manifest is loaded when it is first needed. Raises
        NoIndexError if there is no index, FormatError if it is damaged, has another format
        version, or was made with another encoder than `encoder`.
        """
        return cls(open_snapshot(Path(path).expanduser().resolve()), encoder)

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        encoder: str | Encoder | None = None,
        settings: ChunkSettings | None = None,
        embedding_mode: EmbeddingMode = EmbeddingMode.SENTENCES,
        store: str = StoreSetting.AUTO,
        precision: Precision = Precision.AUTO,
    ) -> Library:
        """Make an empty index in the folder `path`, which must be empty or not exist.

        `encoder` is a model's name or path, or an encoder; `store` is a `StoreSetting` or the
        name of a registered store. Raises SettingError where the folder holds something,
        NoIndexError where it cannot be made, EncoderError where the encoder cannot be loaded.
        """
        return cls._create(
            Path(path), encoder, settings, embedding_mode, store, precision, existing=False
        )

    @classmethod
    def open_or_create(
        cls,
        path: str | Path,
        *,
        encoder: str | Encoder | None = None,
        settings: ChunkSettings | None = None,
        embedding_mode: EmbeddingMode | None = None,
        store: str | None = None,
        precision: Precision | None = None,
    ) -> Library:
        """Open the index in `path`, or make one. See `open` and `create`.

        Raises FormatError where there is one and it was made with another encoder or other
        settings than those given. Another `store` or `precision` is no reason: see
        `use_store` and `use_precision`.
        """
        try:
            library = cls.open(path)
        except NoIndexError:
            library = cls._create(
                Path(path),
                encoder,
                settings,
                embedding_mode or EmbeddingMode.SENTENCES,
                store or StoreSetting.AUTO,
                precision or Precision.AUTO,
                existing=True,
            )
        library._check_made_with(encoder, settings, embedding_mode)
        if store is not None:
            library.use_store(store)
        if precision is not None:
            library.use_precision(precision)
        return library

    @classmethod
    def _create(
        cls,
        path: Path,
        encoder: str | Encoder | None,
        settings: ChunkSettings | None,
        embedding_mode: EmbeddingMode,
        store: str,
        precision: Precision,
        *,
        existing: bool,
    ) -> Library:
        directory = path.expanduser().resolve()
        loaded = _load(encoder)
        manifest = Manifest(
            created=f"{time.time_ns()}-{os.getpid()}",
            encoder=loaded.name,
            fingerprint=loaded.fingerprint,
            dimensions=loaded.dimensions,
            extractor=EXTRACTOR_VERSION,
            chunks=asdict(settings or ChunkSettings()),
            embedding_mode=EmbeddingMode(embedding_mode),
            store=check_store(store),
            precision=Precision(precision),
        )
        _check_free(directory)
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NoIndexError(
                f"no index can be made in {directory} ({error.strerror}); choose another place"
            ) from error
        with writer_lock(directory, "making the index", wait=DEFAULT_WAIT):
            if not (directory / MANIFEST_NAME).exists():
                manifest.write(directory)
            elif not existing:
                raise SettingError(f"{directory} already holds an index; open it instead")
        return cls(open_snapshot(directory), loaded)

    def _check_made_with(
        self,
        encoder: str | Encoder | None,
        settings: ChunkSettings | None,
        embedding_mode: EmbeddingMode | None,
    ) -> None:
        manifest = self.manifest
        advice = rebuild_advice(self.path)
        if encoder is not None:
            loaded = _load(encoder)
            _check_encoder(self._snapshot, loaded)
            self._encoder = loaded
        if settings is not None and asdict(settings) != manifest.chunks:
            raise FormatError(
                f"the index in {self.path} was made with the chunk settings {manifest.chunks}, "
                f"not {asdict(settings)}. {advice}"
            )
        if embedding_mode is not None and embedding_mode != manifest.embedding_mode:
            raise FormatError(
                f"the index in {self.path} was made with the embedding mode "
                f"{manifest.embedding_mode}, not {embedding_mode}. {advice}"
            )

    # Reading

    @property
    def path(self) -> Path:
        """The folder of the index."""
        return self._snapshot.directory

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
                        f"again: Library.open({str(self.path)!r}, encoder=…)"
                    ) from error
                _check_encoder(self._snapshot, encoder)
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
        manifest, old = read_manifest(self.path), self.manifest
        if (manifest.created, manifest.generation) == (old.created, old.generation):
            return False
        snapshot = open_snapshot(self.path, self._snapshot)
        if self._encoder is not None:
            _check_encoder(snapshot, self._encoder)
        with self._lock:
            now, new = self._snapshot.manifest, snapshot.manifest
            # Another thread may have adopted a newer state meanwhile.
            if now.created != new.created or now.generation < new.generation:
                self._snapshot = snapshot
        return True

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self._snapshot)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._snapshot

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
        progress: Callable[[SyncProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        wait: float = DEFAULT_WAIT,
        on_wait: Waiting | None = None,
    ) -> SyncReport:
        """Bring the index up to date with its folders, adding `roots` to them first.

        With `roots`, only those are looked at; without, all of them and the uploads. Files
        that are new, changed, renamed or gone are found by size and time; `verify` compares
        the bytes of every file. `progress` and `cancelled` are called often, from this
        thread; when `cancelled` returns true, CancelledError is raised. Many articles are
        committed in parts: then, or when the process is killed, the parts done are kept and
        the next sync goes on from there. While another process writes, `on_wait` is told
        who, for `wait` seconds.

        Raises RootError, with nothing changed, where a folder is missing, suddenly empty
        (with `prune`, its articles go instead), without any article, or inside another;
        LockedError when the wait was too long.
        """
        report = Reporter(progress, cancelled)
        with self._transaction("indexing", wait, on_wait, report) as transaction:
            everything, chosen = chosen_roots(
                self.path, transaction.base.manifest.roots, [Path(root) for root in roots]
            )
            uploads = (self.path / UPLOADS).is_dir() or transaction.base.files().files.get(UPLOADS)
            if not chosen and not uploads:
                raise RootError(
                    "no folder has been indexed yet; name one: "
                    f"pincite index PATH --index {self.path}"
                )
            return sync_roots(
                transaction,
                everything,
                chosen,
                uploads=not roots,
                verify=verify,
                prune=prune,
                report=report,
            )

    def use_store(
        self, store: str, *, wait: float = DEFAULT_WAIT, on_wait: Waiting | None = None
    ) -> None:
        """Search with another vector store from now on. Nothing is encoded again.

        `store` is a `StoreSetting` or the name of a registered store. Raises SettingError if it
        is unknown.
        """
        check_store(store)
        if store != read_manifest(self.path).store:
            with self._transaction("changing the store", wait, on_wait) as transaction:
                transaction.commit(store=store)

    def use_precision(
        self, precision: Precision, *, wait: float = DEFAULT_WAIT, on_wait: Waiting | None = None
    ) -> None:
        """Encode with `precision` from now on.

        What is encoded already stays as it is: both kinds of vectors are found together.
        Raises SettingError where there is no such precision.
        """
        precision = Precision(precision)
        if precision != read_manifest(self.path).precision:
            with self._transaction("changing the precision", wait, on_wait) as transaction:
                transaction.commit(precision=precision)

    def remove_root(
        self, root: str | Path, *, wait: float = DEFAULT_WAIT, on_wait: Waiting | None = None
    ) -> SyncReport:
        """Stop following a folder and drop its articles; its files are left alone.

        Raises RootError where the index does not follow it.
        """
        place = str(Path(root).expanduser().resolve())
        with self._transaction("removing a folder", wait, on_wait) as transaction:
            manifest = transaction.base.manifest
            kept = [known for known in manifest.roots if known.path not in (place, str(root))]
            gone = [known.path for known in manifest.roots if known not in kept]
            if not gone:
                listed = ", ".join(known.path for known in manifest.roots) or "none"
                raise RootError(f"{place} is not indexed; indexed folders: {listed}")
            files = transaction.base.files()
            removed = [
                file.article
                for path in gone
                for file in files.files.get(path, {}).values()
                if file.article
            ]
            for article_id in removed:
                transaction.remove(article_id)
            transaction.commit(files=files.without(gone), roots=kept)
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
        id: str | None = None,
        wait: float = DEFAULT_WAIT,
        on_wait: Waiting | None = None,
    ) -> Article:
        """Add an article whose text is in no file, or replace the added one with that `id`.

        Without `id` it gets one from its title and text, the same each time. Raises
        ArticleError for a text with nothing in it, SettingError where `id` cannot be one or
        is that of a file's article.
        """
        article = make_article(
            text,
            "new",
            title=title,
            authors=authors,
            publisher=publisher,
            published=published,
            url=url,
        )
        name = checked_id(id) if id is not None else made_id(title, article.hash)
        article = Article(name, article.text, article.paragraphs, article.metadata)
        with self._transaction("adding a text", wait, on_wait) as transaction:
            if name in transaction.base.files().ids():
                raise SettingError(f"{name!r} is the id of a file's article; choose another")
            transaction.add(article)
            transaction.commit()
        return article

    def add_articles(
        self,
        articles: Sequence[Article],
        *,
        progress: Callable[[SyncProgress], None] | None = None,
        wait: float = DEFAULT_WAIT,
        on_wait: Waiting | None = None,
    ) -> None:
        """Put ready-made articles that are in no file into the index, in one change.

        An added article with the same id is replaced. Raises SettingError where an id is
        that of a file's article or of two of these; nothing is added then.
        """
        twice = [name for name, count in Counter(one.id for one in articles).items() if count > 1]
        if twice:
            raise SettingError(f"{twice[0]!r} is the id of two of the articles; give each its own")
        report = Reporter(progress)
        with self._transaction("adding articles", wait, on_wait, report) as transaction:
            taken = transaction.base.files().ids()
            transaction.total = len(articles)
            for article in articles:
                if article.id in taken:
                    raise SettingError(f"{article.id!r} is the id of a file's article")
                transaction.add(article)
                transaction.advance()
            transaction.commit()

    def add_upload(
        self,
        name: str,
        data: bytes,
        *,
        progress: Callable[[SyncProgress], None] | None = None,
        wait: float = DEFAULT_WAIT,
        on_wait: Waiting | None = None,
    ) -> Article:
        """Keep a file inside the index, and index it; a file of that name is replaced.

        Raises ArticleError where the file cannot be read as an article, SettingError where
        its name cannot be used; nothing is kept of it then.
        """
        name = checked_upload(name)
        check_free(self.path / UPLOADS, name, {})
        with (
            self._transaction("indexing an upload", wait, on_wait) as transaction,
            kept(self.path, {name: data}),
        ):
            sync_roots(
                transaction,
                transaction.base.manifest.roots,
                [],
                uploads=True,
                verify=True,
                prune=False,
                in_parts=False,
                report=Reporter(progress),
                refuse=self.path / UPLOADS / name,
            )
        return self.article(unicodedata.normalize("NFC", f"{UPLOADS}/{name}"))

    def add_uploads(
        self,
        files: Sequence[tuple[str, Path]],
        *,
        progress: Callable[[SyncProgress], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        wait: float = DEFAULT_WAIT,
        on_wait: Waiting | None = None,
    ) -> SyncReport:
        """Keep copies of several files inside the index, and index them in one change.

        `files` are their names, with folders or without, and where they lie now; an upload
        of the same name is replaced. What cannot be read is skipped, with its reason, and not
        kept. When `cancelled` returns true, CancelledError is raised and the index is as it was.
        """
        report = Reporter(progress, cancelled)
        with self._transaction("indexing uploads", wait, on_wait, report) as transaction:
            found, skipped = usable(self.path, files)
            with kept(self.path, found):
                done = sync_roots(
                    transaction,
                    transaction.base.manifest.roots,
                    [],
                    uploads=True,
                    verify=True,
                    prune=False,
                    in_parts=False,
                    report=report,
                )
            for skip in done.skipped:
                place = Path(skip.path)
                name = place.relative_to(self.path / UPLOADS).as_posix()
                if name in found:
                    skipped.append(Skip(name, skip.reason))
                    discard(self.path, place)
        return replace(done, skipped=tuple(skipped))

    def remove(
        self, article_id: str, *, wait: float = DEFAULT_WAIT, on_wait: Waiting | None = None
    ) -> None:
        """Remove an uploaded article with its file, or one that `add` made.

        Raises UnknownArticleError where no article has that id, SettingError where it belongs
        to a folder: such an article goes with its file.
        """
        with self._transaction("removing an article", wait, on_wait) as transaction:
            if article_id not in transaction.base:
                raise UnknownArticleError(f"no article has the id {article_id!r}")
            files = transaction.base.files()
            root, name = files.place_of(article_id) or (None, None)
            if root is not None and root != UPLOADS:
                raise SettingError(
                    f"{article_id} is a file in {root}; delete the file and bring "
                    "the index up to date, or remove that folder from the index"
                )
            if name is not None:
                # The file goes first: were this interrupted, the next sync finishes it.
                discard(self.path, self.path / UPLOADS / name)
                files = files.without_file(UPLOADS, name)
            transaction.remove(article_id)
            transaction.commit(files=files)

    @contextmanager
    def _transaction(
        self, task: str, wait: float, on_wait: Waiting | None, report: Reporter | None = None
    ) -> Iterator[Transaction]:
        """A transaction on the newest state, under the lock; `refresh` follows it."""
        read_manifest(self.path)  # no lock file where there is no index
        with writer_lock(self.path, task, wait=wait, on_wait=on_wait):
            base = open_snapshot(self.path, self._snapshot)
            if self._encoder is not None:
                _check_encoder(base, self._encoder)
            transaction = Transaction(base, lambda: self.encoder, report)
            try:
                yield transaction
            except BaseException:
                transaction.abandon()
                raise
        self.refresh()


_OURS = re.compile(
    r"lock|segments|words|uploads|cached\.json|\.manifest\.json\.new|(removed|files)-\d+\.json"
)


def _check_free(directory: Path) -> None:
    """Refuse to put an index among somebody's files."""
    if directory.exists() and not directory.is_dir():
        raise SettingError(f"{directory} is a file; an index needs a folder")
    if directory.is_dir() and not (directory / MANIFEST_NAME).exists():
        foreign = sorted(p.name for p in directory.iterdir() if not _OURS.fullmatch(p.name))
        if foreign:
            raise SettingError(
                f"{directory} holds {foreign[0]!r} and no index; choose a folder of its own"
            )


def _load(encoder: str | Encoder | None) -> Encoder:
    """Return an encoder, loaded by its name if it is a string; None is the packaged one."""
    if encoder is None or isinstance(encoder, str):
        from index.embedding.encoder import load_encoder

        return load_encoder(encoder)
    return encoder


def _check_encoder(snapshot: Snapshot, encoder: Encoder) -> None:
    """Raise FormatError if the index was made with another encoder."""
    manifest = snapshot.manifest
    if encoder.fingerprint != manifest.fingerprint:
        raise FormatError(
            f"the index in {snapshot.directory} was made with the encoder {manifest.encoder} "
            f"({manifest.fingerprint[:12]}), this is {encoder.name} "
            f"({encoder.fingerprint[:12]}). {rebuild_advice(snapshot.directory)}"
        )
