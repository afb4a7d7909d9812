"""Pincite: text files in a folder, indexed as by `pincite index`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

PACKAGES = ()


def index(texts: list[str], _model: str, folder: Path) -> None:
    """Write `texts` as articles of fifty each, and index them."""
    from index.library import Library

    articles = folder / "articles"
    articles.mkdir(parents=True)
    for start in range(0, len(texts), 50):
        path = articles / f"{start:06}.txt"
        path.write_text("\n\n".join(texts[start : start + 50]) + "\n", encoding="utf-8")
    Library.create(folder / "index").sync(articles)


def opened(_model: str, folder: Path) -> Callable[[str, int], list[int]]:
    """Load the index; return a function from a question to the numbers of the best texts."""
    from index.library import Library
    from qa.retrieval.retriever import Retriever

    retriever = Retriever(Library.open(folder / "index"))

    def search(question: str, k: int) -> list[int]:
        return [_number(hit) for hit in retriever.retrieve(question, k=k)]

    return search


def _number(hit: Any) -> int:
    """Return the number of the text that holds a passage."""
    before = hit.article.text.count("\n\n", 0, hit.span.start)
    return int(Path(hit.article.id).stem) + before
