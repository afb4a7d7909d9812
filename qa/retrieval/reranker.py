"""Re-rank the first passages of a search with a cross-encoder."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Protocol

from index.filters import Filter
from index.library import Library
from qa.answer import Passage
from qa.errors import ReaderError
from qa.retrieval.fusion import Fusion
from qa.retrieval.retriever import Retriever

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANK_DEPTH = 20
"""How many passages are re-ranked."""


class Reranker(Protocol):
    """Scores passages for a question, higher is better, comparable within one call."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """Return one score for each passage."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder with one output, by name or folder."""

    def __init__(self, name: str) -> None:
        """Load the model. Raises ReaderError when there is none, or it has several outputs."""
        from sentence_transformers import CrossEncoder

        try:
            self._model: CrossEncoder = CrossEncoder(name, device="cpu")
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"cannot load a cross-encoder named {name!r} ({error}); give the name or folder of "
                "a sentence-transformers cross-encoder"
            ) from error
        outputs = int(self._model.config.num_labels)
        if outputs != 1:
            raise ReaderError(
                f"the cross-encoder {name!r} has {outputs} outputs; give one with a single output, "
                "the relevance of a passage"
            )

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """Return one score for each passage."""
        pairs = [(question, passage.text) for passage in passages]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


class RerankingRetriever(Retriever):
    """A retriever that puts its first passages in a re-ranker's order."""

    def __init__(
        self,
        library: Library,
        reranker: Reranker,
        *,
        fusion: Fusion | None = None,
        first: int = RERANK_DEPTH,
    ) -> None:
        super().__init__(library, fusion=fusion)
        self.reranker = reranker
        self.first = first

    def _ranked(self, question: str, filter: Filter, batch_size: int) -> Iterator[Passage]:
        """Yield passages, the first in the re-ranker's order.

        `score` depends on the rank alone; `scores.reranker` is the re-ranker's score, for the
        first passages only.
        """
        passages = super()._ranked(question, filter, max(batch_size, self.first))
        head = list(islice(passages, self.first))
        scores = self.reranker.scores(question, head)
        reranked = (
            replace(passage, scores=replace(passage.scores, reranker=score))
            for score, passage in sorted(zip(scores, head, strict=True), key=lambda pair: -pair[0])
        )
        for rank, passage in enumerate(chain(reranked, passages), start=1):
            yield replace(passage, score=-math.log2(rank + 1))


def load_retriever(library: Library, reranker: str | None = None) -> Retriever:
    """Return a retriever for a library, with the re-ranker of that name or folder if there is one.

    Raises ReaderError when it cannot be loaded.
    """
    if reranker is None:
        return Retriever(library)
    return RerankingRetriever(library, CrossEncoderReranker(reranker))
