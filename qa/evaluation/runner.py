"""Ask every question of a set, score the answers and summarise the run."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.answer import Answer, Citation, Passage
from qa.evaluation.error_stage import find_error_stage
from qa.evaluation.gold import ArticleSource, Gold, GoldFinder, GoldParagraph
from qa.evaluation.journal import Journal
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.rightness import is_right
from qa.evaluation.run import Run
from qa.evaluation.scoring import (
    DOCUMENT_CUT,
    exact_match,
    f1,
    first_hit,
    first_hit_values,
    ranked_paragraphs,
    retrieval_values,
    span_overlap,
)
from qa.evaluation.summary import summarise
from qa.evaluation.system import System, paragraph_passage
from qa.questions import Question, QuestionSet, sample

DEPTH = 50
"""Passages retrieved by default, enough for 20 different paragraphs."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Settings of a run.

    `k` passages (1 or more) are retrieved for the ranks. `gold_paragraph` also measures the
    reader on each question's own paragraph alone. `limit` and `seed` draw a sample of the
    questions, never of the articles.
    """

    k: int = DEPTH
    gold_paragraph: bool = False
    limit: int | None = None
    seed: int = 0


def evaluate(
    questions: QuestionSet,
    system: System,
    articles: ArticleSource,
    settings: RunSettings | None = None,
    *,
    config: dict[str, Any] | None = None,
    environment: dict[str, Any] | None = None,
    index: dict[str, Any] | None = None,
    journal: Path | None = None,
    progress: Progress | None = None,
) -> Run:
    """Ask every question and return the run.

    `config` describes the system (index state, reader, mode); together with the questions and
    the settings it identifies the run in `journal`, the folder from which a stopped run is
    resumed. `progress` is called with the number of questions done and of all questions.
    """
    settings = settings or RunSettings()
    sampled = sample(questions.questions, settings.limit, settings.seed)
    full_config = {
        **(config or {}),
        "questions": str(questions.path),
        "format": str(questions.format),
        "questions_key": questions.key,
        **dataclasses.asdict(settings),
    }
    evaluator = _Evaluator(questions, system, GoldFinder(articles), articles, settings)
    if journal is None:
        results = _evaluate_all(evaluator, sampled, progress)
    else:
        name = hashlib.sha256(json.dumps(full_config, sort_keys=True).encode()).hexdigest()[:20]
        with Journal(journal / f"{name}.jsonl", full_config) as opened:
            results = _evaluate_all(evaluator, sampled, progress, opened)
            opened.finish()
    results = _with_retrieval_values(questions, sampled, results)
    summary = summarise(
        results,
        retrieval_only=questions.retrieval_only,
        gold_paragraph=settings.gold_paragraph,
        config=full_config,
        environment=environment or {},
        index=index or {},
        warnings=questions.warnings,
    )
    return Run(summary, tuple(results))


def _evaluate_all(
    evaluator: _Evaluator,
    sampled: tuple[Question, ...],
    progress: Progress | None,
    journal: Journal | None = None,
) -> list[QuestionResult]:
    results = []
    for number, question in enumerate(sampled, start=1):
        result = journal.done.get(question.id) if journal else None
        if result is None:
            result = evaluator.result(question)
            if journal:
                journal.add(result)
        results.append(result)
        if progress:
            progress(number, len(sampled))
    return results


@dataclass(frozen=True)
class _Evaluator:
    """Asks one question at a time and scores the answer."""

    questions: QuestionSet
    system: System
    finder: GoldFinder
    articles: ArticleSource
    settings: RunSettings

    def result(self, question: Question) -> QuestionResult:
        before = time.perf_counter()
        passages = self.system.retrieve(question.question, self.settings.k)
        retrieval_ms = 1000.0 * (time.perf_counter() - before)
        if self.questions.retrieval_only:
            return self._document_result(question, passages, retrieval_ms)
        gold = self.finder.gold(question)
        before = time.perf_counter()
        answer = self.system.ask(question.question)
        answer_ms = 1000.0 * (time.perf_counter() - before)
        ranked = ranked_paragraphs(passages)
        rank = first_hit(ranked, gold.keys)
        read = frozenset(ranked_paragraphs(self.system.passages_read(passages)))
        best = answer.best
        text = best.text if best else answer.text
        sentence = best.sentence if best else answer.sentence
        shown_text = text if answer.answered else None
        citations = best.citations if best else answer.citations
        citation = citations[0] if citations else None
        right = bool(text) and is_right(question, text or "", sentence or "")
        stage = None
        if question.answerable:
            stage = find_error_stage(
                gold,
                rank,
                read,
                is_right=right,
                has_candidate=text is not None,
                is_answered=answer.answered,
            )
        result = QuestionResult(
            id=question.id,
            question=question.question,
            answers=list(question.answers),
            answerable=question.answerable,
            paragraph_group=_paragraph_group(question, gold),
            article_group=_article_group(question, gold),
            gold=[self._gold_json(paragraph) for paragraph in gold.paragraphs],
            missing_gold=[
                {"article": evidence.article, "text": evidence.text, "reason": str(problem)}
                for evidence, problem in gold.problems
            ],
            rank=rank,
            retrieved=[f"{article}#{number}" for article, number in ranked],
            answered=answer.answered,
            confidence=answer.confidence,
            has_answer=answer.answerable,
            text=text,
            sentence=sentence,
            citation=_citation_json(citation),
            exact_match=exact_match(shown_text, question.answers),
            f1=f1(shown_text, question.answers),
            best_exact_match=exact_match(text, question.answers),
            best_f1=f1(text, question.answers),
            cited=bool(
                answer.answered
                and citation
                and (citation.article.id, citation.paragraph) in gold.keys
            ),
            overlap=_overlap(citation, gold) if answer.answered else 0.0,
            differ=bool(answer.answered and answer.alternatives),
            loss=str(stage) if stage else None,
            retrieval_ms=retrieval_ms,
            answer_ms=answer_ms,
            kind=question.kind,
            domain=question.domain,
            long=list(question.long),
            short=list(question.short),
            right=right,
            answer_kind=str(answer.kind),
        )
        if self.settings.gold_paragraph:
            return self._with_reader(result, question, gold)
        return result

    def _document_result(
        self, question: Question, passages: list[Passage], retrieval_ms: float
    ) -> QuestionResult:
        """Return the result for a set that judges whole documents."""
        documents = list(dict.fromkeys(passage.article.id for passage in passages))
        relevant = {evidence.article for evidence in question.evidence}
        ranks = (n for n, name in enumerate(documents, start=1) if name in relevant)
        missing = [
            {"article": one.article, "text": "", "reason": str(problem)}
            for one in question.evidence
            if (problem := self.finder.resolve_article(one.article)) != one.article
        ]
        return QuestionResult(
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
            retrieval_ms=retrieval_ms,
            kind=question.kind,
            domain=question.domain,
        )

    def _with_reader(
        self, result: QuestionResult, question: Question, gold: Gold
    ) -> QuestionResult:
        """Return the result with the reader's answer to the gold paragraph alone."""
        key = next((paragraph.key for paragraph in gold.paragraphs), None)
        origin = question.origin
        if key is None and origin is not None and origin.paragraph is not None:
            key = (origin.article, origin.paragraph)
        if key is None:
            return result
        article = self.articles.article(key[0])
        passage = paragraph_passage(article, article.paragraphs[key[1] - 1])
        answer: Answer = self.system.read(question.question, [passage])
        return dataclasses.replace(
            result,
            reader_answered=answer.answered,
            reader_confidence=answer.confidence,
            reader_text=answer.best.text if answer.best else "",
        )

    def _gold_json(self, gold: GoldParagraph) -> dict[str, Any]:
        article = self.articles.article(gold.article)
        return {
            "article": gold.article,
            "title": article.metadata.title,
            "paragraph": gold.paragraph,
            "paragraph_text": article.paragraphs[gold.paragraph - 1].span.of(article.text),
            "quote": gold.span.of(article.text) if gold.span else None,
        }


def _paragraph_group(question: Question, gold: Gold) -> str:
    origin = question.origin
    if origin is not None and origin.paragraph is not None:
        return f"{origin.article}#{origin.paragraph}"
    if gold.paragraphs:
        return f"{gold.paragraphs[0].article}#{gold.paragraphs[0].paragraph}"
    return f"question {question.id}"


def _article_group(question: Question, gold: Gold) -> str:
    if question.origin is not None:
        return question.origin.article
    return gold.paragraphs[0].article if gold.paragraphs else ""


def _citation_json(citation: Citation | None) -> dict[str, Any] | None:
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
    spans = (p.span for p in gold.paragraphs if p.article == citation.article.id and p.span)
    return max((span_overlap(citation.span, span) for span in spans), default=0.0)


def _with_retrieval_values(
    questions: QuestionSet, sampled: tuple[Question, ...], results: list[QuestionResult]
) -> list[QuestionResult]:
    """Return the results with the retrieval metrics of each answerable question."""
    if questions.retrieval_only:
        judgments = {q.id: {e.article: e.relevance for e in q.evidence} for q in sampled}
        rankings = {one.id: one.retrieved for one in results}
        values = retrieval_values(rankings, judgments, DOCUMENT_CUT)
    else:
        values = first_hit_values({one.id: one.rank for one in results if one.answerable})
    return [dataclasses.replace(one, retrieval=values.get(one.id, {})) for one in results]
