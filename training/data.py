"""Read the public question sets that the reader is trained on.

The sets stay outside the project: `PINCITE_SHARED` names the folder that holds `data/train`
(default: `../shared` next to the project).

    python -m training.data            counts, and which QED paragraphs are dropped
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Articles of squad_train_slice that are never trained on: they choose checkpoints and fit the
# confidence. The first holds 160 of the 348 unanswerable questions.
HELD_OUT = (
    "The_Legend_of_Zelda:_Twilight_Princess",
    "Plymouth",
    "Antibiotics",
    "Space_Race",
)
OVERLAP_WORDS = 12
RUNS = Path(__file__).resolve().parent / "runs"


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question about one paragraph.

    `answers` are the accepted (start, end) code-point ranges, best first; empty means that people
    checked that `context` does not answer it.
    """

    id: str
    source: str
    title: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]


def shared_folder() -> Path:
    """Return the folder of the public sets, from `PINCITE_SHARED` or next to the project."""
    default = Path(__file__).resolve().parent.parent.parent / "shared"
    return Path(os.environ.get("PINCITE_SHARED", default))


def clean_title(title: str) -> str:
    """Return an article title as words, without underscores, percent escapes or `(2015 film)`."""
    from urllib.parse import unquote

    return re.sub(r"\s*\([^)]*\)$", "", unquote(title).replace("_", " ")).strip()


def read_squad(path: Path, source: str) -> list[LabelledQuestion]:
    """Return the questions of a SQuAD 1.1 or 2.0 file, without those with wrong offsets."""
    questions = []
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            context = paragraph["context"]
            for item in paragraph["qas"]:
                spans = []
                for answer in item.get("answers", []):
                    start, text = answer["answer_start"], answer["text"]
                    if text and context[start : start + len(text)] == text:
                        spans.append((start, start + len(text)))
                if not spans and not item.get("is_impossible", False):
                    continue
                questions.append(
                    LabelledQuestion(
                        str(item["id"]),
                        source,
                        str(article.get("title", "")),
                        item["question"].strip(),
                        context,
                        tuple(dict.fromkeys(spans)),
                    )
                )
    return questions


def raw_objects(text: str) -> Iterator[dict[str, Any]]:
    """Return JSON objects written one after another, with or without line breaks inside."""
    decoder = json.JSONDecoder()
    position = 0
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position >= len(text):
            return
        value, position = decoder.raw_decode(text, position)
        yield value


def read_qed(path: Path, source: str = "qed") -> list[LabelledQuestion]:
    """Return QED questions with one answer range; those with lists of answers are left out."""
    questions = []
    for item in raw_objects(path.read_text(encoding="utf-8")):
        context = item["paragraph_text"]
        # Train has `answer_spans`, dev has lists by annotator.
        groups: list[list[tuple[int, int]]] = []
        if "answer_spans" in item:
            groups.append([(start, end) for start, end in item["answer_spans"]])
        else:
            answers = item["annotation"].get("answer", [])
            lists = [[a["paragraph_reference"] for a in answers], *item["original_nq_answers"]]
            groups.extend([(a["start"], a["end"]) for a in group] for group in lists)
        spans = []
        for group in groups:
            if len(group) == 1 and 0 <= group[0][0] < group[0][1] <= len(context):
                spans.append(group[0])
        if spans:
            questions.append(
                LabelledQuestion(
                    str(item["example_id"]),
                    source,
                    item["title_text"],
                    item["question_text"].strip(),
                    context,
                    tuple(dict.fromkeys(spans)),
                )
            )
    return questions


def words(text: str) -> list[str]:
    """Return the runs of letters and digits in lower case."""
    return re.findall(r"[^\W_]+", text.lower())


def word_runs(text: str, length: int = OVERLAP_WORDS) -> set[tuple[str, ...]]:
    """Return every run of `length` consecutive words."""
    tokens = words(text)
    return {tuple(tokens[i : i + length]) for i in range(len(tokens) - length + 1)}


def overlapping(contexts: set[str], test_contexts: set[str]) -> set[str]:
    """Return the contexts that share twelve consecutive words with a test context."""
    test_runs: set[tuple[str, ...]] = set()
    for context in test_contexts:
        test_runs |= word_runs(context)
    return {context for context in contexts if not test_runs.isdisjoint(word_runs(context))}


@dataclass(frozen=True)
class Sets:
    """The questions, split: `held` and `qed_dev` are never trained on."""

    squad: list[LabelledQuestion]
    unanswerable: list[LabelledQuestion]
    qed: list[LabelledQuestion]
    held: list[LabelledQuestion]
    qed_dev: list[LabelledQuestion]
    dropped: set[str]


def load_sets(shared: Path | None = None) -> Sets:
    """Read all sets, drop overlaps with the test set, and hold out the dev articles."""
    root = (shared or shared_folder()) / "data"
    train = root / "train"
    merged: dict[str, LabelledQuestion] = {}
    for name in ("squad_train_slice.json", "squad2_train_slice.json"):
        for question in read_squad(train / name, "squad"):
            merged.setdefault(question.id, question)
    everything = list(merged.values())
    qed = [q for path in sorted(train.glob("nq-train-*-qed.jsonlines")) for q in read_qed(path)]
    qed_dev = read_qed(train / "qed-dev.jsonlines")
    test = {
        q.context for q in read_squad(root / "squad2_dev_half" / "dev-v2.0.json", "squad2_dev_half")
    }
    dropped = overlapping({q.context for q in [*everything, *qed, *qed_dev]}, test)
    dev_contexts = {q.context for q in qed_dev}

    def without_overlap(questions: list[LabelledQuestion]) -> list[LabelledQuestion]:
        return [q for q in questions if q.context not in dropped]

    inside = [q for q in everything if q.title not in HELD_OUT]
    return Sets(
        squad=without_overlap([q for q in inside if q.answers]),
        unanswerable=without_overlap([q for q in inside if not q.answers]),
        qed=without_overlap([q for q in qed if q.context not in dev_contexts]),
        held=without_overlap([q for q in everything if q.title in HELD_OUT]),
        qed_dev=without_overlap(qed_dev),
        dropped=dropped,
    )


def main() -> None:
    """Print the counts and the dropped paragraphs."""
    sets = load_sets()
    for name in ("squad", "unanswerable", "qed", "held", "qed_dev"):
        questions: list[LabelledQuestion] = getattr(sets, name)
        print(f"{name:13} {len(questions):6} questions {len({q.context for q in questions}):6} ¶")
    print(f"dropped: {len(sets.dropped)} paragraphs share {OVERLAP_WORDS} words with the test set")
    for context in sorted(sets.dropped):
        print(f"  {context[:90]} …")


if __name__ == "__main__":
    main()
