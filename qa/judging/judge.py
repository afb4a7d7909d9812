"""Decide between an answer, several that differ, and a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from qa.answer import Answer, Candidate, Passage, Quote, Recalibration
from qa.errors import QuestionError
from qa.judging.alternatives import (
    AlternativeFinder,
    agreeing_citations,
    agrees_with_all,
    evidence_for,
)
from qa.judging.prior import shifted
from qa.language.boundaries import whole_quotations
from qa.language.question_type import AnswerType, answer_type

_NEAREST = 3
"""How many of the nearest passages an answer has."""


_LEAST_RIGHT = 0.5
"""The least log odds, from a second look, of a different answer (docs/experiments/kinds.md)."""


class Mode(StrEnum):
    """How probable an answer has to be.

    `strict` asks for more than `balanced`; `always` answers whenever there is a quote.
    """

    BALANCED = "balanced"
    STRICT = "strict"
    ALWAYS = "always"

    @classmethod
    def _missing_(cls, value: object) -> Mode:
        raise QuestionError(f"unknown mode {value!r}; choose one of: {', '.join(cls)}")


@dataclass(frozen=True, slots=True)
class Estimate:
    """The probability that a quote is right, and that the question has an answer.

    `right` is in 0..1; `answerable` is in 0..1 and no lower, None where it is not estimated.
    """

    right: float
    answerable: float | None = None


MISSING_LOG_ODDS = 1.0
"""By how much the log odds of an answer are lowered when no article has a name or a number of the
question. The sets it could be fitted on have 45 such questions, whose estimates are 0.2 too high
(docs/experiments/transfer.md); names that somebody made up are rarer there than in use."""


def lowered(estimate: Estimate, log_odds: float) -> Estimate:
    """Return an estimate with its log odds lowered."""
    answerable = estimate.answerable
    if answerable is not None:
        answerable = shifted(answerable, -log_odds)
    return Estimate(shifted(estimate.right, -log_odds), answerable)


def recalibrated(estimate: Estimate, shift: float) -> Estimate:
    """Return an estimate with the log odds of being right shifted.

    Votes say whether quotes are right. Whether there is an answer is raised only where it would
    be less probable than that the quote is right.
    """
    right = shifted(estimate.right, shift)
    answerable = estimate.answerable
    return Estimate(right, None if answerable is None else max(answerable, right))


class Confidence(Protocol):
    """Estimates how probable it is that a reader's best quote is right."""

    @property
    def calibrated(self) -> bool:
        """Whether the estimates were fitted on held-out questions."""
        ...

    @property
    def unanswerable(self) -> float | None:
        """The share of unanswerable questions, 0 to below 1, that the estimates assume.

        None where they do not depend on one.
        """
        ...

    def threshold(self, mode: Mode) -> float:
        """Return the lowest probability, 0..1, at which a mode answers."""
        ...

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> Estimate:
        """Estimate the probability that `quotes[0]` is right.

        `passages` are those the search returned, best first; `quotes` has at least one quote.
        """
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """The estimate for the best quote, and whether it reaches the threshold."""

    estimate: Estimate
    threshold: float
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides whether to answer, and which different answers of other articles to show.

    `recalibration` shifts every estimate of the confidence.
    """

    confidence: Confidence
    recalibration: Recalibration | None = None

    def threshold(self, mode: Mode, min_confidence: float | None = None) -> float:
        """Return the lowest probability, 0..1, at which a question is answered.

        `min_confidence` (0..1) replaces the mode's own threshold. Raises QuestionError when it
        is outside 0..1.
        """
        if min_confidence is None:
            return self.confidence.threshold(mode)
        try:
            is_valid = 0.0 <= min_confidence <= 1.0
        except TypeError:
            is_valid = False
        if not is_valid:
            raise QuestionError(
                f"the minimum confidence is {min_confidence!r}; give a number from 0 to 1"
            )
        return min_confidence

    def assess(
        self,
        question: str,
        passages: Sequence[Passage],
        quotes: Sequence[Quote],
        threshold: float,
        *,
        missing: Sequence[str] = (),
    ) -> Verdict:
        """Estimate the best quote; without quotes the verdict is a refusal.

        `missing` are the question's names and numbers that no article has; they lower the estimate.
        """
        if not quotes:
            return Verdict(Estimate(0.0), threshold, False)
        estimate = self._estimate(question, passages, quotes)
        if missing:
            estimate = lowered(estimate, MISSING_LOG_ODDS)
        return Verdict(estimate, threshold, estimate.right >= threshold)

    def decide(
        self,
        question: str,
        passages: Sequence[Passage],
        quotes: Sequence[Quote],
        verdict: Verdict,
        *,
        missing: Sequence[str] = (),
    ) -> Answer:
        """Return the answer with its sources and alternatives, or the refusal.

        `quotes` are those the verdict was made for, then those of further articles, which can
        agree with the best quote or differ from it and change nothing else. `missing` are the
        question's names and numbers that no article has.
        """
        best: Candidate | None = None
        alternatives: tuple[Candidate, ...] = ()
        confidence = verdict.estimate.right
        if quotes:
            finder = AlternativeFinder(question, quotes[0])
            answers = finder.answers(quotes)
            best = _candidate(quotes[0], answers, verdict.estimate.right)
            if verdict.is_answer:
                rivals = finder.rivals(quotes, answers)
                alternatives = self._alternatives(
                    question, passages, quotes, answers, rivals, best, verdict.threshold
                )
            if answer_type(question) is AnswerType.YES_NO:
                best = _whole_sentence(best)
            best, *others = _superseded(_with_shares(_newest_first(best, alternatives)))
            alternatives, confidence = tuple(others), best.confidence
        return Answer(
            question=question,
            answered=verdict.is_answer,
            confidence=confidence,
            answerable=verdict.estimate.answerable,
            calibrated=self.confidence.calibrated,
            best=best,
            alternatives=alternatives,
            nearest=tuple(passages[:_NEAREST]),
            missing=tuple(missing),
            recalibration=self.recalibration,
        )

    def _estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> Estimate:
        """Return the estimate of the confidence, recalibrated."""
        estimate = self.confidence.estimate(question, passages, quotes)
        shift = self.recalibration.shift if self.recalibration else 0.0
        return recalibrated(estimate, shift) if shift else estimate

    def _alternatives(
        self,
        question: str,
        passages: Sequence[Passage],
        quotes: Sequence[Quote],
        answers: Sequence[Quote],
        rivals: Sequence[Quote],
        best: Candidate,
        threshold: float,
    ) -> tuple[Candidate, ...]:
        """Return the rivals that reach the threshold.

        Each is the best quote of its article and passed a second look, where the reader has one.
        An article is cited for one answer only.
        """
        cited = {citation.article.id for citation in best.citations}
        alternatives: list[Candidate] = []
        for quote in rivals:
            if quote.article.id in cited or any(
                agrees_with_all(quote, other.citations) for other in alternatives
            ):
                continue
            evidence = evidence_for(quote, quotes)
            is_right = quote.scores.is_right
            if evidence[0] is not quote or (is_right is not None and is_right < _LEAST_RIGHT):
                continue
            own_passages = [p for p in passages if p.article.id == quote.article.id]
            probability = self._estimate(question, own_passages, evidence).right
            if probability >= threshold:
                free = [answer for answer in answers if answer.article.id not in cited]
                alternatives.append(_candidate(quote, free, probability))
                cited |= {citation.article.id for citation in alternatives[-1].citations}
        return tuple(alternatives)


def _candidate(quote: Quote, answers: Sequence[Quote], probability: float) -> Candidate:
    return Candidate(quote, probability, agreeing_citations(quote, answers))


def _with_shares(versions: Sequence[Candidate]) -> list[Candidate]:
    """Return candidates that differ with confidences that add up to at most 1."""
    total = max(1.0, sum(version.confidence for version in versions))
    return [replace(version, confidence=version.confidence / total) for version in versions]


def _superseded(versions: Sequence[Candidate]) -> list[Candidate]:
    """Return versions, newest first, with what the newest says where they are of earlier dates."""
    newest = versions[0].quote
    return [
        replace(version, superseded_by=newest.citation)
        if version.quote.article.metadata.is_before(newest.article.metadata)
        else version
        for version in versions
    ]


def _whole_sentence(candidate: Candidate) -> Candidate:
    """Return the candidate with its whole sentence as the quote.

    No article answers a question with "yes"; a sentence decides it.
    """
    quote = candidate.quote
    bounds = quote.article.paragraphs[quote.paragraph - 1].span
    sentence = whole_quotations(quote.article.text, quote.sentence, bounds)
    quote = replace(quote, span=sentence, sentence=sentence)
    return Candidate(quote, candidate.confidence, (quote.citation, *candidate.citations[1:]))


def _newest_first(best: Candidate, alternatives: Sequence[Candidate]) -> list[Candidate]:
    """Sort by the dates of the articles; of the same day `best` is first, then the confidence."""
    return sorted(
        [best, *alternatives],
        key=lambda one: (
            one.quote.article.metadata.newest_first,
            one is not best,
            -one.confidence,
        ),
    )
