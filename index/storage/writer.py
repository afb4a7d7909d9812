"""The contract of writers: changes of an index from one state to the next."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from index.segmentation.context import Context
from index.settings import Precision
from index.storage.manifest import FilesRecord, Manifest
from index.storage.sentence_vectors import Bytes
from index.types import Article, Chunk
from index.vector_stores.base import Vectors


@dataclass(frozen=True, slots=True)
class EncodedArticle:
    """An article with its chunks, and for each chunk its context and what was encoded.

    `keys` identify the encoded texts, `vectors` has shape (len(chunks), dimensions), and
    `sentences` has the quantized sentence vectors of each chunk.
    """

    article: Article
    chunks: Sequence[Chunk]
    contexts: Sequence[Context]
    keys: Sequence[bytes]
    vectors: Vectors
    sentences: Sequence[Bytes]


class IndexWriter(ABC):
    """Writes the next state of an index, which nobody sees before `commit`.

    Used under the write lock, from one thread.
    """

    @property
    @abstractmethod
    def rows(self) -> int:
        """The number of chunks added."""

    @abstractmethod
    def remove(self, article_id: str) -> bool:
        """Remove an article of the base, and return whether it was there and not removed yet."""

    @abstractmethod
    def add(self, articles: Sequence[EncodedArticle]) -> None:
        """Add articles; those of the base with the same ids are removed."""

    @abstractmethod
    def commit(
        self,
        manifest: Manifest,
        files: FilesRecord | None,
        precisions: Collection[Precision],
        check_cancelled: Callable[[], None],
    ) -> Manifest:
        """Make the changes durable and visible, and return the manifest as it was written.

        `manifest` has the settings of the new state; the writer sets what it consists of. `files`
        replaces the record of source files. `precisions` are those of the added vectors.
        `check_cancelled` is called last before the changes become visible, and may raise.
        """

    @abstractmethod
    def rollback(self) -> None:
        """Discard the changes and remove what was written for them."""
