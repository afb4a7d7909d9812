"""The contract of snapshots: an immutable state of an index, opened for reading.

Rows stand for chunks; a row number is valid within one snapshot only. Everything here is safe to
use from several threads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import SettingError, UnknownArticleError
from index.filters import Filter
from index.storage.bm25 import BM25Settings
from index.storage.manifest import FilesRecord, FileState, Manifest
from index.storage.sentence_vectors import Bytes
from index.types import Article, Chunk, Metadata
from index.vector_stores.base import Rows, Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found by a search. `score`: higher is better, comparable within one search."""

    row: int
    score: float


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text; `paragraphs` is the number of its paragraphs."""

    id: str
    path: str | None
    metadata: Metadata
    paragraphs: int
    hash: str


RowScores = tuple[Rows, npt.NDArray[np.floating[Any]]]
"""Rows and their scores, best first: a list of hits as two arrays."""


class Snapshot(ABC):
    """See the module. `Library.snapshot` returns one.

    `directory` is the folder on this machine that belongs to the index (see `IndexLocation`).
    """

    manifest: Manifest
    directory: Path

    # Contents

    @property
    def state(self) -> str:
        """A digest of all that searches depend on: articles and settings."""
        return self.manifest.state

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of articles."""

    def __contains__(self, article_id: object) -> bool:
        return isinstance(article_id, str) and self.summary(article_id) is not None

    @abstractmethod
    def ids(self) -> set[str]:
        """Return the ids of all articles."""

    @abstractmethod
    def articles(self) -> list[ArticleSummary]:
        """Return all articles without their texts, sorted by id."""

    @abstractmethod
    def summary(self, article_id: str) -> ArticleSummary | None:
        """Return an article without its text, or None."""

    @abstractmethod
    def article(self, article_id: str) -> Article:
        """Return an article with its text. Raises UnknownArticleError for an unknown id."""

    @abstractmethod
    def files(self) -> FilesRecord:
        """Read the record of source files."""

    @cached_property
    def files_by_article(self) -> dict[str, FileState]:
        """The recorded state of each article's file, by the article's id."""
        roots = self.files().files.values()
        return {file.article: file for files in roots for file in files.values() if file.article}

    @abstractmethod
    def count(self, filter: Filter) -> int:
        """Return how many articles a filter matches."""

    def count_undated(self, filter: Filter) -> int:
        """Return how many articles a filter leaves out only because their date is not known."""
        if not filter.has_dates:
            return 0
        return sum(filter.drops_undated(one.id, one.metadata) for one in self.articles())

    # Rows

    @property
    @abstractmethod
    def rows(self) -> int:
        """The number of rows, at least that of the chunks of all articles."""

    def chunk(self, row: int) -> Chunk:
        """Return the chunk of a row. Raises IndexError if there is no such row."""
        return self.chunks([row])[0]

    @abstractmethod
    def chunks(self, rows: Sequence[int] | Rows) -> list[Chunk]:
        """Return the chunks of rows, in their order. Raises IndexError for an unknown row."""

    @abstractmethod
    def passages(self, rows: Sequence[int] | Rows) -> list[tuple[Chunk, Article]]:
        """Return the chunks of rows, each with its article, in their order."""

    @abstractmethod
    def article_rows(self, article_id: str) -> Sequence[int]:
        """Return the rows of an article's chunks, in order. Raises UnknownArticleError."""

    @abstractmethod
    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        """Return the unit vectors of rows: float32, shape (len(rows), dimensions)."""

    @abstractmethod
    def sentence_cosines(self, rows: Sequence[int] | Rows, vector: Vectors) -> Vectors:
        """Return the best cosine of a vector with any sentence of each row, shape (len(rows),).

        NaN for rows with a single sentence, and if the index has no sentence vectors.
        """

    # Searching

    def search_vectors(self, vector: Vectors, k: int, filter: Filter | None = None) -> list[Hit]:
        """Return the `k` rows nearest to a vector, best first; scores are cosines, in -1..1.

        `vector` has shape (dimensions,) and length 1. The filter is applied inside the search:
        there are `k` hits whenever the articles it keeps have `k` chunks. Raises SettingError
        if `k` is less than 1 or the vector has another shape.
        """
        return _hits(*self.knn(vector, k, filter))

    def search_words(
        self,
        question: str,
        k: int,
        filter: Filter | None = None,
        settings: BM25Settings | None = None,
    ) -> list[Hit]:
        """Return the `k` rows with the best BM25 scores for a question, best first; scores are > 0.

        Case, accents and endings make no difference; a word that no chunk holds matches words
        of similar spelling. There are `k` hits whenever the articles that the filter keeps
        have `k` matching chunks. Raises SettingError if `k` is less than 1.
        """
        return _hits(*self.bm25(question, k, filter, settings))

    @abstractmethod
    def knn(self, vector: Vectors, k: int, filter: Filter | None = None) -> RowScores:
        """Return the hits of `search_vectors` as two arrays."""

    @abstractmethod
    def bm25(
        self,
        question: str,
        k: int,
        filter: Filter | None = None,
        settings: BM25Settings | None = None,
    ) -> RowScores:
        """Return the hits of `search_words` as two arrays."""

    @abstractmethod
    def correct_spelling(self, question: str) -> str:
        """Return a question with words that the index does not hold replaced by similar ones.

        See `SpellingCorrector`. Words in their usual spelling are never changed.
        """

    @abstractmethod
    def has_word(self, word: str) -> bool:
        """Whether a chunk or a title holds a word, in any form."""

    def _checked_k(self, k: int) -> int:
        """Return `k`, at most the number of rows. Raises SettingError if it is below 1."""
        if k < 1:
            raise SettingError(f"k is {k}; ask for at least 1")
        return min(k, max(1, self.rows))

    def _check_vector(self, vector: Vectors) -> None:
        """Raise SettingError for a vector of another shape than the index holds."""
        if np.shape(vector) != (self.manifest.dimensions,):
            raise SettingError(
                f"the vector has shape {np.shape(vector)}; this index holds vectors of shape "
                f"({self.manifest.dimensions},), from {self.manifest.encoder}"
            )

    # For writers

    @abstractmethod
    def vectors_by_key(self, keys: Sequence[bytes]) -> Mapping[bytes, Vectors]:
        """Return the vectors that the index holds for encoded texts, by their keys."""

    @abstractmethod
    def sentences_by_key(self, keys: Sequence[bytes]) -> Mapping[bytes, Bytes]:
        """Return the quantized sentence vectors that the index holds, by their chunks' keys."""


def _hits(rows: Rows, scores: npt.NDArray[np.floating[Any]]) -> list[Hit]:
    return [Hit(*one) for one in zip(rows.tolist(), scores.tolist(), strict=True)]


def unknown_article(article_id: str) -> UnknownArticleError:
    """Return the error for an id that no article has."""
    return UnknownArticleError(
        f"no article has the id {article_id!r}; pincite articles lists them, with "
        "the same --index or --articles"
    )
