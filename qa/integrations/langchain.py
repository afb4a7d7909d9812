"""A LangChain retriever. Needs the extra `pincite[langchain]`."""

from __future__ import annotations

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from index.filters import Filter
from qa.answer import Passage
from qa.integrations.citation_metadata import citation_metadata
from qa.retrieval.retriever import Retriever


class PinciteRetriever(BaseRetriever):
    """Finds passages as documents, best first.

    `page_content` is exactly `article.text[start:end]`; `metadata` holds the citation with
    `start`, `end`, `link` and `source`, and the `score`.
    """

    retriever: Retriever
    k: int = 5
    filter: Filter | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        passages = self.retriever.retrieve(query, self.k, filter=self.filter)
        return [_document(passage) for passage in passages]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        passages = await self.retriever.aretrieve(query, self.k, filter=self.filter)
        return [_document(passage) for passage in passages]


def _document(passage: Passage) -> Document:
    metadata = citation_metadata(passage)
    # LangChain's text splitters name the offset so.
    metadata |= {"start_index": passage.span.start, "score": passage.score}
    return Document(page_content=passage.text, metadata=metadata)
