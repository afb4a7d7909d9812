"""Measure retrieval: `python -m bench.retrieval --data FOLDER [SET ...]`. See README.md.

`python -m bench.retrieval --asked FOLDER` asks the questions of a folder, by domain.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.retrieval import asked as asked_questions
from bench.retrieval.candidates import Candidates, Values, collect, diverse, figures, fused
from bench.retrieval.sets import SETS, Measured
from index.library import BM25Settings, Library
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode
from qa.evaluation.bootstrap import groups, intervals
from qa.evaluation.compare import permutation_p
from qa.evaluation.corpus_index import index_corpus
from qa.evaluation.scoring import RETRIEVAL
from qa.questions import Question, QuestionSet, sample
from qa.retrieval.fusion import Fusion

LOG = Path(__file__).parent / "runs.jsonl"
SHIPPED = Fusion()
Scorer = Callable[[Candidates], Values]
Results = dict[str, dict[str, dict[str, float]]]


def main() -> None:
    """Print tables, and log every run on a test set."""
    parser = argparse.ArgumentParser(prog="bench.retrieval", description=__doc__)
    parser.add_argument("sets", nargs="*", choices=[*SETS, []], help="default: all")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--data", type=Path, help="the folder of public sets")
    where.add_argument("--asked", type=Path, help="a folder of questions and articles by domain")
    parser.add_argument("--limit", type=int, default=1500, help="questions drawn to choose on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--chunks", type=int, nargs=4, metavar="N", help="other chunk settings")
    parser.add_argument("--embedding-mode", type=EmbeddingMode, default=EmbeddingMode.SENTENCES)
    args = parser.parse_args()
    settings = ChunkSettings(*args.chunks) if args.chunks else ChunkSettings()
    if args.asked:
        asked_questions.run(args.asked, settings)
        return
    for name in args.sets or SETS:
        one = SETS[name]
        questions = one.read(args.data)
        mode = args.embedding_mode
        print(f"\n## {name}, chunks {settings.target_tokens}/{settings.max_tokens}, {mode}")
        library = _library(questions, settings, mode)
        asked = [q for q in questions.questions if q.evidence]
        if one.choose:
            asked = list(sample(asked, args.limit, args.seed))
        _table(one, questions, library, asked, args)


def _library(questions: QuestionSet, settings: ChunkSettings, mode: EmbeddingMode) -> Library:
    assert questions.articles is not None
    made = index_corpus(questions.articles, questions.path, settings=settings, embedding_mode=mode)
    if made.added:
        print(f"indexed {made.added} articles in {made.seconds:.0f} s", file=sys.stderr)
    return made.library


def _table(
    one: Measured,
    questions: QuestionSet,
    library: Library,
    asked: Sequence[Question],
    args: argparse.Namespace,
) -> None:
    before = time.perf_counter()
    vectors = library.encoder.encode([question.question for question in asked])
    found = collect(library, asked, vectors)
    print(
        f"{len(asked)} questions, {len(library)} articles, {time.perf_counter() - before:.0f} s\n",
        file=sys.stderr,
    )
    print("| ranking | " + " | ".join(RETRIEVAL) + " |")
    print("| --- |" + " ---: |" * len(RETRIEVAL))
    results: Results = {}

    def show(name: str, scorer: Scorer, collected: Sequence[Candidates] = found) -> None:
        results[name] = figures(questions, library, collected, [scorer(f) for f in collected])
        values = [np.mean([v[key] for v in results[name].values()]) for key in RETRIEVAL]
        print(f"| {name} | " + " | ".join(f"{value:.4f}" for value in values) + " |", flush=True)

    show("words", lambda f: f.words)
    show("chunks", lambda f: f.chunk)
    show("best sentences", lambda f: f.sentence)
    show("chunks and best sentences", lambda f: f.vector_score(SHIPPED.sentences))
    show("chunks, reciprocal rank", lambda f: fused(f, Fusion(100, 0.5, 0.0, "rank")))
    show("chunks, shipped scale and weight", lambda f: fused(f, replace(SHIPPED, sentences=0.0)))
    show("as shipped", lambda f: fused(f, SHIPPED))
    if one.choose:
        _choices(show, library, asked, vectors)
    else:
        _final(one, found, results, args)


def _choices(
    show: Callable[..., None],
    library: Library,
    asked: Sequence[Question],
    vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]],
) -> None:
    """Print every setting around the shipped one, for sets that settings are chosen on."""

    def by(fusion: Fusion) -> Scorer:
        return lambda f: fused(f, fusion)

    for scale in ("zscore", "minmax", "rank"):
        for words in (0.2, 0.3, 0.4, 0.5):
            show(f"{scale}, words {words}", by(replace(SHIPPED, scale=scale, words=words)))
    for share in (0.0, 0.25, 0.5, 0.67, 0.75, 0.85, 0.93, 1.0):
        show(f"best sentence {share}", by(replace(SHIPPED, sentences=share)))
    for depth in (50, 200):
        deeper = collect(library, asked, vectors, depth=depth)
        show(f"depth {depth}", by(SHIPPED), deeper)
    for exact, title in ((0.0, 0.5), (1.0, 0.5), (0.3, 0.0), (0.3, 1.0)):
        other = collect(library, asked, vectors, words=BM25Settings(exact=exact, title=title))
        show(f"words exact {exact}, title {title}", by(SHIPPED), other)
    for weight in (0.9, 0.7):

        def reordered(f: Candidates, weight: float = weight) -> Values:
            return diverse(f, fused(f, SHIPPED), weight)

        show(f"neighbours apart, MMR {weight}", reordered)


def _final(
    one: Measured, found: Sequence[Candidates], results: Results, args: argparse.Namespace
) -> None:
    """Print intervals and the test against the better of the two parts, and log the run."""
    shipped = results["as shipped"]
    ids = list(shipped)
    on = [f.question.origin or f.question.evidence[0] for f in found]
    paragraphs = [
        f"{e.article}#{e.paragraph}" if e.paragraph else q for q, e in zip(ids, on, strict=True)
    ]
    articles = [e.article if e.paragraph else "" for e in on]
    unit, group = groups(paragraphs, articles)

    def mean(key: str) -> Callable[[Values], float]:
        values = np.array([shipped[i][key] for i in ids])
        return lambda weight: float(weight @ values / weight.sum())

    bounds = intervals({key: mean(key) for key in RETRIEVAL}, list(group))
    print(
        f"\n95% intervals ({unit}): "
        + ", ".join(f"{key} {low:.3f} to {high:.3f}" for key, (low, high) in bounds.items())
    )
    parts = {
        name: np.mean([v[one.main] for v in results[name].values()])
        for name in ("words", "chunks", "best sentences", "chunks and best sentences")
    }
    better = max(parts, key=lambda name: parts[name])
    gains = np.array([shipped[i][one.main] - results[better][i][one.main] for i in ids])
    p = permutation_p(gains, list(group))
    print(f"{one.main} above {better}: {gains.mean():+.4f}, p = {p:.4f}")
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "set": one.name,
        "chunks": args.chunks,
        "embedding_mode": args.embedding_mode,
        "fusion": str(SHIPPED),
        "questions": len(ids),
        "figures": {
            name: {
                key: round(float(np.mean([v[key] for v in values.values()])), 4)
                for key in RETRIEVAL
            }
            for name, values in results.items()
        },
        "p_against_better_part": p,
    }
    with LOG.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
