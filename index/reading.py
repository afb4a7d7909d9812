"""An index opened for reading: a snapshot that `refresh` exchanges for a newer one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import FormatError
from index.filters import Filter
from index.storage.bm25 import WordSettings
from index.storage.manifest import Manifest, Root, read_manifest, rebuild_advice
from index.storage.snapshot import ArticleSummary, Hit, Snapshot, open_snapshot
from index.types import Article, Chunk
from index.vector_stores.base import Vectors

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder


class ReadLibrary:
    """Everything a `Library` does without writing."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder | None = None) -> None:
        self._snapshot = snapshot
        self._encoder = encoder
        self._lock = threading.Lock()
        if encoder is not None:
            check_encoder(snapshot, encoder)

    @classmethod
    def open(cls, path: str | Path, *, encoder: Encoder | None = None) -> Self:
        """Open the index in the folder `path`, as it is now.

        `encoder` is loaded by the name in the manifest where it is not given. Raises
        NoIndexError where there is no index, FormatError where it is damaged, of another
        format version, or made with another encoder than the one given.
        """
        return cls(open_snapshot(Path(path).expanduser().resolve()), encoder)

    # What it is

    @property
    def path(self) -> Path:
        """The folder of the index."""
        return self._snapshot.directory

    @property
    def manifest(self) -> Manifest:
        """What the snapshot consists of and was made with."""
        return self._snapshot.manifest

    @property
    def state(self) -> str:
        """A digest of everything a search can find; equal where that is equal."""
        return self._snapshot.state

    @property
    def roots(self) -> tuple[Root, ...]:
        """The folders and files that `sync` follows, uploads not among them."""
        return self.manifest.roots

    @property
    def encoder(self) -> Encoder:
        """The encoder the index was made with, loaded at first use.

        Raises EncoderError where it is not on this machine, FormatError where a model of that
        name is, but another one.
        """
        with self._lock:
            if self._encoder is None:
                encoder = load(self.manifest.encoder)
                check_encoder(self._snapshot, encoder)
                self._encoder = encoder
            return self._encoder

    # Reading

    def snapshot(self) -> Snapshot:
        """The state of the index that this library reads now.

        Row numbers hold within one snapshot: whoever makes several calls that belong
        together takes a snapshot first.
        """
        return self._snapshot

    def refresh(self) -> bool:
        """Adopt the newest state on disk; whether there was a newer one.

        Raises NoIndexError or FormatError where the index is gone or replaced by one made
        with another encoder; the library then keeps what it had.
        """
        manifest, old = read_manifest(self.path), self.manifest
        if (manifest.created, manifest.generation) == (old.created, old.generation):
            return False
        snapshot = open_snapshot(self.path, self._snapshot)
        if self._encoder is not None:
            check_encoder(snapshot, self._encoder)
        with self._lock:
            now, new = self._snapshot.manifest, snapshot.manifest
            # Another thread may have found a newer state in the meantime.
            if now.created != new.created or now.generation < new.generation:
                self._snapshot = snapshot
        return True

    def __len__(self) -> int:
        """How many articles there are."""
        return len(self._snapshot)

    def __contains__(self, article_id: object) -> bool:
        return article_id in self._snapshot

    def articles(self) -> list[ArticleSummary]:
        """All articles without their texts, in the order of their ids."""
        return self._snapshot.articles()

    def article(self, article_id: str) -> Article:
        """An article with its text. Raises UnknownArticleError where no article has that id."""
        return self._snapshot.article(article_id)

    def chunk(self, row: int) -> Chunk:
        """The chunk of a row. Raises IndexError where there is no such row."""
        return self._snapshot.chunk(row)

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks of some rows, in the order given."""
        return self._snapshot.chunks(rows)

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """The vectors of some rows: float32, shape (len(rows), dimensions), of length 1."""
        return self._snapshot.vectors(rows)

    def search_vectors(self, vector: Vectors, k: int, *, filter: Filter | None = None) -> list[Hit]:
        """The `k` rows nearest to a vector. See `Snapshot.search_vectors`."""
        return self._snapshot.search_vectors(vector, k, filter)

    def search_words(
        self,
        question: str,
        k: int,
        *,
        filter: Filter | None = None,
        settings: WordSettings | None = None,
    ) -> list[Hit]:
        """The `k` rows sharing most with a question's words. See `Snapshot.search_words`."""
        return self._snapshot.search_words(question, k, filter, settings)


def load(encoder: str | Encoder | None) -> Encoder:
    """An encoder as it is, or loaded by its name; None is the packaged one."""
    if encoder is None or isinstance(encoder, str):
        from index.embedding.encoder import load_encoder

        return load_encoder(encoder)
    return encoder


def check_encoder(snapshot: Snapshot, encoder: Encoder) -> None:
    """Raise FormatError where the index was made with another encoder."""
    manifest = snapshot.manifest
    if encoder.fingerprint != manifest.fingerprint:
        raise FormatError(
            f"the index in {snapshot.directory} was made with the encoder {manifest.encoder} "
            f"({manifest.fingerprint[:12]}), this is {encoder.name} "
            f"({encoder.fingerprint[:12]}). {rebuild_advice(snapshot.directory)}"
        )
