"""The trained reader, which proposes the words that answer: a few of them, or whole sentences.

It reads windows around the best passages and proposes answers from the scores of their tokens.
Then it looks at the best proposals again, each marked in its context, and ranks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.embedding.batching import cheapest_batches
from index.types import Kind, Span
from qa.answer import Passage, Quote
from qa.judging.confidence import SpanConfidence
from qa.readers.base import Reader
from qa.readers.proposals import Proposal, ScoredText, proposals
from qa.readers.ranking import features, score
from qa.readers.span_model import RowScores, SpanModel, TokenRow, candidate_row
from qa.readers.windows import WINDOWS, ReadingWindow, reading_windows, section_title

_STEP = 0.5  # from one part of a long window to the next, as a share of a part
_QUOTES = 24  # returned at most

_WITHOUT_CHECK = {"margin": 1.0, "below_best": 5.0, "wrong_type": -3.0}
"""How proposals are ranked before, or without, a second look. Chosen on held-out questions
(docs/experiments)."""


@dataclass(frozen=True, slots=True)
class SpanReaderSettings:
    """Settings of the span reader.

    `windows` (1 or more) is how many windows are read. `few_words` and `sentences` (0 or more)
    are how many proposals of either kind get a second look.
    """

    windows: int = WINDOWS
    few_words: int = 8
    sentences: int = 6


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
        found = self.proposals(question, passages)
        best_score = max((passage.score for passage in passages), default=0.0)
        weights = self.model.ranking if self.model.checks_candidates else _WITHOUT_CHECK
        # Those without a second look follow the others.
        ranked = sorted(
            ((score(features(p, best_score), weights), p) for p in found),
            key=lambda pair: (pair[1].scores.is_right is None, -pair[0]),
        )
        quotes: list[Quote] = []
        lowest = 0.0
        for value, proposal in ranked:
            lowest = min(lowest, value) if quotes else value
            quote = quote_of(proposal, lowest)
            if not any(
                q.article.id == quote.article.id and q.span.overlaps(quote.span) for q in quotes
            ):
                quotes.append(quote)
            if len(quotes) == _QUOTES:
                break
        return quotes

    def proposals(self, question: str, passages: Sequence[Passage]) -> list[Proposal]:
        """Return every proposal, the best of them with `scores.is_right`."""
        texts = self._scored(question, self._reading_windows(passages))
        found = [proposal for text in texts for proposal in proposals(question, text)]
        if not self.model.checks_candidates:
            return found
        best_score = max((passage.score for passage in passages), default=0.0)

        def prior(proposal: Proposal) -> float:
            values = features(proposal, best_score)
            if proposal.scores.margin is None:
                return values["inside"] + 0.5 * values["answers"] + 2.0 * values["below_best"]
            return score(values, _WITHOUT_CHECK)

        few = [p for p in found if p.scores.margin is not None]
        whole = [p for p in found if p.scores.margin is None]
        checked = [
            *sorted(few, key=lambda p: -prior(p))[: self.settings.few_words],
            *sorted(whole, key=lambda p: -prior(p))[: self.settings.sentences],
        ]
        chosen = {id(p) for p in checked}
        return [*self._checked(checked), *(p for p in found if id(p) not in chosen)]

    def confidence(self, unanswerable: float | None = None) -> SpanConfidence:
        """Return the confidence, calibrated for the shipped model only."""
        return SpanConfidence(self.name, unanswerable=unanswerable)

    def complete(self, question: str, quote: Quote) -> Quote:
        """Return the quote with `is_right`, looked at now unless it was before."""
        if quote.scores.is_right is not None or not self.model.checks_candidates:
            return quote
        paragraph = quote.article.paragraphs[quote.paragraph - 1]
        passage = Passage(quote.article, quote.sentence, (paragraph.number,), 0, 0.0)
        for text in self._scored(question, reading_windows([passage], 1)):
            if text.span.contains(quote.sentence):
                proposal = Proposal(text, quote.span, quote.sentence, paragraph, quote.scores)
                return replace(quote, scores=self._checked([proposal])[0].scores)
        return quote

    def _reading_windows(self, passages: Sequence[Passage]) -> list[ReadingWindow]:
        readable = [passage for passage in passages if _is_readable(passage)]
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


def _is_readable(passage: Passage) -> bool:
    """Whether a passage has more than headings, which name things and state nothing."""
    kinds = [passage.article.paragraphs[n - 1].kind for n in passage.paragraphs]
    return any(kind in (Kind.BODY, Kind.CAPTION) for kind in kinds)
