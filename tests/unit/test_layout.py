"""The layout of the code: which module imports which, and which names are public."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pincite
import qa
from tests import PROJECT

HEAVY = {"torch", "faiss", "gradio", "lance", "sentence_transformers", "transformers", "scipy"}

# Only these modules may import a heavy or replaceable library.
USERS = {
    "gradio": ("qa/web/",),
    "sentence_transformers": ("index/embedding/encoder.py", "qa/retrieval/reranker.py"),
    "faiss": ("index/vector_stores/",),
    "tantivy": (
        "index/segmentation/stemming.py",
        "index/storage/bm25.py",
        "index/storage/terms.py",
    ),
    "lance": ("index/storage/lance/",),
    "pyarrow": ("index/ingest/records.py", "index/storage/lance/"),
    "pypdf": ("index/parsing/pdf.py",),
    "pypdfium2": ("qa/web/articles/pdf_page.py",),
    "docx": ("index/parsing/docx.py",),
    "trafilatura": ("index/parsing/html.py",),
    "openvino": ("index/embedding/openvino.py",),
    "watchfiles": ("index/ingest/watch.py",),
    "mcp": ("qa/web/api/",),
    "langchain_core": ("qa/integrations/langchain.py",),
    "llama_index": ("qa/integrations/llamaindex.py",),
    "haystack": ("qa/integrations/haystack.py",),
}

# From the bottom up: a module imports from its own layer or from those before it.
LAYERS = [
    {"index.errors", "index.validation", "index.types", "index.filters", "index.settings"}
    | {"index.plugins", "index.checked_files"},
    {"index.segmentation", "index.embedding"},
    {"index.parsing", "index.vector_stores"},
    {"index.storage"},
    {"index.ingest"},
    {"index.library"},
    {"index"},
    {"qa.errors", "qa.language", "qa.tracing", "qa.translation"},
    {"qa.matching", "qa.query_rewriting"},
    {"qa.links", "qa.answer", "qa.questions"},
    {"qa.indexes", "qa.feedback", "qa.answer_cache", "qa.wording", "qa.judging"},
    {"qa.retrieval", "qa.readers"},
    {"qa.kinds"},
    {"qa.deadline", "qa.follow_ups"},
    {"qa.chatbot"},
    {"qa"},
    {"qa.integrations"},
    {"qa.evaluation"},
    {"qa.web"},
    {"qa.cli"},
    {"qa.__main__"},
]


def imports(path: Path) -> set[str]:
    """Return the modules that a file imports; imports for type checking alone do not count."""
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
    paths = [path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))]
    assert paths
    return paths


def group(module: str) -> str:
    """Return the package or module of the first two levels that `module` belongs to."""
    first_two = ".".join(module.split(".")[:2])
    path = PROJECT / first_two.replace(".", "/")
    return first_two if path.is_dir() or path.with_suffix(".py").is_file() else module.split(".")[0]


def layer(module: str) -> int:
    name = group(module)
    found = [number for number, names in enumerate(LAYERS) if name in names]
    assert found, f"{name} is in no layer of this test; put it where it belongs"
    return found[0]


@pytest.mark.parametrize("package", ["index", "qa"])
def test_imports_point_downwards(package: str) -> None:
    for path in sources(package):
        module = path.relative_to(PROJECT).with_suffix("").as_posix().replace("/", ".")
        module = module.removesuffix(".__init__")
        for imported in imports(path):
            if imported.split(".")[0] in ("index", "qa"):
                assert layer(imported) <= layer(module), f"{module} imports {imported}"


def test_nothing_inside_imports_the_entry_points() -> None:
    for path in sources("qa", "index"):
        assert not {"app", "pincite"} & imports(path), path


def test_index_does_not_reach_qa_at_run_time() -> None:
    code = "import index.library, index.parsing.pool, sys; print('qa' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize("library", USERS)
def test_a_heavy_library_is_imported_in_one_place(library: str) -> None:
    users = [
        path.relative_to(PROJECT).as_posix()
        for path in sources("qa", "index")
        if any(name.split(".")[0] == library for name in imports(path))
    ]
    assert users
    for user in users:
        assert user.startswith(USERS[library]), f"{user} imports {library}"


@pytest.mark.parametrize("module", ["pincite", "qa", "index.library", "qa.__main__"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import {module}, sys; print(*(n for n in sys.modules if '.' not in n))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert module.split(".")[0] in run.stdout.split()
    assert not HEAVY & set(run.stdout.split())


@pytest.mark.parametrize("module", [pincite, qa])
def test_public_names_are_documented(module: object) -> None:
    names: list[str] = vars(module)["__all__"]
    assert names == sorted(names)
    for name in names:
        assert getattr(module, name).__doc__


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (
            pincite,
            "Answer Article Candidate Chatbot Citation Filter Library LibraryError Mode Passage "
            "QAError Quote Retriever make_article",
        ),
        (
            qa,
            "Answer Candidate Chatbot Citation Confidence Estimate Judge Mode Passage QAError "
            "QuestionError QuestionSetError Quote QuoteScores Reader ReaderError Retriever "
            "RunError",
        ),
    ],
    ids=["pincite", "qa"],
)
def test_public_names(module: object, names: str) -> None:
    assert vars(module)["__all__"] == names.split()
