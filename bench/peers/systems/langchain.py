"""LangChain: texts split and embedded into its FAISS store, saved and loaded."""

from collections.abc import Callable
from pathlib import Path

PACKAGES = (
    "langchain-core",
    "langchain-community",
    "langchain-huggingface",
    "langchain-text-splitters",
    "sentence-transformers",
    "faiss-cpu",
)


def index(texts: list[str], model: str, folder: Path) -> None:
    """Split `texts` as its tutorial does, embed and save."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_huggingface import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    documents = [
        Document(page_content=text, metadata={"number": number})
        for number, text in enumerate(texts)
    ]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    parts = splitter.split_documents(documents)
    FAISS.from_documents(parts, HuggingFaceEmbeddings(model_name=model)).save_local(str(folder))


def opened(model: str, folder: Path) -> Callable[[str, int], list[int]]:
    """Load the index; return a function from a question to the numbers of the best texts."""
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    store = FAISS.load_local(
        str(folder), HuggingFaceEmbeddings(model_name=model), allow_dangerous_deserialization=True
    )
    return lambda question, k: [
        part.metadata["number"] for part in store.similarity_search(question, k=k)
    ]
