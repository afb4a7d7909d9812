"""Count alternatives shown for answers that only one paragraph gives.

    python -m training.alternatives --limit 200

Asks the held-out questions of `training.held_out` that one paragraph of one library answers, in
balanced mode, with the shipped reader and confidence. Prints the share that shows a differing
answer; each such case is a mistake.
"""

from __future__ import annotations

import argparse
import random

from qa import Chatbot, Retriever
from training.data import RUNS
from training.held_out import open_library, plan


def main() -> None:
    """Ask the questions and print the cases and the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=200, help="questions of each library")
    options = parser.parse_args()
    libraries, questions = plan(random.Random(7))
    for name, articles in libraries.items():
        chatbot = Chatbot(Retriever(open_library(RUNS / f"library-{name}", articles)))
        own = [item for item in questions if item.library == name and item.kind == "answered"]
        own = own[: options.limit]
        answered = differing = 0
        for item in own:
            answer = chatbot.ask(item.text)
            answered += answer.answered
            if answer.alternatives:
                differing += 1
                others = "; ".join(other.text for other in answer.alternatives)
                print(f"  {item.text} {answer.text} / {others}")
        print(
            f"{name}: {len(own)} questions, {answered} answered, {differing} with another "
            f"version ({differing / len(own):.3f})"
        )


if __name__ == "__main__":
    main()
