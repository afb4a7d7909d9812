"""Word search: a BM25 index over chunks, by Tantivy.

Each chunk is one document with three searched fields: its stemmed words, its words as
written, and its article's stemmed title, all in lower case without accents. A document carries its
chunk's number (unique in the index, never used again) and its article's id.

A generation of the index is a directory. The next one starts as hard links to the files of
the one before, which Tantivy never changes, so a reader's generation stays whole while a
writer makes another, and term statistics are those of the whole index.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import SettingError
from index.segmentation.folding import INVISIBLE
from index.segmentation.lexicon import FUNCTION_WORDS

Numbers = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float64]

_HEAP = 256_000_000
"""Bytes that a writer collects before it writes a Tantivy segment, taken as they are needed.

100,000 passages fit into one; in five of 48 MB each, a search takes 1.7 times as long.
"""

_MAX_TERMS = 64  # of a longer question, the rarest that the index holds
_KEPT_WORDS = 4_096  # words of questions whose queries are kept
_LONGEST_WORD = 60  # characters; longer runs are not words (the engine's own limit is 65,530 bytes)


@dataclass(frozen=True, slots=True)
class WordSettings:
    """How much each field adds to a chunk's score, and how much a guess at a misspelling.

    All are factors on a field's BM25 score, 0 or more; the stemmed words have weight 1.
    """

    exact: float = 0.3
    title: float = 0.5
    guess: float = 1.0

    def __post_init__(self) -> None:
        for name in ("exact", "title", "guess"):
            if not 0 <= (value := getattr(self, name)) < math.inf:
                raise SettingError(f"{name} is {value}; a weight is 0 or more")


@cache
def _tantivy() -> ModuleType:
    import tantivy

    return tantivy  # type: ignore[no-any-return, unused-ignore]


@cache
def _analyzers() -> tuple[Any, Any]:
    """The analysers of words as written and of stems."""
    engine = _tantivy()

    def plain() -> Any:
        builder = engine.TextAnalyzerBuilder(engine.Tokenizer.simple())
        builder = builder.filter(engine.Filter.remove_long(_LONGEST_WORD))
        return builder.filter(engine.Filter.lowercase()).filter(engine.Filter.ascii_fold())

    return plain().build(), plain().filter(engine.Filter.stemmer("english")).build()


@cache
def _schema() -> Any:
    builder = _tantivy().SchemaBuilder()
    builder.add_text_field("article", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("chunk", fast=True)
    builder.add_text_field("stems", tokenizer_name="stems", index_option="freq")
    builder.add_text_field("words", tokenizer_name="words", index_option="freq")
    builder.add_text_field("title", tokenizer_name="stems", index_option="freq")
    return builder.build()


def _open(path: Path, *, new: bool = False) -> Any:
    engine = _tantivy()
    index = engine.Index(_schema(), path=str(path)) if new else engine.Index.open(str(path))
    words, stems = _analyzers()
    index.register_tokenizer("words", words)
    index.register_tokenizer("stems", stems)
    return index


_UNSEEN = re.compile(f"[{INVISIBLE}]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_JOINED = re.compile(r"(?<=[^\W\d_])['’](?=[^\W\d_])")


def searchable(text: str) -> str:
    """Text as the word index reads it, for documents and questions alike.

    "1,500" is one word, "U.S." is "US", a possessive is its noun, "O'Brien" is one word.
    Accents are one character however they are written, and what is not seen (a soft hyphen)
    divides no word. Unpaired surrogates, as in file names that are not UTF-8, are no part of one.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    text = _THOUSANDS.sub("", text)
    text = _ABBREVIATION.sub(lambda match: match.group().replace(".", ""), text)
    return _JOINED.sub("", _POSSESSIVE.sub("", text))


@dataclass(frozen=True, slots=True)
class WordDocument:
    """One chunk for the word index: its number, its article's id and title, its text."""

    chunk: int
    article: str
    title: str
    text: str


class WordWriter:
    """Makes the next generation in `path`, from that in `base` where there is one."""

    def __init__(self, path: Path, base: Path | None) -> None:
        path.mkdir(parents=True)
        if base is not None:
            for source in base.iterdir():
                if source.suffix == ".lock":
                    continue
                # Tantivy replaces its .json files in place of changing them, but copies are
                # safe even if it did; all others are written once.
                if source.suffix == ".json":
                    shutil.copyfile(source, path / source.name)
                else:
                    _link(source, path / source.name)
        self._index = _open(path, new=base is None)
        self._writer = self._index.writer(heap_size=_HEAP, num_threads=1)

    def remove(self, article: str) -> None:
        """Drop every chunk of an article added before this call."""
        self._writer.delete_documents_by_term("article", article)

    def add(self, documents: Iterable[WordDocument]) -> None:
        """Add chunks."""
        for document in documents:
            text = searchable(document.text)
            fields = {
                "article": document.article,
                "chunk": document.chunk,
                "stems": text,
                "words": text,
                "title": searchable(document.title),
            }
            self._writer.add_document(_tantivy().Document.from_dict(fields, self._index.schema))

    def commit(self) -> None:
        """Write everything; the writer is not used afterwards."""
        self._writer.commit()
        self._writer.wait_merging_threads()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)


def _lockable(path: Path) -> TemporaryDirectory[str] | None:
    """A folder of links to a word index that cannot be written in, or None where it can.

    Tantivy makes a lock file even to read; an index on read-only ground has no room for it.
    """
    if os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        return None
    place = TemporaryDirectory(prefix="pincite-words-", ignore_cleanup_errors=True)
    for source in path.iterdir():
        if source.suffix != ".lock":
            (Path(place.name) / source.name).symlink_to(source.resolve())
    return place


class WordIndex:
    """One generation, opened for reading. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Raises OSError where the directory is missing or damaged."""
        if not (path / "meta.json").is_file():
            raise FileNotFoundError(f"{path} holds no word index")
        self._place = _lockable(path)
        try:
            index = _open(Path(self._place.name) if self._place else path)
            index.config_reader("manual")
            self._searcher = index.searcher()
        except ValueError as error:
            raise OSError(f"{path} is not a word index: {error}") from error
        self._index = index
        # What a word stands for is the same for as long as the generation is.
        self._parts = lru_cache(maxsize=_KEPT_WORDS)(self._find_parts)

    def search(
        self,
        question: str,
        k: int,
        *,
        articles: Sequence[str] | None = None,
        settings: WordSettings | None = None,
    ) -> tuple[Numbers, Scores]:
        """The `k` chunks that share most with a question: their numbers and scores, best first.

        Any shared word counts, by BM25; function words do not. A word that the index does
        not hold stands for the words one letter away from it (two in a word of eight or
        more). `articles`, where given, are the ids of the only articles to search.
        """
        engine = _tantivy()
        query = self._query(question, settings or WordSettings())
        if query is None or articles == []:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        if articles is not None:
            allowed = engine.Query.term_set_query(_schema(), "article", list(articles))
            silent = engine.Query.const_score_query(allowed, 0.0)
            query = engine.Query.boolean_query(
                [(engine.Occur.Must, query), (engine.Occur.Must, silent)]
            )
        hits = self._searcher.search(query, k, count=False).hits
        places = [address for _, address in hits]
        chunks = np.array(self._searcher.fast_field_values("chunk", places), dtype=np.int64)
        scores = np.array([score for score, _ in hits], dtype=np.float64)
        best = np.lexsort((chunks, -scores))
        return chunks[best], scores[best]

    def _query(self, question: str, settings: WordSettings) -> Any | None:
        """The terms of a question, OR-ed; None when it has none."""
        engine = _tantivy()
        words, stems = _analyzers()
        # The analysers give the same words in the same order, one with stems.
        text = searchable(question)
        pairs = list(dict.fromkeys(zip(words.analyze(text), stems.analyze(text), strict=True)))
        told = [pair for pair in pairs if pair[0] not in FUNCTION_WORDS] or pairs
        if len(told) > _MAX_TERMS:
            counts = {stem: self._searcher.doc_freq("stems", stem) for _, stem in told}
            told.sort(key=lambda pair: (counts[pair[1]] == 0, counts[pair[1]]))
            del told[_MAX_TERMS:]
        parts = [part for pair in told for part in self._parts(*pair, settings)]
        if not parts:
            return None
        return engine.Query.boolean_query([(engine.Occur.Should, part) for part in parts])

    def _find_parts(self, word: str, stem: str, settings: WordSettings) -> tuple[Any, ...]:
        """The queries that a word of a question is made into; none where nothing is like it."""
        engine = _tantivy()
        if self._known("stems", stem) or self._known("title", stem):
            parts = [engine.Query.term_query(_schema(), "stems", stem, "freq")]
            for field, term, weight in (
                ("words", word, settings.exact),
                ("title", stem, settings.title),
            ):
                if weight:
                    query = engine.Query.term_query(_schema(), field, term, "freq")
                    parts.append(engine.Query.boost_query(query, weight))
            return tuple(parts)
        guess = self._guess(word, settings.guess) if settings.guess else None
        return () if guess is None else (guess,)

    def _known(self, field: str, term: str) -> bool:
        # The engine's count includes removed chunks until it merges, so a small one is checked.
        count = self._searcher.doc_freq(field, term)
        if count > 8:
            return True
        if count == 0:
            return False
        query = _tantivy().Query.term_query(_schema(), field, term, "freq")
        return bool(self._searcher.search(query, 1, count=False).hits)

    def _guess(self, word: str, weight: float) -> Any | None:
        """A query for the words a misspelt one may stand for, or None where there are none.

        The engine scores such matches equally; they get the inverse document frequency of
        BM25 (Robertson and Zaragoza 2009, with one added inside the logarithm as in Lucene)
        of all of them together, times `weight`.
        """
        if len(word) < 4 or word.isdigit():
            return None
        engine = _tantivy()
        for distance in (1, 2) if len(word) >= 8 else (1,):
            close = engine.Query.fuzzy_term_query(_schema(), "words", word, distance)
            count = self._searcher.search(close, 1).count
            if count:
                total = self._searcher.num_docs
                rarity = math.log(1 + (max(total - count, 0) + 0.5) / (count + 0.5))
                return engine.Query.const_score_query(close, weight * rarity)
        return None
