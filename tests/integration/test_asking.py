"""Asking from programs: several questions, event loops, timeouts and cancellation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import pincite
from index.errors import CancelledError, SettingError
from qa.answer import Passage, Quote
from qa.chatbot import Chatbot
from qa.errors import AnswerTimeoutError, QuestionError
from qa.readers.sentence import SentenceReader
from qa.retrieval.retriever import Retriever
from tests.helpers import event_loop

QUESTIONS = ["Who trains the agents?", "How long is the training course in San Luis Potosí?"]


@pytest.fixture(scope="module")
def retriever(seeds_index: Path) -> Retriever:
    return Retriever.open(seeds_index)


@pytest.fixture
def chatbot(retriever: Retriever) -> Chatbot:
    return Chatbot(retriever, reader="sentence")


def test_many_questions_are_answered_in_order_and_one_at_a_time(chatbot: Chatbot) -> None:
    taken = []

    def questions() -> Iterator[str]:
        for question in QUESTIONS:
            taken.append(question)
            yield question

    answers = chatbot.ask_many(questions(), mode="always")
    assert next(answers) == chatbot.ask(QUESTIONS[0], mode="always")
    assert taken == QUESTIONS[:1]
    assert [answer.question for answer in answers] == QUESTIONS[1:]
    with pytest.raises(QuestionError, match=r"the questions are 'Who.*give a list, or use ask"):
        chatbot.ask_many("Who trains the agents?")


def test_an_event_loop_gets_the_same_answers(chatbot: Chatbot) -> None:
    async def ask() -> list[Any]:
        return await asyncio.gather(*(chatbot.aask(one, mode="always") for one in QUESTIONS))

    assert event_loop.run(ask()) == list(chatbot.ask_many(QUESTIONS, mode="always"))


def test_an_answer_that_takes_too_long_is_given_up(chatbot: Chatbot) -> None:
    with pytest.raises(AnswerTimeoutError, match="no answer within 1e-09 s; give it more time"):
        chatbot.ask(QUESTIONS[0], timeout=1e-9)
    assert chatbot.ask(QUESTIONS[0], timeout=600, mode="always").answered
    # What is known already is in time.
    assert chatbot.ask(QUESTIONS[0], timeout=1e-9, mode="always").answered
    with pytest.raises(SettingError, match="timeout is 'soon'; give a number"):
        chatbot.ask(QUESTIONS[0], timeout="soon")  # type: ignore[arg-type]


class RecordingReader(SentenceReader):
    """The sentence reader, which records what it reads and can end a task while it does."""

    task: asyncio.Task[Any] | None = None
    loop: asyncio.AbstractEventLoop | None = None
    reads = 0

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        self.reads += 1
        if self.loop is not None and self.task is not None:
            ended = asyncio.run_coroutine_threadsafe(self._end(self.task), self.loop)
            ended.result()
        return super().read(question, passages)

    async def _end(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        await asyncio.wait([task])


def test_cancelling_a_task_ends_the_work_in_its_thread(retriever: Retriever) -> None:
    reader = RecordingReader(retriever.library.encoder)
    Chatbot(retriever, reader=reader).ask(QUESTIONS[0], mode="always")
    assert reader.reads == 2
    chatbot = Chatbot(retriever, reader=reader)

    async def ask() -> None:
        reader.loop = asyncio.get_running_loop()
        reader.task = asyncio.create_task(chatbot.aask(QUESTIONS[0], mode="always"))
        with pytest.raises(asyncio.CancelledError):
            await reader.task

    event_loop.run(ask())
    assert reader.reads == 3, "alternatives were read for nobody"


def test_a_callable_cancels(chatbot: Chatbot) -> None:
    with pytest.raises(CancelledError, match="the question was cancelled"):
        chatbot.ask(QUESTIONS[0], cancelled=lambda: True)


def test_results_show_their_words(retriever: Retriever, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = Chatbot(retriever).ask("How long is the training course in San Luis Potosí?")
    assert answer.best is not None
    shown = [answer, answer.best, answer.best.quote, answer.citations[0]]
    assert all(str(answer.text) in repr(one) for one in shown)
    passage = retriever.retrieve(QUESTIONS[0], 1)[0]
    assert f"<Passage {passage.score:.2f}, " in repr(passage)
    assert passage.text[:20] in repr(passage)
    assert passage.article.text[:20] in repr(passage.article)
    assert len(repr(answer)) < 400
    (line,) = [one.getMessage() for one in caplog.records if one.name == "qa.chatbot"]
    assert line.startswith(f"{answer.kind}, confidence {answer.confidence:.2f}, ")
    assert "training" not in line


def test_the_version_is_known() -> None:
    assert pincite.__version__ == version("pincite")
    with pytest.raises(AttributeError, match="has no attribute '__nothing__'"):
        pincite.__nothing__  # noqa: B018
