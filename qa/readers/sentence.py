"""An untrained reader that answers with whole sentences.

A sentence's score is a weighted sum of its cosine with the question, the share of the question's
words in it, whether it has the type of thing asked for, and the cosine of its passage. The weights
were set by hand; on held-out questions no others near them do clearly better
(docs/experiments/reader.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from index.embedding.encoder import Encoder
from index.errors import SettingError
from index.segmentation.sentences import sentences
from index.types import Article, Kind, Span
from qa.answer import Passage, Quote, QuoteScores
from qa.judging.judge import Estimate, Mode
from qa.language.question_type import answer_type, matches_type
from qa.language.words import content_stems, stem_coverage, stems
from qa.readers.base import Reader

_COVERAGE = 0.35
_TYPE = 0.15
_PASSAGE = 0.20

_BIAS = -5.5
_COSINE_WEIGHT = 5.0
_COVERAGE_WEIGHT = 3.5
_TYPE_WEIGHT = 1.0


class SentenceReader(Reader):
    """Answers with whole sentences of body text and captions."""

    name = "sentence"

    def __init__(self, encoder: Encoder, *, passages: int = 5) -> None:
        self.encoder = encoder
        self.passages = passages

    def passages_read(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Return the first passages."""
        return passages[: self.passages]

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Return every sentence of the first passages as a quote, best first.

        Scores are roughly in 0..2 and comparable across passages of one call.
        """
        found = list(_sentences(self.passages_read(passages)))
        if not found:
            return []
        texts = [span.of(article.text) for article, span, _, _ in found]
        vector = self.encoder.encode([question])[0]
        # A sentence longer than the encoder reads was split into several chunks when it was
        # indexed; here its beginning is encoded.
        cosines = self.encoder.encode([_shortened(text, self.encoder) for text in texts]) @ vector
        question_stems = content_stems(question)
        expected = answer_type(question)
        quotes = []
        for (article, span, number, passage), text, cosine in zip(
            found, texts, cosines, strict=True
        ):
            coverage = stem_coverage(question_stems, stems(text)) if question_stems else 0.0
            has_type = matches_type(text, expected)
            score = (
                float(cosine)
                + _COVERAGE * coverage
                + _TYPE * has_type
                + _PASSAGE * max(0.0, passage.scores.cosine)
            )
            scores = QuoteScores(cosine=float(cosine), coverage=coverage, has_type=has_type)
            quotes.append(Quote(article, span, span, number, score, scores))
        return sorted(quotes, key=lambda quote: -quote.score)

    def confidence(self, unanswerable: float | None = None) -> SentenceConfidence:
        """Return the hand-set confidence. Raises SettingError where `unanswerable` is given."""
        if unanswerable is not None:
            raise SettingError(
                f"a share of unanswerable questions ({unanswerable}) was given, but the sentence "
                "reader's confidence is not a probability; leave it out, or use another reader"
            )
        return SentenceConfidence()


def _sentences(passages: Sequence[Passage]) -> Iterator[tuple[Article, Span, int, Passage]]:
    """Yield each sentence of the passages once: article, span, paragraph number, passage."""
    seen: set[tuple[str, Span]] = set()
    for passage in passages:
        for number in sorted(passage.paragraphs):
            paragraph = passage.article.paragraphs[number - 1]
            if paragraph.kind is Kind.HEADING:
                continue
            for span in sentences(passage.article.text, paragraph.span):
                key = (passage.article.id, span)
                if span.overlaps(passage.span) and key not in seen:
                    seen.add(key)
                    yield passage.article, span, number, passage


def _shortened(text: str, encoder: Encoder) -> str:
    while not encoder.fits(text):
        text = text[: math.ceil(len(text) * 0.7)]
    return text


class SentenceConfidence:
    """Estimates how probable it is that the best sentence answers, by hand-set weights.

    Not calibrated: the weights rank answers, but the number is not a frequency.
    """

    calibrated = False
    unanswerable = None

    def threshold(self, mode: Mode) -> float:
        """Return the lowest estimate, 0..1, at which a mode answers."""
        return {Mode.ALWAYS: 0.0, Mode.BALANCED: 0.5, Mode.STRICT: 0.75}[mode]

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> Estimate:
        """Return the estimate, 0..1, for `quotes[0]`."""
        scores = quotes[0].scores
        logit = (
            _BIAS
            + _COSINE_WEIGHT * (scores.cosine or 0.0)
            + _COVERAGE_WEIGHT * (scores.coverage or 0.0)
            + _TYPE_WEIGHT * bool(scores.has_type)
        )
        return Estimate(1.0 / (1.0 + math.exp(-logit)))
