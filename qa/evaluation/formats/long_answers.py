"""Read JSON lines whose answers are the sentences, items or rows of an article."""

from __future__ import annotations

import json
from typing import Any

from qa.errors import QuestionSetError
from qa.evaluation.formats.files import (
    QuestionSetSource,
    content_key,
    json_lines,
    kind_of,
    optional_text,
    question_id,
    question_wording,
)
from qa.evaluation.markup import plain_text
from qa.questions import Evidence, Question, QuestionSet


def is_long_answers(source: QuestionSetSource) -> bool:
    """Whether the first line has `answerable`, and `long` or `near`."""
    try:
        first = json.loads(source.start.split("\n", 1)[0])
    except ValueError:
        return False
    return isinstance(first, dict) and "answerable" in first and bool({"long", "near"} & {*first})


def read_long_answers(source: QuestionSetSource) -> QuestionSet:
    """Read JSON lines with `id`, `question`, `article`, `answerable`, `long` and `short`.

    `long` holds verbatim pieces of the article's file, with their Markdown marks, and `short` the
    words in them that answer on their own; both are required to be lists of strings, `long` not
    empty where the question is answerable. `kind` and `domain` are optional; `near` and `why`,
    which document an unanswerable question, are not read. Raises QuestionSetError with line and
    reason.
    """
    path = source.path
    questions: dict[str, Question] = {}
    lines: dict[str, int] = {}
    for number, entry in json_lines(path, source.text):
        where = f"{path}, line {number}"
        question = _question(where, number, entry)
        if question.id in lines:
            raise QuestionSetError(
                f"{where}: id {question.id!r} was used on line {lines[question.id]}"
            )
        lines[question.id] = number
        questions[question.id] = question
    return QuestionSet(path, tuple(questions.values()), content_key(path))


def _question(where: str, number: int, entry: dict[str, Any]) -> Question:
    wording = question_wording(where, entry)
    identity = question_id(where, number, entry)
    article = entry.get("article")
    if not isinstance(article, str) or not article.strip():
        raise QuestionSetError(f'{where}: "article" must be the path of an article')
    answerable = entry.get("answerable")
    if not isinstance(answerable, bool):
        raise QuestionSetError(
            f'{where}: "answerable" must be true or false, found {kind_of(answerable)}'
        )
    long, short = _texts(where, entry, "long"), _texts(where, entry, "short")
    if answerable and not long:
        raise QuestionSetError(
            f'{where}: an answerable question needs "long": verbatim sentences of the article'
        )
    if not answerable and (long or short):
        raise QuestionSetError(
            f'{where}: the question is not answerable and has "{"long" if long else "short"}"; '
            'leave it out, or write "answerable": true'
        )
    return Question(
        id=identity,
        question=wording,
        answers=_accepted(long, short),
        evidence=tuple(Evidence(article, piece, is_source=True) for piece in long),
        origin=Evidence(article),
        kind=optional_text(where, entry, "kind"),
        domain=optional_text(where, entry, "domain"),
        long=long,
        short=short,
    )


def _accepted(long: tuple[str, ...], short: tuple[str, ...]) -> tuple[str, ...]:
    """Return the accepted answers for exact match and F1: the pieces, and all of them together."""
    pieces = [plain_text(text) for text in short or long]
    together = [" ".join(pieces)] if len(pieces) > 1 else []
    return tuple(dict.fromkeys([*pieces, *together]))


def _texts(where: str, entry: dict[str, Any], key: str) -> tuple[str, ...]:
    texts = entry.get(key) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise QuestionSetError(f'{where}: "{key}" must be a list of strings')
    if any(not text.strip() for text in texts):
        raise QuestionSetError(f'{where}: "{key}" holds an empty string; leave it out')
    return tuple(texts)
