"""LlamaIndex: the vector store index of its starter tutorial, persisted and loaded."""

from collections.abc import Callable
from pathlib import Path

PACKAGES = ("llama-index-core", "llama-index-embeddings-huggingface")


def index(texts: list[str], model: str, folder: Path) -> None:
    """Index `texts` as documents, split as it splits by default, and persist."""
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(model_name=model)
    # The number is the id, since metadata would be embedded with the text.
    documents = [Document(text=text, id_=str(number)) for number, text in enumerate(texts)]
    vector_index = VectorStoreIndex.from_documents(documents)
    vector_index.storage_context.persist(persist_dir=str(folder))


def opened(model: str, folder: Path) -> Callable[[str, int], list[int]]:
    """Load the index; return a function from a question to the numbers of the best texts."""
    from llama_index.core import Settings, StorageContext, load_index_from_storage
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(model_name=model)
    loaded = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(folder)))

    def search(question: str, k: int) -> list[int]:
        hits = loaded.as_retriever(similarity_top_k=k).retrieve(question)
        return [int(hit.node.ref_doc_id) for hit in hits]

    return search
