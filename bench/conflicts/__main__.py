"""Measure "Sources differ" on pairs of articles that are labelled by hand.

    python -m bench.conflicts [--set asked|ramdocs] [--limit N] [--cases]

All articles are one index; each question is asked of the two articles of its pair, in balanced
mode. Precision is the share of pairs labelled "differs" among those shown as differing, recall the
share shown as differing among those labelled so. The sets are read from the folder that
PINCITE_SHARED names (default `../shared`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from bench.conflicts.pairs import Label, Pair, asked_pairs, ramdocs_pairs
from bench.proportions import share
from bench.timing import shared_path
from index.filters import Filter
from index.library import Library
from qa.answer import Answer
from qa.chatbot import Chatbot
from qa.retrieval.retriever import Retriever


def print_table(found: Sequence[tuple[Pair, Answer]]) -> None:
    """Print precision, recall and what is shown for each label as Markdown."""
    differing = [(pair, answer) for pair, answer in found if pair.label is Label.DIFFERS]
    shown = [pair for pair, answer in found if answer.sources_differ]
    right = sum(pair.label is Label.DIFFERS for pair in shown)
    answered = sum(answer.answered for _, answer in differing)
    print(f"precision: {share(right, len(shown))}")
    print(f"recall: {share(right, len(differing))}")
    print(f"recall where the question is answered: {share(right, answered)}")
    print("\n| label | pairs | answered | shown as differing |\n| --- | ---: | ---: | ---: |")
    for label in Label:
        answers = [answer for pair, answer in found if pair.label is label]
        counts = sum(a.answered for a in answers), sum(a.sources_differ for a in answers)
        print(f"| {label} | {len(answers)} | {counts[0]} | {counts[1]} |")


def main() -> int:
    """Ask the questions and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.conflicts", description=__doc__)
    parser.add_argument("--set", choices=("asked", "ramdocs"), default="asked")
    parser.add_argument("--limit", type=int, help="pairs of the set")
    parser.add_argument("--cases", action="store_true", help="print what is shown for each pair")
    chosen = parser.parse_args()
    articles = shared_path("data/asked/dev/articles")
    ramdocs = shared_path("data/more/conflicts/ramdocs.jsonl")
    if articles is None or ramdocs is None:
        print("the public sets are not here; name their folder with PINCITE_SHARED")
        return 1
    every = asked_pairs(articles) if chosen.set == "asked" else ramdocs_pairs(ramdocs)
    pairs = list(islice(every, chosen.limit))
    with tempfile.TemporaryDirectory() as folder:
        for pair in pairs:
            for name, text in pair.articles.items():
                file = Path(folder) / "articles" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, "utf-8")
        library = Library.create(Path(folder) / "index")
        library.sync(Path(folder) / "articles")
        chatbot = Chatbot(Retriever(library))
        found = []
        for pair in pairs:
            answer = chatbot.ask(pair.question, filter=Filter(articles=pair.articles))
            found.append((pair, answer))
            if chosen.cases:
                words = " / ".join(version.text for version in answer.versions) or "refused"
                print(f"{pair.label} {pair.id}: {pair.question} {words}")
    print_table(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
