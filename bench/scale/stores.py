"""Compare compressed vector stores and HNSW: `python -m bench.scale.stores`.

HNSW (Malkov and Yashunin 2018) is measured for comparison; Pincite does not use it.

Run `bench.scale` first: it writes the fitted distribution into `--work`. Prints the rows of the
table in docs/experiments/scale.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.scale.spread import SEED, Floats, Spread
from index.vector_stores.base import Rows, SegmentVectors
from index.vector_stores.flat import FlatVectors, FlatWriter
from index.vector_stores.ivf import IVFStore

BLOCK = 10_000
QUESTIONS = 60
STORES = {
    "full": IVFStore(code="Flat", rotate=False, lists=4.0, rerank=1.0),
    "one byte": IVFStore(code="SQ8", rotate=False, lists=4.0, rerank=1.5),
    "half a byte": IVFStore(code="SQ4", rotate=False, lists=4.0),
    "four bits for two": IVFStore(),
}


def main() -> None:
    """Build each store for `--rows` drawn vectors and search it."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale.stores", description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--breadth", type=float, nargs="+", default=[2, 3, 4, 6])
    parser.add_argument("--efforts", type=int, nargs="+", default=[150, 200, 300, 400])
    args = parser.parse_args()
    spread = Spread.read(args.work / "spread.npz")
    path = args.work / "stores.faiss"
    writer = FlatWriter(path, spread.dimensions)
    for number in range(args.rows // BLOCK):
        writer.add(spread.passages(number, BLOCK))
    writer.finish()
    full = FlatVectors(path)
    about = np.random.default_rng(SEED).choice(len(full), QUESTIONS, replace=False)
    questions = spread.questions(full.vectors(np.sort(about)))
    started = time.process_time()
    best = [full.search(question, 100)[0] for question in questions]
    print(f"exact: {1000 * (time.process_time() - started) / QUESTIONS:.2f} ms of the processor")
    for name, store in STORES.items():
        near = args.work / "stores-near.faiss"
        started = time.process_time()
        store.write(near, full)
        print(f"{name}: built in {time.process_time() - started:.1f} s of the processor")
        lists = store.list_count(len(full))
        for breadth in args.breadth:
            probing = replace(store, probes=breadth)
            searcher = probing.open(near, full)
            columns = searched(lambda q: searcher.search(q, 100)[0], questions, best)  # noqa: B023
            print(
                f"| {len(full):,}, {lists:,} | {name} | {probing.probe_count(lists)} | {columns} "
                f"| {near.stat().st_size / len(full):,.0f} |",
                flush=True,
            )
        near.unlink()
    graph(full, questions, best, args.efforts)
    path.unlink()


def graph(
    full: SegmentVectors, questions: Floats, best: Sequence[Rows], efforts: Sequence[int]
) -> None:
    """Measure an HNSW graph over one-byte codes, re-scored with full vectors."""
    import faiss

    index: Any = faiss.index_factory(full.dimensions, "HNSW32_SQ8", faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 80
    started = time.process_time()
    every = full.vectors(np.arange(len(full)))
    index.train(every)
    index.add(every)
    print(f"graph: built in {time.process_time() - started:.1f} s of the processor")
    size = faiss.serialize_index(index).nbytes / len(full)

    def search(question: Floats) -> Rows:
        got: Rows = index.search(question[None], 150)[1][0]
        return got[np.argsort(-(full.vectors(got) @ question), kind="stable")]

    for effort in efforts:
        index.hnsw.efSearch = effort
        columns = searched(search, questions, best)
        print(
            f"| {len(full):,} | graph, one byte | {effort} | {columns} | {size:,.0f} |", flush=True
        )


def searched(search: Callable[[Floats], Rows], questions: Floats, best: Sequence[Rows]) -> str:
    """Return the least search time, recall@10 and recall@100 against `best` as table columns."""
    times, found = [], {10: 0.0, 100: 0.0}
    for question, rows in zip(questions, best, strict=True):
        started = time.perf_counter()
        got = search(question)
        times.append(time.perf_counter() - started)
        for k in found:
            found[k] += len(set(got[:k]) & set(rows[:k])) / k / QUESTIONS
    return f"{1000 * min(times):.2f} ms | {found[10]:.3f} | {found[100]:.3f}"


if __name__ == "__main__":
    main()
