"""The retrievers of other frameworks, run in the real packages where they are installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from index.filters import Filter
from index.library import Library
from pincite import Retriever
from tests import PROJECT
from tests.helpers import event_loop

QUESTION = "How much did the delay cost Tomas Brandt?"
FERRY = Filter(articles=["ferry.txt"])


def check_metadata(library: Library, text: str, metadata: dict[str, Any]) -> None:
    """Check that metadata is plain data and cites the text."""
    assert json.loads(json.dumps(metadata)) == metadata
    article = library.article(metadata["article"])
    assert article.text[metadata["start"] : metadata["end"]] == text
    assert metadata["link"].startswith("/articles/")
    assert metadata["source"] == article.path
    assert metadata["paragraph"] >= 1


def test_langchain(web_index: Path) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.runnables import RunnableLambda

    from qa.integrations.langchain import PinciteRetriever

    own = Retriever.open(web_index)
    retriever = PinciteRetriever(retriever=own, k=3)
    documents = retriever.invoke(QUESTION)
    passages = own.retrieve(QUESTION, 3)
    assert [one.page_content for one in documents] == [passage.text for passage in passages]
    assert [one.metadata["score"] for one in documents] == [passage.score for passage in passages]
    for document in documents:
        check_metadata(own.library, document.page_content, document.metadata)
        assert document.metadata["start_index"] == document.metadata["start"]
    assert event_loop.run(retriever.ainvoke(QUESTION)) == documents
    chain = retriever | RunnableLambda(lambda found: found[0].metadata["title"])
    assert chain.invoke(QUESTION) == "Harbour reopens after dredging"
    narrow = PinciteRetriever(retriever=own, filter=FERRY)
    assert {one.metadata["article"] for one in narrow.invoke(QUESTION)} == {"ferry.txt"}


def test_llamaindex(web_index: Path) -> None:
    pytest.importorskip("llama_index.core")
    from llama_index.core import get_response_synthesizer
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine
    from llama_index.core.schema import MetadataMode

    from qa.integrations.llamaindex import PinciteRetriever

    own = Retriever.open(web_index)
    retriever = PinciteRetriever(own, similarity_top_k=3)
    nodes = retriever.retrieve(QUESTION)
    assert [one.score for one in nodes] == [one.score for one in own.retrieve(QUESTION, 3)]
    for node in nodes:
        check_metadata(own.library, node.text, node.metadata)
        text = own.library.article(node.node.source_node.node_id).text
        assert text[node.node.start_char_idx : node.node.end_char_idx] == node.text
    shown = nodes[0].node.get_content(MetadataMode.LLM)
    assert "title: Harbour reopens after dredging" in shown
    assert "link:" not in shown
    assert "None" not in shown
    again = event_loop.run(retriever.aretrieve(QUESTION))
    assert [one.node.node_id for one in again] == [one.node.node_id for one in nodes]
    engine = RetrieverQueryEngine(retriever, get_response_synthesizer(llm=MockLLM()))
    assert len(engine.query(QUESTION).source_nodes) == 3
    narrow = PinciteRetriever(own, filter=FERRY)
    assert {one.metadata["article"] for one in narrow.retrieve(QUESTION)} == {"ferry.txt"}


def test_haystack(web_index: Path) -> None:
    pytest.importorskip("haystack")
    from haystack import Pipeline

    from qa.integrations.haystack import PinciteRetriever

    pipeline = Pipeline()
    pipeline.add_component("retriever", PinciteRetriever(web_index, top_k=3))
    modules = ["qa.integrations.haystack"]
    pipeline = Pipeline.loads(pipeline.dumps(), allowed_modules=modules)
    documents = pipeline.run({"retriever": {"query": QUESTION}})["retriever"]["documents"]
    own = Retriever.open(web_index)
    passages = own.retrieve(QUESTION, 3)
    assert [one.content for one in documents] == [passage.text for passage in passages]
    assert [one.score for one in documents] == [passage.score for passage in passages]
    for document in documents:
        check_metadata(own.library, document.content, document.meta)
    request = {"retriever": {"query": QUESTION, "top_k": 1, "filter": FERRY}}
    (only,) = pipeline.run(request)["retriever"]["documents"]
    assert only.meta["article"] == "ferry.txt"


@pytest.mark.parametrize(
    ("page", "package"),
    [("langchain", "langchain_core"), ("llamaindex", "llama_index.core"), ("haystack", "haystack")],
)
def test_the_example_of_its_page_runs(page: str, package: str, tmp_path: Path) -> None:
    pytest.importorskip(package)
    text = (PROJECT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "seeds").symlink_to(PROJECT / "seeds")
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "contractors-plan.md" in run.stdout, run.stderr
