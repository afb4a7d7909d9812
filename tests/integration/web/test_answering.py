"""Questions are answered in the context of their conversation, with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.web.chat.answering import answer_question
from qa.web.chat.history import ChatHistory
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
