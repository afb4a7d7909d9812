"""Passages with a statement about the question, and those that only name or ask the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.library import Library
from index.types import Article, Kind, Metadata, Paragraph, Span
from qa.answer import Passage
from qa.chatbot import Chatbot
from qa.judging.statements import has_statement_about, is_heading
from qa.language.words import content_stems
from qa.retrieval.retriever import Retriever

QUESTION_STEMS = frozenset(content_stems("How many sailors died on the Aldmoor ferry?"))


def passage(*parts: tuple[str, Kind]) -> Passage:
    text, paragraphs = "", []
    for number, (words, kind) in enumerate(parts, start=1):
        text += "\n\n" if text else ""
        paragraphs.append(Paragraph(number, Span(len(text), len(text) + len(words)), kind))
        text += words
    article = Article("a.txt", text, tuple(paragraphs), Metadata(title="The ferry"))
    numbers = tuple(range(1, len(parts) + 1))
    return Passage(article, Span(0, len(text)), numbers, 20, 1.0)


QUESTION = "How many sailors died on the ferry? Nobody has counted them."
STATEMENT = "Of the sailors on the Aldmoor ferry nine died that night."


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(STATEMENT, Kind.BODY)], True),
        ([(QUESTION, Kind.BODY)], False),
        ([("The sailors of the Aldmoor ferry", Kind.HEADING)], False),
        ([("The sailors who died", Kind.HEADING), (STATEMENT, Kind.BODY)], True),
        ([(QUESTION, Kind.BODY), (STATEMENT, Kind.BODY)], True),
        ([("“How many died?” he asked. " + STATEMENT, Kind.BODY)], True),
        ([("Wool was sold by the pound.", Kind.BODY)], True),
    ],
)
def test_headings_and_questions_are_not_statements(
    parts: list[tuple[str, Kind]], expected: bool
) -> None:
    assert has_statement_about(passage(*parts), QUESTION_STEMS) is expected


def test_copies_of_an_article_are_used_once(tmp_path: Path) -> None:
    for name, text in {
        "a.txt": "The ferry\n\nThe ferry to Aldmoor sails at noon and carries forty sailors.\n",
        "b.txt": "The mill\n\nThe mill at Aldmoor grinds rye for the sailors of the ferry.\n",
    }.items():
        for folder in ("here", "there", "elsewhere"):
            (tmp_path / "articles" / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / "articles" / folder / name).write_text(text)
    library = Library.create(tmp_path / "index")
    library.sync(tmp_path / "articles")
    answer = Chatbot(Retriever(library)).ask("How many sailors died on the Aldmoor ferry?")
    texts = [passage.article.text for passage in answer.nearest]
    assert len(texts) == len(set(texts)) == 2


def test_the_nearest_passages_of_a_refusal_are_not_headings(seeds_index: Path) -> None:
    bot = Chatbot(Retriever.open(seeds_index))
    asked = "How many people has the drug war killed in Portugal?"
    found = bot.retriever.retrieve(asked, 3)
    assert any(map(is_heading, found))
    answer = bot.ask(asked)
    assert not answer.answered
    assert len(answer.nearest) == 3
    assert not any(map(is_heading, answer.nearest))
