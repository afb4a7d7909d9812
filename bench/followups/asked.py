"""Ask whole conversations turn by turn, and count the follow-up questions answered right.

    python -m bench.followups.asked [--set dev|train] [--systems rules resolved typed cited]

The articles of all conversations of the set are one index. "rules" rewrites each question from the
turns before it and the answers that were shown; "cited" does too, and asks the article cited last
before all of them; "resolved" asks what a person wrote out in full, "typed" the question as it is.
An answer is right by the rule of docs/evaluation.md. The conversations are read from
`data/asked` in the folder that PINCITE_SHARED names (default `../shared`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.filters import Filter
from index.library import Library
from qa.answer import Answer
from qa.chatbot import Chatbot
from qa.evaluation.bootstrap import Values, intervals
from qa.evaluation.rightness import is_right
from qa.query_rewriting import Rewrite, Turn, rewrite_question
from qa.questions import Question
from qa.retrieval.retriever import Retriever

SYSTEMS = ("typed", "rules", "cited", "resolved")


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


def read_conversations(file: Path) -> list[dict[str, Any]]:
    """Return the conversations of a file with one a line."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def outcomes(
    chatbot: Chatbot, conversations: Sequence[dict[str, Any]], system: str
) -> Iterator[Outcome]:
    """Ask every conversation, and yield what was shown for each turn that is a question."""
    for conversation in conversations:
        history: list[Turn] = []
        cited: str | None = None
        for turn in conversation["turns"]:
            rewrite = _rewrite(turn, history, system)
            answer = ask(chatbot, turn["question"], rewrite, cited if system == "cited" else None)
            title = None
            if answer.answered and answer.citations:
                article = answer.citations[0].article
                cited, title = article.id, article.metadata.title
            if answer.remark is None:
                shown = answer.text if answer.answered else None
                history.append(Turn(turn["question"], rewrite.question, shown, title))
            if turn["answerable"] is not None:
                yield _outcome(conversation["id"], turn, rewrite.question, answer)


def ask(chatbot: Chatbot, typed: str, rewrite: Rewrite, cited: str | None) -> Answer:
    """Answer a rewritten question as the chat does; in the article `cited` first, if it is one."""
    if rewrite.changed and cited is not None:
        filter = Filter(articles=[cited])
        answer = chatbot.ask(rewrite.question, context=rewrite.context, filter=filter)
        if answer.answered:
            return answer
    answer = chatbot.ask(rewrite.question, context=rewrite.context)
    if rewrite.guessed and not answer.answered:
        alone = chatbot.ask(typed)
        return alone if alone.answered else answer
    return answer


def _rewrite(turn: dict[str, Any], history: Sequence[Turn], system: str) -> Rewrite:
    if system == "typed":
        return Rewrite(turn["question"], False)
    if system == "resolved":
        return Rewrite(turn.get("resolved") or turn["question"], True)
    return rewrite_question(turn["question"], history)


def _outcome(name: str, turn: dict[str, Any], asked: str, answer: Answer) -> Outcome:
    long, short = tuple(turn["long"]), tuple(turn["short"])
    gold = Question(name, turn["question"], short or long, long=long, short=short)
    text = answer.text if answer.answered else None
    right = bool(text) and is_right(gold, text or "", answer.sentence or "")
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
    data = Path(os.environ.get("PINCITE_SHARED", "../shared")) / "data/asked"
    if not data.is_dir():
        print(f"there is no {data}; set PINCITE_SHARED", file=sys.stderr)
        return 1
    conversations = read_conversations(data / chosen.set / "conversations.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder) / "articles"
        for name in {turn["article"] for one in conversations for turn in one["turns"]} - {None}:
            (articles / name).parent.mkdir(parents=True, exist_ok=True)
            # The articles of both sets of conversations are in one folder.
            shutil.copyfile(data / "train/articles" / name, articles / name)
        library = Library.create(Path(folder) / "index")
        library.sync(articles)
        chatbot = Chatbot(Retriever(library))
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
