"""The trained reader: reads passages token by token and proposes the answering words.

Each passage is read in overlapping windows. A span's score is what the network gives its
first and last token less what it gives "no answer here" in the same window: log odds, so
that spans of different passages compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index.embedding.batching import cheapest_batches
from index.segmentation.lexicon import STOP_WORDS
from index.segmentation.sentences import sentences
from index.types import Article, Kind, Paragraph, Span
from qa.answer import Passage, Quote
from qa.language.question_type import (
    AnswerType,
    answer_type,
    is_list_question,
    is_question_phrase,
    matches_type,
)
from qa.language.words import words
from qa.readers.boundaries import snap
from qa.readers.span_model import Scores, SpanModel, TokenRow

MAX_ANSWER_TOKENS = 32
"""Longer spans are not proposed; 98 % of the training answers are shorter than half of it."""

_LENGTH = 0.05
"""What each further token costs a span: start and end are scored apart, which favours long
spans. Chosen on held-out questions (training/README.md)."""

_FAR = 8.0
"""Log odds beyond which nothing more is made of them."""

_LISTED = 2.5
"""How much less log odds a longer span may have that takes in what is listed beside the best
words, where a question asks for several things. Chosen on held-out questions
(training/README.md)."""

_STEP = 0.5
_EDGES = 12
_PROPOSED, _PROPOSED_OF_SEVERAL = 6, 60
_RETURNED = 24
_READ_WHOLE = 4_000
_LISTS = re.compile(r",|&|\b(?:and|or)\b")
_ENDS = re.compile(r"[.;:?!]\s")
_ANSWERING = (Kind.BODY, Kind.CAPTION)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the reader reads.

    `passages` (1 or more) is how many of those found are read, headings alone not counted.
    `found` weighs a passage's own score, as its distance below the best of the search, against
    the network's.
    `alone` (0 or more) weighs, between the two best spans, what their sentences say when read
    by themselves: chosen on held-out questions (training/README.md).
    `wrong_type` (0 or more) is taken off a span that holds no number, date or name where the
    question asks for one: chosen on held-out questions (training/README.md).
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
    features: Mapping[str, float] = field(default_factory=dict)


class SpanReader:
    """Proposes spans of the passages with a trained network. Safe for several threads."""

    def __init__(self, model: SpanModel, settings: Settings | None = None) -> None:
        self.model = model
        self.settings = settings or Settings()
        self.name = model.name

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """The best spans of the first passages, best first, none overlapping a better one.

        Scores are log odds against "no answer here", roughly -20..20, with the passage's own
        score weighed in, and for the first two what their sentences say alone. Spans never
        cross a paragraph, nor end inside a word, a number or half of a quotation or bracket pair.
        """
        read = self.looked_at(passages)
        windows = [
            _Window(number, span, self.model.row(question, _title(passage.article), text))
            for number, passage in enumerate(read)
            for span in self._windows(passage)
            if (text := span.of(passage.article.text)).strip()
        ]
        scores: dict[int, Scores] = {}
        for batch in cheapest_batches([len(window.row.ids) for window in windows]):
            made = self.model.scores([windows[at].row for at in batch])
            scores.update(zip(batch, made, strict=True))
        best = max((passage.score for passage in read), default=0.0)
        most = _PROPOSED_OF_SEVERAL if is_list_question(question) else _PROPOSED
        proposals = [
            proposal
            for at, window in enumerate(windows)
            for proposal in self._proposals(window, scores[at], read, best, most)
        ]
        return self._best_two(question, self._quotes(question, proposals, read))

    def looked_at(self, passages: Sequence[Passage]) -> list[Passage]:
        """Those of the passages, best first, that are read."""
        return [passage for passage in passages if _readable(passage)][: self.settings.passages]

    def reread(self, question: str, quotes: Sequence[Quote]) -> list[Quote]:
        """The quotes with `margin_alone` among their features: their words' log odds against
        "no answer here" when their sentence is read by itself.

        What answers does so without its neighbours; a look-alike often leans on them.
        A sentence longer than a window keeps the log odds it had.
        """
        rows = [
            self.model.row(question, _title(quote.article), quote.sentence.of(quote.article.text))
            for quote in quotes
        ]
        short = [at for at, row in enumerate(rows) if len(row.offsets) <= self.model.window]
        made = self.model.scores([rows[at] for at in short]) if short else []
        scores = dict(zip(short, made, strict=True))
        return [
            replace(
                quote,
                features={
                    **quote.features,
                    "margin_alone": _margin(quote, rows[at], scores[at])
                    if at in scores
                    else quote.features["margin_null"],
                },
            )
            for at, quote in enumerate(quotes)
        ]

    def _best_two(self, question: str, quotes: list[Quote]) -> list[Quote]:
        """The quotes with the first two read again, and in the order that this gives them."""
        first = self.reread(question, quotes[:2])
        alone = [max(-_FAR, min(_FAR, quote.features["margin_alone"])) for quote in first]
        # Taken off the worse one, so that no third quote comes before both.
        lowered = [
            replace(quote, score=quote.score - self.settings.alone * (max(alone) - one))
            for quote, one in zip(first, alone, strict=True)
        ]
        return sorted([*lowered, *quotes[2:]], key=lambda quote: -quote.score)

    def _windows(self, passage: Passage) -> Iterator[Span]:
        """Overlapping stretches of a passage, each short enough for the network."""
        text = passage.article.text
        for stretch in _stretches(passage):
            offsets = [
                Span(stretch.start + start, stretch.start + end)
                for start, end in self.model.offsets(stretch.of(text))
                if start < end
            ]
            # Windows begin between words, so that no word is read as its second half.
            begins = [
                at
                for at, token in enumerate(offsets)
                if at == 0 or token.start > offsets[at - 1].end or not text[token.start].isalnum()
            ]
            first = 0
            while offsets:
                last = min(len(offsets), first + self.model.window)
                yield Span(offsets[first].start, offsets[last - 1].end)
                if last == len(offsets):
                    break
                wanted = first + max(1, int(self.model.window * _STEP))
                later = [at for at in begins if first < at <= wanted]
                first = later[-1] if later else wanted

    def _proposals(
        self,
        window: _Window,
        scores: Scores,
        passages: Sequence[Passage],
        best: float,
        most: int,
    ) -> list[_Proposal]:
        """The spans of a window, best first, `most` of them."""
        passage = passages[window.passage]
        row = window.row
        null = float(scores[0].sum())
        starts, ends = scores[row.first : row.last, 0], scores[row.first : row.last, 1]
        if not len(starts):
            return []
        found = self.settings.found * (passage.score - best)
        places = [Span(window.span.start + s, window.span.start + e) for s, e in row.offsets]
        owners = [_paragraph(passage, place) for place in places]
        first = np.argsort(-starts, kind="stable")[:_EDGES]
        last = np.argsort(-ends, kind="stable")[:_EDGES]
        pairs = [
            (float(starts[i] + ends[j]) - _LENGTH * float(j - i), int(i), int(j))
            for i in first
            for j in last
            if i <= j < i + MAX_ANSWER_TOKENS and owners[i] is not None and owners[i] == owners[j]
        ]
        return [
            _Proposal(
                window.passage,
                Span(places[i].start, places[j].end),
                owner,
                worth - null + found,
                {
                    "margin_null": float(starts[i] + ends[j]) - null,
                    "start": float(starts[i]),
                    "end": float(ends[j]),
                    "null": null,
                    "passage_rank": float(window.passage),
                },
            )
            for worth, i, j in sorted(pairs, reverse=True)[:most]
            if (owner := owners[i]) is not None
        ]

    def _quotes(
        self, question: str, proposals: list[_Proposal], passages: Sequence[Passage]
    ) -> list[Quote]:
        expected = answer_type(question)
        if expected in (AnswerType.NUMBER, AnswerType.DATE, AnswerType.TIME):
            asked = {*words(question), *STOP_WORDS}
            kept = []
            for proposal in proposals:
                article = passages[proposal.passage].article
                text = proposal.span.of(article.text)
                if not matches_type(text, expected):
                    # "How many", quoted back from an article that asks the same, is no answer.
                    if asked.issuperset(words(text)) or _is_question(article, proposal):
                        continue
                    proposal.score -= self.settings.wrong_type
                kept.append(proposal)
            proposals = kept
        quotes: list[Quote] = []
        several = is_list_question(question)
        for proposal in sorted(proposals, key=lambda p: (-p.score, p.passage, p.span)):
            article = passages[proposal.passage].article
            wanted = _whole_list(article, proposal, proposals) if several else proposal.span
            span = snap(article.text, wanted, proposal.paragraph.span)
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
                    proposal.features,
                )
            )
            if len(quotes) == _RETURNED:
                break
        if expected in (AnswerType.PERSON, AnswerType.PLACE):
            # Not before: of two spans that overlap, the longer one would win by a name further on.
            quotes = [
                quote
                if matches_type(quote.text, expected)
                else replace(quote, score=quote.score - self.settings.wrong_type)
                for quote in quotes
            ]
            quotes.sort(key=lambda quote: -quote.score)
        return quotes


def _whole_list(article: Article, best: _Proposal, proposals: Sequence[_Proposal]) -> Span:
    """The longest span, not much worse, that takes in what is listed beside the best words."""

    def lists(span: Span) -> bool:
        before = Span(span.start, best.span.start).of(article.text)
        added = f"{before} | {Span(best.span.end, span.end).of(article.text)}"
        return bool(_LISTS.search(added)) and not _ENDS.search(added)

    longer = [
        other.span
        for other in proposals
        if other.passage == best.passage
        and other.paragraph is best.paragraph
        and other.score >= best.score - _LISTED
        and other.span.holds(best.span)
        and lists(other.span)
    ]
    return max([best.span, *longer], key=lambda span: (len(span), -span.start))


def _margin(quote: Quote, row: TokenRow, scores: Scores) -> float:
    """The log odds of a quote's words in the scores of its sentence."""
    inside = [
        at
        for at, (start, end) in enumerate(row.offsets)
        if start + quote.sentence.start < quote.span.end
        and end + quote.sentence.start > quote.span.start
    ]
    if not inside:
        return float(quote.features["margin_null"])
    starts, ends = scores[row.first : row.last, 0], scores[row.first : row.last, 1]
    return float(starts[inside[0]] + ends[inside[-1]]) - float(scores[0].sum())


def _is_question(article: Article, proposal: _Proposal) -> bool:
    """Whether the sentence that a span begins in is itself a question."""
    begins = Span(proposal.span.start, proposal.span.start + 1)
    asked = _sentence(article, proposal.paragraph, begins).of(article.text)
    return asked.rstrip("\"'”’)] \n").endswith("?")


def _title(article: Article) -> str:
    return article.metadata.title


def _readable(passage: Passage) -> bool:
    """Whether a passage holds more than headings, which name things and say nothing of them."""
    return any(passage.article.paragraphs[n - 1].kind in _ANSWERING for n in passage.paragraphs)


def _stretches(passage: Passage) -> list[Span]:
    """What of a passage is read: its paragraphs whole, unless they are overlong."""
    paragraphs = [passage.article.paragraphs[n - 1] for n in sorted(passage.paragraphs)]
    wide = Span(
        min([passage.span.start, *(p.span.start for p in paragraphs)]),
        max([passage.span.end, *(p.span.end for p in paragraphs)]),
    )
    return [wide if len(wide) <= max(_READ_WHOLE, len(passage.span)) else passage.span]


def _paragraph(passage: Passage, place: Span) -> Paragraph | None:
    """The paragraph of a passage that may answer and holds `place` whole."""
    paragraph = passage.article.paragraph_at(place.start)
    if (
        paragraph is None
        or paragraph.kind not in _ANSWERING
        or paragraph.number not in passage.paragraphs
        or not paragraph.span.holds(place)
    ):
        return None
    return paragraph


def _sentence(article: Article, paragraph: Paragraph, span: Span) -> Span:
    """The sentence around a span, or the run of sentences it reaches into."""
    touched = [s for s in sentences(article.text, paragraph.span) if s.overlaps(span)]
    return Span(
        min([span.start, *(s.start for s in touched)]), max([span.end, *(s.end for s in touched)])
    )
