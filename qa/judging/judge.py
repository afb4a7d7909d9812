"""From proposed quotes to one answer, several that differ, or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from qa.answer import Answer, Candidate, Citation, Passage, Quote
from qa.errors import QuestionError
from qa.judging.alternatives import Versions, measured
from qa.language.question_type import AnswerType, answer_type
from qa.matching.agreement import same_answer
from qa.readers.boundaries import whole_quotations

Further = Callable[[Versions], Sequence[Quote]]
"""Given what is a version of the answer, quotes of articles that were not read for it."""


class Mode(StrEnum):
    """What a mode promises: `balanced` answers when an answer is likelier right than the
    bar says, `strict` only when it is much likelier, `always` whenever there are words."""

    BALANCED = "balanced"
    STRICT = "strict"
    ALWAYS = "always"

    @classmethod
    def _missing_(cls, value: object) -> Mode:
        raise QuestionError(f"{value!r} is no mode; choose one of: {', '.join(cls)}")


@dataclass(frozen=True, slots=True)
class Estimate:
    """`right` is the probability, 0..1, that a quote is the right answer, `answerable` that
    the articles answer the question at all, no lower; None where nothing is known of that."""

    right: float
    answerable: float | None = None


class Confidence(Protocol):
    """Estimates how probable it is that a quote is the right answer."""

    @property
    def calibrated(self) -> bool:
        """Whether the estimate was fitted on held-back questions."""
        ...

    @property
    def unanswerable(self) -> float | None:
        """The share of questions without an answer, 0 to below 1, that estimates are stated
        for; None where it is no matter."""
        ...

    def bar(self, mode: Mode) -> float:
        """The lowest probability, 0..1, at which a mode answers."""
        ...

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote], index: int = 0
    ) -> Estimate:
        """How probable it is that `quotes[index]` is right."""
        ...


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides with one confidence whether to answer, and which other versions to show."""

    confidence: Confidence

    def bar(self, mode: Mode, min_confidence: float | None = None) -> float:
        """The probability, 0..1, from which a question is answered.

        `min_confidence` (0..1) replaces the mode's own bar. Raises QuestionError when it is
        outside 0..1.
        """
        if min_confidence is None:
            return self.confidence.bar(mode)
        try:
            possible = 0.0 <= min_confidence <= 1.0
        except TypeError:  # no number
            possible = False
        if not possible:
            raise QuestionError(f"the confidence asked for is {min_confidence!r}; give 0 to 1")
        return min_confidence

    def decide(
        self,
        question: str,
        passages: Sequence[Passage],
        quotes: Sequence[Quote],
        *,
        mode: Mode = Mode.BALANCED,
        min_confidence: float | None = None,
        missing: Sequence[str] = (),
        further: Further = lambda _: (),
    ) -> Answer:
        """The answer to a question from a reader's quotes, best first.

        `min_confidence` (0..1) replaces the mode's own bar. `further` is asked only when
        there is an answer; its quotes can agree with it or differ, and change nothing else.
        Raises QuestionError when `min_confidence` is outside 0..1.
        """
        bar = self.bar(mode, min_confidence)
        nearest = tuple(passages[:3])
        if not quotes:
            return Answer(
                question=question,
                answered=False,
                confidence=0.0,
                calibrated=self.confidence.calibrated,
                best=None,
                nearest=nearest,
                missing=tuple(missing),
            )
        estimate = self.confidence.estimate(question, passages, quotes)
        answered = estimate.right >= bar
        versions = Versions(question, quotes[0])
        standing = [quote for quote in quotes[1:] if versions.stands(quote)]
        more: list[Quote] = []
        if answered:
            more = [quote for quote in further(versions) if versions.stands(quote)]
            standing += more
        best = _supported(quotes[0], standing, estimate.right)
        others: tuple[Candidate, ...] = ()
        if answered:
            every = [*quotes, *more]
            others = self._alternatives(versions, best, passages, every, standing, bar)
        if answer_type(question) is AnswerType.YES_NO:
            best, others = _deciding(best), tuple(_deciding(other) for other in others)
        return Answer(
            question=question,
            answered=answered,
            confidence=estimate.right,
            answerable=estimate.answerable,
            calibrated=self.confidence.calibrated,
            best=best,
            alternatives=others,
            nearest=nearest,
            missing=tuple(missing),
        )

    def _alternatives(
        self,
        versions: Versions,
        best: Candidate,
        passages: Sequence[Passage],
        quotes: Sequence[Quote],
        standing: Sequence[Quote],
        bar: float,
    ) -> tuple[Candidate, ...]:
        """Answers of other articles that differ from the first and pass the same bar.

        `standing` are those of the quotes that answer the question on their own. An article
        stands under one version only.
        """
        cited = {citation.article.id for citation in best.citations}
        heard = set(cited)
        found: list[Candidate] = []
        for quote in standing:
            if quote.article.id in heard | cited:
                continue
            heard.add(quote.article.id)
            if any(_consistent(quote, other.citations) for other in (best, *found)):
                continue
            if not versions.plain(quote, quotes):
                continue
            # A version is judged by its own article alone: that another says otherwise, even
            # more plainly or nearer in the search, is no evidence against it.
            own = [other for other in quotes if other.article.id == quote.article.id]
            around = [passage for passage in passages if passage.article.id == quote.article.id]
            probability = self.confidence.estimate(versions.question, around, own).right
            if probability >= bar:
                free = [one for one in standing if one.article.id not in cited]
                found.append(_supported(quote, free, probability))
                cited |= {citation.article.id for citation in found[-1].citations}
        return tuple(sorted(found, key=_newest_first))


def _supported(quote: Quote, standing: Sequence[Quote], probability: float) -> Candidate:
    """A candidate with every other article that gives the same answer in its own words.

    Words alike are no support where they answer nothing: "1904" may be another year's story.
    Nor is a copy of the same article under another name a second source.
    """
    citations: list[Citation] = [quote.citation]
    articles, texts = {quote.article.id}, {quote.article.text}
    for other in standing:
        if (
            other.article.id not in articles
            and other.article.text not in texts
            and _consistent(other, citations)
        ):
            articles.add(other.article.id)
            texts.add(other.article.text)
            citations.append(other.citation)
    return Candidate(quote, probability, tuple(citations))


def _consistent(quote: Quote, citations: Sequence[Citation]) -> bool:
    """Whether a quote says the same as every one of these: the 7th and the 21st are both in August,
    and yet differ."""
    told = measured(quote)
    return all(same_answer(measured(citation), told) for citation in citations)


def _deciding(candidate: Candidate) -> Candidate:
    """The candidate as the whole sentence: no article says "yes", a sentence decides it."""
    said, paragraph = candidate.quote, candidate.quote.article.paragraphs
    bounds = paragraph[said.paragraph - 1].span
    sentence = whole_quotations(said.article.text, said.sentence, bounds)
    quote = replace(said, span=sentence, sentence=sentence)
    return Candidate(quote, candidate.confidence, (quote.citation, *candidate.citations[1:]))


def _newest_first(candidate: Candidate) -> tuple[tuple[bool, int, int], float]:
    return candidate.quote.article.metadata.newest_first, -candidate.confidence
