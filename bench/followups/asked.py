"""Ask whole conversations turn by turn, and count the follow-up questions answered right.

    python -m bench.followups.asked [--set dev|train] [--systems chat rules resolved typed]

The articles of all conversations of the set are one index. "chat" asks as the chat does; "rules"
rewrites each question from the turns before it and the answers that were shown, and asks all
articles; "resolved" asks what a person wrote out in full, "typed" the question as it is.
An answer is right by the rule of docs/evaluation.md. The conversations are read from
`data/asked` in the folder that PINCITE_SHARED names (default `../shared`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.timing import shared_path
from index.library import Library
from qa.answer import Answer
from qa.chatbot import Chatbot
from qa.evaluation.bootstrap import Values, intervals
from qa.evaluation.rightness import is_right
from qa.query_rewriting import Turn
from qa.questions import Question
from qa.retrieval.retriever import Retriever

SYSTEMS = ("chat", "rules", "resolved", "typed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was shown for a turn of a conversation; `asked` is the question as it was searched."""

    conversation: str
    kind: str
    answerable: bool
    typed: str
    asked: str
    text: str | None
    right: bool


@contextmanager
def indexed_conversations(name: str) -> Iterator[tuple[list[dict[str, Any]], Retriever]]:
    """Yield the conversations of a set, and a retriever for the articles of all of them."""
    data = shared_path("data/asked")
    if data is None:
        raise SystemExit("the public sets are not here; name their folder with PINCITE_SHARED")
    lines = (data / name / "conversations.jsonl").read_text("utf-8").splitlines()
    conversations = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles"
        for file in {turn["article"] for one in conversations for turn in one["turns"]} - {None}:
            (articles / file).parent.mkdir(parents=True, exist_ok=True)
            # The articles of both sets of conversations are in one folder.
            shutil.copyfile(data / "train/articles" / file, articles / file)
        library = Library.create(Path(folder) / "index")
        library.sync(articles)
        yield conversations, Retriever(library)


def outcomes(
    chatbot: Chatbot, conversations: Sequence[dict[str, Any]], system: str
) -> Iterator[Outcome]:
    """Ask every conversation, and yield what was shown for each turn that is a question."""
    for conversation in conversations:
        history: list[Turn | None] = []
        for turn in conversation["turns"]:
            answer = _ask(chatbot, turn, history, system)
            history.append(answer.turn)
            if turn["answerable"] is not None:
                yield _outcome(conversation["id"], turn, answer)


def _ask(
    chatbot: Chatbot, turn: dict[str, Any], history: Sequence[Turn | None], system: str
) -> Answer:
    typed = turn["question"]
    if system == "chat":
        return chatbot.ask(typed, history=history)
    if system == "resolved":
        return chatbot.ask(turn.get("resolved") or typed)
    if system == "typed":
        return chatbot.ask(typed)
    # Without the article that was cited last, all are asked.
    return chatbot.ask(typed, history=[past and replace(past, article=None) for past in history])


def _outcome(name: str, turn: dict[str, Any], answer: Answer) -> Outcome:
    long, short = tuple(turn["long"]), tuple(turn["short"])
    gold = Question(name, turn["question"], short or long, long=long, short=short)
    text = answer.text if answer.answered else None
    right = bool(text) and is_right(gold, text or "", answer.sentence or "")
    asked = answer.understood or answer.question
    return Outcome(name, turn["kind"], turn["answerable"], turn["question"], asked, text, right)


def print_table(found: dict[str, list[Outcome]]) -> None:
    """Print the shares of turns by kind and system as Markdown."""
    first = next(iter(found.values()))
    answerable = {one.kind: 0 for one in first if one.answerable}
    for one in first:
        answerable[one.kind] = answerable.get(one.kind, 0) + one.answerable
    print(f"| turns | number | {' | '.join(found)} |\n{'| --- ' * (len(found) + 2)}|")
    rows: list[tuple[str, Callable[[Outcome], bool], Callable[[Outcome], bool]]] = [
        ("**all follow-ups**", lambda o: o.answerable and o.kind != "new", lambda o: o.right),
        *(
            (kind, lambda o, kind=kind: o.answerable and o.kind == kind, lambda o: o.right)
            for kind, number in sorted(answerable.items(), key=lambda item: -item[1])
            if number
        ),
        ("unanswerable, answered", lambda o: not o.answerable, lambda o: o.text is not None),
        ("follow-ups, answered wrong", lambda o: o.answerable and o.kind != "new",
         lambda o: o.text is not None and not o.right),
    ]  # fmt: skip
    for name, belongs, counts in rows:
        number = sum(map(belongs, first))
        cells = (_share([o for o in one if belongs(o)], counts) for one in found.values())
        print(f"| {name} | {number} | {' | '.join(cells)} |")


def _share(chosen: Sequence[Outcome], counts: Callable[[Outcome], bool]) -> str:
    values = np.array([counts(one) for one in chosen], dtype=np.float64)

    def mean(weight: Values) -> float:
        return float((weight * values).sum() / weight.sum()) if weight.sum() else float("nan")

    low, high = intervals({"mean": mean}, [one.conversation for one in chosen])["mean"]
    return f"{values.mean():.2f} ({low:.2f}–{high:.2f})"


def main() -> int:
    """Ask the conversations and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.followups.asked", description=__doc__)
    parser.add_argument("--set", choices=("dev", "train"), default="dev")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--save", type=Path, help="a file for what was shown, one turn a line")
    chosen = parser.parse_args()
    with indexed_conversations(chosen.set) as (conversations, retriever):
        chatbot = Chatbot(retriever)
        found: dict[str, list[Outcome]] = {}
        for system in chosen.systems:
            found[system] = list(outcomes(chatbot, conversations, system))
            print_table({system: found[system]})
            if chosen.save:
                lines = (
                    json.dumps([name, *(getattr(o, key) for key in Outcome.__slots__)])
                    for name, several in found.items()
                    for o in several
                )
                chosen.save.write_text("\n".join(lines), "utf-8")
    print_table(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
