"""The trained reader, which proposes the words that answer: a few of them, or whole sentences.

It reads windows around the best passages and proposes answers from the scores of their tokens.
Then it looks at the best proposals again, each marked in its context, and ranks them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.embedding.batching import cheapest_batches
from index.types import Span
from qa.answer import Passage, Quote
from qa.judging.confidence import SpanConfidence
from qa.judging.statements import is_heading
from qa.readers.base import Reader
from qa.readers.proposals import Proposal, ScoredText, proposals
from qa.readers.ranking import (
    SearchSummary,
    are_few_words_enough,
    features,
    load_weights,
    score,
)
from qa.readers.span_model import RowScores, SpanModel, TokenRow, candidate_row
from qa.readers.windows import WINDOWS, ReadingWindow, reading_windows, section_title

_STEP = 0.5  # from one part of a long window to the next, as a share of a part
_QUOTES = 24  # returned at most

_FOUND, _WRONG_TYPE = 5.0, 3.0
"""How the passage's score and words of a wrong type count for a few words without a second look.
Chosen on held-out questions (docs/experiments/reader.md)."""

_ANSWERS, _MARGIN, _PASSAGE = 0.5, 0.15, 2.0
"""How whole sentences are weighed before the second look, against `inside`. They only choose which
sentences get one; no measurement of them is recorded."""

_NO_MARGIN = -10.0
"""The margin of sentences without a few words, and the least one."""


@dataclass(frozen=True, slots=True)
class SpanReaderSettings:
    """Settings of the span reader.

    `windows` (1 or more) is how many windows are read, `checked` (1 or more) how many proposals of
    whole sentences get a second look.
    """

    windows: int = WINDOWS
    checked: int = 4


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """Whole sentences that got a second look, and the best few words in them, if any."""

    sentence: Proposal
    few: Proposal | None


class SpanReader(Reader):
    """Proposes words of the passages with a trained network. Safe to use from several threads."""

    def __init__(self, model: SpanModel, settings: SpanReaderSettings | None = None) -> None:
        self.model = model
        self.settings = settings or SpanReaderSettings()
        self.name = model.name

    def passages_read(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages that are in the windows that are read."""
        windows = self._reading_windows(passages)
        return [
            passage
            for passage in passages
            if any(
                window.article.id == passage.article.id and window.span.overlaps(passage.span)
                for window in windows
            )
        ]

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Return the best proposals, best first, none overlapping a better one.

        Scores are log odds, roughly -20..20. Quotes never cross a paragraph.
        """
        if not passages:
            return []
        search = SearchSummary.of(question, passages)
        candidates, few = self.candidates(question, passages)
        ranked: list[tuple[float, Proposal]] = []
        if self.model.checks_candidates:
            for candidate in candidates:
                values = features(candidate.sentence, candidate.few, search)
                value = score(values, load_weights())
                ranked.append((value, self._shown(question, candidate)))
            ranked.sort(key=lambda pair: -pair[0])
        lowest = min((value for value, _ in ranked), default=math.inf)
        # Those without a second look follow the others.
        ranked += [
            (min(lowest, prior), proposal)
            for prior, proposal in sorted(
                ((_prior(p, search.score), p) for p in few), key=lambda pair: -pair[0]
            )
        ]
        quotes: list[Quote] = []
        for value, proposal in ranked:
            quote = quote_of(proposal, value)
            if not any(
                q.article.id == quote.article.id and q.sentence.overlaps(quote.span) for q in quotes
            ):
                quotes.append(quote)
            if len(quotes) == _QUOTES:
                break
        return quotes

    def candidates(
        self, question: str, passages: Sequence[Passage]
    ) -> tuple[list[CheckedSentence], list[Proposal]]:
        """Return the sentences that got a second look, and every proposal of a few words."""
        texts = self._scored(question, self._reading_windows(passages))
        found = [proposal for text in texts for proposal in proposals(question, text)]
        few = [p for p in found if p.scores.margin is not None]
        best_score = max((passage.score for passage in passages), default=0.0)
        candidates = [
            CheckedSentence(p, _best_inside(p, few)) for p in found if p.scores.margin is None
        ]
        candidates.sort(key=lambda c: -_sentence_prior(c, best_score))
        candidates = candidates[: self.settings.checked]
        checked = self._checked([c.sentence for c in candidates])
        return [
            replace(candidate, sentence=sentence)
            for candidate, sentence in zip(candidates, checked, strict=True)
        ], few

    def _shown(self, question: str, candidate: CheckedSentence) -> Proposal:
        """Return the few words of a candidate if they are answer enough, else its sentences."""
        few, sentence = candidate.few, candidate.sentence
        if few is None or not are_few_words_enough(question, few.scores):
            return sentence
        scores = replace(
            few.scores, is_right=sentence.scores.is_right, inside=sentence.scores.inside
        )
        return replace(few, scores=scores)

    def confidence(self, unanswerable: float | None = None) -> SpanConfidence:
        """Return the confidence, calibrated for the shipped model only."""
        return SpanConfidence(self.name, unanswerable=unanswerable)

    def complete(self, question: str, quote: Quote) -> Quote:
        """Return the quote with `is_right` of its sentence, looked at now unless it was before."""
        if quote.scores.is_right is not None or not self.model.checks_candidates:
            return quote
        paragraph = quote.article.paragraphs[quote.paragraph - 1]
        passage = Passage(quote.article, quote.sentence, (paragraph.number,), 0, 0.0)
        for text in self._scored(question, reading_windows([passage], 1)):
            if text.span.contains(quote.sentence):
                whole = Proposal(text, quote.sentence, quote.sentence, paragraph, quote.scores)
                return replace(quote, scores=self._checked([whole])[0].scores)
        return quote

    def _reading_windows(self, passages: Sequence[Passage]) -> list[ReadingWindow]:
        readable = [passage for passage in passages if not is_heading(passage)]
        return reading_windows(readable, self.settings.windows)

    def _scored(self, question: str, windows: Sequence[ReadingWindow]) -> list[ScoredText]:
        """Return the scored texts of windows, which are cut where they are too long."""
        parts = [
            (window, span, self.model.row(question, section_title(window), text))
            for window in windows
            for span in self._parts(window)
            if (text := span.of(window.article.text)).strip()
        ]
        scores = self._scores([row for _, _, row in parts])
        return [
            ScoredText(window, span, row, one)
            for (window, span, row), one in zip(parts, scores, strict=True)
        ]

    def _checked(self, found: Sequence[Proposal]) -> list[Proposal]:
        """Return proposals with `is_right`, from a second look at each in its context."""
        tokens = [p.text.tokens_of(p.span) for p in found]
        rows = [
            candidate_row(p.text.row, *at)
            for p, at in zip(found, tokens, strict=True)
            if at is not None
        ]
        scores = iter(self._scores(rows))
        return [
            p
            if at is None
            else replace(p, scores=replace(p.scores, is_right=next(scores).is_right))
            for p, at in zip(found, tokens, strict=True)
        ]

    def _scores(self, rows: Sequence[TokenRow]) -> list[RowScores]:
        scores: dict[int, RowScores] = {}
        for batch in cheapest_batches([len(row.ids) for row in rows]):
            found = self.model.scores([rows[at] for at in batch])
            scores.update(zip(batch, found, strict=True))
        return [scores[at] for at in range(len(rows))]

    def _parts(self, window: ReadingWindow) -> Iterator[Span]:
        """Yield overlapping spans of a window, each short enough for the network."""
        text, whole = window.article.text, window.span
        tokens = [
            Span(whole.start + start, whole.start + end)
            for start, end in self.model.offsets(whole.of(text))
            if start < end
        ]
        # Parts begin between words, so that no word is read as its second half.
        word_starts = [
            at
            for at, token in enumerate(tokens)
            if at == 0 or token.start > tokens[at - 1].end or not text[token.start].isalnum()
        ]
        first = 0
        while tokens:
            last = min(len(tokens), first + self.model.window)
            yield Span(tokens[first].start, tokens[last - 1].end)
            if last == len(tokens):
                break
            target = first + max(1, int(self.model.window * _STEP))
            later = [at for at in word_starts if first < at <= target]
            first = later[-1] if later else target


def _best_inside(sentence: Proposal, few: Sequence[Proposal]) -> Proposal | None:
    """Return the few words inside whole sentences with the highest margin."""
    inside = [
        p
        for p in few
        if p.text.article.id == sentence.text.article.id and sentence.span.contains(p.span)
    ]
    return max(inside, key=lambda p: p.scores.margin or 0.0, default=None)


def _prior(few: Proposal, best_score: float) -> float:
    """Return how a few words rank without a second look."""
    return (
        (few.scores.margin or 0.0)
        + _FOUND * (few.text.window.passage.score - best_score)
        - _WRONG_TYPE * (few.scores.has_type is False)
    )


def _sentence_prior(candidate: CheckedSentence, best_score: float) -> float:
    """Return how whole sentences rank before a second look."""
    scores = candidate.sentence.scores
    margin = candidate.few.scores.margin if candidate.few else None
    return (
        (scores.inside or 0.0)
        + _ANSWERS * (scores.answers or 0.0)
        + _MARGIN * (_NO_MARGIN if margin is None else max(_NO_MARGIN, margin))
        + _PASSAGE * (candidate.sentence.text.window.passage.score - best_score)
    )


def quote_of(proposal: Proposal, value: float) -> Quote:
    """Return a proposal as a quote with a score."""
    return Quote(
        proposal.text.article,
        proposal.span,
        proposal.sentence,
        proposal.paragraph.number,
        value,
        proposal.scores,
    )
