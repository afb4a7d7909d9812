"""Pincite's own format: one JSON object a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qa.errors import QuestionSetError
from qa.evaluation.formats.files import content_key, json_lines, kind_of
from qa.questions import Evidence, Question, QuestionSet, SetFormat


def read_pincite(path: Path, text: str) -> QuestionSet:
    """Questions from JSON lines: `id`, `question`, `answers`, `evidence`.

    `id` may be left out (the line number stands in). An empty or missing `answers` means
    that the articles do not answer the question. Raises QuestionSetError with line and
    reason.
    """
    questions: list[Question] = []
    lines: dict[str, int] = {}
    for number, entry in json_lines(path, text):
        question = _question(f"{path}, line {number}", number, entry)
        if question.id in lines:
            raise QuestionSetError(
                f"{path}, line {number}: id {question.id!r} was used on line {lines[question.id]}"
            )
        lines[question.id] = number
        questions.append(question)
    if not questions:
        raise QuestionSetError(f"{path}: no question in it; write one JSON object a line")
    return QuestionSet(path, SetFormat.PINCITE, tuple(questions), content_key(path))


def _question(where: str, number: int, entry: dict[str, Any]) -> Question:
    wording = entry.get("question")
    if not isinstance(wording, str) or not wording.strip():
        raise QuestionSetError(f'{where}: "question" must be a text that is not empty')
    identity = entry.get("id", number)
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise QuestionSetError(f'{where}: "id" must be a string, found {kind_of(identity)}')
    answers = entry.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(text, str) for text in answers):
        raise QuestionSetError(f'{where}: "answers" must be a list of strings')
    if any(not text.strip() for text in answers):
        raise QuestionSetError(f'{where}: "answers" holds an empty string; leave it out')
    evidence = entry.get("evidence") or []
    if not isinstance(evidence, list):
        raise QuestionSetError(f'{where}: "evidence" must be a list of objects')
    if answers and not evidence:
        raise QuestionSetError(
            f'{where}: a question with "answers" needs "evidence": the article and a text in it'
        )
    return Question(
        id=str(identity),
        question=wording.strip(),
        answers=tuple(answers),
        evidence=tuple(_evidence(where, item) for item in evidence),
    )


def _evidence(where: str, item: object) -> Evidence:
    if not isinstance(item, dict):
        raise QuestionSetError(f'{where}: an "evidence" must be an object, found {kind_of(item)}')
    article, text = item.get("article"), item.get("text")
    if not isinstance(article, str) or not article.strip():
        raise QuestionSetError(f'{where}: "evidence" needs "article", an id or a file name')
    if not isinstance(text, str) or not text.strip():
        raise QuestionSetError(f'{where}: "evidence" needs "text", words of the gold paragraph')
    return Evidence(article=article, text=text)
