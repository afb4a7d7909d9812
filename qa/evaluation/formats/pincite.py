"""Read Pincite's own format: one JSON object per line."""

from __future__ import annotations

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
from qa.questions import Evidence, Question, QuestionSet


def read_pincite(source: QuestionSetSource) -> QuestionSet:
    """Read JSON lines with `id`, `question`, `answers` and `evidence`, maybe `kind` and `domain`.

    `id` defaults to the line number. Empty `answers` mean that the articles do not answer the
    question; missing `answers` are read as empty, with a warning. Lines with `voted` are votes
    from the chat (`qa.feedback`): of those with the same id the last counts, those with
    `withdrawn` are dropped, and those with `unresolved` are left out with a warning, since their
    right answer is not known. Raises QuestionSetError with line and reason.
    """
    path = source.path
    questions: dict[str, Question | None] = {}
    lines: dict[str, int] = {}
    voted: set[str] = set()
    unresolved: dict[str, str] = {}
    without_answers: list[str] = []
    for number, entry in json_lines(path, source.text):
        where = f"{path}, line {number}"
        question = read_question(where, number, entry)
        is_vote = "voted" in entry
        if question.id in lines and not (is_vote and question.id in voted):
            raise QuestionSetError(
                f"{where}: id {question.id!r} was used on line {lines[question.id]}"
            )
        lines[question.id] = number
        if is_vote:
            voted.add(question.id)
        if "answers" not in entry and not is_vote:
            without_answers.append(question.id)
        unresolved.pop(question.id, None)
        if entry.get("unresolved"):
            unresolved[question.id] = question.question
        is_usable = not entry.get("unresolved") and not entry.get("withdrawn")
        # A later vote moves the question to the later position.
        questions.pop(question.id, None)
        questions[question.id] = question if is_usable else None
    usable = tuple(question for question in questions.values() if question is not None)
    warnings = [_unresolved_warning(unresolved)] if unresolved else []
    if without_answers:
        warnings.append(_missing_answers_warning(without_answers))
    if not usable:
        raise QuestionSetError(
            f"{path}: no question can be measured; "
            + (warnings[0] if warnings else "write one JSON object per line")
        )
    return QuestionSet(path, usable, content_key(path), warnings=tuple(warnings))


def _unresolved_warning(unresolved: dict[str, str]) -> str:
    """Warn of complaints whose right answer is not known."""
    count = len(unresolved)
    named = "; ".join(f"{key}: {question}" for key, question in list(unresolved.items())[:5])
    more = f"; and {count - 5} more" if count > 5 else ""
    return (
        f"{count} complaint{' has' if count == 1 else 's have'} no right answer yet and "
        f"{'is' if count == 1 else 'are'} left out ({named}{more}). Give answers and evidence "
        'instead of "unresolved" to measure them'
    )


def _missing_answers_warning(ids: list[str]) -> str:
    """Warn of questions without `answers`, as after a misspelt key."""
    count = len(ids)
    more = f" and {count - 5} more" if count > 5 else ""
    return (
        f'{count} question{" has" if count == 1 else "s have"} no "answers" and '
        f"{'counts' if count == 1 else 'count'} as not answered by the articles "
        f'({", ".join(ids[:5])}{more}); write "answers": [] where that is meant'
    )


def read_question(
    where: str, number: int, entry: dict[str, Any], *, needs_evidence: bool = True
) -> Question:
    """Return the question of an object; `where` names it in errors, `number` is its default id.

    Raises QuestionSetError where a key is wrong, or `evidence` is missing although
    `needs_evidence`.
    """
    wording = question_wording(where, entry)
    identity = question_id(where, number, entry)
    answers = entry.get("answers") or []
    if not isinstance(answers, list) or not all(isinstance(text, str) for text in answers):
        raise QuestionSetError(f'{where}: "answers" must be a list of strings')
    if any(not text.strip() for text in answers):
        raise QuestionSetError(f'{where}: "answers" holds an empty string; leave it out')
    evidence = entry.get("evidence") or []
    if not isinstance(evidence, list):
        raise QuestionSetError(f'{where}: "evidence" must be a list of objects')
    if needs_evidence and answers and not evidence:
        raise QuestionSetError(
            f'{where}: a question with "answers" needs "evidence": the article and a text in it'
        )
    return Question(
        id=identity,
        question=wording,
        answers=tuple(answers),
        evidence=tuple(_evidence(where, item) for item in evidence),
        kind=optional_text(where, entry, "kind"),
        domain=optional_text(where, entry, "domain"),
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
