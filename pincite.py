"""Ask a folder of articles and get the articles' own words back, cited to the paragraph.

    from pincite import Chatbot, Retriever

    retriever = Retriever.from_folder("articles/")
    for passage in retriever.retrieve("Who trains the agents?", k=5):
        print(passage.score, passage.citation, passage.text)
    answer = Chatbot(retriever).ask("Who trains the agents?")
    print(answer.text, answer.citations)

`index` parses, stores and searches articles; `qa` answers questions from them. This module
re-exports their public names. `python -m pincite` runs the command `pincite`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path


def _foreign_package() -> str | None:
    """Return what is imported in place of our package `qa` or `index`, or None."""
    for name in ("qa", "index"):
        spec = find_spec(name)
        folders = list(spec.submodule_search_locations or ()) if spec else []
        ours = Path(__file__).resolve().parent / name
        if not any(Path(folder).resolve() == ours for folder in folders):
            where = "nothing" if spec is None else spec.origin or ", ".join(folders)
            return f"{name!r} is {where}, not {ours}"
    return None


try:
    from index.errors import LibraryError
    from index.filters import Filter
    from index.library import Library
    from index.parsing.article import make_article
    from index.types import Article
    from qa.answer import Answer, Candidate, Citation, Passage, Quote
    from qa.chatbot import Chatbot
    from qa.cli.main import main as _main
    from qa.errors import QAError
    from qa.judging.judge import Mode
    from qa.retrieval.retriever import Retriever
except ImportError as error:
    if foreign := _foreign_package():
        raise ImportError(
            f"another package hides one of Pincite's: {foreign}. Rename or uninstall it, "
            "or run from a folder that does not hold it"
        ) from error
    raise

__all__ = [
    "Answer",
    "Article",
    "Candidate",
    "Chatbot",
    "Citation",
    "Filter",
    "Library",
    "LibraryError",
    "Mode",
    "Passage",
    "QAError",
    "Quote",
    "Retriever",
    "make_article",
]


def __getattr__(name: str) -> str:
    """Look up `__version__` when it is asked for, which takes a moment."""
    if name == "__version__":
        from importlib.metadata import version

        return version("pincite")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command `pincite` and return its exit status."""
    return _main(arguments)


if __name__ == "__main__":
    sys.exit(main())
