"""The seed articles and their questions: consistent, and not copied from the reports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from index.ingest.article_ids import article_id
from index.ingest.scan import walk
from index.parsing.article import parse_file
from index.types import Article, Kind
from tests import PROJECT

ROOT = PROJECT
SEEDS = ROOT / "seeds"
SHARED_SEEDS = Path(os.environ.get("PINCITE_SHARED", ROOT.parent / "shared")) / "seeds"
RUN = 12  # consecutive words that would count as a copied sentence

QuestionLine = dict[str, Any]


def folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


@cache
def articles() -> dict[str, Article]:
    found = (parse_file(path, article_id(SEEDS, path)) for path in walk(SEEDS))
    return {article.id: article for article in found}


@cache
def questions() -> list[QuestionLine]:
    lines = (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def searched_paragraphs(article: str) -> list[str]:
    found = articles()[article]
    return [folded(p.span.of(found.text)) for p in found.paragraphs if p.kind.is_searched]


def gold_paragraphs(question: QuestionLine) -> list[str]:
    return [
        paragraph
        for entry in question["evidence"]
        for paragraph in searched_paragraphs(entry["article"])
        if folded(entry["text"]) in paragraph
    ]


def runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def test_each_of_five_formats_has_at_least_two_articles() -> None:
    suffixes = Counter(Path(name).suffix for name in articles())
    assert set(suffixes) == {".txt", ".md", ".html", ".pdf", ".docx"}
    assert min(suffixes.values()) >= 2


def test_every_article_has_title_author_publisher_and_date() -> None:
    for name, article in articles().items():
        assert len(article.metadata.title.split()) >= 4, name
        assert set(article.metadata.authors) & {"Mara Quill", "Ines Correa", "Jonas Weld"}, name
        assert article.metadata.publisher in {
            "The Pincite Digest",
            "The Pincite Review",
            "Pincite Border News",
        }, name
        assert article.metadata.published is not None, name


def test_every_article_names_the_reporting_it_draws_on() -> None:
    for name in articles():
        credits = [p for p in searched_paragraphs(name) if "article draws on reporting by" in p]
        assert len(credits) == 1, name


def test_readers_comments_are_set_aside() -> None:
    claims = {
        "news/drones-over-the-border.txt": "there are 90 of them",
        "news/zapata-investigation.html": "The reward should be 40 million",
    }
    for name, claim in claims.items():
        holders = [
            p for p in articles()[name].paragraphs if claim in p.span.of(articles()[name].text)
        ]
        assert all(p.kind is Kind.COMMENT for p in holders), name


def test_there_are_enough_questions_of_each_kind() -> None:
    asked = questions()
    assert len({q["id"] for q in asked}) == len(asked) >= 80
    assert len({folded(q["question"]).casefold() for q in asked}) == len(asked)
    assert sum(not q["answers"] for q in asked) >= 22
    assert sum(bool(q.get("differ")) for q in asked) >= 10
    assert sum("sources" in q for q in asked) >= 5


def test_every_article_is_asked_about() -> None:
    asked = {entry["article"] for q in questions() for entry in q["evidence"]}
    assert asked == set(articles())


@pytest.mark.parametrize("question", questions(), ids=lambda q: q["id"])
def test_evidence_and_answers_are_in_searched_paragraphs(question: QuestionLine) -> None:
    assert bool(question["answers"]) == bool(question["evidence"])
    for entry in question["evidence"]:
        paragraphs = searched_paragraphs(entry["article"])
        assert any(folded(entry["text"]) in p for p in paragraphs), entry
    gold = gold_paragraphs(question)
    for answer in question["answers"]:
        assert any(folded(answer) in paragraph for paragraph in gold), answer


def test_differing_and_agreeing_questions_have_several_articles() -> None:
    for question in questions():
        behind = {entry["article"] for entry in question["evidence"]}
        if question.get("differ"):
            assert len(behind) >= 2, question["id"]
            assert len(question["answers"]) >= 2, question["id"]
        if "sources" in question:
            assert len(behind) == question["sources"], question["id"]


def test_the_generator_writes_the_committed_articles(tmp_path: Path) -> None:
    script = SEEDS / "make_seeds.py"
    subprocess.run([sys.executable, str(script), "--into", str(tmp_path)], check=True)
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert written == sorted(n for n in articles() if n.endswith((".pdf", ".docx")))
    for name in written:
        assert parse_file(tmp_path / name, name).text == articles()[name].text


@pytest.mark.shared
@pytest.mark.skipif(not SHARED_SEEDS.is_dir(), reason=f"no {SHARED_SEEDS.name} to compare with")
def test_no_sentence_is_copied_from_the_reports() -> None:
    copied = set[tuple[str, ...]]()
    for report in SHARED_SEEDS.glob("0*.txt"):
        copied |= runs(report.read_text(encoding="utf-8"))
    assert copied, f"no reports found in {SHARED_SEEDS}"
    for name, article in articles().items():
        assert not runs(article.text) & copied, name
    for question in questions():
        assert not runs(question["question"]) & copied, question["id"]
