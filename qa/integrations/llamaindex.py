"""A LlamaIndex retriever. Needs the extra `pincite[llamaindex]`."""

from __future__ import annotations

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, TextNode

from index.filters import Filter
from qa.answer import Passage
from qa.integrations.citation_metadata import citation_metadata
from qa.retrieval.retriever import Retriever


class PinciteRetriever(BaseRetriever):
    """Finds passages as nodes with scores, best first.

    A node's text is exactly `article.text[start_char_idx:end_char_idx]`, and the id of its
    `source_node` the article's; its metadata holds the citation, and `page_label` for formats that
    have pages.
    """

    def __init__(
        self, retriever: Retriever, similarity_top_k: int = 5, filter: Filter | None = None
    ) -> None:
        self._retriever = retriever
        self._similarity_top_k = similarity_top_k
        self._filter = filter
        super().__init__()

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passages = self._retriever.retrieve(
            query_bundle.query_str, self._similarity_top_k, filter=self._filter
        )
        return [_node(passage) for passage in passages]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        passages = await self._retriever.aretrieve(
            query_bundle.query_str, self._similarity_top_k, filter=self._filter
        )
        return [_node(passage) for passage in passages]


def _node(passage: Passage) -> NodeWithScore:
    article, citation, metadata = passage.article, passage.citation, citation_metadata(passage)
    if citation.page is not None:
        metadata["page_label"] = str(citation.page)
    # A language model is shown who says it and where, as far as it is known, and no offsets.
    shown = {"title", "authors", "publisher", "published", "page_label"}
    hidden = [name for name, value in metadata.items() if name not in shown or not value]
    node = TextNode(
        id_=f"{article.id}:{passage.span.start}-{passage.span.end}",
        text=passage.text,
        metadata=metadata,
        start_char_idx=passage.span.start,
        end_char_idx=passage.span.end,
        excluded_llm_metadata_keys=hidden,
        excluded_embed_metadata_keys=sorted(metadata),
        relationships={
            NodeRelationship.SOURCE: TextNode(id_=article.id).as_related_node_info(),
        },
    )
    return NodeWithScore(node=node, score=passage.score)
