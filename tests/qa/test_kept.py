"""An answer is given again only for the same question to the same index."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.library import Library
from qa.chatbot import Chatbot
from qa.retriever import Retriever


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library.create(tmp_path / "index")
    library.add("The mill at Ashford grinds rye.", title="Mills", published=date(2001, 5, 1))
    return library


def test_asked_again_it_is_the_same_answer(library: Library) -> None:
    chatbot = Chatbot(Retriever(library))
    asked = "What does the mill at Ashford grind?"
    first = chatbot.ask(asked, mode="always")
    assert chatbot.ask(f"  {asked} ", mode="always") is first
    assert chatbot.ask(asked, mode="always", before=date(1999, 1, 1)).best is None
    assert not chatbot.ask(asked, min_confidence=1.0).answered
    assert chatbot.ask(asked, mode="always") is first


def test_a_changed_index_is_asked_anew(library: Library) -> None:
    chatbot = Chatbot(Retriever(library))
    asked = "What does the kiln at Orme burn?"
    assert chatbot.ask(asked).missing == ("Orme",)
    other = Library.open(library.path)
    other.add("The kiln at Orme burns lime.", title="Kilns")
    library.refresh()
    answer = chatbot.ask(asked, mode="always")
    assert answer.missing == ()
    assert "lime" in str(answer.sentence)
