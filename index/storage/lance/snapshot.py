"""A snapshot of an index in Lance tables: one version of each, which a tag keeps.

Rows are the row ids of `chunks`. Words and vectors are searched by Lance, with the filter inside
the search.
"""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from lance.query import BooleanQuery, MatchQuery, Occur

from index.filters import Filter
from index.storage.bm25 import BM25Settings
from index.storage.lance.filters import condition, quoted
from index.storage.lance.tables import ARTICLES, CHUNKS, FILES, TERMS, Tables, read
from index.storage.manifest import FilesRecord, Manifest
from index.storage.records import decode_article, decode_chunk, decode_metadata, decode_text
from index.storage.sentence_vectors import Bytes, best_cosine
from index.storage.snapshot import ArticleSummary, RowScores, Snapshot, unknown_article
from index.storage.spelling import SpellingCorrector, one_edit
from index.storage.terms import MAX_QUERY_TERMS, allowed_edits, query_terms, stem_words
from index.types import Article, Chunk
from index.vector_stores.base import Rows, Vectors

_CACHED_ARTICLES = 256
_REFINE = 3  # times as many candidates as hits are scored by their full vectors
_MIN_REFINED = 100  # of these, however few are asked for
_PROBES = 3.0  # times the square root of the number of partitions are searched

_SUMMARY = ["id", "hash", "path", "metadata", "paragraph_count"]
_ARTICLE = [*_SUMMARY, "text", "paragraphs", "digest"]
_CHUNK = ["article", "start", "end", "paragraphs", "tokens"]


class LanceSnapshot(Snapshot):
    """See the module. `directory` is that of the location."""

    def __init__(self, tables: Tables, manifest: Manifest, directory: Path) -> None:
        self.manifest = manifest
        self.directory = directory
        self._articles, self._chunks, self._terms, self._files = (
            tables.open(name, manifest.generation) for name in (ARTICLES, CHUNKS, TERMS, FILES)
        )
        self._lock = threading.Lock()
        self._cached_articles: dict[str, Article] = {}
        self._corrector = SpellingCorrector(
            lambda stem: bool(self._term_counts([stem], is_stem=True)),
            partial(self._term_counts, is_stem=False),
        )

    # Contents

    def __len__(self) -> int:
        return self._article_count

    @cached_property
    def _article_count(self) -> int:
        return int(self._articles.count_rows())

    def ids(self) -> set[str]:
        return set(read(self._articles, columns=["id"])["id"].to_pylist())

    def articles(self) -> list[ArticleSummary]:
        rows = read(self._articles, columns=_SUMMARY).to_pylist()
        return sorted(map(_summary, rows), key=lambda one: one.id)

    def summary(self, article_id: str) -> ArticleSummary | None:
        rows = self._article_records([article_id], _SUMMARY)
        return _summary(rows[0]) if rows else None

    def article(self, article_id: str) -> Article:
        found = self._whole_articles([article_id])
        if article_id not in found:
            raise unknown_article(article_id)
        return found[article_id]

    def _article_records(self, ids: Iterable[str], columns: list[str]) -> list[dict[str, Any]]:
        where = f"id IN ({quoted(ids)})"
        rows: list[dict[str, Any]] = read(self._articles, columns=columns, filter=where).to_pylist()
        return rows

    def _whole_articles(self, ids: Iterable[str]) -> dict[str, Article]:
        """Return those of some articles that exist, by id; the last ones read are cached."""
        wanted = dict.fromkeys(ids)
        with self._lock:
            found = {
                one: self._cached_articles[one] for one in wanted if one in self._cached_articles
            }
        if missing := wanted.keys() - found.keys():
            for record in self._article_records(sorted(missing), _ARTICLE):
                found[record["id"]] = decode_article(*(record[name] for name in _ARTICLE))
            with self._lock:
                self._cached_articles |= found
                while len(self._cached_articles) > _CACHED_ARTICLES:
                    del self._cached_articles[next(iter(self._cached_articles))]
        return found

    def files(self) -> FilesRecord:
        record = read(self._files)["record"].to_pylist()
        return FilesRecord.from_json(json.loads(record[0]) if record else {})

    def count(self, filter: Filter) -> int:
        return int(self._articles.count_rows(condition(filter, "id")))

    # Rows

    @cached_property
    def rows(self) -> int:
        return int(self._chunks.count_rows())

    def chunks(self, rows: Sequence[int] | Rows) -> list[Chunk]:
        return [decode_chunk(*record.values()) for record in self._records(rows, _CHUNK)]

    def passages(self, rows: Sequence[int] | Rows) -> list[tuple[Chunk, Article]]:
        chunks = self.chunks(rows)
        articles = self._whole_articles(chunk.article for chunk in chunks)
        return [(chunk, articles[chunk.article]) for chunk in chunks]

    def _records(self, rows: Sequence[int] | Rows, columns: list[str]) -> list[dict[str, Any]]:
        """Return columns of rows, in the order of the rows. Raises IndexError."""
        wanted = [int(row) for row in rows]
        if not wanted:
            return []
        table = read(
            self._chunks,
            columns=columns,
            filter=f"_rowid IN ({', '.join(map(str, sorted(set(wanted))))})",
            with_row_id=True,
        )
        records = {record.pop("_rowid"): record for record in table.to_pylist()}
        if unknown := set(wanted) - records.keys():
            raise IndexError(f"this snapshot has no row {min(unknown)}")
        return [records[row] for row in wanted]

    def article_rows(self, article_id: str) -> Sequence[int]:
        if article_id not in self:
            raise unknown_article(article_id)
        table = read(
            self._chunks,
            columns=["number"],
            filter=f"article IN ({quoted([article_id])})",
            with_row_id=True,
        )
        order = np.argsort(table["number"].to_numpy())
        rows: list[int] = table["_rowid"].to_numpy()[order].tolist()
        return rows

    def vectors(self, rows: Sequence[int] | Rows) -> Vectors:
        vectors = [record["vector"] for record in self._records(rows, ["vector"])]
        return np.array(vectors, dtype=np.float32).reshape(-1, self.manifest.dimensions)

    def sentence_cosines(self, rows: Sequence[int] | Rows, vector: Vectors) -> Vectors:
        blocks = [self._block(record["sentences"]) for record in self._records(rows, ["sentences"])]
        return np.array([best_cosine(block, vector) for block in blocks], dtype=np.float32)

    def _block(self, data: bytes) -> Bytes:
        return np.frombuffer(data, dtype=np.int8).reshape(-1, self.manifest.dimensions)

    # Searching

    def knn(self, vector: Vectors, k: int, filter: Filter | None = None) -> RowScores:
        k = self._checked_k(k)
        self._check_vector(vector)
        nearest = {"column": "vector", "q": np.asarray(vector, np.float32), "k": k, "metric": "dot"}
        if self._partitions:
            nearest |= {
                "nprobes": math.ceil(_PROBES * math.sqrt(self._partitions)),
                "refine_factor": max(_REFINE, math.ceil(_MIN_REFINED / k)),
            }
        rows, numbers, distances = self._search("_distance", filter, nearest=nearest)
        return _best_first(rows, numbers, 1.0 - distances)

    @cached_property
    def _partitions(self) -> int:
        """The number of partitions of the index of vectors, 0 without one."""
        for index in self._chunks.list_indices():
            if index["fields"] == ["vector"]:
                statistics = self._chunks.index_statistics(index["name"])
                return int(statistics["indices"][0]["num_partitions"])
        return 0

    def bm25(
        self,
        question: str,
        k: int,
        filter: Filter | None = None,
        settings: BM25Settings | None = None,
    ) -> RowScores:
        k = self._checked_k(k)
        query = self._query(question, settings or BM25Settings())
        if query is None:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        rows, numbers, scores = self._search("_score", filter, full_text_query=query, limit=k)
        return _best_first(rows, numbers, scores.astype(np.float64))

    def _search(self, score: str, filter: Filter | None, **options: Any) -> tuple[Any, Any, Any]:
        """Return the rows, the chunk numbers and the scores of a search by Lance."""
        table = read(
            self._chunks,
            columns=["number", score],
            filter=condition(filter, "article"),
            prefilter=True,
            with_row_id=True,
            **options,
        )
        rows, numbers, scores = (table[name].to_numpy() for name in ("_rowid", "number", score))
        return rows.astype(np.int64), numbers, scores

    def _query(self, question: str, settings: BM25Settings) -> BooleanQuery | None:
        """Return the disjunction of a question's terms, or None if no term can match."""
        terms = query_terms(question)
        counts = self._term_counts([stem for _, stem in terms], is_stem=True)
        known = sorted(
            (term for term in terms if term[1] in counts), key=lambda term: counts[term[1]]
        )[:MAX_QUERY_TERMS]
        words = [word for word, _ in known]
        stems = Counter(stem for _, stem in known)
        fields = [
            ("words", words, settings.exact),
            # Two words with one stem count twice.
            *(
                (column, [stem for stem in stems if stems[stem] == times], weight * times)
                for times in sorted(set(stems.values()))
                for column, weight in (
                    ("stems", 1.0),
                    ("title_stems", settings.title),
                    ("context_stems", settings.context),
                )
            ),
        ]
        queries = [
            MatchQuery(" ".join(texts), column, boost=weight)
            for column, texts, weight in fields
            if texts and weight
        ]
        for word, stem in terms[:MAX_QUERY_TERMS] if settings.fuzzy else ():
            if stem not in counts and allowed_edits(word):
                queries.append(self._similar(word, settings.fuzzy))
        return BooleanQuery([(Occur.SHOULD, query) for query in queries]) if queries else None

    def _similar(self, word: str, weight: float) -> MatchQuery:
        """Return a query for the words one letter away from a word, or two if it is long."""
        near = self._term_counts(sorted(one_edit(word)), is_stem=False)
        if near or allowed_edits(word) == 1:
            return MatchQuery(" ".join(near) or word, "words", boost=weight)
        return MatchQuery(word, "words", boost=weight, fuzziness=2)

    def _term_counts(self, terms: Collection[str], *, is_stem: bool) -> dict[str, int]:
        """Return in how many chunks each of some terms is; those in none are left out."""
        if not terms:
            return {}
        table = read(
            self._terms,
            columns=["term", "chunks"],
            filter=f"term IN ({quoted(terms)}) AND is_stem = {str(is_stem).lower()}",
        )
        counts: Counter[str] = Counter()
        for record in table.to_pylist():
            counts[record["term"]] += record["chunks"]
        return {term: count for term, count in counts.items() if count > 0}

    def correct_spelling(self, question: str) -> str:
        return self._corrector.correct(question)

    def has_word(self, word: str) -> bool:
        return bool(self._term_counts(stem_words(word), is_stem=True))

    # For writers

    def vectors_by_key(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        return {
            key: np.array(vector, dtype=np.float32) for key, vector in self._by_key(keys, "vector")
        }

    def sentences_by_key(self, keys: Sequence[bytes]) -> dict[bytes, Bytes]:
        return {key: self._block(data) for key, data in self._by_key(keys, "sentences")}

    def _by_key(self, keys: Sequence[bytes], column: str) -> Iterable[tuple[bytes, Any]]:
        if not keys:
            return []
        where = f"key IN ({quoted(key.hex() for key in keys)})"
        table = read(self._chunks, columns=["key", column], filter=where)
        return [(bytes.fromhex(one["key"]), one[column]) for one in table.to_pylist()]


def _best_first(rows: Rows, numbers: Rows, scores: Any) -> RowScores:
    """Sort hits by score, and those with the same score by the numbers of their chunks."""
    best = np.lexsort((numbers, -scores))
    return rows[best], scores[best]


def _summary(record: dict[str, Any]) -> ArticleSummary:
    path = None if record["path"] is None else decode_text(record["path"])
    return ArticleSummary(
        record["id"],
        path,
        decode_metadata(record["metadata"]),
        record["paragraph_count"],
        record["hash"],
    )
