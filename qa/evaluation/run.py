"""Running a question set: every question by itself, then the figures over all."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.types import Span
from qa.answer import Answer, Citation, Passage
from qa.errors import RunError
from qa.evaluation.aggregate import summarise
from qa.evaluation.error_stage import lost_at
from qa.evaluation.gold import Articles, Gold, GoldFinder
from qa.evaluation.journal import Journal
from qa.evaluation.metrics import (
    exact_match,
    f1,
    first_hit,
    first_hit_values,
    ranked_paragraphs,
    retrieval_values,
    span_overlap,
)
from qa.evaluation.question_result import RIGHT_F1, Outcome
from qa.evaluation.system import System, paragraph_passage
from qa.questions import Question, QuestionSet, sample

DEPTH = 50
"""How many passages are retrieved by default, enough for 20 different paragraphs."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run does. `k` passages are retrieved for the ranks, 1 or more.

    `gold_paragraph` also gives the reader each question's own paragraph alone. `limit` and
    `seed` draw a sample of the questions, never of the articles.
    """

    k: int = DEPTH
    gold_paragraph: bool = False
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class Run:
    """A finished run: its figures, as `pincite eval --json` prints them, and each question."""

    summary: dict[str, Any]
    outcomes: tuple[Outcome, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """The figures and, under `per_question`, every question's record."""
        return {**self.summary, "per_question": [one.to_json() for one in self.outcomes]}

    def save(self, path: str | Path) -> None:
        """Write the run to a file, whole or not at all."""
        path = Path(path)
        temporary = path.with_name(path.name + ".new")
        # Half characters, which a question may hold, are no UTF-8: ASCII escapes carry them.
        temporary.write_text(json.dumps(self.to_json()), encoding="ascii")
        temporary.replace(path)

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """A run that was saved. Raises RunError when the file is not one."""
        path = Path(path)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            outcomes = tuple(Outcome.from_json(one) for one in data.pop("per_question"))
        except OSError as error:
            raise RunError(f"{path}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"{path}: not a saved run; make one with: pincite eval QUESTIONS --save {path.name}"
            ) from error
        return cls(data, outcomes)


def evaluate(
    questions: QuestionSet,
    system: System,
    articles: Articles,
    settings: Settings | None = None,
    *,
    config: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
    index: dict[str, Any] | None = None,
    journal: Path | None = None,
    progress: Progress | None = None,
) -> Run:
    """Ask every question and count.

    `config` says what was run (index state, reader, mode); together with the questions and
    settings it identifies the run in `journal`, a folder in which a stopped run is found
    and continued. `progress` is called with questions done and questions in all.
    """
    settings = settings or Settings()
    drawn = sample(questions.questions, settings.limit, settings.seed)
    described = {
        **(config or {}),
        "questions": str(questions.path),
        "format": str(questions.format),
        "questions_key": questions.key,
        **dataclasses.asdict(settings),
    }
    asking = _Asking(questions, system, GoldFinder(articles), articles, settings)
    if journal is None:
        outcomes = _all(asking, drawn, progress)
    else:
        name = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:20]
        with Journal(journal / f"{name}.jsonl", described) as kept:
            outcomes = _all(asking, drawn, progress, kept)
            kept.finish()
    outcomes = _with_retrieval_values(questions, drawn, outcomes)
    summary = summarise(
        outcomes,
        retrieval_only=questions.retrieval_only,
        gold_paragraph=settings.gold_paragraph,
        config=described,
        environment=environment or {},
        index=index or {},
        warnings=questions.warnings,
    )
    return Run(summary, tuple(outcomes))


def _all(
    asking: _Asking,
    drawn: tuple[Question, ...],
    progress: Progress | None,
    journal: Journal | None = None,
) -> list[Outcome]:
    outcomes = []
    for number, question in enumerate(drawn, start=1):
        outcome = journal.done.get(question.id) if journal else None
        if outcome is None:
            outcome = asking.outcome(question)
            if journal:
                journal.add(outcome)
        outcomes.append(outcome)
        if progress:
            progress(number, len(drawn))
    return outcomes


@dataclass(frozen=True)
class _Asking:
    """Asks one question at a time."""

    questions: QuestionSet
    system: System
    finder: GoldFinder
    articles: Articles
    settings: Settings

    def outcome(self, question: Question) -> Outcome:
        before = time.perf_counter()
        passages = self.system.retrieve(question.question, self.settings.k)
        retrieval_ms = 1000.0 * (time.perf_counter() - before)
        if self.questions.retrieval_only:
            return self._judged(question, passages, retrieval_ms)
        gold = self.finder.gold(question)
        before = time.perf_counter()
        answer = self.system.ask(question.question)
        answer_ms = 1000.0 * (time.perf_counter() - before)
        ranked = ranked_paragraphs(passages)
        rank = first_hit(ranked, gold.keys)
        read = frozenset(ranked_paragraphs(self.system.looked_at(passages)))
        best = answer.best
        text = best.text if best else None
        shown = text if answer.answered else None
        citation = best.citations[0] if best else None
        best_f1 = f1(text, question.answers)
        loss = None
        if question.answerable:
            loss = lost_at(
                gold,
                rank,
                read,
                candidate_right=best_f1 >= RIGHT_F1,
                candidate=best is not None,
                answered=answer.answered,
            )
        outcome = Outcome(
            id=question.id,
            question=question.question,
            answers=list(question.answers),
            answerable=question.answerable,
            paragraph_group=self._group(question, gold),
            article_group=self._article(question, gold),
            gold=[self._shown(place.article, place.paragraph, place.span) for place in gold.places],
            missing_gold=[
                {"article": evidence.article, "text": evidence.text, "reason": str(trouble)}
                for evidence, trouble in gold.troubles
            ],
            rank=rank,
            retrieved=[f"{article}#{number}" for article, number in ranked],
            answered=answer.answered,
            confidence=answer.confidence,
            has_answer=answer.answerable,
            text=text,
            sentence=best.sentence if best else None,
            citation=_cited(citation),
            exact_match=exact_match(shown, question.answers),
            f1=f1(shown, question.answers),
            best_exact_match=exact_match(text, question.answers),
            best_f1=best_f1,
            cited=bool(
                answer.answered
                and citation
                and (citation.article.id, citation.paragraph) in gold.keys
            ),
            overlap=_overlap(citation, gold) if answer.answered else 0.0,
            differ=bool(answer.answered and answer.alternatives),
            loss=str(loss) if loss else None,
            retrieval_ms=retrieval_ms,
            answer_ms=answer_ms,
        )
        if self.settings.gold_paragraph:
            return self._with_reader(outcome, question, gold)
        return outcome

    def _judged(self, question: Question, passages: list[Passage], spent: float) -> Outcome:
        """A question of a set that judges whole documents."""
        documents = list(dict.fromkeys(passage.article.id for passage in passages))
        relevant = {evidence.article for evidence in question.evidence}
        ranks = (n for n, name in enumerate(documents, start=1) if name in relevant)
        missing = [
            {"article": one.article, "text": "", "reason": str(found)}
            for one in question.evidence
            if (found := self.finder.resolve(one.article)) != one.article
        ]
        return Outcome(
            id=question.id,
            question=question.question,
            answers=[],
            answerable=True,
            paragraph_group=question.id,
            article_group="",
            gold=[{"article": one.article} for one in question.evidence],
            missing_gold=missing,
            rank=next(ranks, None),
            retrieved=documents,
            retrieval_ms=spent,
        )

    def _with_reader(self, outcome: Outcome, question: Question, gold: Gold) -> Outcome:
        """The same outcome with what the reader makes of the gold paragraph alone."""
        key = next((place.key for place in gold.places), None)
        on = question.written_on
        if key is None and on is not None and on.paragraph is not None:
            key = (on.article, on.paragraph)
        if key is None:
            return outcome
        article = self.articles.article(key[0])
        passage = paragraph_passage(article, article.paragraphs[key[1] - 1])
        answer: Answer = self.system.read(question.question, [passage])
        return dataclasses.replace(
            outcome,
            reader_answered=answer.answered,
            reader_confidence=answer.confidence,
            reader_text=answer.best.text if answer.best else "",
        )

    def _group(self, question: Question, gold: Gold) -> str:
        on = question.written_on
        if on is not None and on.paragraph is not None:
            return f"{on.article}#{on.paragraph}"
        if gold.places:
            return f"{gold.places[0].article}#{gold.places[0].paragraph}"
        return f"question {question.id}"

    def _article(self, question: Question, gold: Gold) -> str:
        if question.written_on is not None:
            return question.written_on.article
        return gold.places[0].article if gold.places else ""

    def _shown(self, identity: str, number: int, span: Span | None) -> dict[str, Any]:
        article = self.articles.article(identity)
        return {
            "article": identity,
            "title": article.metadata.title,
            "paragraph": number,
            "paragraph_text": article.paragraphs[number - 1].span.of(article.text),
            "quote": span.of(article.text) if span else None,
        }


def _cited(citation: Citation | None) -> dict[str, Any] | None:
    if citation is None:
        return None
    return {
        "article": citation.article.id,
        "title": citation.article.metadata.title,
        "paragraph": citation.paragraph,
        "paragraph_text": citation.paragraph_text,
        "start": citation.span.start,
        "end": citation.span.end,
        "quote": citation.quote,
        "link": citation.link,
    }


def _overlap(citation: Citation | None, gold: Gold) -> float:
    if citation is None:
        return 0.0
    spans = (p.span for p in gold.places if p.article == citation.article.id and p.span)
    return max((span_overlap(citation.span, span) for span in spans), default=0.0)


def _with_retrieval_values(
    questions: QuestionSet, drawn: tuple[Question, ...], outcomes: list[Outcome]
) -> list[Outcome]:
    """The outcomes with each answerable question's retrieval figures."""
    if questions.retrieval_only:
        judgments = {q.id: {e.article: e.relevance for e in q.evidence} for q in drawn}
        values = retrieval_values({one.id: one.retrieved for one in outcomes}, judgments)
    else:
        values = first_hit_values({one.id: one.rank for one in outcomes if one.answerable})
    return [dataclasses.replace(one, retrieval=values.get(one.id, {})) for one in outcomes]
