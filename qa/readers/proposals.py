"""Propose answers in a text that a network has scored: sentences, and a few words in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.segmentation.lexicon import STOP_WORDS
from index.segmentation.punctuation import QUESTION_END
from index.segmentation.sentences import sentences
from index.types import Article, Paragraph, Span
from qa.answer import QuoteScores
from qa.language.boundaries import snap
from qa.language.measures import gives_measure
from qa.language.quantities import with_unit
from qa.language.question_type import (
    AnswerType,
    answer_type,
    is_list_question,
    is_question_phrase,
    matches_type,
)
from qa.language.words import words
from qa.readers.span_model import RowScores, TokenRow
from qa.readers.windows import ReadingWindow

MAX_ANSWER_TOKENS = 32
"""The longest proposal of a few words; 98% of the training answers are shorter than half of it."""

MAX_SENTENCES = 4
"""The longest proposal of whole sentences."""

_LENGTH = 0.05
"""The cost of each further token: start and end are scored separately, which favours long spans.
Chosen on held-out questions (docs/experiments/reader.md)."""

_LISTED = 2.5
"""How much lower the score of a longer span may be that adds the other items of a list to the best
words, where a question asks for several things. Chosen on held-out questions
(docs/experiments/reader.md)."""

_EDGES = 12  # the best first and last tokens of a text that are combined
_SPANS, _RUNS = 3, 3  # proposed for each text
_LISTS = re.compile(r",|&|\b(?:and|or)\b")
_ENDS = re.compile(r"[.;:?!]\s")


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A part of a window that the network has scored: `span` of the article, its tokens, scores."""

    window: ReadingWindow
    span: Span
    row: TokenRow
    scores: RowScores

    @property
    def article(self) -> Article:
        """The article it is part of."""
        return self.window.article

    def token_span(self, position: int) -> Span:
        """Return the span, in the article, of the token at a position of the row."""
        start, end = self.row.offsets[position - self.row.first]
        return Span(self.span.start + start, self.span.start + end)

    def tokens_of(self, span: Span) -> tuple[int, int] | None:
        """Return the positions, last exclusive, of the tokens that overlap a span."""
        inside = [
            at
            for at, (start, end) in enumerate(self.row.offsets, start=self.row.first)
            if self.span.start + start < span.end and span.start < self.span.start + end
        ]
        return (inside[0], inside[-1] + 1) if inside else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Words that may answer: `span`, in its `sentence` or run of sentences, in a `paragraph`."""

    text: ScoredText
    span: Span
    sentence: Span
    paragraph: Paragraph
    scores: QuoteScores

    @property
    def words(self) -> str:
        """The proposed words."""
        return self.span.of(self.text.article.text)


def proposals(question: str, text: ScoredText) -> list[Proposal]:
    """Return the proposals of a text: a few words, best first, then whole sentences, best first.

    Spans are inside one paragraph. Those of a few words do not overlap each other, nor end inside
    a word, a number or a pair of quotation marks or brackets; whole sentences do not overlap
    each other.
    """
    answering = _answering_paragraphs(text)
    if not answering:
        return []
    found = {p.number: sentences(text.article.text, p.span) for p in answering}
    inside = [
        _Sentence(paragraph, span, _mean_inside(text, span))
        for paragraph in answering
        for span in found[paragraph.number]
        if span.overlaps(text.span)
    ]
    few = _few_words(question, text, answering, inside)
    return few + (_whole_sentences(text, inside, few) if text.scores.inside is not None else [])


@dataclass(frozen=True, slots=True)
class _Sentence:
    paragraph: Paragraph
    span: Span
    inside: float


def _answering_paragraphs(text: ScoredText) -> list[Paragraph]:
    """Return the paragraphs of a text that can answer, which headings cannot."""
    paragraphs = [text.article.paragraphs[number - 1] for number in text.window.paragraphs]
    return [p for p in paragraphs if p.kind.is_quotable and p.span.overlaps(text.span)]


def _mean_inside(text: ScoredText, span: Span) -> float:
    """Return the mean log odds of a sentence's tokens being part of the full answer."""
    tokens = text.tokens_of(span)
    if text.scores.inside is None or tokens is None:
        return 0.0
    return float(text.scores.inside[tokens[0] : tokens[1]].mean())


def _few_words(
    question: str,
    text: ScoredText,
    answering: Sequence[Paragraph],
    inside: Sequence[_Sentence],
) -> list[Proposal]:
    row, edges, article = text.row, text.scores.edges, text.article
    null = float(edges[0].sum())
    starts, ends = edges[row.first : row.last, 0], edges[row.first : row.last, 1]
    if not len(starts):
        return []
    tokens = [text.token_span(at) for at in range(row.first, row.last)]
    paragraph_of = [
        next((p for p in answering if p.span.contains(token)), None) for token in tokens
    ]
    first = np.argsort(-starts, kind="stable")[:_EDGES]
    last = np.argsort(-ends, kind="stable")[:_EDGES]
    pairs = sorted(
        (
            (float(starts[i] + ends[j]) - _LENGTH * float(j - i), int(i), int(j))
            for i in first
            for j in last
            if i <= j < i + MAX_ANSWER_TOKENS
            and paragraph_of[i] is not None
            and paragraph_of[i] == paragraph_of[j]
        ),
        reverse=True,
    )
    expected = answer_type(question)
    question_words = {*words(question), *STOP_WORDS}
    longer = (
        [(s, Span(tokens[a].start, tokens[b].end)) for s, a, b in pairs]
        if is_list_question(question)
        else []
    )
    found: list[Proposal] = []
    for score, i, j in pairs:
        paragraph = paragraph_of[i]
        assert paragraph is not None
        span = Span(tokens[i].start, tokens[j].end)
        if any(other.span.overlaps(span) for other in found):
            continue
        if longer:
            span = _whole_list(article, paragraph, span, score, longer)
        snapped = snap(article.text, span, paragraph.span)
        if (
            snapped is None
            or is_question_phrase(snapped.of(article.text))
            or any(other.span.overlaps(snapped) for other in found)
        ):
            continue
        around = [s for s in inside if s.paragraph is paragraph and s.span.overlaps(snapped)]
        sentence = Span(
            min([snapped.start, *(s.span.start for s in around)]),
            max([snapped.end, *(s.span.end for s in around)]),
        )
        has_type = matches_type(snapped.of(article.text), expected) and gives_measure(
            question, with_unit(article.text, snapped)
        )
        # "How many", quoted from an article that asks the same, is not an answer.
        if (
            not has_type
            and expected in (AnswerType.NUMBER, AnswerType.DATE, AnswerType.TIME)
            and (
                question_words.issuperset(words(snapped.of(article.text)))
                or QUESTION_END.search(sentence.of(article.text))
            )
        ):
            continue
        scores = QuoteScores(
            margin=float(starts[i] + ends[j]) - null,
            inside=max((s.inside for s in around), default=None)
            if text.scores.inside is not None
            else None,
            answers=text.scores.answers,
            few_words=text.scores.few_words,
            has_type=has_type,
            passage_rank=text.window.rank,
        )
        found.append(Proposal(text, snapped, sentence, paragraph, scores))
        if len(found) == _SPANS:
            break
    return found


def _whole_sentences(
    text: ScoredText, inside: Sequence[_Sentence], few: Sequence[Proposal]
) -> list[Proposal]:
    """Return the best sentences, each with its neighbours that likely belong to the answer.

    The sentence of the best few words is among them.
    """
    found: list[Proposal] = []
    first = [s for s in inside if few and s.span.overlaps(few[0].span)][:1]
    for best in [*first, *sorted(inside, key=lambda s: -s.inside)]:
        is_taken = any(other.span.overlaps(best.span) for other in found)
        if is_taken or QUESTION_END.search(best.span.of(text.article.text)):
            continue
        at = inside.index(best)
        low = high = at
        while high - low + 1 < MAX_SENTENCES:
            around = [
                n
                for n in (low - 1, high + 1)
                if 0 <= n < len(inside)
                and inside[n].paragraph is best.paragraph
                and inside[n].inside > 0.0
                and not any(other.span.overlaps(inside[n].span) for other in found)
            ]
            if not around:
                break
            chosen = max(around, key=lambda n: inside[n].inside)
            low, high = min(low, chosen), max(high, chosen)
        span = Span(inside[low].span.start, inside[high].span.end)
        scores = QuoteScores(
            inside=sum(s.inside for s in inside[low : high + 1]) / (high - low + 1),
            answers=text.scores.answers,
            few_words=text.scores.few_words,
            passage_rank=text.window.rank,
        )
        found.append(Proposal(text, span, span, best.paragraph, scores))
        if len(found) == _RUNS:
            break
    return found


def _whole_list(
    article: Article,
    paragraph: Paragraph,
    best: Span,
    score: float,
    others: Sequence[tuple[float, Span]],
) -> Span:
    """Return the longest span, not much worse, that adds the other items of a list."""

    def adds_items(span: Span) -> bool:
        before = Span(span.start, best.start).of(article.text)
        added = f"{before} | {Span(best.end, span.end).of(article.text)}"
        return bool(_LISTS.search(added)) and not _ENDS.search(added)

    longer = [
        span
        for other_score, span in others
        if other_score >= score - _LISTED
        and span.contains(best)
        and paragraph.span.contains(span)
        and adds_items(span)
    ]
    return max([best, *longer], key=lambda span: (len(span), -span.start))
