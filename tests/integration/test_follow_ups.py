"""Questions are answered in their conversation, by the real models."""

from __future__ import annotations

import pytest

from index.filters import Filter
from index.library import Library
from qa import wording
from qa.answer import Answer, AnswerKind
from qa.chatbot import Chatbot
from qa.query_rewriting import Turn
from qa.retrieval.retriever import Retriever

FERRY = (
    "The ferry Solveig sank off Kvalnes on 3 May after it struck a reef in fog. The captain, "
    "Anders Lie, had sailed the route for twenty years.\n\nThe inquiry was led by the judge Mona "
    "Dahl. It found that the radar had been off. The owner was fined 40,000 crowns."
)
WAR = (
    "The border war of Kessia lasted four years. In it, 52,000 people died.\n\nThe captain of the "
    "guard, Pavel Orlo, signed the truce. The treaty was kept in the town of Brod."
)
ASKED = "When did the ferry Solveig sink?"


@pytest.fixture(scope="module")
def chatbot(tmp_path_factory: pytest.TempPathFactory) -> Chatbot:
    library = Library.create(tmp_path_factory.mktemp("follow-ups") / "index")
    library.add(FERRY, id="ferry", title="Ferry sinks off Kvalnes")
    library.add(WAR, id="war", title="Four years of war")
    return Chatbot(Retriever(library))


def after(chatbot: Chatbot, *questions: str, filter: Filter | None = None) -> Answer:
    """Return the answer to the last of some questions, each asked after those before it."""
    history: list[Turn | None] = []
    for question in questions[:-1]:
        history.append(chatbot.ask(question, history=history).turn)
    return chatbot.ask(questions[-1], history=history, filter=filter)


def cited(answer: Answer) -> set[str]:
    return {citation.article.id for citation in answer.citations}


def test_a_definite_noun_means_that_of_the_article_cited_last(chatbot: Chatbot) -> None:
    answer = after(chatbot, ASKED, "Who was the captain?")
    assert answer.text is not None
    assert "Anders Lie" in answer.text
    assert cited(answer) == {"ferry"}


@pytest.mark.parametrize("asked", ["How many people died?", "And how many people died?"])
def test_no_question_about_an_accident_is_answered_from_a_war(chatbot: Chatbot, asked: str) -> None:
    assert "52,000" in str(chatbot.ask(asked).text)
    answer = after(chatbot, ASKED, asked)
    assert "war" not in cited(answer)
    assert not answer.answered
    assert answer.scope is not None
    assert wording.scope(answer.scope) == (
        "Asked 1 of 2 articles: “Ferry sinks off Kvalnes”, the one cited last."
    )


@pytest.mark.parametrize("asked", ["How long did the border war of Kessia last?", "Who is Orlo?"])
def test_a_question_that_stands_alone_is_asked_of_all_articles(
    chatbot: Chatbot, asked: str
) -> None:
    answer = after(chatbot, ASKED, asked)
    assert answer == chatbot.ask(asked)
    assert answer.understood is None


def test_a_question_about_the_articles_is_asked_of_all(chatbot: Chatbot) -> None:
    answer = after(chatbot, ASKED, "How many articles are there?")
    assert answer == chatbot.ask("How many articles are there?")
    assert answer.kind is AnswerKind.ARTICLES


def test_the_article_cited_last_is_not_asked_where_a_filter_leaves_it_out(
    chatbot: Chatbot,
) -> None:
    only_war = Filter(articles=["war"])
    answer = after(chatbot, ASKED, "Who was the captain?", filter=only_war)
    assert {passage.article.id for passage in answer.nearest} == {"war"}


def test_an_answer_says_how_its_question_was_understood(chatbot: Chatbot) -> None:
    answer = after(chatbot, "Who led the inquiry?", "What did she find?")
    assert (answer.question, answer.understood) == (
        "What did she find?",
        "What did Mona Dahl find?",
    )
    assert answer.to_json()["understood"] == answer.understood
    assert answer.turn is not None
    assert answer.turn.standalone == answer.understood
    assert chatbot.ask("Thank you!").turn is None
