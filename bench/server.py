"""Asking while an upload is indexed, and whether encoding questions together would win.

python -m bench.server [--questions N]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.measuring import PROJECT, Bound, Timing, in_turn, keep, medians, ratio, timed
from index.library import Library
from qa.evaluation.formats import read_question_set
from qa.web.service import Service

_TOGETHER = 8
_COPIES = 12
"""How often the articles are uploaded again, with other words: more than the asking lasts."""


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--questions", type=int, default=24)
    most = parser.parse_args().questions
    seeds = PROJECT / "seeds"
    questions = [one.question for one in read_question_set(seeds / "questions.jsonl").questions]
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "index"
        Library.create(path).sync(seeds)
        quiet = _asked(_service(path), questions[: most + 2])[2:]
        service = _service(path)
        job = service.add_uploads(_uploads(seeds, Path(scratch)))
        while job.progress is None or job.progress.chunks == 0:  # until it encodes
            time.sleep(0.05)
        busy = _asked(service, questions[: most + 2])[2:]
        still = job.outcome is None
        job.cancel()
        job.wait(600)
        encoder = service.library().encoder
        few = questions[:_TOGETHER]
        encoding = in_turn(
            9,
            together=lambda: timed(partial(encoder.encode, few))[0],
            alone=lambda: timed(lambda: [encoder.encode([one]) for one in few])[0],
        )
    figures = {
        "median_answer": {"quiet": medians(quiet), "while_indexing": medians(busy)},
        "indexing_lasted_throughout": still,
        "questions": most,
        f"encoding_{_TOGETHER}_questions": {n: medians(took) for n, took in encoding.items()},
        "together_over_alone": ratio(encoding["together"], encoding["alone"]),
    }
    keep(
        "server",
        [Bound("an answer while indexing / while quiet", ratio(busy, quiet), 1.5)],
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
    return [timed(partial(service.ask, question))[0] for question in questions]


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
