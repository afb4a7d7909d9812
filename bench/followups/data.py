"""Read the conversations that query rewriting is measured on."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

UNANSWERED = "I don't know."
"""CANARD's answer where the article has none."""


@dataclass(frozen=True, slots=True)
class DialogueTurn:
    """One question of a conversation.

    `person` is the stand-alone question that a person wrote, or None; `answer` is None where the
    article has no answer or the data set does not give it.
    """

    question: str
    person: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation in order. `title` and `section` are the article's, where it has one."""

    id: str
    title: str | None
    section: str | None
    turns: tuple[DialogueTurn, ...]


def canard(shared: Path) -> list[Dialogue]:
    """Return the dialogues of CANARD's dev set (Elgohary et al., EMNLP 2019), by id.

    A history holds title, section, then questions and answers. The answer to a question comes
    from the history of the next one, so the last question has none.
    """
    rows: list[dict[str, Any]] = json.loads((shared / "data/canard/dev.json").read_text("utf-8"))
    longest: dict[str, list[str]] = {}
    person: dict[tuple[str, int], tuple[str, str]] = {}
    for row in rows:
        name, number = row["QuAC_dialog_id"], int(row["Question_no"])
        person[name, number] = (row["Question"], row["Rewrite"])
        if len(row["History"]) > len(longest.get(name, ())):
            longest[name] = row["History"]
    dialogues = []
    for name, history in sorted(longest.items()):
        turns = []
        for number in range(1, len(history) // 2 + 1):
            place = 2 * number
            asked = history[place] if place < len(history) else person[name, number][0]
            said = history[place + 1] if place + 1 < len(history) else UNANSWERED
            turns.append(
                DialogueTurn(
                    question=asked,
                    person=person[name, number][1] if (name, number) in person else None,
                    answer=None if said == UNANSWERED else said,
                )
            )
        dialogues.append(Dialogue(name, history[0], history[1], tuple(turns)))
    return dialogues


def trec_cast(shared: Path) -> dict[str, list[Dialogue]]:
    """Return the topics of TREC CAsT 2019 to 2021 by year, with the questions that people resolved.

    Only 2021 gives the system's answers: the passage shown.
    """
    folder = shared / "data/trec_cast"
    resolved = {}
    for line in (folder / "evaluation_topics_annotated_resolved_v1.0.tsv").open(encoding="utf-8"):
        number, _, text = line.rstrip("\n").partition("\t")
        resolved[number] = text
    found = {}
    for year, name in (
        ("2019", "evaluation_topics_v1.0.json"),
        ("2020", "2020_manual_evaluation_topics_v1.0.json"),
        ("2021", "2021_manual_evaluation_topics_v1.0.json"),
    ):
        topics = json.loads((folder / name).read_text("utf-8"))
        found[year] = [
            Dialogue(
                str(topic["number"]),
                None,
                None,
                tuple(
                    DialogueTurn(
                        turn["raw_utterance"],
                        turn.get("manual_rewritten_utterance")
                        or resolved.get(f"{topic['number']}_{turn['number']}"),
                        turn.get("passage"),
                    )
                    for turn in topic["turn"]
                ),
            )
            for topic in topics
        ]
    return found


def shuffled_squad(path: Path, *, seed: int = 0) -> Dialogue:
    """Return all questions of a SQuAD file, shuffled into one conversation.

    Each has its first accepted answer, or None.
    """
    turns = [
        DialogueTurn(
            question["question"].strip(),
            None,
            question["answers"][0]["text"] if question["answers"] else None,
        )
        for article in json.loads(path.read_text("utf-8"))["data"]
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    ]
    random.Random(seed).shuffle(turns)
    return Dialogue(path.stem, None, None, tuple(turns))


def halves(dialogues: list[Dialogue], *, seed: int = 0) -> tuple[list[Dialogue], list[Dialogue]]:
    """Return the half that rules are chosen on, and the other half."""
    order = sorted(dialogues, key=lambda dialogue: dialogue.id)
    random.Random(seed).shuffle(order)
    return order[: len(order) // 2], order[len(order) // 2 :]
