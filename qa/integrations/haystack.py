"""A Haystack component. Needs the extra `pincite[haystack]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from haystack import Document, component

from index.filters import Filter
from qa.answer import Passage
from qa.integrations.citation_metadata import citation_metadata
from qa.retrieval.retriever import Retriever


@component
class PinciteRetriever:
    """Finds passages of the index in a folder as documents, best first.

    `content` is exactly `article.text[start:end]`; `meta` holds the citation with `start`, `end`,
    `link` and `source`.
    """

    def __init__(self, index: str | Path, top_k: int = 5) -> None:
        self.index = str(index)
        self.top_k = top_k
        self._retriever: Retriever | None = None

    def warm_up(self) -> None:
        """Open the index. Raises NoIndexError if there is none."""
        if self._retriever is None:
            self._retriever = Retriever.open(self.index)

    @component.output_types(documents=list[Document])
    def run(
        self, query: str, top_k: int | None = None, filter: Filter | None = None
    ) -> dict[str, Any]:
        """Return the `top_k` best passages for a query as `documents`."""
        self.warm_up()
        assert self._retriever is not None
        k = self.top_k if top_k is None else top_k
        passages = self._retriever.retrieve(query, k, filter=filter)
        return {"documents": [_document(passage) for passage in passages]}


def _document(passage: Passage) -> Document:
    return Document(
        id=f"{passage.article.id}:{passage.span.start}-{passage.span.end}",
        content=passage.text,
        meta=citation_metadata(passage),
        score=passage.score,
    )
