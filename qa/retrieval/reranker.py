"""A cross-encoder as second opinion on the first passages of a search."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from index.filters import Filter
from index.library import Library
from qa.answer import Passage
from qa.errors import ReaderError
from qa.retrieval.fusion import Fusion
from qa.retrieval.retriever import Retriever

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

FIRST = 20
"""How many passages are looked at again."""


class Reranker(Protocol):
    """Scores passages for a question, higher is better, comparable within one call."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """One score for each passage."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder with one output, by name or folder."""

    def __init__(self, name: str) -> None:
        """Raises ReaderError when there is no such model, or it has several outputs."""
        from sentence_transformers import CrossEncoder

        try:
            self._model: CrossEncoder = CrossEncoder(name, device="cpu")
        except (OSError, ValueError) as error:
            raise ReaderError(
                f"no cross-encoder can be loaded by the name {name!r} ({error}); give the name "
                "or folder of a sentence-transformers cross-encoder"
            ) from error
        outputs = int(self._model.config.num_labels)
        if outputs != 1:
            raise ReaderError(
                f"{name!r} has {outputs} outputs; a re-ranker has one, the relevance of a passage"
            )

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """One score for each passage."""
        pairs = [(question, passage.text) for passage in passages]
        return [float(score) for score in self._model.predict(pairs, show_progress_bar=False)]


class RerankingRetriever(Retriever):
    """A retriever whose first passages are put in a re-ranker's order."""

    def __init__(
        self,
        library: Library,
        reranker: Reranker,
        *,
        fusion: Fusion | None = None,
        first: int = FIRST,
    ) -> None:
        super().__init__(library, fusion=fusion)
        self.reranker = reranker
        self.first = first

    def retrieve(self, question: str, k: int = 5, *, filter: Filter | None = None) -> list[Passage]:
        """Return the `k` best passages; errors are those of `Retriever.retrieve`.

        `score` falls with the rank and says nothing beyond it; `scores["reranker"]` holds
        the re-ranker's own for those it looked at.
        """
        passages = super().retrieve(question, max(k, self.first), filter=filter)
        looked_at = passages[: self.first]
        found = self.reranker.scores(question, looked_at)
        scored = sorted(zip(found, looked_at, strict=True), key=lambda pair: -pair[0])
        again = [
            dataclasses.replace(passage, scores={**passage.scores, "reranker": score})
            for score, passage in scored
        ]
        ordered = [*again, *passages[self.first :]][:k]
        return [
            dataclasses.replace(passage, score=-math.log2(rank + 1))
            for rank, passage in enumerate(ordered, start=1)
        ]
