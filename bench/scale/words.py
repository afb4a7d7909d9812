"""Generate passages with the word frequencies of real texts, and real texts among them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from bench.scale.spread import PASSAGES_PER_ARTICLE, SEED
from index.types import Article, Chunk, Metadata, Paragraph, Span

WORDS = 300_000
WORDS_PER_PASSAGE = 90
TOKENS_PER_PASSAGE = 120
REAL_EVERY = 20
"""One article in this many has real paragraphs."""

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


class Curve:
    """Word frequencies: those of real words, continued by invented words.

    Counts of a sample end early. The curve continues as it falls between the 1,000th and the
    10,000th word, a straight line in logarithms (Zipf's law), up to `WORDS` words.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(word for text in texts for word in _WORD.findall(text))
        common = counts.most_common()
        # Counts of one or two say little about frequency.
        known = [(word, count) for word, count in common if count > 2]
        ranks = np.arange(1, len(common) + 1)
        part = slice(min(1_000, len(common) // 20), min(10_000, len(common) // 2))
        frequencies = np.array([count for _, count in common], dtype=np.float64)
        self.slope, height = np.polyfit(np.log(ranks[part]), np.log(frequencies[part]), 1)
        tail = np.arange(len(known) + 1, WORDS + 1)
        weights = np.concatenate([[count for _, count in known], np.exp(height) * tail**self.slope])
        self.words = np.array(
            [word for word, _ in known] + [_made_up(rank) for rank in tail], dtype=object
        )
        self.sums = np.cumsum(weights / weights.sum())

    def draw(self, random: np.random.Generator, passages: int) -> list[str]:
        """Return texts for a number of passages, in sentences."""
        drawn = np.searchsorted(self.sums, random.random((passages, WORDS_PER_PASSAGE)))
        last = len(self.words) - 1
        rows: npt.NDArray[np.object_] = self.words[np.minimum(drawn, last)]
        return [
            ". ".join(" ".join(row[start : start + 18]) for start in range(0, len(row), 18)) + "."
            for row in rows
        ]


def _made_up(rank: int) -> str:
    word = ""
    while rank:
        rank, part = divmod(rank, len(_SYLLABLES))
        word += _SYLLABLES[part]
    return word + "x"


def articles(
    curve: Curve, real: Sequence[str], block: int, count: int, first: int
) -> Iterator[tuple[Article, list[Chunk]]]:
    """Return the articles of `count` passages of block number `block`, numbered from `first`.

    One in a hundred has the publisher "Rare", one in ten the author "Seldom", one in two the year
    2001.
    """
    random = np.random.default_rng((SEED, 1, block))
    drawn = curve.draw(random, count)
    for number, start in enumerate(range(0, count, PASSAGES_PER_ARTICLE), start=first):
        texts = drawn[start : start + PASSAGES_PER_ARTICLE]
        if number % REAL_EVERY == 0:
            place = number // REAL_EVERY * PASSAGES_PER_ARTICLE
            texts = [real[(place + offset) % len(real)] for offset in range(len(texts))]
        metadata = Metadata(
            title=" ".join(texts[0].split()[:5]),
            authors=("Ann Seldom" if number % 10 == 3 else "Bob Often",),
            publisher="Rare" if number % 100 == 7 else "Common",
            year=2001 if number % 2 else 2002,
        )
        yield _article(f"made/{number:07}.txt", texts, metadata)


def _article(name: str, texts: Sequence[str], metadata: Metadata) -> tuple[Article, list[Chunk]]:
    paragraphs, chunks, start = [], [], 0
    for number, text in enumerate(texts, start=1):
        span = Span(start, start + len(text))
        paragraphs.append(Paragraph(number, span))
        chunks.append(Chunk(name, span, (number,), TOKENS_PER_PASSAGE))
        start = span.end + 1
    return Article(name, "\n".join(texts), tuple(paragraphs), metadata), chunks
