"""Time answers while an upload is indexed, and the encoding of several questions together.

    python -m bench.server [--questions N] [--rounds N]

Quiet and busy phases take turns: each round asks some questions, starts an upload, asks the same
ones while it is indexed, and cancels it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.timing import (
    PROJECT,
    Bound,
    Timing,
    median_ratio,
    medians,
    run_in_turn,
    save_results,
    time_call,
)
from index.library import Library
from qa.evaluation.formats import read_question_set
from qa.web.service import Service

_TOGETHER = 8
_COPIES = 12
"""Copies of the articles, with changed words, in an upload: enough to outlast the questions."""


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=8, help="asked in each round, twice")
    parser.add_argument("--rounds", type=int, default=4)
    args = parser.parse_args()
    seeds = PROJECT / "seeds"
    questions = [one.question for one in read_question_set(seeds / "questions.jsonl").questions]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "index"
        Library.create(path).sync(seeds)
        service = _service(path)
        uploads = _uploads(seeds, Path(scratch))
        quiet, busy, still = list[Timing](), list[Timing](), True
        _asked(service, questions[-2:])
        for number in range(args.rounds):
            few = questions[number * args.questions : (number + 1) * args.questions]
            # A new chatbot has an empty answer cache.
            quiet += _asked(_service(path), few)
            service = _service(path)
            still &= _while_indexing(service, uploads, lambda: busy.extend(_asked(service, few)))  # noqa: B023
        encoder = service.library().encoder
        few = questions[:_TOGETHER]
        encoding = run_in_turn(
            9,
            together=lambda: time_call(partial(encoder.encode, few))[0],
            alone=lambda: time_call(lambda: [encoder.encode([one]) for one in few])[0],
        )
    figures = {
        "median_answer": {"quiet": medians(quiet), "while_indexing": medians(busy)},
        "indexing_lasted_throughout": still,
        "questions": args.rounds * args.questions,
        f"encoding_{_TOGETHER}_questions": {n: medians(took) for n, took in encoding.items()},
        "together_over_alone": median_ratio(encoding["together"], encoding["alone"]),
    }
    save_results(
        "server",
        [Bound("an answer while indexing / while quiet", median_ratio(busy, quiet), 1.5)],
        figures,
    )
    print(
        f"{_TOGETHER} questions encoded together / one by one: {figures['together_over_alone']:.2f}"
    )


def _service(path: Path) -> Service:
    service = Service(path)
    service.start()
    service.chatbot()
    return service


def _asked(service: Service, questions: list[str]) -> list[Timing]:
    return [time_call(partial(service.ask, question))[0] for question in questions]


def _while_indexing(
    service: Service, uploads: list[tuple[str, Path]], work: Callable[[], object]
) -> bool:
    """Call `work` during an upload, then cancel it; return whether it was still running."""
    job = service.add_uploads(uploads)
    while job.progress is None or job.progress.chunks == 0:
        time.sleep(0.05)
    work()
    still = job.result is None
    job.cancel()
    job.wait(600)
    return still


def _uploads(seeds: Path, scratch: Path) -> list[tuple[str, Path]]:
    found = []
    for copy in range(_COPIES):
        for source in sorted(seeds.rglob("*.txt")):
            place = scratch / f"{copy}-{source.name}"
            text = source.read_text(encoding="utf-8").replace(". ", f" ({copy}). ")
            place.write_text(text, encoding="utf-8")
            found.append((place.name, place))
    return found


if __name__ == "__main__":
    main()
