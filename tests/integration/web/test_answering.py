"""Questions are answered in the context of their conversation, with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import wording
from qa.judging.judge import Mode
from qa.web.chat.answering import answer_question
from qa.web.chat.history import AnswerView, ChatHistory
from qa.web.service import ALL_ARTICLES, Service


@pytest.fixture(scope="module")
def service(seeds_index: Path) -> Service:
    service = Service(seeds_index)
    service.start()
    return service


def test_a_self_contained_question_is_answered_after_a_refused_one(service: Service) -> None:
    history, repeated = ChatHistory(), "How much is the Merida Initiative worth?"
    for question in ("Who wrote Hamlet?", repeated, repeated):
        exchange = answer_question(service, question, history, ALL_ARTICLES)
        history = history.with_exchange(exchange)
    refused, first, again = history.exchanges
    assert refused.answer is not None
    assert not refused.answer.answered
    assert first.answer is not None
    assert first.answer.answered
    assert (again.answer, again.understood) == (first.answer, repeated)


def test_this_article_is_the_one_that_was_cited_last(service: Service) -> None:
    history = ChatHistory()
    for question in ("How much is the Merida Initiative worth?", "Summarise this article"):
        exchange = answer_question(service, question, history, ALL_ARTICLES)
        history = history.with_exchange(exchange)
    first, summary = (exchange.answer for exchange in history.exchanges)
    assert first is not None
    assert summary is not None
    assert summary.quotes
    assert {quote.article for quote in summary.quotes} == {first.sources[0].article}


def test_without_a_cited_article_it_is_asked_which_one(service: Service) -> None:
    exchange = answer_question(service, "Who wrote this article?", ChatHistory(), ALL_ARTICLES)
    assert exchange.answer is not None
    assert exchange.answer.remark == wording.WHICH_ARTICLE


def test_versions_that_share_a_probability_are_no_guess(service: Service) -> None:
    needed = service.chatbot().judge.threshold(Mode.BALANCED)

    def view(question: str, min_confidence: float) -> AnswerView:
        exchange = answer_question(
            service, question, ChatHistory(), ALL_ARTICLES, min_confidence=min_confidence
        )
        assert exchange.answer is not None
        return exchange.answer

    question = "How many suspects has Mexico extradited to the United States?"
    shares = [version.confidence for version in view(question, needed).versions]
    assert len(shares) == 2
    # Each is more probable than its share of the two.
    needed = max(shares) + 0.01
    differing = view(question, needed)
    assert [version.confidence for version in differing.versions] == shares
    assert not differing.guess
    assert view("Who wrote Hamlet?", 0.0).guess
