"""Build an index of generated passages with the project's writers, without encoding."""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.scale.spread import Floats, Spread, unit
from bench.scale.words import Curve, articles
from index.library import Library
from index.settings import StoreSetting
from index.storage.bm25 import BM25Document, BM25Writer
from index.storage.fsync import sync_tree
from index.storage.manifest import SegmentEntry
from index.storage.records import vector_key
from index.storage.segment import SegmentWriter, build_store
from index.storage.sentence_vectors import Bytes, quantize
from index.vector_stores.registry import choose_store

BLOCK = 10_000
SENTENCES = 4
"""Sentence vectors per passage."""


def build(
    path: Path, passages: int, spread: Spread, texts: Sequence[str], store: str
) -> dict[str, float]:
    """Build an index in the folder `path`, replacing its content.

    Returns the seconds of each part, without drawing vectors and words, and the peak memory in
    bytes.
    """
    shutil.rmtree(path, ignore_errors=True)
    library = Library.create(path, store=store)
    curve = Curve(texts)
    segment = SegmentWriter(path / "segments" / "1", spread.dimensions, 0, sentences=True)
    words = BM25Writer(path / "bm25" / "1", None)
    before = _peak()
    seconds = {"segment": 0.0, "words": 0.0}
    for block in range(-(-passages // BLOCK)):
        count = min(BLOCK, passages - block * BLOCK)
        vectors = spread.passages(block, count)
        sentences = _sentences(vectors)
        made = list(articles(curve, texts, block, count, segment.articles))
        started, row = time.perf_counter(), 0
        documents = []
        for article, chunks in made:
            spoken = [chunk.span.of(article.text) for chunk in chunks]
            rows = slice(row, row + len(chunks))
            first = segment.add(
                article,
                chunks,
                [vector_key(text) for text in spoken],
                vectors[rows],
                list(sentences[rows]),
            )
            documents += [
                BM25Document(number, article.id, article.metadata.title, text)
                for number, text in enumerate(spoken, start=first)
            ]
            row += len(chunks)
        middle = time.perf_counter()
        words.add(documents)
        seconds["segment"] += middle - started
        seconds["words"] += time.perf_counter() - middle
        done = block * BLOCK + count
        print(f"  {done:>9,} of {passages:,} passages written", file=sys.stderr, flush=True)
    started = time.perf_counter()
    segment.finish()
    middle = time.perf_counter()
    words.commit()
    sync_tree(path / "bm25" / "1")
    seconds["segment"] += middle - started
    seconds["words"] += time.perf_counter() - middle
    kind = choose_store(store, segment.rows)
    started = time.perf_counter()
    if kind != StoreSetting.EXACT:
        build_store(segment.path, kind)
    seconds["store"] = time.perf_counter() - started
    manifest = library.manifest.next(
        segments=(SegmentEntry("1", segment.articles, segment.rows, kind),),
        bm25="bm25/1",
        contents=f"{passages:064x}",
        next_chunk=segment.next_chunk,
    )
    manifest.with_digests(path, {}).write(path)
    return {**seconds, "memory_before": before, "memory_peak": _peak()}


def _sentences(vectors: Floats) -> Bytes:
    """Return vectors near those of their passages, shape (n, `SENTENCES`, dimensions)."""
    near = [
        unit(vectors + 0.6 * np.roll(vectors, shift, axis=0)) for shift in range(1, 1 + SENTENCES)
    ]
    return np.stack([quantize(one) for one in near], axis=1)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def sizes(path: Path) -> dict[str, int]:
    """Return the bytes on disk of each part of an index."""
    found = {"vectors": 0, "sentences": 0, "store": 0, "articles": 0, "words": 0, "other": 0}
    for file in path.rglob("*"):
        if file.is_file():
            size = file.stat().st_size
            if file.parent.parent.name == "bm25":
                found["words"] += size
            elif file.name.startswith("store-"):
                found["store"] += size
            elif file.name.startswith("sentences"):
                found["sentences"] += size
            else:
                part = {"vectors.faiss": "vectors", "articles.db": "articles"}
                found[part.get(file.name, "other")] += size
    return found
