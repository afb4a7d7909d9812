"""Retrieve the passages of an index for a question."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from pathlib import Path
from typing import TypedDict, Unpack

import numpy as np

from index.errors import EncoderError, SettingError
from index.filters import Filter
from index.library import Library, SyncProgress
from index.storage.snapshot import Snapshot
from index.types import Article, Kind, Span
from index.validation import check_number, check_whole
from index.vector_stores.base import Rows, Vectors
from qa.answer import Passage, PassageScores
from qa.errors import QuestionError
from qa.language.words import content_stems, stems
from qa.retrieval.arguments import check_articles, check_filter, check_k, check_question
from qa.retrieval.fusion import Fusion, Scores
from qa.tracing import span

_DEEPER = 8
"""How many times deeper both searches go when more passages are asked for than they found."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Rows of the index and their scores, each of shape (n,); `is_all`: there are no others."""

    rows: Rows
    fused: Scores
    cosines: Scores
    sentence_cosines: Scores
    bm25: Scores
    is_all: bool


class RetrieveOptions(TypedDict, total=False):
    """The keyword arguments of `Retriever.retrieve`."""

    filter: Filter | None
    offset: int
    per_article: int | None
    min_score: float | None


class Retriever:
    """Retrieves passages by a word search and a vector search, fused as `fusion` says.

    Safe to use from several threads.
    """

    def __init__(self, library: Library, *, fusion: Fusion | None = None) -> None:
        if not isinstance(library, Library):
            raise SettingError(
                f"the library is {library!r}; give a Library, or use Retriever.open for "
                "an index and Retriever.from_folder for a folder of articles"
            )
        self.library = library
        self.fusion = fusion or Fusion()

    @classmethod
    def open(cls, path: str | Path, *, fusion: Fusion | None = None) -> Retriever:
        """Return a retriever for the index in a folder.

        Raises NoIndexError when there is none, FormatError when it cannot be read.
        """
        return cls(Library.open(Path(path)), fusion=fusion)

    @classmethod
    def from_folder(
        cls,
        folder: str | Path,
        *,
        fusion: Fusion | None = None,
        progress: Callable[[SyncProgress], None] | None = None,
    ) -> Retriever:
        """Return a retriever for a folder of articles, indexed in the user's cache folder.

        Nothing is written to the folder itself. Calling this again syncs what changed.
        Raises RootError when the folder is missing or has no readable article.
        """
        from qa.indexes import open_private_index

        library, _ = open_private_index(Path(folder), progress=progress)
        return cls(library, fusion=fusion)

    @span("pincite.retrieve")
    def retrieve(
        self,
        question: str,
        k: int = 5,
        *,
        filter: Filter | None = None,
        offset: int = 0,
        per_article: int | None = None,
        min_score: float | None = None,
    ) -> list[Passage]:
        """Return the `k` best passages for a question, best first; fewer when there are fewer.

        A misspelt word of the question, which no article has, is searched in the articles'
        spelling as well. `filter` restricts which articles are searched. It applies inside the
        search, so a narrow filter still returns `k` passages where there are as many. Of each
        article at most `per_article` passages count, and only those that score at least
        `min_score`; the first `offset` of these are left out. Neither scores nor order depend on
        `k`. Raises QuestionError for an empty or overlong question, SettingError when a number is
        out of range or `filter` is not a Filter, and UnknownArticleError when no article has any
        of the filter's ids.
        """
        rows = self.library.snapshot().rows
        start = min(check_whole("offset", offset, 0), rows)
        end = min(start + check_k(k), rows)
        passages = self._ranked(check_question(question), check_filter(filter), end)
        if min_score is not None:
            least = check_number("min_score", min_score)
            passages = takewhile(lambda passage: passage.score >= least, passages)
        if per_article is not None:
            passages = _limited(passages, check_whole("per_article", per_article, 1))
        return list(islice(passages, start, end))

    async def aretrieve(
        self, question: str, k: int = 5, **options: Unpack[RetrieveOptions]
    ) -> list[Passage]:
        """Return what `retrieve` returns, without blocking the event loop."""
        return await asyncio.to_thread(self.retrieve, question, k, **options)

    def _ranked(self, question: str, filter: Filter, batch_size: int) -> Iterator[Passage]:
        """Yield all passages that a search finds, best first; `batch_size` are read at a time."""
        encoder = self.library.encoder
        snapshot = self.library.snapshot()
        check_articles(filter, snapshot)
        corrected = snapshot.correct_spelling(question)
        forms = [question]
        if corrected != question and encoder.fits(corrected):
            forms.append(corrected)
        try:
            # A misspelt name may be spelt so after all, so both forms count.
            vector = encoder.encode(forms).sum(axis=0)
            vector /= np.linalg.norm(vector)
        except EncoderError as error:
            if encoder.fits(question):
                raise
            raise QuestionError(
                f"the question has {len(question.split()):,} words, more than the encoder "
                f"{encoder.name} reads ({encoder.max_tokens} tokens). Ask it in fewer words."
            ) from error
        return self._fused(question, vector, filter, snapshot, batch_size)

    def _fused(
        self, question: str, vector: Vectors, filter: Filter, snapshot: Snapshot, batch_size: int
    ) -> Iterator[Passage]:
        """Yield the passages of both searches, best first.

        What only a deeper search finds comes after all of a shallower one, with no higher score:
        so a passage has the same score and place however many are asked for.
        """
        seen: set[int] = set()
        depth, lowest = self.fusion.depth, np.inf
        while True:
            found = self._candidates(question, vector, filter, snapshot, depth)
            new = np.flatnonzero([row not in seen for row in found.rows.tolist()])
            best = new[np.lexsort((found.rows[new], -found.fused[new]))]
            for start in range(0, len(best), max(batch_size, 1)):
                batch = best[start : start + max(batch_size, 1)]
                stored = snapshot.passages(found.rows[batch])
                for number, (chunk, article) in zip(batch, stored, strict=True):
                    lowest = min(lowest, float(found.fused[number]))
                    yield Passage(
                        article=article,
                        span=chunk.span,
                        paragraphs=_best_first(article, chunk.span, chunk.paragraphs, question),
                        tokens=chunk.tokens,
                        score=lowest,
                        scores=PassageScores(
                            cosine=float(found.cosines[number]),
                            sentence_cosine=float(found.sentence_cosines[number]),
                            bm25=float(found.bm25[number]),
                        ),
                    )
            if found.is_all:
                return
            seen.update(found.rows.tolist())
            depth *= _DEEPER

    def _candidates(
        self, question: str, vector: Vectors, filter: Filter, snapshot: Snapshot, depth: int
    ) -> _Candidates:
        """Return the best `depth` rows of each search, with their scores."""
        bm25_rows, bm25_scores = snapshot.bm25(question, depth, filter)
        knn_rows, knn_cosines = snapshot.knn(vector, depth, filter)
        number_of = {row: number for number, row in enumerate(knn_rows.tolist())}
        bm25_numbers = [number_of.setdefault(row, len(number_of)) for row in bm25_rows.tolist()]
        rows = np.fromiter(number_of, dtype=np.int64)
        # Rows that only the words found still have an exact cosine; rows that only the
        # vectors found scored below every word hit, if at all.
        others = rows[len(knn_rows) :]
        sentence_cosines = np.concatenate(
            (
                snapshot.sentence_cosines(knn_rows, vector),
                snapshot.sentence_cosines(others, vector),
            )
        ).astype(np.float64)
        cosines = np.concatenate((knn_cosines, snapshot.vectors(others) @ vector))
        cosines = cosines.astype(np.float64)
        # A chunk of one sentence has no sentence vectors besides its own.
        sentence_cosines = np.where(np.isnan(sentence_cosines), cosines, sentence_cosines)
        share = self.fusion.sentences
        word_scores = np.zeros(len(rows))
        word_scores[bm25_numbers] = bm25_scores
        blended = (1.0 - share) * cosines + share * sentence_cosines
        fused = self.fusion.combine(blended, word_scores) if len(rows) else blended
        is_all = len(knn_rows) < depth
        return _Candidates(rows, fused, cosines, sentence_cosines, word_scores, is_all)


def _limited(passages: Iterable[Passage], per_article: int) -> Iterator[Passage]:
    """Yield at most `per_article` passages of each article."""
    counts: Counter[str] = Counter()
    for passage in passages:
        counts[passage.article.id] += 1
        if counts[passage.article.id] <= per_article:
            yield passage


@lru_cache(maxsize=8)  # asked for each passage of a question
def _question_stems(question: str) -> frozenset[str]:
    return frozenset(content_stems(question))


@lru_cache(maxsize=1024)  # the next question often retrieves the same paragraphs
def _text_stems(text: str) -> frozenset[str]:
    return frozenset(stems(text))


def _best_first(
    article: Article, span: Span, paragraphs: Sequence[int], question: str
) -> tuple[int, ...]:
    """Sort a passage's paragraphs by how many of the question's words they have, most first.

    Headings come last.
    """
    if len(paragraphs) < 2:
        return tuple(paragraphs)
    question_stems = _question_stems(question)

    def key(number: int) -> tuple[bool, int, int]:
        paragraph = article.paragraphs[number - 1].span
        inside = Span(max(paragraph.start, span.start), min(paragraph.end, span.end))
        shared = len(question_stems & _text_stems(inside.of(article.text)))
        # A heading is in a passage for its context; it answers nothing itself.
        is_heading = article.paragraphs[number - 1].kind is Kind.HEADING
        return is_heading, -shared, number

    return tuple(sorted(paragraphs, key=key))
