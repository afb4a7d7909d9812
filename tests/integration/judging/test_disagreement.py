"""Sources that differ and sources that agree, in the articles of seeds/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa import Chatbot, Retriever
from qa.answer import Answer
from qa.evaluation.scoring import f1
from qa.matching.agreement import same_answer
from qa.web.chat.history import answer_view
from tests import PROJECT

SEEDS = PROJECT / "seeds"


@pytest.fixture(scope="module")
def chatbot(seeds_index: Path) -> Chatbot:
    return Chatbot(Retriever.open(seeds_index))


@pytest.fixture(scope="module")
def asked(chatbot: Chatbot) -> list[tuple[dict[str, Any], Answer]]:
    """The questions to which the articles give different answers, with what is shown."""
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [question for line in lines if (question := json.loads(line)).get("differ")]
    return [(question, chatbot.ask(question["question"])) for question in questions]


def accepted(question: dict[str, Any], text: str) -> bool:
    return f1(text, question["answers"]) >= 0.5


def test_disagreements_are_shown(
    asked: list[tuple[dict[str, Any], Answer]],
) -> None:
    answered = [(question, answer) for question, answer in asked if answer.answered]
    shown = []
    for question, answer in answered:
        versions = [str(answer.text), *(other.text for other in answer.alternatives)]
        if sum(accepted(question, version) for version in versions) >= 2:
            shown.append(question["id"])
    assert len(answered) >= 8
    assert len(shown) >= 4, shown


def test_answers_of_one_source_rarely_get_alternatives(chatbot: Chatbot) -> None:
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    single = [q for line in lines if not (q := json.loads(line)).get("differ") and q["answers"]]
    differing = [q["id"] for q in single[::3] if chatbot.ask(q["question"]).alternatives]
    assert len(single[::3]) >= 25
    assert len(differing) <= 0.05 * len(single[::3]), differing


def test_articles_that_agree_are_sources(chatbot: Chatbot) -> None:
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    labelled = [question for line in lines if "sources" in (question := json.loads(line))]
    found = {}
    for question in labelled:
        answer = chatbot.ask(question["question"], mode="always")
        # Never more than there are: sharing a word is not agreeing.
        assert answer.sources <= question["sources"], question["id"]
        found[question["id"]] = answer.sources
    assert sum(count > 1 for count in found.values()) >= 2, found


def test_alternatives_are_quotes_of_different_articles_newest_first(
    asked: list[tuple[dict[str, Any], Answer]],
) -> None:
    for _, answer in asked:
        versions = [answer.text, *(other.text for other in answer.alternatives)]
        for at, version in enumerate(versions):
            assert not any(same_answer(str(version), str(other)) for other in versions[:at])
        ids = [c.article.id for c in answer.citations]
        for other in answer.alternatives:
            assert other.citations[0].quote == other.text
            ids += [c.article.id for c in other.citations]
        assert len(set(ids)) == len(ids)
        days = [version.quote.article.metadata.published for version in answer.versions]
        dated = [day for day in days if day is not None]
        assert dated == sorted(dated, reverse=True)
        assert days[: len(dated)] == dated


def test_the_same_sum_in_other_words_is_another_source(chatbot: Chatbot) -> None:
    answer = chatbot.ask("How much is the Merida Initiative worth?")
    cited = [{citation.quote for citation in one.citations} for one in answer.versions]
    assert any({"$1.4 billion", "1,400 million dollars"} <= quotes for quotes in cited)
    assert answer.to_json()["agreement"] == {
        "sources": len(answer.citations),
        "differ": True,
    }
    assert "$1.9 billion" in [version.text for version in answer.versions]


def test_a_long_article_does_not_hide_what_a_short_one_says(tmp_path: Path) -> None:
    spoke = (
        "rescuers engineers doctors farmers priests teachers fishermen sailors masons bakers "
        "soldiers clerks nurses carters millers pilots divers printers painters smiths weavers "
        "coopers porters grocers tailors"
    ).split()
    paragraphs = [
        "The flood of Lowtide killed 120 people in the spring of 2009, the mayor said.",
        *(
            f"After the flood of Lowtide the {who} came together and spoke of the people whom it "
            "had killed, of the houses that it had left standing, and of the next flood."
            for who in spoke
        ),
    ]
    long = "\n\n".join(("The flood of Lowtide", *paragraphs))
    short = (
        "A coast counts its losses\n\nThe water came at night and took the bridge with it. The "
        "flood killed 310 people in Lowtide, according to the insurers."
    )
    for name, text in (("long.txt", long), ("short.txt", short)):
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    answer = Chatbot(Retriever.from_folder(tmp_path)).ask(
        "How many people did the flood of Lowtide kill?"
    )
    assert answer.text in ("120", "120 people")
    assert [other.text for other in answer.alternatives] == ["310"]


def test_the_newest_answer_comes_first_everywhere(tmp_path: Path) -> None:
    articles = {
        "first.md": ("2009-05-02", "The flood of Lowtide killed 120 people, the mayor said."),
        "later.md": ("2011-06-03", "The flood of Lowtide killed 310 people, insurers found."),
    }
    for name, (day, words) in articles.items():
        (tmp_path / name).write_text(
            f"---\ntitle: Flood of Lowtide\ndate: {day}\n---\n\n{words}\n", encoding="utf-8"
        )
    question = "How many people did the flood of Lowtide kill?"
    answer = Chatbot(Retriever.from_folder(tmp_path)).ask(question)
    assert [version.text for version in answer.versions] == ["310", "120"]
    assert answer.text == "310"
    assert answer.citations[0].article.id == "later.md"
    data = answer.to_json()
    assert data["text"] == data["versions"][0]["text"] == "310"
    assert data["confidence"] == data["versions"][0]["confidence"] == answer.confidence
    assert data["alternatives"] == data["versions"][1:]
    assert [
        version["superseded_by"] and version["superseded_by"]["quote"]
        for version in data["versions"]
    ] == [None, "310"]
    shown = answer_view(answer)
    assert [version.words for version in shown.versions] == ["310", "120"]
    assert [version.later for version in shown.versions] == [
        "",
        "Later article, 3 June 2011: “310”",
    ]
