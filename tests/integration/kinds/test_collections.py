"""Kinds without a best quote: about the articles, overviews, what several articles say."""

from __future__ import annotations

import pytest

from index.errors import UnknownArticleError
from index.filters import Filter
from qa import wording
from qa.answer import AnswerKind
from qa.chatbot import Chatbot


@pytest.mark.parametrize(
    ("question", "statement", "quotes"),
    [
        (
            "Who wrote the article about the ferry crews?",
            "“Ferry crews vote to strike” is by Paul Adeyemi.",
            ["By Paul Adeyemi"],
        ),
        (
            "When was the article on dredging published?",
            "“Harbour reopens after dredging” is dated 9 March 2012.",
            ["March 9, 2012"],
        ),
        ("what is the newest article", "“Ferry crews vote to strike” is dated 3 June 2013.", None),
        ("How many articles are there?", "There are 3 articles.", None),
        (
            "Which articles mention Karin Holt?",
            "1 of 3 articles mentions “Karin Holt”.",
            ["The director, Karin Holt, said that buses could not replace the boats."],
        ),
        ("how many articles mention harbour dues", "2 of 3 articles mention “harbour dues”.", None),
        ("In which articles is the Harbour mentioned?", "3 of 3 articles mention “Harbour”.", None),
    ],
)
def test_questions_about_the_articles_are_answered_from_metadata_and_search(
    chatbot: Chatbot, question: str, statement: str, quotes: list[str] | None
) -> None:
    answer = chatbot.ask(question)
    assert (answer.kind, answer.answered) == (AnswerKind.ARTICLES, True)
    assert answer.to_json()["statement"] == statement
    if quotes is not None:
        assert [quote.quote for quote in answer.quotes] == quotes


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Which articles mention the Zanzibar?", "No article mentions “Zanzibar”."),
        ("Who wrote this article?", wording.WHICH_ARTICLE),
        ("What is the article about?", wording.WHICH_ARTICLE),
        (
            "Who wrote the article about renting a berth?",
            "No author of “Renting a berth” is known.",
        ),
    ],
)
def test_what_cannot_be_looked_up_is_said(chatbot: Chatbot, question: str, said: str) -> None:
    answer = chatbot.ask(question)
    assert (answer.kind, answer.remark, answer.text) == (AnswerKind.REMARK, said, None)


@pytest.mark.parametrize(
    "question",
    [
        "Who paid for the work on the harbour?",
        "When was the harbour reopened?",
        "When was the article about dredging last updated?",
        "Who wrote the document?",
        "summary of the post office scandal",
        "How many days did the divers need?",
        "What did Karin Holt say about the boats?",
    ],
)
def test_other_questions_are_read(chatbot: Chatbot, question: str) -> None:
    answer = chatbot.ask(question, mode="always")
    assert answer.kind in (AnswerKind.WORDS, AnswerKind.SENTENCES)


def test_one_article_is_summed_up_in_its_own_sentences(chatbot: Chatbot) -> None:
    answer = chatbot.ask("What are the main points of the article about dredging?")
    assert answer.kind is AnswerKind.OVERVIEW
    assert {quote.article.id for quote in answer.quotes} == {"harbour.txt"}
    assert answer.quotes[0].quote.startswith("The harbour of Lowtide reopened")
    starts = [quote.span.start for quote in answer.quotes]
    assert 2 <= len(starts) <= 4
    assert starts == sorted(set(starts))


def test_this_article_is_the_one_that_is_chosen(chatbot: Chatbot) -> None:
    chosen = Filter(articles=["ferry.txt"])
    assert chatbot.ask("Summarize this article", filter=chosen).quotes[0].article.id == "ferry.txt"
    answer = chatbot.ask("Who wrote this?", filter=chosen)
    assert answer.text == "By Paul Adeyemi"


def test_a_filter_is_named_where_articles_are_counted(chatbot: Chatbot) -> None:
    only = Filter(articles=["ferry.txt", "berths.md"])
    answer = chatbot.ask("How many articles mention Karin Holt?", filter=only)
    assert answer.collection is not None
    assert answer.collection.statement == "1 of 2 articles mentions “Karin Holt”."
    assert answer.shown_scope is not None
    answer = chatbot.ask("How many articles mention Marta Quill?", filter=only)
    assert answer.remark == "None of the 2 articles that were asked mentions “Marta Quill”."
    assert chatbot.ask("Hello", filter=only).shown_scope is None


def test_what_several_articles_say_is_listed_newest_first(chatbot: Chatbot) -> None:
    answer = chatbot.ask("What do the articles say about harbour dues?")
    assert answer.kind is AnswerKind.SOURCES
    assert [quote.article.id for quote in answer.quotes] == ["ferry.txt", "harbour.txt"]
    assert all("harbour dues" in quote.quote for quote in answer.quotes)


def test_a_bare_keyword_query_shows_sentences_with_its_words(chatbot: Chatbot) -> None:
    answer = chatbot.ask("harbour dues", mode="strict")
    assert answer.answered
    assert all("harbour dues" in quote.quote for quote in answer.quotes)
    assert chatbot.ask("zanzibar dues", mode="strict").kind is AnswerKind.REFUSAL


def test_a_refusal_names_the_filter_and_how_many_articles_it_left(chatbot: Chatbot) -> None:
    answer = chatbot.ask("Who built the Eiffel Tower?", filter=Filter(publisher="coast weekly"))
    assert answer.kind is AnswerKind.REFUSAL
    assert answer.shown_scope is not None
    said = wording.scope(answer.shown_scope)
    assert said == "Asked 1 of 3 articles: published by “coast weekly”."
    assert answer.to_json()["scope"]["articles"] == 1


def test_an_unknown_article_is_named_whatever_is_asked(chatbot: Chatbot) -> None:
    with pytest.raises(UnknownArticleError, match=r"no article has the id 'gone.txt'"):
        chatbot.ask("How many articles are there?", filter=Filter(articles=["gone.txt"]))
