"""Retrieve the passages of an index for a question."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from index.errors import EncoderError, SettingError, UnknownArticleError
from index.filters import Filter
from index.library import Library, SyncProgress
from index.storage.snapshot import Snapshot
from index.types import Article, Kind, Span
from qa.answer import Passage, PassageScores
from qa.errors import QuestionError
from qa.language.words import content_stems, stems
from qa.retrieval.fusion import Fusion

MAX_QUESTION_CHARACTERS = 4_000
"""The length of the longest question, checked before it is tokenised."""


def check_question(question: str) -> str:
    """Return a question with every run of white space replaced by one space.

    Raises QuestionError when it is not a string, is empty or has more than
    `MAX_QUESTION_CHARACTERS`.
    """
    if not isinstance(question, str):
        raise QuestionError(f"the question is {question!r}; give a string")
    if len(question) > 25 * MAX_QUESTION_CHARACTERS or (
        len(folded := " ".join(question.split())) > MAX_QUESTION_CHARACTERS
    ):
        raise QuestionError(
            f"the question has {len(question):,} characters; the limit is "
            f"{MAX_QUESTION_CHARACTERS:,}. Ask it in a sentence or two."
        )
    if not any(character.isalnum() for character in folded):
        raise QuestionError("the question is empty; ask in words, such as: Who trains the agents?")
    # A shell argument that is not UTF-8 has lone surrogates, which no tokenizer accepts.
    return folded.encode("utf-8", "replace").decode("utf-8")


def check_k(k: int) -> int:
    """Return `k`. Raises SettingError when it is not a whole number of at least 1."""
    try:
        k = operator.index(k)
    except TypeError:
        raise SettingError(f"k is {k!r}; give a whole number") from None
    if k < 1:
        raise SettingError(f"k is {k}; ask for at least 1 passage")
    return k


def check_filter(filter: Filter | None) -> Filter:
    """Return a filter, an empty one for None. Raises SettingError for anything else."""
    if filter is None:
        return Filter()
    if not isinstance(filter, Filter):
        raise SettingError(
            f"filter is {filter!r}; give a Filter, such as Filter(publisher='Harbour News')"
        )
    return filter


def check_articles(filter: Filter, snapshot: Snapshot) -> None:
    """Raise UnknownArticleError when no article has any of a filter's ids."""
    ids = filter.article_ids
    if ids and not any(article_id in snapshot for article_id in ids):
        raise UnknownArticleError(
            f"no article has the id {min(ids)!r}; pincite articles lists them, with "
            "the same --index or --articles"
        )


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

    def retrieve(
        self,
        question: str,
        k: int = 5,
        *,
        filter: Filter | None = None,
    ) -> list[Passage]:
        """Return the `k` best passages for a question, best first; fewer when there are fewer.

        A misspelt word of the question, which no article has, is searched in the articles'
        spelling as well. `filter` restricts which articles are searched. It applies inside the
        search, so a narrow filter still returns `k` passages where there are as many. Raises
        QuestionError for an empty or overlong question, SettingError when `k < 1` or `filter` is
        not a Filter, and UnknownArticleError when no article has any of the filter's ids.
        """
        k = check_k(k)
        question = check_question(question)
        filter = check_filter(filter)
        encoder = self.library.encoder
        snapshot = self.library.snapshot()
        check_articles(filter, snapshot)
        k = min(k, max(1, snapshot.rows))
        depth = max(self.fusion.depth, k)
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
        bm25_rows, bm25_scores = snapshot.bm25(question, depth, filter)
        knn_rows, knn_cosines = snapshot.knn(vector, depth, filter)
        number_of = {row: number for number, row in enumerate(knn_rows.tolist())}
        bm25_numbers = [number_of.setdefault(row, len(number_of)) for row in bm25_rows.tolist()]
        rows = np.fromiter(number_of, dtype=np.int64)
        if not len(rows):
            return []
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
        fused = self.fusion.combine((1.0 - share) * cosines + share * sentence_cosines, word_scores)
        best = np.lexsort((rows, -fused))[:k]
        return [
            Passage(
                article=article,
                span=chunk.span,
                paragraphs=_best_first(article, chunk.span, chunk.paragraphs, question),
                tokens=chunk.tokens,
                score=float(fused[number]),
                scores=PassageScores(
                    cosine=float(cosines[number]),
                    sentence_cosine=float(sentence_cosines[number]),
                    bm25=float(word_scores[number]),
                ),
            )
            for number, (chunk, article) in zip(best, snapshot.passages(rows[best]), strict=True)
        ]


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
