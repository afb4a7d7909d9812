"""An answer is given again only for the same question to the same index."""

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


def test_asked_again_it_is_the_same_answer(library: Library) -> None:
    chatbot = Chatbot(Retriever(library))
    asked = "What does the mill at Ashford grind?"
    first = chatbot.ask(asked, mode="always")
    assert chatbot.ask(f"  {asked} ", mode="always") is first
    assert chatbot.ask(asked, mode="always", filter=Filter(before=date(1999, 1, 1))).best is None
    assert not chatbot.ask(asked, min_confidence=1.0).answered
    assert chatbot.ask(asked, mode="always") is first
    # The bar is what counts, however it is asked for.
    assert chatbot.ask(asked, min_confidence=0.0) is first


def test_a_share_goes_to_the_judge_or_with_it_but_not_both(library: Library) -> None:
    chatbot = Chatbot(Retriever(library), unanswerable=0.2)
    assert chatbot.judge.confidence.unanswerable == 0.2
    again = Chatbot(Retriever(library), reader=chatbot.reader, judge=chatbot.judge)
    assert again.judge.confidence.unanswerable == 0.2
    with pytest.raises(SettingError, match="both a judge and a share"):
        Chatbot(Retriever(library), judge=chatbot.judge, unanswerable=0.1)
    with pytest.raises(SettingError, match="give a number from 0 to below 1"):
        Chatbot(Retriever(library), unanswerable=1.0)


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


def test_a_name_in_a_title_or_among_what_is_known_of_an_article_is_mentioned(
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
