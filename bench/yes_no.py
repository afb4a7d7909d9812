"""Measure verdicts on yes/no questions: does the deciding sentence speak for or against?

    python -m bench.yes_no

Each question comes with the sentence that decides it. By rule, a sentence speaks against where it
negates and the question does not, or the other way round. Prints how many verdicts there are and
how many are right (Wilson intervals, 95%), by the share of the question's content words that the
sentence has. The sets are read from the folder that PINCITE_SHARED names (default `../shared`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.proportions import share
from bench.timing import shared_path
from qa.language.words import content_stems, stem_coverage, stems, words
from qa.matching.contradictions import is_negated

_FOR = frozenset(("dev-dev-282", "dev-dev-310", "dev-dev-036", "dev-dev-054"))
"""The yes/no questions of `asked/dev` that their sentences answer with yes, read one by one."""

_COVERAGES = (0.0, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Decided:
    """A yes/no question, the sentence that decides it, and how."""

    question: str
    sentence: str
    is_yes: bool

    @property
    def is_affirmed(self) -> bool:
        """Whether the sentence speaks for, by the rule."""
        return is_negated(words(self.question)) == is_negated(words(self.sentence))

    @property
    def coverage(self) -> float:
        """The share of the question's content words in the sentence, 0..1."""
        return stem_coverage(content_stems(self.question), stems(self.sentence))


def squad_questions(file: Path) -> Iterator[Decided]:
    """Yield the questions of a file in SQuAD's form that are answered with yes or no."""
    for article in json.loads(file.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                if isinstance(asked["yes_no"], bool):
                    yield Decided(asked["question"], asked["answers"][0]["text"], asked["yes_no"])


def asked_questions(folder: Path) -> Iterator[Decided]:
    """Yield the answerable yes/no questions of `asked/dev`."""
    for file in sorted(folder.glob("*.jsonl")):
        for row in map(json.loads, file.read_text("utf-8").splitlines()):
            if row.get("kind") == "yesno" and row["answerable"]:
                yield Decided(row["question"], " ".join(row["long"]), row["id"] in _FOR)


def print_rule(name: str, asked: Sequence[Decided]) -> None:
    """Print how often the rule is right, by coverage."""
    for least in _COVERAGES:
        cells = []
        for verdict in (True, False):
            chosen = [d for d in asked if d.coverage >= least and d.is_affirmed is verdict]
            cells.append(share(sum(d.is_yes is verdict for d in chosen), len(chosen)))
        print(f"| {name} | {least:.1f} | {' | '.join(cells)} |")


def main() -> int:
    """Print the tables."""
    data = shared_path("data")
    if data is None:
        print("the public sets are not here; name their folder with PINCITE_SHARED")
        return 1
    sets = {
        "BioASQ": list(squad_questions(data / "more/bioasq_yesno.json")),
        "PubMedQA": list(squad_questions(data / "more/pubmedqa_yesno.json")),
        "asked/dev": list(asked_questions(data / "asked/dev")),
    }
    print("| set | coverage | speaks for: right | speaks against: right |")
    print("| --- | ---: | ---: | ---: |")
    for name, asked in sets.items():
        print_rule(name, asked)
    return 0


if __name__ == "__main__":
    sys.exit(main())
