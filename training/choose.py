"""Choose the weight of the search score against the reader's, on held-out questions.

    python -m training.ask EXPORT --out asked.jsonl --only answered --found 0 --passages 8
    python -m training.choose asked.jsonl

Reads what `training.ask` saved without the search score, and ranks it again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np


def scores_of_best(line: dict[str, Any], found: float, passages: int) -> tuple[float, float, float]:
    """Return exact match, F1 and whether the gold paragraph is cited, for the best quote."""
    quotes = [quote for quote in line["quotes"] if quote["rank"] < passages]
    if not quotes:
        return 0.0, 0.0, 0.0
    best = max(quotes, key=lambda quote: quote["margin"] + found * quote["below"])
    return best["exact"], best["f1"], float(best["cited"])


def main() -> None:
    """Print exact match, F1 and citation accuracy by weight and by passages read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("asked", type=Path)
    options = parser.parse_args()
    lines = [json.loads(line) for line in options.asked.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line["kind"] == "answered"]
    for library in sorted({line["library"] for line in lines}):
        own = [line for line in lines if line["library"] == library]
        print(
            f"{library}: {len(own)} questions, gold among the found for "
            f"{np.mean([line['found'] for line in own]):.3f}"
        )
        for passages in (1, 2, 3, 5, 8):
            for found in (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0):
                exact, overlap, cited = np.mean(
                    [scores_of_best(line, found, passages) for line in own], axis=0
                )
                print(
                    f"  {passages} read, weight {found:4.0f}: exact {exact:.3f} "
                    f"f1 {overlap:.3f} cited {cited:.3f}"
                )


if __name__ == "__main__":
    main()
