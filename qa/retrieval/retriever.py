"""Question in, cited passages out: the function developers call."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from index.errors import EncoderError, SettingError, UnknownArticleError
from index.filters import Filter
from index.library import Library, SyncProgress
from index.types import Article, Span
from qa.answer import Passage
from qa.errors import QuestionError
from qa.language.words import content_words, stem, stems
from qa.retrieval.fusion import Fusion

MAX_QUESTION_CHARACTERS = 4_000
"""Longer questions are refused before anything tokenises them."""


def checked_question(question: str) -> str:
    """The question without outer white space, inner runs of it made single spaces.

    Raises QuestionError when it is no text, empty or longer than `MAX_QUESTION_CHARACTERS`.
    """
    if not isinstance(question, str):
        raise QuestionError(f"the question is {question!r}; give it as a string")
    if len(question) > 25 * MAX_QUESTION_CHARACTERS or (
        len(folded := " ".join(question.split())) > MAX_QUESTION_CHARACTERS
    ):
        raise QuestionError(
            f"the question has {len(question):,} characters; the limit is "
            f"{MAX_QUESTION_CHARACTERS:,}. Ask it in a sentence or two."
        )
    if not any(character.isalnum() for character in folded):
        raise QuestionError("the question is empty; ask in words, such as: Who trains the agents?")
    # A shell argument that is not UTF-8 brings half characters, which no tokenizer takes.
    return folded.encode("utf-8", "replace").decode("utf-8")


def checked_k(k: int) -> int:
    """`k` itself. Raises SettingError when it is below 1, or no whole number."""
    try:
        k = operator.index(k)
    except TypeError:
        raise SettingError(f"k is {k!r}; give a whole number") from None
    if k < 1:
        raise SettingError(f"k is {k}; ask for at least 1 passage")
    return k


class Retriever:
    """Finds the passages of an index that belong to a question.

    Safe to call from several threads. Words and vectors are both searched, and fused as
    `fusion` says.
    """

    def __init__(self, library: Library, *, fusion: Fusion | None = None) -> None:
        if isinstance(library, str | Path):
            raise SettingError(
                f"{str(library)!r} is no Library; use Retriever.open for an index, or "
                "Retriever.from_folder for a folder of articles"
            )
        self.library = library
        self.fusion = fusion or Fusion()

    @classmethod
    def open(cls, path: str | Path, *, fusion: Fusion | None = None) -> Retriever:
        """A retriever over the index in a folder.

        Raises NoIndexError when there is none, FormatError when it cannot be used.
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
        """A retriever over a folder of articles, indexed in the user's cache folder.

        Nothing is written beside the articles. Calling it again re-syncs what changed.
        Raises RootError when the folder is missing or has no readable article.
        """
        from qa.indexes import synced_library

        library, _ = synced_library(Path(folder), progress=progress)
        return cls(library, fusion=fusion)

    def retrieve(
        self,
        question: str,
        k: int = 5,
        *,
        filter: Filter | None = None,
    ) -> list[Passage]:
        """Return the `k` best passages for a question, best first; fewer when there are fewer.

        `filter` restricts which articles are searched. It applies inside the search, so a
        narrow filter still fills `k`; where no article matches, the list is empty. Raises
        QuestionError for an empty or overlong question, SettingError when `k < 1`, and
        UnknownArticleError when no article has any of the filter's ids.
        """
        k = checked_k(k)
        question = checked_question(question)
        filter = filter or Filter()
        encoder = self.library.encoder
        snapshot = self.library.snapshot()
        ids = filter.article_ids
        if ids and not any(article_id in snapshot for article_id in ids):
            raise UnknownArticleError(
                f"no article has the id {min(ids)!r}; pincite articles lists them, with "
                "the same --index or --articles"
            )
        k = min(k, max(1, snapshot.rows))
        depth = max(self.fusion.depth, k)
        try:
            vector = encoder.encode([question])[0]
        except EncoderError as error:
            if encoder.fits(question):
                raise
            raise QuestionError(
                f"the question has {len(question.split()):,} words, more than the encoder "
                f"{encoder.name} reads ({encoder.max_tokens} tokens). Ask it in fewer words."
            ) from error
        shared, found_words = snapshot.bm25(question, depth, filter)
        near, near_cosines = snapshot.knn(vector, depth, filter)
        near_sentences = snapshot.sentence_cosines(near, vector)
        place = {row: number for number, row in enumerate(near.tolist())}
        by_word = [place.setdefault(row, len(place)) for row in shared.tolist()]
        rows = np.fromiter(place, dtype=np.int64)
        if not len(rows):
            return []
        # Rows that only the words found still have an exact cosine; rows that only the
        # vectors found scored below every word hit, if at all.
        others = rows[len(near) :]
        cosines = np.concatenate((near_cosines, snapshot.vectors(others) @ vector))
        nearest = np.concatenate((near_sentences, snapshot.sentence_cosines(others, vector)))
        cosines, nearest = cosines.astype(np.float64), nearest.astype(np.float64)
        # A chunk of one sentence has no other vector than its own.
        nearest = np.where(np.isnan(nearest), cosines, nearest)
        share = self.fusion.sentences
        meaning = (1.0 - share) * cosines + share * nearest
        word_scores = np.zeros(len(rows))
        word_scores[by_word] = found_words
        fused = self.fusion.combine(meaning, word_scores)
        best = np.lexsort((rows, -fused))[:k]
        passages = []
        found = snapshot.passages(rows[best])
        for position, (chunk, article) in zip(best, found, strict=True):
            passages.append(
                Passage(
                    article=article,
                    span=chunk.span,
                    paragraphs=_best_first(article, chunk.span, chunk.paragraphs, question),
                    tokens=chunk.tokens,
                    score=float(fused[position]),
                    scores={
                        "vector": float(cosines[position]),
                        "sentence": float(nearest[position]),
                        "words": float(word_scores[position]),
                    },
                )
            )
        return passages


@lru_cache(maxsize=8)  # for each passage of a question
def _stems(question: str) -> frozenset[str]:
    return frozenset(stem(word) for word in content_words(question))


@lru_cache(maxsize=1024)  # paragraphs come up again with the next question, and take longer
def _held(text: str) -> frozenset[str]:
    return frozenset(stems(text))


def _best_first(
    article: Article, span: Span, paragraphs: Sequence[int], question: str
) -> tuple[int, ...]:
    """A passage's paragraphs, those with most of the question's words first."""
    if len(paragraphs) < 2:
        return tuple(paragraphs)
    wanted = _stems(question)

    def found(number: int) -> int:
        place = article.paragraphs[number - 1].span
        shared = Span(max(place.start, span.start), min(place.end, span.end))
        return len(wanted & _held(shared.of(article.text)))

    # A heading is in a passage for its context, so among equals the longer text leads.
    def length(number: int) -> int:
        return len(article.paragraphs[number - 1].span)

    return tuple(sorted(paragraphs, key=lambda number: (-found(number), -length(number), number)))
