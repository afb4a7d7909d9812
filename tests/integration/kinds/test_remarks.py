"""What is said to input that is no question about the articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import wording
from qa.answer import AnswerKind
from qa.chatbot import Chatbot
from qa.kinds.remarks import remark
from qa.retrieval.retriever import Retriever


@pytest.fixture(scope="module")
def retriever(web_index: Path) -> Retriever:
    return Retriever.open(web_index)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("Hello!", wording.GREETING),
        ("good morning everyone", wording.GREETING),
        ("Thank you so much", wording.THANKS),
        ("great, thanks for the help", wording.THANKS),
        ("ok", wording.ASK),
        ("Who are you?", wording.ABOUT_PINCITE),
        ("what can you do?", wording.ABOUT_PINCITE),
        ("Summarise everything", wording.ONLY_QUOTES),
        ("Please translate this into Spanish", wording.ONLY_QUOTES),
        ("could you rewrite all the articles for me", wording.ONLY_QUOTES),
        ("Write me a poem about the sea", wording.ONLY_QUOTES),
        ("¿Cuántas personas murieron en el incendio del puerto?", wording.UNKNOWN_WORDS),
        ("Wann wurde der Hafen wieder geöffnet?", wording.UNKNOWN_WORDS),
        ("Quand le port a-t-il rouvert après les travaux ?", wording.UNKNOWN_WORDS),
        ("Liman ne zaman yeniden açıldı?", wording.UNKNOWN_WORDS),
    ],
)
def test_what_is_no_question_gets_a_fitting_sentence(
    retriever: Retriever, said: str, reply: str
) -> None:
    assert remark(said, retriever.library.snapshot()) == reply


@pytest.mark.parametrize(
    "question",
    [
        "When did the harbour of Lowtide reopen?",
        "harbour",
        "Translate documents to Spanish with the harbour tool",
        "Summarise the article about the harbour",
        "What did the captain say in the morning?",
        "Is it good?",
        "Why do the ferries of the north carry so few goats?",
        "lowtide harbor dredgin costs",
    ],
)
def test_questions_are_left_to_be_answered(retriever: Retriever, question: str) -> None:
    assert remark(question, retriever.library.snapshot()) is None


def test_a_remark_is_neither_an_answer_nor_a_refusal(retriever: Retriever) -> None:
    answer = Chatbot(retriever).ask("Hello")
    assert (answer.kind, answer.answered, answer.is_unsure) == (AnswerKind.REMARK, False, False)
    assert (answer.text, answer.quotes, answer.nearest) == (None, (), ())
    assert answer.to_json()["remark"] == wording.GREETING
