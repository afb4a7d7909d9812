"""Example questions are generated from reasons, people and dates in the articles."""

from qa.web.chat.example_questions import candidate_questions
from tests.helpers.web import build_article


def test_reasons_people_days_and_years_become_questions() -> None:
    article = build_article(
        "The boats of the island were late because the wind rose. Nobody was angry.",
        "On March 4 the dam held. In 1998 it had not.",
        "Marta Quill, the harbour master, was pleased. “It held,” said Jo P. Lind.",
    )
    assert set(candidate_questions([article])) == {
        "Why were the boats of the island late?",
        "Who is Marta Quill?",
        "What do the articles say about Marta Quill?",
        "Which articles mention Marta Quill?",
        "What did Jo P. Lind say?",
        "What happened on March 4?",
        "What happened in 1998?",
    }


def test_months_and_offices_are_not_people() -> None:
    article = build_article("Last Tuesday Morning, the Harbour Office said. State Department said.")
    assert candidate_questions([article]) == []


def test_articles_contribute_in_turn() -> None:
    first = build_article("Ann Bell, a baker, met Bo Crane, a cook, and Cy Dunn, a clerk.")
    second = build_article("Di Eads, a nurse, slept.", id="b.txt")
    assert "Who is Di Eads?" in candidate_questions([first, second], limit=2)


def test_no_articles_give_no_questions() -> None:
    assert candidate_questions([]) == []
