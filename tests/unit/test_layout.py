"""The rules that keep the house standing: what imports what, and what is public."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import qa
from tests import PROJECT

HEAVY = {"torch", "faiss", "gradio", "sentence_transformers", "transformers", "scipy"}

# A heavy library has one room of its own; everywhere else it is reached through that room.
ROOMS = {
    "gradio": ("qa/web/", "app.py"),
    "sentence_transformers": ("index/embedding/encoder.py", "qa/retrieval/reranker.py"),
    "faiss": ("index/vector_stores/",),
    "tantivy": ("index/storage/bm25.py",),
    "pypdf": ("index/parsing/",),
    "docx": ("index/parsing/",),
    "trafilatura": ("index/parsing/",),
}


def imports(path: Path) -> set[str]:
    """Modules imported when the file runs; imports for type checking alone do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))]
    assert found
    return found


def test_index_never_imports_qa() -> None:
    for path in sources("index"):
        reached = {name for name in imports(path) if name.split(".")[0] in ("qa", "app")}
        assert not reached, f"{path.relative_to(PROJECT)} imports {reached}"


def test_nothing_inside_imports_the_application() -> None:
    for path in sources("qa"):
        assert "app" not in imports(path), path


@pytest.mark.parametrize("library", ROOMS)
def test_a_heavy_library_stays_in_its_room(library: str) -> None:
    for path in sources("qa", "index"):
        place = path.relative_to(PROJECT).as_posix()
        if any(name.split(".")[0] == library for name in imports(path)):
            assert place.startswith(ROOMS[library]), f"{place} imports {library}"


@pytest.mark.parametrize("package", ["qa", "index.library", "qa.__main__"])
def test_importing_loads_nothing_heavy(package: str) -> None:
    code = f"import {package}, sys; print(*(n for n in sys.modules if '.' not in n))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert package.split(".")[0] in run.stdout.split()
    assert not HEAVY & set(run.stdout.split())


def test_index_does_not_reach_qa_at_run_time() -> None:
    code = "import index.library, index.parsing.article, sys; print('qa' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert run.stdout.strip() == "False"


def test_public_names() -> None:
    assert sorted(qa.__all__) == [
        "Answer",
        "Candidate",
        "Chatbot",
        "Citation",
        "Confidence",
        "Estimate",
        "Judge",
        "Mode",
        "Passage",
        "QAError",
        "QuestionError",
        "QuestionSetError",
        "Quote",
        "QuoteScores",
        "Reader",
        "ReaderError",
        "Retriever",
        "RunError",
    ]
    for name in qa.__all__:
        assert getattr(qa, name).__doc__
