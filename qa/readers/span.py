"""The trained reader, which proposes the exact words that answer.

Each passage is read in overlapping windows. A span's score is the network's score of its first and
last token less that of "no answer here" in the same window. These are log odds, so spans of
different passages compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.embedding.batching import cheapest_batches
from index.segmentation.lexicon import STOP_WORDS
from index.segmentation.sentences import sentences
from index.types import Article, Kind, Paragraph, Span
from qa.answer import Passage, Quote, QuoteScores
from qa.judging.confidence import SpanConfidence
from qa.language.boundaries import snap
from qa.language.question_type import (
    AnswerType,
    answer_type,
    is_list_question,
    is_question_phrase,
    matches_type,
)
from qa.language.words import words
from qa.readers.base import Reader
from qa.readers.span_model import Scores, SpanModel, TokenRow

MAX_ANSWER_TOKENS = 32
"""The longest span proposed; 98% of the training answers are shorter than half of it."""

_LENGTH = 0.05
"""The cost of each further token: start and end are scored separately, which favours long spans.
Chosen on held-out questions (docs/experiments)."""

_MAX_MARGIN = 8.0
"""The largest absolute log odds that reorder the two best quotes."""

_LISTED = 2.5
"""How much lower the score of a longer span may be that adds the other items of a list to the best
words, where a question asks for several things. Chosen on held-out questions
(docs/experiments)."""

_STEP = 0.5  # from one window to the next, as a share of a window
_EDGES = 12  # the best first and last tokens of a window that are combined
_SPANS, _LIST_SPANS = 6, 60  # proposed for each window, for a list question
_QUOTES = 24  # returned at most
_WHOLE_PARAGRAPHS = 4_000  # characters up to which a passage's paragraphs are read whole
_LISTS = re.compile(r",|&|\b(?:and|or)\b")
_ENDS = re.compile(r"[.;:?!]\s")
_ANSWERING = (Kind.BODY, Kind.CAPTION)


@dataclass(frozen=True, slots=True)
class SpanReaderSettings:
    """Settings of the span reader; the weights were chosen on held-out questions.

    `passages` (1 or more) is how many are read, not counting those with headings only. `found`
    (0 or more) weighs a passage's own score, as its distance below the best of the search. `alone`
    (0 or more) weighs, between the two best spans, their margins when only their sentence is read.
    `wrong_type` (0 or more) is subtracted from a span without the number, date or name that the
    question asks for.
    """

    passages: int = 5
    found: float = 5.0
    wrong_type: float = 3.0
    alone: float = 0.5


@dataclass(frozen=True, slots=True)
class _Window:
    passage: int
    span: Span
    row: TokenRow


@dataclass(slots=True)
class _Proposal:
    passage: int
    span: Span
    paragraph: Paragraph
    score: float
    margin: float


class SpanReader(Reader):
    """Proposes spans of the passages with a trained network. Safe to use from several threads."""

    def __init__(self, model: SpanModel, settings: SpanReaderSettings | None = None) -> None:
        self.model = model
        self.settings = settings or SpanReaderSettings()
        self.name = model.name

    def passages_read(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the first passages, without those that have headings only."""
        return [passage for passage in passages if _is_readable(passage)][: self.settings.passages]

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Return the best spans, best first, none overlapping a better one.

        Scores are log odds against "no answer here", roughly -20..20, adjusted by the passage's
        own score and, for the first two, by what their sentences score alone. Spans never cross a
        paragraph, nor end inside a word, a number, or a pair of quotation marks or brackets.
        """
        passages = self.passages_read(passages)
        windows = [
            _Window(number, span, self.model.row(question, passage.article.metadata.title, text))
            for number, passage in enumerate(passages)
            for span in self._windows(passage)
            if (text := span.of(passage.article.text)).strip()
        ]
        scores: dict[int, Scores] = {}
        for batch in cheapest_batches([len(window.row.ids) for window in windows]):
            batch_scores = self.model.scores([windows[at].row for at in batch])
            scores.update(zip(batch, batch_scores, strict=True))
        best = max((passage.score for passage in passages), default=0.0)
        limit = _LIST_SPANS if is_list_question(question) else _SPANS
        proposals = [
            proposal
            for at, window in enumerate(windows)
            for proposal in self._proposals(window, scores[at], passages, best, limit)
        ]
        return self._reorder_first_two(question, self._quotes(question, proposals, passages))

    def confidence(self, unanswerable: float | None = None) -> SpanConfidence:
        """Return the confidence, calibrated for the shipped model only."""
        return SpanConfidence(self.name, unanswerable=unanswerable)

    def complete(self, question: str, quote: Quote) -> Quote:
        """Return the quote with `margin_alone`, read now unless it is known."""
        if quote.scores.margin_alone is not None:
            return quote
        return self._read_alone(question, [quote])[0]

    def _read_alone(self, question: str, quotes: Sequence[Quote]) -> list[Quote]:
        """Return the quotes with `margin_alone`, their margin when only their sentence is read.

        Words that answer do so without their neighbours; similar words often depend on them. A
        sentence longer than a window keeps the margin it has.
        """
        rows = [
            self.model.row(question, quote.article.metadata.title, quote.sentence_text)
            for quote in quotes
        ]
        short = [at for at, row in enumerate(rows) if len(row.offsets) <= self.model.window]
        short_scores = self.model.scores([rows[at] for at in short]) if short else []
        margins = [quote.scores.margin for quote in quotes]
        for at, scores in zip(short, short_scores, strict=True):
            margin = _margin(quotes[at], rows[at], scores)
            margins[at] = margins[at] if margin is None else margin
        return [
            replace(quote, scores=replace(quote.scores, margin_alone=margin))
            for quote, margin in zip(quotes, margins, strict=True)
        ]

    def _reorder_first_two(self, question: str, quotes: list[Quote]) -> list[Quote]:
        """Read the sentences of the first two quotes alone and sort again."""
        first = self._read_alone(question, quotes[:2])
        margins = [
            max(-_MAX_MARGIN, min(_MAX_MARGIN, quote.scores.margin_alone or 0.0)) for quote in first
        ]
        # The worse one is lowered, so that no third quote comes before both.
        lowered = [
            replace(quote, score=quote.score - self.settings.alone * (max(margins) - margin))
            for quote, margin in zip(first, margins, strict=True)
        ]
        return sorted([*lowered, *quotes[2:]], key=lambda quote: -quote.score)

    def _windows(self, passage: Passage) -> Iterator[Span]:
        """Yield overlapping spans of a passage, each short enough for the network."""
        text = passage.article.text
        whole = _span_to_read(passage)
        tokens = [
            Span(whole.start + start, whole.start + end)
            for start, end in self.model.offsets(whole.of(text))
            if start < end
        ]
        # Windows begin between words, so that no word is read as its second half.
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

    def _proposals(
        self,
        window: _Window,
        scores: Scores,
        passages: Sequence[Passage],
        best: float,
        limit: int,
    ) -> list[_Proposal]:
        """Return the best spans of a window, best first, at most `limit`."""
        passage = passages[window.passage]
        row = window.row
        null = float(scores[0].sum())
        starts, ends = scores[row.first : row.last, 0], scores[row.first : row.last, 1]
        if not len(starts):
            return []
        offset = self.settings.found * (passage.score - best)
        tokens = [Span(window.span.start + s, window.span.start + e) for s, e in row.offsets]
        paragraphs = [_answering_paragraph(passage, token) for token in tokens]
        first = np.argsort(-starts, kind="stable")[:_EDGES]
        last = np.argsort(-ends, kind="stable")[:_EDGES]
        pairs = [
            (float(starts[i] + ends[j]) - _LENGTH * float(j - i), int(i), int(j))
            for i in first
            for j in last
            if i <= j < i + MAX_ANSWER_TOKENS
            and paragraphs[i] is not None
            and paragraphs[i] == paragraphs[j]
        ]
        return [
            _Proposal(
                window.passage,
                Span(tokens[i].start, tokens[j].end),
                paragraph,
                score - null + offset,
                float(starts[i] + ends[j]) - null,
            )
            for score, i, j in sorted(pairs, reverse=True)[:limit]
            if (paragraph := paragraphs[i]) is not None
        ]

    def _quotes(
        self, question: str, proposals: list[_Proposal], passages: Sequence[Passage]
    ) -> list[Quote]:
        """Return the quotes of the best proposals, best first, without overlaps."""
        expected = answer_type(question)
        if expected in (AnswerType.NUMBER, AnswerType.DATE, AnswerType.TIME):
            proposals = self._with_right_type(question, proposals, passages, expected)
        quotes: list[Quote] = []
        is_list = is_list_question(question)
        for proposal in sorted(proposals, key=lambda p: (-p.score, p.passage, p.span)):
            article = passages[proposal.passage].article
            proposed = _whole_list(article, proposal, proposals) if is_list else proposal.span
            span = snap(article.text, proposed, proposal.paragraph.span)
            if (
                span is None
                or is_question_phrase(span.of(article.text))
                or any(q.article.id == article.id and q.span.overlaps(span) for q in quotes)
            ):
                continue
            quotes.append(
                Quote(
                    article,
                    span,
                    _sentence(article, proposal.paragraph, span),
                    proposal.paragraph.number,
                    proposal.score,
                    QuoteScores(margin=proposal.margin, passage_rank=proposal.passage),
                )
            )
            if len(quotes) == _QUOTES:
                break
        if expected in (AnswerType.PERSON, AnswerType.PLACE):
            # Not earlier: of two overlapping spans, a longer one would win by a later name.
            quotes = [
                quote
                if matches_type(quote.text, expected)
                else replace(quote, score=quote.score - self.settings.wrong_type)
                for quote in quotes
            ]
            quotes.sort(key=lambda quote: -quote.score)
        return quotes

    def _with_right_type(
        self,
        question: str,
        proposals: Sequence[_Proposal],
        passages: Sequence[Passage],
        expected: AnswerType,
    ) -> list[_Proposal]:
        """Lower the score of proposals of a wrong type; drop those that repeat a question."""
        question_words = {*words(question), *STOP_WORDS}
        chosen = []
        for proposal in proposals:
            article = passages[proposal.passage].article
            text = proposal.span.of(article.text)
            if not matches_type(text, expected):
                # "How many", quoted from an article that asks the same, is not an answer.
                if question_words.issuperset(words(text)) or _is_in_question(article, proposal):
                    continue
                proposal.score -= self.settings.wrong_type
            chosen.append(proposal)
        return chosen


def _whole_list(article: Article, best: _Proposal, proposals: Sequence[_Proposal]) -> Span:
    """Return the longest span, not much worse, that adds the other items of a list."""

    def adds_items(span: Span) -> bool:
        before = Span(span.start, best.span.start).of(article.text)
        added = f"{before} | {Span(best.span.end, span.end).of(article.text)}"
        return bool(_LISTS.search(added)) and not _ENDS.search(added)

    longer = [
        other.span
        for other in proposals
        if other.passage == best.passage
        and other.paragraph is best.paragraph
        and other.score >= best.score - _LISTED
        and other.span.contains(best.span)
        and adds_items(other.span)
    ]
    return max([best.span, *longer], key=lambda span: (len(span), -span.start))


def _margin(quote: Quote, row: TokenRow, scores: Scores) -> float | None:
    """Return the quote's log odds in the scores of its sentence, None without a token."""
    tokens = [
        at
        for at, (start, end) in enumerate(row.offsets)
        if start + quote.sentence.start < quote.span.end
        and end + quote.sentence.start > quote.span.start
    ]
    if not tokens:
        return None
    starts, ends = scores[row.first : row.last, 0], scores[row.first : row.last, 1]
    return float(starts[tokens[0]] + ends[tokens[-1]]) - float(scores[0].sum())


def _is_in_question(article: Article, proposal: _Proposal) -> bool:
    """Whether the sentence that a span begins in is itself a question."""
    start = Span(proposal.span.start, proposal.span.start + 1)
    sentence = _sentence(article, proposal.paragraph, start).of(article.text)
    return sentence.rstrip("\"'”’)] \n").endswith("?")


def _is_readable(passage: Passage) -> bool:
    """Whether a passage has more than headings, which name things and state nothing."""
    return any(passage.article.paragraphs[n - 1].kind in _ANSWERING for n in passage.paragraphs)


def _span_to_read(passage: Passage) -> Span:
    """Return the span of the passage's whole paragraphs, or its own where that is too long."""
    paragraphs = [passage.article.paragraphs[n - 1] for n in sorted(passage.paragraphs)]
    whole = Span(
        min([passage.span.start, *(p.span.start for p in paragraphs)]),
        max([passage.span.end, *(p.span.end for p in paragraphs)]),
    )
    return whole if len(whole) <= max(_WHOLE_PARAGRAPHS, len(passage.span)) else passage.span


def _answering_paragraph(passage: Passage, token: Span) -> Paragraph | None:
    """Return the passage's paragraph around a token, None for one that cannot answer."""
    paragraph = passage.article.paragraph_at(token.start)
    if (
        paragraph is None
        or paragraph.kind not in _ANSWERING
        or paragraph.number not in passage.paragraphs
        or not paragraph.span.contains(token)
    ):
        return None
    return paragraph


def _sentence(article: Article, paragraph: Paragraph, span: Span) -> Span:
    """Return the sentence around a span, or the run of sentences it overlaps."""
    touched = [s for s in sentences(article.text, paragraph.span) if s.overlaps(span)]
    return Span(
        min([span.start, *(s.start for s in touched)]), max([span.end, *(s.end for s in touched)])
    )
