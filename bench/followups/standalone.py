"""Fit and measure when a question leaves the article that was cited last.

    python -m bench.followups.standalone [--set train|dev]

Turns of `asked` that stay in the article of the last answer are compared with those that leave it,
and with the first questions of other conversations, put in after every second turn (seed 0). The
history is that of the right answers. Each conversation is held out in one of five folds. The
features and the coefficients are those of qa/follow_ups.py.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.followups.asked import indexed_conversations
from index.filters import Filter
from index.types import Article
from qa.follow_ups import COEFFICIENTS, INTERCEPT, standalone_features
from qa.query_rewriting import Turn, rewrite_question
from qa.retrieval.retriever import Retriever
from training.calibrate import fit

FOLDS = 5
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Example:
    """A question in its conversation: `leaves` says whether it is about another article."""

    conversation: int
    kind: str
    leaves: bool
    features: tuple[float, float, float]


def examples(conversations: Sequence[dict[str, Any]], retriever: Retriever) -> Iterator[Example]:
    """Yield the later questions of each conversation, and first ones of others."""
    chosen = random.Random(0)
    snapshot = retriever.library.snapshot()
    openings = [one["turns"][0] for one in conversations]
    for number, conversation in enumerate(conversations):
        history: list[Turn] = []
        cited: Article | None = None
        for place, turn in enumerate(conversation["turns"]):
            if turn["answerable"] is None:
                continue
            if cited is not None:
                leaves = turn["article"] not in (None, cited.id)
                asked = [(turn["kind"], turn["question"], leaves)]
                if place % 2 == 0:
                    others = [one for one in openings if one["article"] != cited.id]
                    asked.append(("inserted", chosen.choice(others)["question"], True))
                for kind, question, leaves in asked:
                    rewrite = rewrite_question(question, history)
                    found = standalone_features(question, rewrite, cited, Filter(), retriever)
                    yield Example(number, kind, leaves, found)
            standalone = rewrite_question(turn["question"], history).question
            if not turn["answerable"]:
                history.append(Turn(turn["question"], standalone))
                continue
            cited = snapshot.article(turn["article"])
            answer = (turn["short"] or turn["long"])[0]
            title = cited.metadata.title
            history.append(Turn(turn["question"], standalone, answer, title, cited.id))


def main() -> int:
    """Fit the coefficients, and print them with the shares decided right."""
    parser = argparse.ArgumentParser(prog="python -m bench.followups.standalone")
    parser.add_argument("--set", choices=("train", "dev"), default="train")
    chosen = parser.parse_args()
    with indexed_conversations(chosen.set) as (conversations, retriever):
        found = list(examples(conversations, retriever))
    features = np.array([one.features for one in found])
    leaves = np.array([one.leaves for one in found], dtype=np.float64)
    fold = np.array([one.conversation % FOLDS for one in found])
    even, odds = np.ones(len(found)), np.zeros(len(found))
    for number in range(FOLDS):
        others, own = fold != number, fold == number
        *coefficients, intercept = fit(features[others], leaves[others], even[others], _RIDGE)
        odds[own] = features[own] @ coefficients + intercept
    *coefficients, intercept = fit(features, leaves, even, _RIDGE)
    print("all of the set:", np.round([intercept, *coefficients], 3))
    shipped = features @ COEFFICIENTS + INTERCEPT
    print("| turns | number | rules | held out | shipped |\n| --- | --- | --- | --- | --- |")
    groups = {
        "stay": leaves == 0,
        "leave": np.array([one.leaves and one.kind != "inserted" for one in found]),
        "inserted": np.array([one.kind == "inserted" for one in found]),
    }
    for name, group in groups.items():
        systems = (features[:, 2] == 0, (odds > 0) & (features[:, 0] > 0),
                   (shipped > 0) & (features[:, 0] > 0))  # fmt: skip
        shares = (f"{np.mean(one[group] == (name != 'stay')):.3f}" for one in systems)
        print(f"| {name} | {group.sum()} | {' | '.join(shares)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
