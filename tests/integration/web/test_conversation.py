"""What a conversation makes of a question, with the real models."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.web.chat.conversation import reply
from qa.web.chat.exchange import Talk
from qa.web.service import EVERYTHING, Service


@pytest.fixture(scope="module")
def service(seeds_index: Path) -> Service:
    service = Service(seeds_index)
    service.start()
    return service


def test_a_question_that_stands_alone_is_answered_after_a_refused_one(service: Service) -> None:
    talk, asked = Talk(), "Who trains the agents?"
    for question in ("Who wrote Hamlet?", asked, asked):
        talk = talk.then(reply(service, question, talk, EVERYTHING))
    refused, first, again = talk.exchanges
    assert refused.shown is not None
    assert not refused.shown.answered
    assert first.shown is not None
    assert first.shown.answered
    assert (again.shown, again.understood) == (first.shown, asked)
