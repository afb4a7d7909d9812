"""A small folder of articles with bylines, dates, lists and tables, indexed with the encoder."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.library import Library
from qa.chatbot import Chatbot
from qa.retrieval.retriever import Retriever
from tests.helpers.kinds import ARTICLES


@pytest.fixture(scope="package")
def kinds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    index = tmp_path_factory.mktemp("index") / "index"
    assert not Library.create(index).sync(folder).skipped
    return index


@pytest.fixture(scope="package")
def chatbot(kinds_index: Path) -> Chatbot:
    return Chatbot(Retriever.open(kinds_index))
