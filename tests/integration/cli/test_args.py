"""Validation of arguments: messages name the value and what to give instead."""

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
    ("arguments", "error", "message"),
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
def test_invalid_questions_are_refused(
    chatbot: Chatbot, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        chatbot.ask(**{"question": "Who trains the agents?", **arguments})


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
def test_invalid_filters_are_refused(conditions: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Filter(**conditions)


@pytest.mark.parametrize(
    ("k", "message"),
    [(0, "k is 0; give at least 1"), (2.5, "k is 2.5; give a whole"), ("3", "'3'")],
)
def test_k_must_be_a_positive_integer(chatbot: Chatbot, k: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        chatbot.retriever.retrieve("Who trains the agents?", k)


def test_a_path_is_refused_as_library_or_retriever() -> None:
    path: Any = "articles/"
    with pytest.raises(
        SettingError, match=r"the library is 'articles/'; give a Library, or use Retriever\.open"
    ):
        Retriever(path)
    with pytest.raises(SettingError, match=r"retriever is 'articles/'; give a Retriever, such as"):
        Chatbot(path)
