"""txtai: an embeddings database with its texts, saved and loaded."""

from collections.abc import Callable
from pathlib import Path

PACKAGES = ("txtai",)


def index(texts: list[str], model: str, folder: Path) -> None:
    """Index `texts` (their numbers are their ids) and save."""
    from txtai import Embeddings

    embeddings = Embeddings(path=model, content=True)
    embeddings.index(texts)
    embeddings.save(str(folder))


def opened(_model: str, folder: Path) -> Callable[[str, int], list[int]]:
    """Load the index; return a function from a question to the numbers of the best texts."""
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(folder))
    return lambda question, k: [int(hit["id"]) for hit in embeddings.search(question, k)]
