"""Measure the overhead of an answer over its network passes, and profile its parts.

    python -m bench.answers [--articles FOLDER] [--questions FILE] [--most N]

Each question is asked once, since a second time it would come from the cache. What it needs is
run alone in the same minutes: the network passes of its windows, in the same batches, the search,
and encoding the question.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.timing import (
    PROJECT,
    Bound,
    Timing,
    median_ratio,
    medians,
    quantile,
    save_results,
    time_call,
)
from bench.windows import run, windows_of
from index.library import Library
from index.storage.snapshot import Snapshot
from qa.chatbot import RETRIEVE_DEPTH, Chatbot
from qa.evaluation.formats import read_question_set
from qa.indexes import open_private_index
from qa.readers.span_model import ShippedModel, shipped_model
from qa.retrieval.retriever import Retriever
from qa.web.admission import AdmissionQueue

ASKERS = 8
_AFTER = 5
"""Warm-up questions: the first ones pay for lazy loading."""


class Profile:
    """Processor seconds spent in some methods, by the name of the part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside: list[float] = []

    @contextmanager
    def watching(self, *parts: tuple[str, Any, str]) -> Iterator[None]:
        """Time methods, given as (part, object or class, name), inside a with block."""
        real = [getattr(owner, name) for _, owner, name in parts]
        for (part, owner, name), method in zip(parts, real, strict=True):
            setattr(owner, name, self._timed(part, method))
        try:
            yield
        finally:
            for (_, owner, name), method in zip(parts, real, strict=True):
                setattr(owner, name, method)

    def _timed(self, part: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self._inside.append(0.0)
            began = time.process_time()
            try:
                return method(*given, **named)
            finally:
                took = time.process_time() - began
                within = self._inside.pop()
                # Time of a nested part counts for that part only.
                self.seconds[part] = self.seconds.get(part, 0.0) + took - within
                if self._inside:
                    self._inside[-1] += took

        return call


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--articles", type=Path, default=PROJECT / "seeds")
    parser.add_argument("--questions", type=Path, default=PROJECT / "seeds" / "questions.jsonl")
    parser.add_argument("--most", type=int, default=100, help="how many questions (default: 100)")
    args = parser.parse_args()
    library, _ = open_private_index(args.articles)
    questions = [question.question for question in read_question_set(args.questions).questions]
    questions = questions[: args.most + _AFTER]
    bounds, figures = one_after_another(library, questions)
    bound, figures["eight_askers"] = together(Chatbot(Retriever(library)), questions)
    figures["profile"] = profile(Chatbot(Retriever(library)), questions)
    figures |= {"passages": library.snapshot().rows, "questions": len(questions) - _AFTER}
    save_results("answers", [*bounds, bound], figures)
    for part, share in figures["profile"].items():
        print(f"  {part:34} {share:6.1%}")


def one_after_another(
    library: Library, questions: Sequence[str]
) -> tuple[list[Bound], dict[str, Any]]:
    """Time whole answers and retrieval, and the network passes that they need.

    The order changes from question to question, since a run that follows another of its kind
    finds the network's weights in the processor's cache.
    """
    read = {
        question: windows_of(partial(Chatbot(Retriever(library)).ask, question))
        for question in questions
    }
    chatbot = Chatbot(Retriever(library))
    encoder, model = library.encoder, shipped_model()
    found: dict[str, list[Timing]] = {}
    for number, question in enumerate(questions):
        works: list[tuple[str, Callable[[], object]]] = [
            ("answer", partial(chatbot.ask, question)),
            ("windows", partial(run, model, read[question])),
            ("retrieval", partial(chatbot.retriever.retrieve, question, RETRIEVE_DEPTH)),
            ("question", partial(encoder.encode, [question])),
        ]
        turned = works[number % len(works) :] + works[: number % len(works)]
        for name, work in [*turned, ("asked again", partial(chatbot.ask, question))]:
            took, _ = time_call(work)
            if number >= _AFTER:
                found.setdefault(name, []).append(took)
    lengths = [[len(row.ids) for row in rows] for batches in read.values() for rows in batches]
    padded = sum(max(batch) * len(batch) for batch in lengths)
    answer, windows = found["answer"], found["windows"]
    bounds = [
        Bound("whole answer / passes of its windows (clock)", median_ratio(answer, windows), 1.3),
        Bound("the same in processor time", median_ratio(answer, windows, "cpu"), 1.3),
        Bound(
            "retrieval / one pass of the question (clock)",
            median_ratio(found["retrieval"], found["question"]),
            1.5,
        ),
    ]
    return bounds, {
        "medians": {name: medians(timings) for name, timings in found.items()},
        "windows_per_answer": sum(map(len, lengths)) / len(questions),
        "tokens_that_fill": round(1 - sum(map(sum, lengths)) / padded, 4),
    }


def together(chatbot: Chatbot, questions: list[str]) -> tuple[Bound, dict[str, Any]]:
    """Time answers with eight clients, each asking as soon as its last answer came."""
    queue, took = AdmissionQueue(), list[float]()
    left = list(reversed(questions[_AFTER:]))
    lock = threading.Lock()
    for question in questions[:_AFTER]:
        chatbot.ask(question)

    def ask() -> None:
        while True:
            with lock:
                if not left:
                    return
                question = left.pop()
            began = time.perf_counter()
            with queue.slot():
                chatbot.ask(question)
            with lock:
                took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=ask) for _ in range(ASKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    middle, high = quantile(took, 0.5), quantile(took, 0.99)
    bound = Bound(f"{ASKERS} askers: p99 / p50 of the wait for an answer", high / middle, 3.0)
    return bound, {"p50": middle, "p99": high, "at_once": queue.slots}


def profile(chatbot: Chatbot, questions: list[str]) -> dict[str, float]:
    """Return the share of each part in the processor time of an answer, largest first."""
    for question in questions[:_AFTER]:
        chatbot.ask(question)
    encoder, watched = chatbot.retriever.library.encoder, Profile()
    with watched.watching(
        ("everything else", chatbot, "ask"),
        ("encoding the question", type(encoder), "encode"),
        ("searching words", Snapshot, "bm25"),
        ("searching vectors", Snapshot, "knn"),
        ("comparing sentences", Snapshot, "sentence_cosines"),
        ("the rest of the search", chatbot.retriever, "retrieve"),
        ("the network that reads", ShippedModel, "scores"),
        ("splitting into windows", ShippedModel, "row"),
        ("splitting into windows", ShippedModel, "offsets"),
        ("choosing spans", chatbot.reader, "read"),
        ("judging", type(chatbot.judge), "assess"),
        ("judging", type(chatbot.judge), "decide"),
        ("checking for missing names", chatbot, "missing"),
    ):
        for question in questions[_AFTER:]:
            chatbot.ask(question)
    whole = sum(watched.seconds.values())
    shares = {part: round(took / whole, 4) for part, took in watched.seconds.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


if __name__ == "__main__":
    main()
