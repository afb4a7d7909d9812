"""Words of a question that say which articles to ask."""

from __future__ import annotations

from datetime import date

import pytest

from index.filters import Filter
from qa.answer import AnswerKind
from qa.chatbot import Chatbot
from qa.kinds.scope import narrow

ALL = Filter()


@pytest.mark.parametrize(
    ("question", "filter", "rest"),
    [
        (
            "According to Coast Weekly, who is the director?",
            Filter(publisher="Coast Weekly"),
            "Who is the director?",
        ),
        (
            "What did the work cost according to the Lowtide Gazette?",
            Filter(publisher="Lowtide Gazette"),
            "What did the work cost?",
        ),
        (
            "according to Ines Okafor, what did it cost?",
            Filter(author="Ines Okafor"),
            "What did it cost?",
        ),
        (
            "What do crews want in the 2013 article?",
            Filter(after=date(2013, 1, 1), before=date(2013, 12, 31)),
            "What do crews want?",
        ),
        (
            "Since 2013, what have crews wanted?",
            Filter(after=date(2013, 1, 1)),
            "What have crews wanted?",
        ),
        (
            "In the LG article, what did it cost?",
            Filter(publisher="The Lowtide Gazette"),
            "What did it cost?",
        ),
    ],
)
def test_words_that_fit_an_article_become_a_filter(
    chatbot: Chatbot, question: str, filter: Filter, rest: str
) -> None:
    narrowed = narrow(question, ALL, chatbot.retriever.library.snapshot())
    assert narrowed is not None
    assert (narrowed.filter, narrowed.rest) == (filter, rest)


@pytest.mark.parametrize(
    "question",
    [
        "According to Karin Holt, what can buses not do?",
        "How much has the work cost since 2012?",
        "Since 2040, what have crews wanted?",
        "What happened in March?",
        "In the harbour, who dives?",
    ],
)
def test_other_words_stay_in_the_question(chatbot: Chatbot, question: str) -> None:
    assert narrow(question, ALL, chatbot.retriever.library.snapshot()) is None


def test_a_source_that_no_article_is_by_is_named(chatbot: Chatbot) -> None:
    answer = chatbot.ask("According to the Guardian, who is the director?")
    assert answer.kind is AnswerKind.REMARK
    assert (
        answer.remark == "None of the articles is known to be by “Guardian”, and none mentions it."
    )
    assert answer.scope is not None
    assert answer.scope.rest == "Who is the director?"


def test_a_scope_joins_the_filter_that_is_set(chatbot: Chatbot) -> None:
    only = Filter(articles=["ferry.txt", "berths.md"])
    answer = chatbot.ask("In the 2013 article, who is the director?", filter=only, mode="always")
    assert answer.scope is not None
    assert (answer.scope.articles, answer.scope.total) == (1, 3)
    assert {quote.article.id for quote in answer.quotes} == {"ferry.txt"}
