"""Measure opening, searching and changing an index of generated passages."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.scale.spread import SEED, Spread
from index.filters import Filter
from index.library import Library
from index.storage.snapshot import Snapshot
from index.vector_stores.flat import FlatVectors
from qa.retrieval.retriever import Retriever

Figures = dict[str, Any]

ASKED = 100


class Times:
    """Wall time and processor time of some calls.

    Processor time hardly depends on what else the machine does.
    """

    def __init__(self) -> None:
        self.clock: list[float] = []
        self.processor: list[float] = []

    def of(self, call: Callable[[], Any]) -> Any:
        """Call a function, record its times and return its result."""
        clock, processor = time.perf_counter(), time.process_time()
        result = call()
        self.processor.append(time.process_time() - processor)
        self.clock.append(time.perf_counter() - clock)
        return result

    def figures(self) -> Figures:
        """Return median, 95th percentile, minimum (ms), and the ratio of the first two."""
        made: Figures = {}
        for name, seconds in (("", self.clock), ("processor_", self.processor)):
            middle, high = (float(np.percentile(seconds, part)) for part in (50, 95))
            made[f"{name}p50"], made[f"{name}p95"] = 1000 * middle, 1000 * high
            made[f"{name}least"] = 1000 * min(seconds)
            made[f"{name}p95_to_p50"] = high / middle
        return made

    def times_shorter_than(self, other: Times) -> dict[str, float]:
        """Return the other's median divided by this one's."""
        return {
            "clock": float(np.median(other.clock) / np.median(self.clock)),
            "processor": float(np.median(other.processor) / np.median(self.processor)),
        }


FILTERS = {
    "1 %": Filter(publisher="Rare"),
    "10 %": Filter(author="Seldom"),
    "90 %": Filter(author="Often"),
}


def opening(path: Path, question: str) -> Figures:
    """Time opening and the first search, in seconds; call it in a fresh process."""
    import faiss  # noqa: F401  # imported before timing
    import tantivy  # noqa: F401

    before = _memory()
    started = time.perf_counter()
    library = Library.open(path)
    opened = time.perf_counter() - started
    library.encoder.encode([question])
    retriever = Retriever(library)
    first = _seconds(lambda: retriever.retrieve(question))
    second = _seconds(lambda: retriever.retrieve(question))
    used = _memory()
    return {
        "open_first_s": opened,
        "open_s": sorted(_seconds(lambda: Library.open(path)) for _ in range(5))[2],
        "first_question_s": first,
        "second_question_s": second,
        "memory_before": before,
        "memory_after": used,
    }


def searching(path: Path, spread: Spread, questions: Sequence[str]) -> Figures:
    """Time each kind of search (ms), and compare the store's results with exact ones."""
    library = Library.open(path)
    snapshot = library.snapshot()
    segment = snapshot.segments[0]
    full = FlatVectors(path / "segments" / segment.name / "vectors.faiss")
    random = np.random.default_rng(SEED)
    about = np.sort(random.choice(len(full), size=min(ASKED, len(full)), replace=False))
    vectors = spread.questions(full.vectors(about))
    exact, near, found = Times(), Times(), {10: 0.0, 100: 0.0}
    for vector in vectors:  # warm the file cache
        segment.searcher.search(vector, 100)
    for vector in vectors:
        first = exact.of(lambda: full.search(vector, 100)[0])  # noqa: B023
        rows = near.of(lambda: segment.searcher.search(vector, 100)[0])  # noqa: B023
        for k in found:
            found[k] += len(set(first[:k]) & set(rows[:k])) / len(first[:k]) / len(vectors)
    said, word = list(questions)[:ASKED], Times()
    for one in said:
        word.of(lambda: snapshot.search_words(one, 100))  # noqa: B023
    encoder, retriever = library.encoder, Retriever(library)
    passes, whole = Times(), Times()
    for one in list(questions)[ASKED : 2 * ASKED]:
        retriever.retrieve(one)
    for one in said:  # in turn, so that both see the same load
        passes.of(lambda: encoder.encode([one]))  # noqa: B023
        whole.of(lambda: retriever.retrieve(one))  # noqa: B023
    return {
        "store": segment.store,
        "exact_ms": exact.figures(),
        "store_ms": near.figures(),
        "speedup": near.times_shorter_than(exact),
        "recall@10": found[10],
        "recall@100": found[100],
        "words_ms": word.figures(),
        "encoder_ms": passes.figures(),
        "retrieve_ms": whole.figures(),
        "retrieve_to_encoder": passes.times_shorter_than(whole),
        "filters": {
            name: _filtered(snapshot, keep, vectors[:20], said[:20])
            for name, keep in FILTERS.items()
        },
    }


def _filtered(snapshot: Snapshot, keep: Filter, vectors: Any, questions: Sequence[str]) -> Figures:
    first = _seconds(lambda: snapshot.search_vectors(vectors[0], 10, keep))
    masks = [mask for mask in snapshot._selection(keep).masks if mask is not None]
    allowed = np.concatenate(masks)
    full = 0
    times, said = Times(), Times()
    for vector, question in zip(vectors, questions, strict=True):
        hits = times.of(lambda: snapshot.search_vectors(vector, 10, keep))  # noqa: B023
        said.of(lambda: snapshot.search_words(question, 10, keep))  # noqa: B023
        full += len(hits) == 10 and all(allowed[hit.row] for hit in hits)
    return {
        "rows": int(allowed.sum()),
        "filled_10": f"{full} of {len(vectors)}",
        "first_ms": 1000 * first,
        "vectors_ms": times.figures(),
        "words_ms": said.figures(),
    }


def changing(path: Path, texts: Sequence[str]) -> Figures:
    """Time adding one article and replacing it, in seconds, encoding included."""
    library = Library.open(path)
    library.encoder.encode(["The encoder is loaded before it is timed."])
    store = [entry.store for entry in library.manifest.segments]

    def put(text: str, name: str) -> float:
        return _seconds(lambda: library.add(text, title="A changed article", id=name))

    new = put("\n\n".join(texts[:3]), "bench-changed")
    changed = [put("\n\n".join(texts[n : n + 3]), "bench-changed") for n in (3, 6, 9)]
    # An article of the large segment, whose rows there become dead.
    old = put("\n\n".join(texts[12:15]), "made/0000001.txt")
    question = " ".join(texts[12].split()[:12])
    retriever = Retriever(library)
    first = _seconds(lambda: retriever.retrieve(question))
    passage = retriever.retrieve(question)[0]
    return {
        "new_s": new,
        "changed_s": float(np.median(changed)),
        "changed_in_large_s": old,
        "question_after_s": first,
        "found_again": passage.article.id == "made/0000001.txt",
        "large_store_kept": [entry.store for entry in library.manifest.segments][: len(store)]
        == store,
    }


def _seconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _memory() -> int:
    """Return the peak memory of this process in bytes, with the mapped pages that were read."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
