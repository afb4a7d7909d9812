"""The writer of an index in Lance tables.

Articles are inserted as they come, into versions that have no tag. A commit removes what is to be
removed, brings the indexes of Lance up to date, and tags the versions.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from index.errors import LockedError, SettingError
from index.settings import Precision, StoreSetting
from index.storage.lance.filters import column_values, quoted
from index.storage.lance.snapshot import LanceSnapshot
from index.storage.lance.tables import (
    ARTICLES,
    CHUNKS,
    FILES,
    TERM_COLUMNS,
    TERMS,
    Tables,
    schemas,
    tag,
)
from index.storage.manifest import FilesRecord, Manifest
from index.storage.records import encode_article
from index.storage.terms import plain_words, stem_words
from index.storage.writer import EncodedArticle, IndexWriter

KEPT = timedelta(hours=1)
"""How long a version that a newer one has replaced stays readable."""

INDEXED_ROWS = 100_000
"""Rows from which vectors get an index; below it, every row is compared."""

_MAX_FRAGMENTS = 32  # with more, a table is compacted
_ROWS_PER_DELETE = 1_000  # ids in one condition
_SUBVECTOR = 8  # dimensions that one byte of a compressed vector stands for


class LanceWriter(IndexWriter):
    """See the module."""

    def __init__(self, tables: Tables, base: LanceSnapshot) -> None:
        self._tables = tables
        self._base = base
        self._schemas = schemas(base.manifest.dimensions)
        self._generation = base.manifest.generation + 1
        self._next_chunk = base.manifest.next_chunk
        self._removed: set[str] = set()
        self._terms: Counter[tuple[str, bool]] = Counter()
        self._undo()

    @property
    def rows(self) -> int:
        return self._next_chunk - self._base.manifest.next_chunk

    def _undo(self) -> None:
        """Make the versions of the base the latest ones again, if there are others."""
        for name in (ARTICLES, CHUNKS, TERMS, FILES):
            table = self._tables.open(name, self._base.manifest.generation)
            if table.version != self._tables.open_latest(name).version:
                table.restore()

    def remove(self, article_id: str) -> bool:
        if article_id in self._removed or article_id not in self._base:
            return False
        self._removed.add(article_id)
        return True

    def add(self, articles: Sequence[EncodedArticle]) -> None:
        article_rows, chunk_rows = [], []
        for item in articles:
            article, about = item.article, column_values(item.article.metadata)
            article_rows.append(
                {**encode_article(article), "generation": self._generation, **about}
            )
            title = " ".join(stem_words(article.metadata.title))
            for chunk, context, key, vector, sentences in zip(
                item.chunks, item.contexts, item.keys, item.vectors, item.sentences, strict=True
            ):
                text = chunk.span.of(article.text)
                terms = {
                    "words": " ".join(plain_words(text)),
                    "stems": " ".join(stem_words(text)),
                    "title_stems": title,
                    "context_stems": " ".join(stem_words(context.text)),
                }
                self._count_terms(terms, 1)
                chunk_rows.append(
                    {
                        "number": self._next_chunk,
                        "article": article.id,
                        "start": chunk.span.start,
                        "end": chunk.span.end,
                        "paragraphs": json.dumps(chunk.paragraphs).encode("ascii"),
                        "tokens": chunk.tokens,
                        "key": key.hex(),
                        "vector": vector,
                        "sentences": sentences.tobytes(),
                        **terms,
                        "generation": self._generation,
                        **about,
                    }
                )
                self._next_chunk += 1
        self._insert(ARTICLES, article_rows)
        self._insert(CHUNKS, chunk_rows)

    def _insert(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            data = pa.Table.from_pylist(list(rows), schema=self._schemas[table])
            self._tables.open_latest(table).insert(data)

    def _count_terms(self, terms: dict[str, str], sign: int) -> None:
        """Count the terms of a chunk that is added (`sign` 1) or removed (-1)."""
        for word in set(terms["words"].split()):
            self._terms[word, False] += sign
        for stem in set(" ".join(terms[name] for name in TERM_COLUMNS[1:]).split()):
            self._terms[stem, True] += sign

    def commit(
        self,
        manifest: Manifest,
        files: FilesRecord | None,
        precisions: Collection[Precision],
        check_cancelled: Callable[[], None],
    ) -> Manifest:
        check_store(manifest)
        for ids in _parts(sorted(self._removed)):
            self._delete(ids)
        self._insert(
            TERMS,
            [
                {"term": term, "is_stem": is_stem, "chunks": count}
                for (term, is_stem), count in sorted(self._terms.items())
                if count
            ],
        )
        if files is not None:
            table = self._tables.open_latest(FILES)
            table.delete("true")
            self._insert(FILES, [{"record": json.dumps(files.to_json()).encode("ascii")}])
        for name in (ARTICLES, CHUNKS, TERMS):
            self._optimize(name)
        if self._tables.newest() != self._base.manifest.generation:
            raise LockedError(
                "another machine has changed the index meanwhile; nothing was changed here. Try "
                "again when nothing else is writing it"
            )
        check_cancelled()
        new = replace(manifest, next_chunk=self._next_chunk)
        self._tables.tag(new)
        self._clean(new)
        return new

    def _delete(self, ids: Sequence[str]) -> None:
        """Remove articles of the base; those that were added in their place stay."""
        is_removed = f"IN ({quoted(ids)}) AND generation < {self._generation}"
        chunks = self._tables.open_latest(CHUNKS)
        for terms in chunks.to_table(
            columns=list(TERM_COLUMNS), filter=f"article {is_removed}"
        ).to_pylist():
            self._count_terms(terms, -1)
        chunks.delete(f"article {is_removed}")
        self._tables.open_latest(ARTICLES).delete(f"id {is_removed}")

    def _optimize(self, name: str) -> None:
        """Bring the indexes of a table up to date, and join its pieces if there are many."""
        table = self._tables.open_latest(name)
        if len(table.get_fragments()) > _MAX_FRAGMENTS:
            table.optimize.compact_files()
        is_indexed = any(one["fields"] == ["vector"] for one in table.list_indices())
        table.optimize.optimize_indices()
        rows = table.count_rows()
        if name == CHUNKS and rows >= INDEXED_ROWS and not is_indexed:
            table.create_index(
                "vector",
                "IVF_PQ",
                metric="dot",
                num_partitions=round(rows**0.5),
                num_sub_vectors=max(1, self._base.manifest.dimensions // _SUBVECTOR),
            )

    def _clean(self, manifest: Manifest) -> None:
        """Remove versions that were replaced long ago. Readers of them must have refreshed."""
        before = datetime.now(UTC) - KEPT
        for name in (ARTICLES, CHUNKS, TERMS, FILES):
            table = self._tables.open_latest(name)
            for old, details in table.tags.list().items():
                if old != tag(manifest.generation) and details["created_at"] < before:
                    table.tags.delete(old)
            table.cleanup_old_versions(KEPT, error_if_tagged_old_versions=False)

    def rollback(self) -> None:
        if self._tables.newest() == self._base.manifest.generation:
            self._undo()


def check_store(manifest: Manifest) -> None:
    """Raise SettingError if the settings name a vector store, which Lance has itself."""
    if manifest.store != StoreSetting.AUTO:
        raise SettingError(
            f"the store {manifest.store!r} is for an index in a folder; Lance searches its own "
            "vectors, so leave it out"
        )


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _ROWS_PER_DELETE] for start in range(0, len(ids), _ROWS_PER_DELETE))
