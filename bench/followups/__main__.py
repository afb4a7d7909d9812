"""Measure query rewriting and print the tables of README.md.

    python -m bench.followups [--half tune|other] [--squad tune|final|none]

The data sets are read from the folder that PINCITE_SHARED names (default `../shared`).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from bench.followups.data import canard, halves, shuffled_squad, trec_cast
from bench.followups.measure import (
    MEASURES,
    Table,
    answers,
    left_alone,
    questions,
    ranked,
    recovered,
)
from bench.followups.pool import CachedVectors, Pool
from index.embedding.encoder import load_encoder
from qa.retrieval.fusion import Fusion

NAMES = {
    "none": "no rewriting",
    "append": "append the last question",
    "ours": "rules, the question shown",
    "context": "rules, with context words",
    "bare": "rules, article's title unknown",
    "person": "the person's rewrite",
}
_SQUAD = {
    "tune": "data/train/squad_train_slice.json",
    "final": "data/squad2_dev_half/dev-v2.0.json",
}


def main() -> int:
    """Run the measurements and print them as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.followups", description=__doc__)
    parser.add_argument("--half", choices=("tune", "other"), default="other")
    parser.add_argument("--squad", choices=("tune", "final", "none"), default="final")
    parser.add_argument("--quick", action="store_true", help="no intervals, no tests")
    parser.add_argument(
        "--cache", type=Path, default=Path.home() / ".cache/pincite-bench", help="vectors' folder"
    )
    chosen = parser.parse_args()
    shared = Path(os.environ.get("PINCITE_SHARED", "../shared"))
    if not (shared / "data/canard/dev.json").is_file():
        print(f"{shared} holds no data/canard; set PINCITE_SHARED", file=sys.stderr)
        return 1
    dialogues = canard(shared)
    half = halves(dialogues)[0 if chosen.half == "tune" else 1]
    pool = Pool(answers(dialogues), CachedVectors(load_encoder(), chosen.cache), Fusion())
    asked = questions(half)
    print(f"CANARD, {chosen.half} half: {len(half)} dialogues, {len(asked.gold)} questions,")
    print(f"pool of {len(pool.texts)} answers\n")
    _print(ranked(asked, pool), quick=chosen.quick)
    print(
        "\n| TREC CAsT | turns | words recovered, as asked | rewritten | of the missing words |"
        " precision |\n| --- | --- | --- | --- | --- | --- |"
    )
    for year, topics in trec_cast(shared).items():
        plain, ours = recovered(topics, rewrite=False), recovered(topics)
        print(
            f"| {year} | {ours.turns} | {plain.recall:.3f} | {ours.recall:.3f} | "
            f"{ours.missing:.3f} | {ours.precision:.3f} |"
        )
    if chosen.squad != "none":
        begun = time.process_time()
        left = left_alone(shuffled_squad(shared / _SQUAD[chosen.squad]))
        each = (time.process_time() - begun) / left.count
        print(f"\n{_SQUAD[chosen.squad]}, shuffled: {len(left.changed)} of {left.count} changed")
        print(f"({left.share:.2%}); {each * 1e3:.2f} ms of processor time a question")
    return 0


def _print(table: Table, *, quick: bool) -> None:
    print(
        "| searched | "
        + " | ".join(MEASURES)
        + " | gap closed, R@10 and MRR@10 | p against none, append |"
    )
    print("| --- " * (len(MEASURES) + 3) + "|")
    for system, name in NAMES.items():
        cells = []
        for measure in MEASURES:
            cell = f"{table.figure(system, measure):.3f}"
            if not quick:
                low, high = table.interval(system, measure)
                cell += f" ({low:.3f}–{high:.3f})"
            cells.append(cell)
        cells.append(", ".join(f"{table.closed(system, m):.2f}" for m in ("R@10", "MRR@10")))
        tested = (
            ""
            if quick or system in ("none", "append")
            else ", ".join(
                f"{table.p(system, other, 'MRR@10'):.4f}" for other in ("none", "append")
            )
        )
        print(f"| {name} | {' | '.join(cells)} | {tested} |")
    if not quick:
        against = (f"{m} {table.p('context', 'ours', m):.4f}" for m in MEASURES)
        print(f"\np of the context words against the question alone: {', '.join(against)}")


if __name__ == "__main__":
    sys.exit(main())
