"""Haystack: its in-memory document store behind two pipelines, saved to disk and loaded."""

from collections.abc import Callable
from pathlib import Path

PACKAGES = ("haystack-ai", "sentence-transformers-haystack")


def index(texts: list[str], model: str, folder: Path) -> None:
    """Embed `texts` as documents, write them to the store and save it."""
    from haystack import Document, Pipeline
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
    )

    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder", SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
    )
    pipeline.add_component("writer", DocumentWriter(document_store=store))
    pipeline.connect("embedder", "writer")
    documents = [
        Document(content=text, meta={"number": number}) for number, text in enumerate(texts)
    ]
    pipeline.run({"embedder": {"documents": documents}})
    folder.mkdir(parents=True, exist_ok=True)
    store.save_to_disk(str(folder / "store.json"))


def opened(model: str, folder: Path) -> Callable[[str, int], list[int]]:
    """Load the index; return a function from a question to the numbers of the best texts."""
    from haystack import Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersTextEmbedder,
    )

    store = InMemoryDocumentStore.load_from_disk(str(folder / "store.json"))
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder", SentenceTransformersTextEmbedder(model=model, progress_bar=False)
    )
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(document_store=store))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")

    def search(question: str, k: int) -> list[int]:
        found = pipeline.run({"embedder": {"text": question}, "retriever": {"top_k": k}})
        return [document.meta["number"] for document in found["retriever"]["documents"]]

    return search
