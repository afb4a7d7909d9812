"""Check a question set against its articles, as `pincite eval FILE --check` does."""

from __future__ import annotations

from dataclasses import dataclass

from qa.evaluation.gold import ArticleSource, EvidenceProblem, GoldFinder
from qa.evaluation.markup import Letters
from qa.evaluation.scoring import normalized
from qa.questions import Question, QuestionSet, normalize_spacing


@dataclass(frozen=True, slots=True)
class QuestionSetProblem:
    """A question, by its id, that does not fit the articles, and why."""

    question: str
    reason: str


def find_problems(questions: QuestionSet, articles: ArticleSource) -> list[QuestionSetProblem]:
    """Return everything in a question set that does not fit the articles.

    Every evidence must be in a searched paragraph of an article that exists. A gold paragraph must
    contain at least one accepted answer; in a set with long answers, a long one must contain each
    short one.
    """
    finder = GoldFinder(articles)
    return [
        QuestionSetProblem(question.id, reason)
        for question in questions.questions
        for reason in (
            _document_problems(question, finder)
            if questions.retrieval_only
            else _evidence_problems(question, finder, articles)
        )
    ]


def _document_problems(question: Question, finder: GoldFinder) -> list[str]:
    resolved = [(e.article, finder.resolve_article(e.article)) for e in question.evidence]
    return [
        f"{name}: {problem}" for name, problem in resolved if isinstance(problem, EvidenceProblem)
    ]


def _evidence_problems(
    question: Question, finder: GoldFinder, articles: ArticleSource
) -> list[str]:
    gold = finder.gold(question)
    reasons = []
    for evidence, problem in gold.problems:
        words = f" ({_short(evidence.text)!r})" if evidence.text else ""
        reasons.append(f"{evidence.article}: {problem}{words}")
    if question.long:
        return reasons + _span_problems(question)
    texts = []
    for paragraph in gold.paragraphs:
        article = articles.article(paragraph.article)
        texts.append(article.paragraphs[paragraph.paragraph - 1].span.of(article.text))
    if texts and question.answerable and not _has_answer(texts, question.answers):
        reasons.append(f"no gold paragraph contains an accepted answer ({question.answers[0]!r})")
    if question.evidence and not question.answerable:
        reasons.append("the question has evidence but no accepted answer")
    return reasons


def _span_problems(question: Question) -> list[str]:
    """Name each short answer that is in no long one."""
    pieces = [Letters(text).text for text in question.long]
    return [
        f'no piece of "long" contains the short answer {_short(text)!r}'
        for text in question.short
        if not any(Letters(text).text in piece for piece in pieces)
    ]


def _has_answer(texts: list[str], answers: tuple[str, ...]) -> bool:
    folded = [f" {normalized(normalize_spacing(text))} " for text in texts]
    return any(f" {normalized(answer)} " in text for answer in answers for text in folded)


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
