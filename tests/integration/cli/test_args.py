"""What a program hands over by mistake is named, with the value and what to give instead."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from index.errors import SettingError
from index.filters import Filter
from qa.chatbot import Chatbot
from qa.errors import QuestionError
from qa.retrieval.retriever import Retriever


@pytest.fixture(scope="module")
def chatbot(seeds_index: Path) -> Chatbot:
    return Chatbot(Retriever.open(seeds_index))


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"question": None}, QuestionError, "the question is None; give a string"),
        ({"context": "drones"}, SettingError, r"context is 'drones'; .* list: \['drones'\]"),
        ({"context": [3]}, SettingError, r"context is \[3\]; give a list of strings"),
        (
            {"min_confidence": "high"},
            QuestionError,
            "minimum confidence is 'high'; give a number from 0",
        ),
        (
            {"min_confidence": float("nan")},
            QuestionError,
            "minimum confidence is nan; give a number",
        ),
        (
            {"filter": {"author": "Bee"}},
            SettingError,
            r"filter is {'author': 'Bee'}; give a Filter",
        ),
    ],
)
def test_what_cannot_be_asked_is_named(
    chatbot: Chatbot, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        chatbot.ask(**{"question": "Who trains the agents?", **given})


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"publisher": 5}, "publisher is 5; give a string"),
        ({"author": ["Ann"]}, r"author is \['Ann'\]; give a string"),
        ({"after": "2011"}, r"after is '2011'; give a day, such as date\("),
        ({"before": datetime(2011, 8, 7)}, "before is datetime.*; give a day"),
        ({"articles": "a.txt"}, r"give it in a list: \['a.txt'\]"),
        ({"articles": [["a.txt"]]}, r"articles is \[\['a.txt'\]\]; give a list of"),
    ],
)
def test_a_filter_names_the_condition_that_is_wrong(
    conditions: dict[str, Any], message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        Filter(**conditions)


@pytest.mark.parametrize(
    ("k", "words"),
    [(0, "k is 0; ask for at least 1"), (2.5, "k is 2.5; give a whole"), ("3", "'3'")],
)
def test_a_number_of_passages_is_a_whole_number(chatbot: Chatbot, k: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        chatbot.retriever.retrieve("Who trains the agents?", k)


def test_a_path_is_neither_an_index_nor_a_retriever() -> None:
    path: Any = "articles/"
    with pytest.raises(
        SettingError, match=r"the library is 'articles/'; give a Library, or use Retriever\.open"
    ):
        Retriever(path)
    with pytest.raises(SettingError, match=r"retriever is 'articles/'; give a Retriever, such as"):
        Chatbot(path)
