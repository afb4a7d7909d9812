"""Answers are cached for the same question to the same index."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.errors import SettingError
from index.filters import Filter
from index.library import Library
from qa.chatbot import Chatbot
from qa.retrieval.retriever import Retriever


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library.create(tmp_path / "index")
    library.add("The mill at Ashford grinds rye.", title="Mills", published=date(2001, 5, 1))
    return library


def test_the_same_question_is_answered_from_the_cache(library: Library) -> None:
    chatbot = Chatbot(Retriever(library))
    asked = "What does the mill at Ashford grind?"
    first = chatbot.ask(asked, mode="always")
    assert chatbot.ask(f"  {asked} ", mode="always") is first
    assert chatbot.ask(asked, mode="always", filter=Filter(before=date(1999, 1, 1))).best is None
    assert not chatbot.ask(asked, min_confidence=1.0).answered
    assert chatbot.ask(asked, mode="always") is first
    # Only the threshold counts, not how it was given.
    assert chatbot.ask(asked, min_confidence=0.0) is first


def test_a_share_and_a_judge_cannot_be_combined(library: Library) -> None:
    chatbot = Chatbot(Retriever(library), unanswerable=0.2)
    assert chatbot.judge.confidence.unanswerable == 0.2
    again = Chatbot(Retriever(library), reader=chatbot.reader, judge=chatbot.judge)
    assert again.judge.confidence.unanswerable == 0.2
    with pytest.raises(SettingError, match="both a judge and a share"):
        Chatbot(Retriever(library), judge=chatbot.judge, unanswerable=0.1)
    with pytest.raises(SettingError, match="give a number from 0 to below 1"):
        Chatbot(Retriever(library), unanswerable=1.0)


def test_a_changed_index_is_searched_again(library: Library) -> None:
    chatbot = Chatbot(Retriever(library))
    asked = "What does the kiln at Orme burn?"
    assert chatbot.ask(asked).missing == ("Orme",)
    other = Library.open(library.path)
    other.add("The kiln at Orme burns lime.", title="Kilns")
    library.refresh()
    answer = chatbot.ask(asked, mode="always")
    assert answer.missing == ()
    assert "lime" in str(answer.sentence)


def test_names_in_the_metadata_are_not_missing(
    library: Library,
) -> None:
    other = Library.open(library.path)
    other.add(
        "The keeper came in spring and stayed for nine years.",
        title="Quartermaine in Kelso",
        publisher="The Borders Gazette",
        authors=["Bohumil Kratky"],
        published=date(2011, 8, 7),
    )
    library.refresh()
    chatbot = Chatbot(Retriever(library))
    asked = "What did Bohumil Kratky write of Quartermaine in the Borders Gazette on 7 August 2011?"
    assert chatbot.ask(asked).missing == ()
    assert chatbot.ask("What did Zephyrine do in Kelso?").missing == ("Zephyrine",)
