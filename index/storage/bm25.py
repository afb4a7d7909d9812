"""A BM25 index over chunks, by Tantivy.

Each chunk is a document with four searched fields: its stemmed words, its words as written, its
article's stemmed title, and the stems of its context (headings, the lead-in of a list), all in
lower case without accents. It also has its chunk's number
(unique in the index, never reused) and its article's id.

Each generation of the index has a folder. A new one starts with hard links to the files of the
previous one, which Tantivy never changes: readers of the old generation are not disturbed, and
term statistics are those of the whole index.

Tantivy maps its files, and a mapped file that another program shortens kills the process. It
therefore reads a private copy, which is compared with the digests while it is made.
"""

from __future__ import annotations

import math
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt

from index.checked_files import CheckedFile, Digests
from index.errors import DamagedError, SettingError, StorageError
from index.storage.fsync import new_folder
from index.storage.spelling import SpellingCorrector
from index.storage.terms import (
    MAX_QUERY_TERMS,
    allowed_edits,
    analyzers,
    query_terms,
    searchable,
    stem_words,
    tantivy,
)

Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]

_HEAP_BYTES = 256_000_000
"""Memory that a writer may fill, as needed, before it writes a Tantivy segment.

100,000 passages fit into one segment; searching five segments of 48 MB takes 1.7 times as long.
"""

_LOCK_SUFFIX = ".lock"
_CACHED_TERMS = 4_096  # question words whose queries are cached
_EXACT_COUNT = 8  # document frequencies up to this one are verified by a search


@dataclass(frozen=True, slots=True)
class BM25Settings:
    """The weights of fields in a chunk's score, each 0 or more. Stemmed words have weight 1.

    `exact` is for words as written, `title` for the title's stems, `context` for those of the
    chunk's headings and lead-in, `fuzzy` for words that resemble a question word that the index
    does not hold. Raises SettingError.
    """

    exact: float = 0.3
    title: float = 0.5
    context: float = 0.4
    fuzzy: float = 1.0

    def __post_init__(self) -> None:
        for name in ("exact", "title", "context", "fuzzy"):
            if not 0 <= (value := getattr(self, name)) < math.inf:
                raise SettingError(f"{name} is {value}; give a weight of 0 or more")


@cache
def _schema() -> Any:
    builder = tantivy().SchemaBuilder()
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("chunk", fast=True)
    builder.add_text_field("stems", tokenizer_name="stems", index_option="freq")
    builder.add_text_field("words", tokenizer_name="words", index_option="freq")
    builder.add_text_field("title", tokenizer_name="stems", index_option="freq")
    builder.add_text_field("context", tokenizer_name="stems", index_option="freq")
    return builder.build()


def _open(path: Path, *, new: bool = False) -> Any:
    engine = tantivy()
    index = engine.Index(_schema(), path=str(path)) if new else engine.Index.open(str(path))
    words, stems = analyzers()
    index.register_tokenizer("words", words)
    index.register_tokenizer("stems", stems)
    return index


@dataclass(frozen=True, slots=True)
class BM25Document:
    """A chunk to index: its number, its article's id and title, its text and its context."""

    chunk: int
    article: str
    title: str
    text: str
    context: str = ""


class BM25Writer:
    """Writes a new generation to `path`, starting from the one in `base` if given."""

    def __init__(self, path: Path, base: Path | None) -> None:
        new_folder(path)
        if base is not None:
            for source in bm25_files(base):
                # All other files are written once. Tantivy replaces its .json files rather than
                # changing them, but a copy is safe even if it did.
                if source.suffix == ".json":
                    shutil.copyfile(source, path / source.name)
                else:
                    _link(source, path / source.name)
        with _system_errors():
            self._index = _open(path, new=base is None)
            self._writer = self._index.writer(heap_size=_HEAP_BYTES, num_threads=1)

    def remove(self, article: str) -> None:
        """Remove the chunks of an article that were added before this call."""
        self._writer.delete_documents_by_term("article", article)

    def add(self, documents: Iterable[BM25Document]) -> None:
        """Add chunks."""
        for document in documents:
            text = searchable(document.text)
            fields = {
                "article": document.article,
                "chunk": document.chunk,
                "stems": text,
                "words": text,
                "title": searchable(document.title),
                "context": searchable(document.context),
            }
            made = tantivy().Document.from_dict(fields, self._index.schema)
            with _system_errors():
                self._writer.add_document(made)

    def commit(self) -> None:
        """Write everything; the writer is not used afterwards. Raises OSError."""
        with _system_errors():
            self._writer.commit()
            self._writer.wait_merging_threads()


@contextmanager
def _system_errors() -> Iterator[None]:
    """Raise OSError where Tantivy reports a failed write as a ValueError."""
    try:
        yield
    except ValueError as error:
        found = re.search(r"os error (\d+)|code: (\d+)", str(error))
        number = int(found[1] or found[2]) if found else 0
        raise OSError(number, os.strerror(number) if number else str(error)) from error


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def bm25_files(path: Path) -> list[Path]:
    """Return the files of a generation, sorted; Tantivy's lock files are left out."""
    return sorted(file for file in path.iterdir() if file.suffix != _LOCK_SUFFIX)


def _copy(file: CheckedFile, target: Path) -> None:
    """Copy a file. Raises DamagedError, and StorageError if the copy cannot be written."""
    with target.open("wb") as copy:
        for part in file.parts():
            try:
                copy.write(part)
            except OSError as error:
                raise StorageError.of(error, target) from error


class BM25Index:
    """A generation opened for reading. Safe to use from several threads."""

    def __init__(self, path: Path, digests: Digests | None = None) -> None:
        """Copy and open the files in `path`; `digests` are theirs, None for no checks.

        Raises OSError if a file cannot be read or copied, DamagedError if one is damaged.
        """
        names = sorted(digests) if digests is not None else [f.name for f in bm25_files(path)]
        # Removed at once: what is mapped stays readable, and a killed process leaves nothing.
        with TemporaryDirectory(prefix="pincite-bm25-", ignore_cleanup_errors=True) as private:
            for name in names:
                file = CheckedFile(path / name, (digests or {}).get(name))
                _copy(file, Path(private, name))
            try:
                index = _open(Path(private))
                index.config_reader("manual")
                self._searcher = index.searcher()
            except ValueError as error:
                raise DamagedError(path, f"it is not a BM25 index ({error})") from error
        self._index = index
        # A generation never changes, so neither do the queries of a word.
        self._term_queries = lru_cache(maxsize=_CACHED_TERMS)(self._make_term_queries)
        self.correct_spelling = SpellingCorrector(self._is_known, self._counts).correct

    def search(
        self,
        question: str,
        k: int,
        *,
        articles: Sequence[str] | None = None,
        settings: BM25Settings | None = None,
    ) -> tuple[Numbers, Scores]:
        """Return the numbers and scores of the `k` best chunks for a question, best first.

        Chunks match if they share any word with it but function words. A word that the index
        does not hold matches the words one letter away from it (two in a word of eight letters
        or more). `articles` are the ids of the only articles to search, None for all.
        """
        engine = tantivy()
        query = self._query(question, settings or BM25Settings())
        if query is None or articles == []:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        if articles is not None:
            allowed = engine.Query.term_set_query(_schema(), "article", list(articles))
            unscored = engine.Query.const_score_query(allowed, 0.0)
            query = engine.Query.boolean_query(
                [(engine.Occur.Must, query), (engine.Occur.Must, unscored)]
            )
        hits = self._searcher.search(query, k, count=False).hits
        addresses = [address for _, address in hits]
        chunks = np.array(self._searcher.fast_field_values("chunk", addresses), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float64)
        best = np.lexsort((chunks, -scores))
        return chunks[best], scores[best]

    def has_word(self, word: str) -> bool:
        """Whether any chunk, title or context holds a word, in any form."""
        return any(map(self._is_known, stem_words(word)))

    def _query(self, question: str, settings: BM25Settings) -> Any | None:
        """Return the disjunction of a question's terms, or None if no term can match."""
        engine = tantivy()
        terms = query_terms(question)
        if len(terms) > MAX_QUERY_TERMS:
            counts = {stem: self._searcher.doc_freq("stems", stem) for _, stem in terms}
            terms.sort(key=lambda term: (counts[term[1]] == 0, counts[term[1]]))
            del terms[MAX_QUERY_TERMS:]
        queries = [query for term in terms for query in self._term_queries(*term, settings)]
        if not queries:
            return None
        return engine.Query.boolean_query([(engine.Occur.Should, query) for query in queries])

    def _make_term_queries(self, word: str, stem: str, settings: BM25Settings) -> tuple[Any, ...]:
        """Return the queries that a word of a question contributes; none if nothing matches."""
        engine = tantivy()
        if not self._is_known(stem):
            fuzzy = self._fuzzy_query(word, settings.fuzzy) if settings.fuzzy else None
            return () if fuzzy is None else (fuzzy,)
        queries = [engine.Query.term_query(_schema(), "stems", stem, "freq")]
        for field, term, weight in (
            ("words", word, settings.exact),
            ("title", stem, settings.title),
            ("context", stem, settings.context),
        ):
            if weight:
                query = engine.Query.term_query(_schema(), field, term, "freq")
                queries.append(engine.Query.boost_query(query, weight))
        return tuple(queries)

    def _counts(self, words: Iterable[str]) -> dict[str, int]:
        """Return in how many chunks each word is, as written."""
        return {word: self._searcher.doc_freq("words", word) for word in words}

    def _is_known(self, stem: str) -> bool:
        return any(self._has_term(field, stem) for field in ("stems", "title", "context"))

    def _has_term(self, field: str, term: str) -> bool:
        # Tantivy counts removed chunks until it merges, so small counts are verified.
        count = self._searcher.doc_freq(field, term)
        if not 0 < count <= _EXACT_COUNT:
            return bool(count)
        query = tantivy().Query.term_query(_schema(), field, term, "freq")
        return bool(self._searcher.search(query, 1, count=False).hits)

    def _fuzzy_query(self, word: str, weight: float) -> Any | None:
        """Return a query for the words that a misspelt word resembles, or None.

        Tantivy scores such matches equally. They get the inverse document frequency of BM25
        (Robertson and Zaragoza 2009, with 1 added inside the logarithm as in Lucene) of all
        these words together, times `weight`.
        """
        engine = tantivy()
        for distance in range(1, allowed_edits(word) + 1):
            matches = engine.Query.fuzzy_term_query(_schema(), "words", word, distance)
            count = self._searcher.search(matches, 1).count
            if count:
                total = self._searcher.num_docs
                idf = math.log(1 + (max(total - count, 0) + 0.5) / (count + 0.5))
                return engine.Query.const_score_query(matches, weight * idf)
        return None
