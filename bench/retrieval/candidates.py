"""Collect the candidates of both searches once, so that many fusions can be tried on them.

The searches are those of `qa.retrieval.retriever.Retriever`; only fusion and ranking are repeated
here, on stored scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.library import BM25Settings, Library
from qa.evaluation.gold import GoldFinder
from qa.evaluation.scoring import first_hit, first_hit_values, retrieval_values
from qa.questions import Question, QuestionSet
from qa.retrieval.fusion import Fusion

Values = npt.NDArray[np.float64]
NEIGHBOURS = 40


@dataclass(frozen=True)
class Candidates:
    """The candidates of one question: for each row its paragraphs and scores, shape (n,)."""

    question: Question
    paragraphs: list[list[tuple[str, int]]]
    chunk: Values
    sentence: Values
    words: Values
    vectors: npt.NDArray[np.float16] = field(repr=False)

    def vector_score(self, share: float) -> Values:
        """Return the chunk's cosine and its best sentence's, the latter with weight `share`."""
        return (1.0 - share) * self.chunk + share * self.sentence


def collect(
    library: Library,
    questions: Sequence[Question],
    vectors: npt.NDArray[np.float32],
    *,
    depth: int = 100,
    words: BM25Settings | None = None,
) -> list[Candidates]:
    """Return the candidates of every question; `vectors` has shape (questions, dimensions)."""
    snapshot = library.snapshot()
    collected = []
    for question, vector in zip(questions, vectors, strict=True):
        by_words = {
            hit.row: hit.score
            for hit in snapshot.search_words(question.question, depth, settings=words)
        }
        by_vector = {hit.row for hit in snapshot.search_vectors(vector, depth)}
        rows = sorted(by_words.keys() | by_vector)
        kept = snapshot.vectors(rows)
        chunk = kept.astype(np.float64) @ vector
        sentence = snapshot.sentence_cosines(rows, vector).astype(np.float64)
        collected.append(
            Candidates(
                question,
                [[(c.article, n) for n in c.paragraphs] for c in snapshot.chunks(rows)],
                chunk,
                np.where(np.isnan(sentence), chunk, sentence),
                np.array([by_words.get(row, 0.0) for row in rows]),
                kept.astype(np.float16),
            )
        )
    return collected


def fused(found: Candidates, fusion: Fusion) -> Values:
    """Return the fused score of every candidate."""
    return fusion.combine(found.vector_score(fusion.sentences), found.words)


def diverse(found: Candidates, scores: Values, weight: float) -> Values:
    """Reorder scores by maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    The best `NEIGHBOURS` are selected one by one, each time the one with the highest
    `weight * score - (1 - weight) * highest cosine with those selected`; scores in 0..1.
    """
    best = np.argsort(-scores, kind="stable")[:NEIGHBOURS]
    low, high = float(scores[best].min()), float(scores[best].max())
    relevance = (scores[best] - low) / max(high - low, 1e-9)
    vectors = found.vectors[best].astype(np.float32)
    alike = vectors @ vectors.T
    nearest = np.zeros(len(best))
    left = list(range(len(best)))
    result = np.full(len(scores), -1e6) + scores
    for place in range(len(best)):
        gain = weight * relevance[left] - (1.0 - weight) * nearest[left]
        taken = left.pop(int(np.argmax(gain)))
        result[best[taken]] = len(best) - place
        nearest = np.maximum(nearest, alike[taken])
    return result


def figures(
    questions: QuestionSet,
    library: Library,
    collected: Sequence[Candidates],
    scores: Sequence[Values],
) -> dict[str, dict[str, float]]:
    """Return every retrieval figure of every question, for given scores of the candidates."""
    if questions.retrieval_only:
        rankings = {}
        for found, score in zip(collected, scores, strict=True):
            order = np.argsort(-score, kind="stable")
            names = dict.fromkeys(found.paragraphs[row][0][0] for row in order)
            rankings[found.question.id] = list(names)
        judged = {
            found.question.id: {e.article: e.relevance for e in found.question.evidence}
            for found in collected
        }
        return retrieval_values(rankings, judged)
    finder = GoldFinder(library)
    ranks = {}
    for found, score in zip(collected, scores, strict=True):
        order = np.argsort(-score, kind="stable")
        ranked = dict.fromkeys(key for row in order for key in found.paragraphs[row])
        ranks[found.question.id] = first_hit(list(ranked), finder.gold(found.question).keys)
    return first_hit_values(ranks)
