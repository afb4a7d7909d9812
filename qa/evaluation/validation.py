"""`pincite eval FILE --check`: does the question set fit the articles?"""

from __future__ import annotations

from dataclasses import dataclass

from qa.evaluation.gold import Articles, GoldFinder, Trouble
from qa.evaluation.metrics import normalized
from qa.questions import QuestionSet, same_space


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit about one question."""

    question: str
    reason: str


def problems(questions: QuestionSet, articles: Articles) -> list[Problem]:
    """Everything in a question set that its articles do not bear out.

    Every evidence must stand in a searched paragraph of an article that exists, and at
    least one accepted answer must be words of a gold paragraph.
    """
    finder = GoldFinder(articles)
    found: list[Problem] = []
    for question in questions.questions:
        if questions.retrieval_only:
            for evidence in question.evidence:
                resolved = finder.resolve(evidence.article)
                if isinstance(resolved, Trouble):
                    found.append(Problem(question.id, f"{evidence.article}: {resolved}"))
            continue
        gold = finder.gold(question)
        for evidence, trouble in gold.troubles:
            words = f" ({_short(evidence.text)!r})" if evidence.text else ""
            found.append(Problem(question.id, f"{evidence.article}: {trouble}{words}"))
        texts = []
        for place in gold.places:
            article = articles.article(place.article)
            texts.append(article.paragraphs[place.paragraph - 1].span.of(article.text))
        if texts and question.answerable and not _holds(texts, question.answers):
            found.append(
                Problem(
                    question.id,
                    f"no accepted answer stands in a gold paragraph ({question.answers[0]!r})",
                )
            )
        if question.evidence and not question.answerable:
            found.append(Problem(question.id, "it has evidence but no accepted answer"))
    return found


def _holds(texts: list[str], answers: tuple[str, ...]) -> bool:
    folded = [f" {normalized(same_space(text))} " for text in texts]
    return any(f" {normalized(answer)} " in text for answer in answers for text in folded)


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
