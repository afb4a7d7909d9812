"""Read questions and answers without evidence: a JSON array, or CSV with a header."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from qa.errors import QuestionSetError
from qa.evaluation.formats.files import QuestionSetSource, content_key, kind_of
from qa.evaluation.formats.pincite import read_question
from qa.questions import Question, QuestionSet

_DELIMITERS = ",;\t"
_COLUMNS = {"question", "answer"}


def is_pairs(source: QuestionSetSource) -> bool:
    """Whether a file is a JSON array, or CSV whose header has `question` and `answer`."""
    return source.start.startswith("[") or _delimiter(source) is not None


def read_pairs(source: QuestionSetSource) -> QuestionSet:
    """Read objects or rows with `question` and `answer`, maybe `id`, `kind` and `domain`.

    An empty answer means that the articles do not answer the question. An array may have a list
    `answers` instead of `answer`, and `evidence`, as JSON lines have. `id` defaults to the number
    of the entry. Other columns and keys are not read. Raises QuestionSetError with line or entry
    and reason.
    """
    path = source.path
    questions: dict[str, Question] = {}
    entries = _objects(source) if source.start.startswith("[") else _rows(source)
    for number, (where, entry) in enumerate(entries, start=1):
        where = f"{path}, {where}"
        question = read_question(where, number, _with_answers(where, entry), needs_evidence=False)
        if question.id in questions:
            raise QuestionSetError(f"{where}: id {question.id!r} was used before; ids must differ")
        questions[question.id] = question
    if not questions:
        raise QuestionSetError(f"{path}: no question in it; write a question and its answer")
    return QuestionSet(path, tuple(questions.values()), content_key(path))


def _with_answers(where: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with its `answer` as the list `answers`."""
    if "answers" in entry:
        return entry
    if "answer" not in entry:
        raise QuestionSetError(
            f'{where}: "answer" is missing; leave it empty where the articles do not answer'
        )
    answer = entry["answer"]
    if answer is not None and not isinstance(answer, str):
        raise QuestionSetError(f'{where}: "answer" must be a string, found {kind_of(answer)}')
    return {**entry, "answers": [answer.strip()] if answer and answer.strip() else []}


def _objects(source: QuestionSetSource) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        entries = json.loads(source.text)
    except json.JSONDecodeError as error:
        raise QuestionSetError(
            f"{source.path}, line {error.lineno}: not JSON ({error.msg})"
        ) from error
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise QuestionSetError(
                f"{source.path}, entry {number}: expected a JSON object, found {kind_of(entry)}"
            )
        yield f"entry {number}", entry


def _rows(source: QuestionSetSource) -> Iterator[tuple[str, dict[str, Any]]]:
    rows = csv.reader(io.StringIO(source.start, newline=""), delimiter=_delimiter(source) or ",")
    header = _names(next(rows))
    for row in rows:
        where = f"row that ends on line {rows.line_num}"
        if not any(field.strip() for field in row):
            continue
        if len(row) != len(header):
            raise QuestionSetError(
                f"{source.path}, {where}: found {len(row)} fields where the header has "
                f"{len(header)}; put a field with a separator or line break between quotes"
            )
        # An empty cell is a value that is not given, except for the answer.
        yield where, {k: v for k, v in zip(header, row, strict=True) if v or k in _COLUMNS}


def _delimiter(source: QuestionSetSource) -> str | None:
    """Return the delimiter by which the first line names both columns."""
    first_line = source.start.split("\n", 1)[0].rstrip("\r")
    for delimiter in _DELIMITERS:
        if set(_names(next(csv.reader([first_line], delimiter=delimiter), []))) >= _COLUMNS:
            return delimiter
    return None


def _names(header: list[str]) -> list[str]:
    return [name.strip().lower() for name in header]
