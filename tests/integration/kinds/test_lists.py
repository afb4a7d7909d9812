"""Lists are quoted whole, with what announces them; rows with the header of their table."""

from __future__ import annotations

import pytest

from index.types import Article, Span
from qa.answer import AnswerKind, Quote
from qa.chatbot import Chatbot
from qa.kinds.lists import in_full

STEPS = (
    "Ask the harbour office for the form.",
    "Pay the deposit at the counter.",
    "Hang the permit from the mast.",
)


@pytest.fixture(scope="module")
def berths(chatbot: Chatbot) -> Article:
    return chatbot.retriever.library.article("berths.md")


def quote(article: Article, words: str, *, sentence: str | None = None) -> Quote:
    def span(text: str) -> Span:
        start = article.text.index(text)
        return Span(start, start + len(text))

    paragraph = article.paragraph_at(span(words).start)
    assert paragraph is not None
    return Quote(article, span(words), span(sentence or words), paragraph.number, 1.0)


@pytest.mark.parametrize("words", ["To rent a berth in the marina, follow these steps:", *STEPS])
def test_a_question_for_steps_gets_all_of_them(berths: Article, words: str) -> None:
    whole = in_full("How do I rent a berth?", quote(berths, words))
    assert whole.kind is AnswerKind.LIST
    assert whole.text.startswith("To rent a berth in the marina, follow these steps:")
    assert whole.text.endswith(STEPS[-1])
    assert all(step in whole.text for step in STEPS)
    assert whole.text == whole.span.of(berths.text)
    assert len(whole.citation.paragraphs) == 4


def test_steps_are_never_announced_without_them(berths: Article) -> None:
    announced = quote(berths, "To rent a berth in the marina, follow these steps:")
    assert in_full("Why rent?", announced).kind is AnswerKind.LIST


def test_an_item_stays_alone_where_one_thing_is_asked(berths: Article) -> None:
    item = quote(berths, STEPS[1])
    assert in_full("Where is the deposit paid?", item) is item
    words = quote(berths, "at the counter", sentence=STEPS[1])
    assert in_full("How do I pay the deposit?", words) is words


def test_a_row_comes_with_the_header_of_its_table(berths: Article) -> None:
    row = in_full("How long may boats be?", quote(berths, "South pier | 8 metres | 600 crowns"))
    assert row.kind is AnswerKind.TABLE
    assert row.header is not None
    assert row.header.of(berths.text) == "pier | length limit | price"


def test_an_answered_list_is_one_verbatim_quote(chatbot: Chatbot) -> None:
    answer = chatbot.ask("How do I rent a berth in the marina?", mode="always")
    assert answer.kind is AnswerKind.LIST
    (cited,) = answer.quotes
    assert answer.text == cited.quote == cited.span.of(cited.article.text)
    assert all(step in (answer.text or "") for step in STEPS)
