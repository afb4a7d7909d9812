"""Fit the distribution of real passage and question vectors, and draw new ones from it.

A passage's vector is drawn in three steps, each fitted to real vectors: a subject (one of the
centres that k-means finds among real passages, and a normal deviation from it), an article
about it, a passage of the article (a normal deviation with the covariance that real passages
have around the mean of their article). A question is drawn from a passage, with the share of it
and the covariance around it that real questions have. All deviations have full covariance
matrices, so that the few directions that carry real vectors' variance carry it here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.library import Library, Snapshot
from qa.questions import Question, QuestionSet

Floats = npt.NDArray[np.float32]

SUBJECTS = 64
PASSAGES_PER_ARTICLE = 10
QUESTIONS = 500
SEED = 20_261


@dataclass(frozen=True)
class Spread:
    """A fitted distribution of vectors of d dimensions.

    `subjects` has shape (n, d), its `weights` shape (n,). `between` and `within`, shape (d, d),
    turn standard normal numbers into deviations of articles from their subject and of passages
    from their article, `asked` into those of questions from `share` times their passage. `real`
    and `real_questions` are the vectors that it was fitted to.
    """

    subjects: Floats
    weights: Floats
    between: Floats
    within: Floats
    asked: Floats
    share: Floats
    real: Floats
    real_questions: Floats

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return int(self.subjects.shape[1])

    def passages(self, block: int, count: int) -> Floats:
        """Return `count` unit vectors of block number `block`, the same each time."""
        random = np.random.default_rng((SEED, block))
        articles = -(-count // PASSAGES_PER_ARTICLE)
        subject = random.choice(len(self.subjects), size=articles, p=self.weights)
        about = self.subjects[subject] + self._normal(random, articles) @ self.between
        vectors = np.repeat(about, PASSAGES_PER_ARTICLE, axis=0)[:count]
        return unit(vectors + self._normal(random, count) @ self.within)

    def questions(self, passages: Floats) -> Floats:
        """Return a question vector for each passage, of the same shape."""
        random = np.random.default_rng((SEED, 2**31))
        return unit(self.share * passages + self._normal(random, len(passages)) @ self.asked)

    def _normal(self, random: np.random.Generator, count: int) -> Floats:
        return random.standard_normal((count, self.dimensions), dtype=np.float32)

    def write(self, path: Path) -> None:
        """Write the distribution to a file."""
        with path.open("wb") as file:
            np.savez(file, **{one.name: getattr(self, one.name) for one in fields(self)})

    @classmethod
    def read(cls, path: Path) -> Spread:
        """Read a file that `write` wrote."""
        with np.load(path) as kept:
            return cls(**{one.name: kept[one.name] for one in fields(cls)})


def unit(vectors: Floats) -> Floats:
    """Return vectors scaled to length 1."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def fit(paths: Sequence[Path], asked: QuestionSet) -> Spread:
    """Fit to the passages of real indexes and to questions about one of them.

    The questions are those of `asked` with an answer in an article of the first index.
    """
    libraries = [Library.open(path) for path in paths]
    real, owner = [], []
    for library in libraries:
        snapshot = library.snapshot()
        for article in snapshot.articles():
            rows = snapshot.article_rows(article.id)
            real.append(snapshot.vectors(rows))
            owner.append(np.full(len(rows), len(owner)))
    first = libraries[0].snapshot()
    chosen = np.random.default_rng(SEED).permutation(len(asked.questions))
    texts, about = [], []
    for question in (asked.questions[place] for place in chosen):
        row = _answering(first, question)
        if row is not None and len(texts) < QUESTIONS:
            texts.append(question.question)
            about.append(row)
    return fitted(
        np.concatenate(real),
        np.concatenate(owner),
        libraries[0].encoder.encode(texts),
        first.vectors(about),
    )


def _answering(snapshot: Snapshot, question: Question) -> int | None:
    """Return the row of the passage that answers a question, None where it is not indexed."""
    for place in question.evidence:
        if place.span is not None and place.article in snapshot:
            rows = snapshot.article_rows(place.article)
            for row, chunk in zip(rows, snapshot.chunks(rows), strict=True):
                if chunk.span.start <= place.span.start and place.span.end <= chunk.span.end:
                    return row
    return None


def fitted(real: Floats, owner: npt.NDArray[np.int64], asked: Floats, about: Floats) -> Spread:
    """Fit to passages `real` of articles `owner`, and to questions `asked` about rows `about`."""
    import faiss

    sizes = np.bincount(owner)
    sums = np.zeros((len(sizes), real.shape[1]))
    np.add.at(sums, owner, real)
    means = sums / np.maximum(sizes, 1)[:, None]
    several = sizes[owner] >= 5
    inside = (real - means[owner])[several]
    # A mean over n passages is drawn towards each of them, by 1/n of the variance.
    degrees = len(inside) - int((sizes >= 5).sum())
    within = inside.T @ inside / max(degrees, 1)
    clusters = faiss.Kmeans(real.shape[1], SUBJECTS, niter=20, seed=SEED)
    clusters.train(real)
    _, nearest = clusters.index.search(real, 1)
    around = real - clusters.centroids[nearest[:, 0]]
    between = around.T @ around / max(len(real) - SUBJECTS, 1) - within
    share = float((asked * about).sum(axis=1).mean())
    apart = asked - share * about
    return Spread(
        subjects=np.asarray(clusters.centroids, dtype=np.float32),
        weights=np.bincount(nearest[:, 0], minlength=SUBJECTS) / len(real),
        between=_root(between),
        within=_root(within),
        asked=_root(apart.T @ apart / len(apart)),
        share=np.array(share, dtype=np.float32),
        real=real,
        real_questions=asked,
    )


def _root(covariance: npt.NDArray[np.float64]) -> Floats:
    """Return a matrix that turns standard normal rows into rows of this covariance."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T, dtype=np.float32)
