"""A reader without training: the sentence that answers best among the passages.

A sentence's score is its cosine with the question, plus what share of the question's
words it holds, plus whether it holds the type of thing asked for, plus a little of how well
its passage was found. The weights were set by hand; on held-out questions no others near
them do clearly better (training/README.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from index.embedding.encoder import Encoder
from index.segmentation.sentences import sentences
from index.types import Article, Kind, Span
from qa.answer import Passage, Quote
from qa.judging.judge import Estimate, Mode
from qa.language.question_type import answer_type, matches_type
from qa.language.words import content_stems, stem_coverage, stems

_COVERAGE = 0.35
_TYPE = 0.15
_PASSAGE = 0.20

_BIAS = -5.5
_COSINE_WEIGHT = 5.0
_COVERAGE_WEIGHT = 3.5
_TYPE_WEIGHT = 1.0


class SentenceReader:
    """Answers with whole sentences of body text and captions."""

    name = "sentence"

    def __init__(self, encoder: Encoder, *, passages: int = 5) -> None:
        self.encoder = encoder
        self.passages = passages

    def looked_at(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """The first passages."""
        return passages[: self.passages]

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Every sentence of the first passages as a quote, best first.

        Scores are roughly in 0..2 and comparable across passages of one call.
        """
        places = list(_places(self.looked_at(passages)))
        if not places:
            return []
        texts = [span.of(article.text) for article, span, _, _ in places]
        asked = self.encoder.encode([question])[0]
        # A sentence longer than the encoder reads was split into several chunks when it was
        # indexed; here its beginning stands for it.
        vectors = self.encoder.encode([_shortened(text, self.encoder) for text in texts])
        cosines = vectors @ asked
        wanted = content_stems(question)
        expected = answer_type(question)
        quotes = []
        for (article, span, number, passage), text, cosine in zip(
            places, texts, cosines, strict=True
        ):
            coverage = stem_coverage(wanted, stems(text)) if wanted else 0.0
            typed = matches_type(text, expected)
            score = (
                float(cosine)
                + _COVERAGE * coverage
                + _TYPE * typed
                + _PASSAGE * max(0.0, passage.scores.get("vector", 0.0))
            )
            features = {"cosine": float(cosine), "coverage": coverage, "typed": float(typed)}
            quotes.append(Quote(article, span, span, number, score, features))
        return sorted(quotes, key=lambda quote: -quote.score)


def _places(passages: Sequence[Passage]) -> list[tuple[Article, Span, int, Passage]]:
    """Each sentence of the passages once: article, span, paragraph number, passage."""
    seen: set[tuple[str, Span]] = set()
    places = []
    for passage in passages:
        for number in sorted(passage.paragraphs):
            paragraph = passage.article.paragraphs[number - 1]
            if paragraph.kind is Kind.HEADING:
                continue
            for span in sentences(passage.article.text, paragraph.span):
                key = (passage.article.id, span)
                if span.overlaps(passage.span) and key not in seen:
                    seen.add(key)
                    places.append((passage.article, span, number, passage))
    return places


def _shortened(text: str, encoder: Encoder) -> str:
    while not encoder.fits(text):
        text = text[: math.ceil(len(text) * 0.7)]
    return text


class SentenceConfidence:
    """How probable it is that the best sentence answers, by hand-set weights.

    Not calibrated: the weights order answers sensibly, the number is not a frequency.
    """

    calibrated = False
    unanswerable = None

    def bar(self, mode: Mode) -> float:
        """The lowest estimate, 0..1, at which a mode answers."""
        return {Mode.ALWAYS: 0.0, Mode.BALANCED: 0.5, Mode.STRICT: 0.75}[mode]

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote], index: int = 0
    ) -> Estimate:
        """The estimate, 0..1, for `quotes[index]`."""
        features = quotes[index].features
        evidence = (
            _BIAS
            + _COSINE_WEIGHT * features["cosine"]
            + _COVERAGE_WEIGHT * features["coverage"]
            + _TYPE_WEIGHT * features["typed"]
        )
        return Estimate(1.0 / (1.0 + math.exp(-evidence)))
