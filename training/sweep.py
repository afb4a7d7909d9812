"""Try constants of the code at other values on held-out questions.

    python -m training.sweep qa/models/reader wrong-type
    python -m training.sweep qa/models/reader wrong-name
    python -m training.sweep qa/models/reader likeness
    python -m training.sweep qa/models/reader alone --limit 800
    python -m training.sweep qa/models/reader length --limit 1000
    python -m training.sweep qa/models/reader listed --limit 1000
    python -m training.sweep qa/models/reader sentences

Costly steps run once per question; each value then decides again and prints a line. The libraries
are those of `training.ask`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import qa.language.words
import qa.readers.sentence
import qa.readers.span
from index.embedding.encoder import load_encoder
from qa.answer import Passage, Quote
from qa.chatbot import READ_DEPTH, Chatbot
from qa.evaluation.calibration import auroc
from qa.evaluation.scoring import exact_match, f1, normalized
from qa.judging.judge import Confidence, Mode
from qa.language.question_type import AnswerType, answer_type, is_list_question
from qa.language.words import names_and_numbers
from qa.readers.sentence import SentenceReader
from qa.readers.span import SpanReader
from qa.readers.span_model import ShippedModel
from training.ask import PlannedQuestion, plan, retrievers_of
from training.calibrate import RIGHT_F1, UNANSWERABLE, weights_of
from training.data import LabelledQuestion, load_sets
from training.evaluate import evaluate
from training.negatives import names

WRONG_TYPE = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
ALONE = (0.0, 0.2, 0.5, 0.8, 1.2)
LENGTH = (0.0, 0.02, 0.05, 0.1, 0.2)
LISTED = (0.0, 2.0, 2.5, 3.0)
LIKENESS = (0.7, 0.75, 0.8, 0.85, 0.9)
SENTENCE_WEIGHTS = {
    "_COVERAGE": (0.0, 0.175, 0.35, 0.7, 1.4),
    "_TYPE": (0.0, 0.075, 0.15, 0.3, 0.6),
    "_PASSAGE": (0.0, 0.1, 0.2, 0.4, 0.8),
}
CONFIDENCE_WEIGHTS = {
    "_BIAS": (-7.0, -6.25, -5.5, -4.75, -4.0),
    "_COSINE_WEIGHT": (0.0, 2.5, 5.0, 7.5, 10.0),
    "_COVERAGE_WEIGHT": (0.0, 1.75, 3.5, 5.25, 7.0),
    "_TYPE_WEIGHT": (0.0, 0.5, 1.0, 2.0, 4.0),
}


@dataclass(slots=True)
class CachedModel:
    """A model whose `method` is cached by its arguments."""

    model: Any
    method: str
    cache: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        if name != self.method:
            return getattr(self.model, name)

        def call(arguments: Sequence[Any]) -> Any:
            key = repr([getattr(entry, "ids", entry) for entry in arguments])
            if key not in self.cache:
                self.cache[key] = getattr(self.model, name)(arguments)
            return self.cache[key]

        return call


@contextmanager
def override(module: ModuleType, name: str, value: float) -> Iterator[None]:
    """Set a module's constant to another value inside a with block."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A question with the passages that the reader gets."""

    item: PlannedQuestion
    passages: list[Passage]

    @property
    def accepted(self) -> list[str]:
        """Return the accepted answers, empty where there are none."""
        question = self.item.question
        return [question.context[s:e] for s, e in question.answers] if self.item.gold else []

    def overlap(self, quotes: Sequence[Quote]) -> float:
        """Return the F1 of the first quote."""
        return f1(quotes[0].text, self.accepted) if quotes and self.accepted else 0.0


class Libraries:
    """The libraries of `training.ask`, and its questions."""

    def __init__(self) -> None:
        libraries, self.questions = plan(random.Random(7))
        self.retrievers = retrievers_of(libraries)

    def find(self, items: Sequence[PlannedQuestion]) -> list[Retrieved]:
        """Search for each question, without hidden paragraphs."""
        retrieved = []
        for item in items:
            passages = self.retrievers[item.library].retrieve(item.text, READ_DEPTH + 2)
            retrieved.append(
                Retrieved(item, [p for p in passages if not item.is_hidden(p)][:READ_DEPTH])
            )
        return retrieved


def sample(items: Sequence[PlannedQuestion], limit: int) -> list[PlannedQuestion]:
    """Return at most `limit` of the questions, the same ones each time."""
    return random.Random(11).sample(items, min(limit, len(items)))


def judgment(
    retrieved: Sequence[Retrieved],
    read: Sequence[Sequence[Quote]],
    confidence: Confidence,
    right: Callable[[Retrieved, Sequence[Quote]], bool],
) -> str:
    """Return `auroc_right`, and how many right and wrong answers the balanced mode shows."""
    probabilities, rights = [], []
    for entry, quotes in zip(retrieved, read, strict=True):
        question = entry.item.text
        probabilities.append(
            confidence.estimate(question, entry.passages, quotes).right if quotes else 0.0
        )
        rights.append(float(bool(quotes) and right(entry, quotes)))
    p, y = np.array(probabilities), np.array(rights)
    weight = weights_of([{"kind": entry.item.kind} for entry in retrieved], UNANSWERABLE)
    shown = p >= confidence.threshold(Mode.BALANCED)
    return (
        f"auroc_right {auroc(p, y, weight):.3f}, shown right {int((shown * y).sum())}, "
        f"shown wrong {int((shown * (1 - y)).sum())} of {len(retrieved)}"
    )


def is_right(entry: Retrieved, quotes: Sequence[Quote]) -> bool:
    """Whether the first quote counts as right, as in `training.calibrate`."""
    return entry.overlap(quotes) >= RIGHT_F1


def sweep_wrong_type(export: Path, limit: int, *types: AnswerType) -> None:
    """Print each value of `wrong_type`, for questions that ask for these types of answer."""
    libraries, sets = Libraries(), load_sets()

    def counts(text: str) -> bool:
        return answer_type(text) in types

    everything = [("squad", q) for q in sets.held if q.answers]
    everything += [("qed", q) for q in sets.qed_dev]
    answered = [
        PlannedQuestion("answered", library, q, q.question, ("", 0))
        for library, q in everything
        if counts(q.question)
    ]
    unanswered = [item for item in libraries.questions if item.gold is None and counts(item.text)]
    retrieved = libraries.find([*sample(answered, limit), *unanswered])
    count = sum(entry.item.gold is not None for entry in retrieved)
    reader = SpanReader(CachedModel(ShippedModel(export), "scores"))
    confidence = reader.confidence()
    print(f"{count} answered, {len(retrieved) - count} not")
    for value in WRONG_TYPE:
        reader.settings = replace(reader.settings, wrong_type=value)
        read = [reader.read(entry.item.text, entry.passages) for entry in retrieved]
        own = [
            (entry, quotes)
            for entry, quotes in zip(retrieved, read, strict=True)
            if entry.item.gold
        ]
        exact = np.mean(
            [
                exact_match(quotes[0].text if quotes else None, entry.accepted)
                for entry, quotes in own
            ]
        )
        overlap = np.mean([entry.overlap(quotes) for entry, quotes in own])
        judgment_text = judgment(retrieved, read, confidence, is_right)
        print(f"{value:4.1f}: exact {exact:.3f} f1 {overlap:.3f}, {judgment_text}")


def misspelt(name: str, rng: random.Random) -> str:
    """Return a name with one letter of its last word dropped, doubled, swapped or replaced."""
    at = rng.randrange(len(name) - len(name.split()[-1]) + 1, len(name) - 1)
    return rng.choice(
        (
            name[:at] + name[at + 1 :],
            name[: at + 1] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + rng.choice("aeiourstln") + name[at + 1 :],
        )
    )


def long_names(retrieved: Sequence[str]) -> list[str]:
    """Return the names whose last word has five letters or more, and only letters."""
    return [name for name in retrieved if (last := name.split()[-1]).isalpha() and len(last) >= 5]


def sweep_likeness(export: Path, limit: int) -> None:
    """Print each similarity from which a word counts as a misspelling of another."""
    libraries, rng = Libraries(), random.Random(5)
    reader = SpanReader(CachedModel(ShippedModel(export), "scores"))
    chatbots = {name: Chatbot(r, reader=reader) for name, r in libraries.retrievers.items()}
    cases: Mapping[str, list[tuple[str, str]]] = {"once": [], "twice": [], "absent": []}
    questions: list[PlannedQuestion] = []
    with override(qa.language.words, "_LIKENESS", 1.0):
        for item in libraries.questions:
            for name in long_names(names_and_numbers(item.text)):
                if chatbots[item.library].missing(name):
                    continue
                once = misspelt(name, rng)
                for kind, changed in (("once", once), ("twice", misspelt(once, rng))):
                    if chatbots[item.library].missing(changed):
                        cases[kind].append((item.library, changed))
                if item.kind == "answered":
                    questions.append(replace(item, text=item.text.replace(name, once)))
        # Questions misspell names, so names of no article are taken from paragraphs.
        for library, other_library in (("squad", "qed"), ("qed", "squad")):
            paragraphs = libraries.retrievers[other_library].library
            texts = [paragraphs.article(entry.id).text for entry in paragraphs.articles()]
            pool = sorted({name for text in texts for name in long_names(names(text))})
            cases["absent"] += [
                (library, name)
                for name in rng.sample(pool, min(limit, len(pool)))
                if chatbots[library].missing(name)
            ]
    cases = {kind: random.Random(2).sample(n, min(limit, len(n))) for kind, n in cases.items()}
    questions = sample(questions, limit // 2)
    questions += sample([item for item in libraries.questions if item.kind == "edited"], limit // 2)
    retrieved = libraries.find(questions)
    read = [reader.read(entry.item.text, entry.passages) for entry in retrieved]
    confidence = reader.confidence()
    print(", ".join(f"{len(chosen)} names {kind}" for kind, chosen in cases.items()))
    for value in LIKENESS:
        with override(qa.language.words, "_LIKENESS", value):
            missing = ", ".join(
                f"{kind} {np.mean([bool(chatbots[lib].missing(n)) for lib, n in chosen]):.3f}"
                for kind, chosen in cases.items()
            )
            judgment_text = judgment(retrieved, read, confidence, is_right)
        print(f"{value:.2f}: called missing: {missing}; {judgment_text}")


def own_paragraphs(
    limit: int, counts: Callable[[str], bool] = bool
) -> dict[str, list[LabelledQuestion]]:
    """Return held-out answered questions and those of QED's dev set, at most `limit` each."""
    sets = load_sets()
    answered = {"held": [q for q in sets.held if q.answers], "qed": sets.qed_dev}
    own = {name: [q for q in every if counts(q.question)] for name, every in answered.items()}
    return {
        name: random.Random(0).sample(every, min(limit, len(every))) for name, every in own.items()
    }


def figures(reader: SpanReader, own: Mapping[str, Sequence[LabelledQuestion]]) -> str:
    """Return exact match and F1 on each question's own paragraph."""
    parts = []
    for name, questions in own.items():
        judgment_text = evaluate(reader, questions, titled=True)
        parts.append(
            f"{name} exact {judgment_text['exact_match']:.3f} f1 {judgment_text['f1']:.3f}"
        )
    return ", ".join(parts)


def sweep_spans(
    export: Path, name: str, values: Sequence[float], own: Mapping[str, Sequence[LabelledQuestion]]
) -> None:
    """Print each value of a constant of `qa.readers.span` that decides which span wins."""
    reader = SpanReader(CachedModel(ShippedModel(export), "scores"))
    print(", ".join(f"{len(questions)} of {kind}" for kind, questions in own.items()))
    for value in values:
        with override(qa.readers.span, name, value):
            print(f"{value:g}: own paragraph {figures(reader, own)}")


def sweep_alone(export: Path, limit: int) -> None:
    """Print each weight of reading the sentences of the two best spans alone."""
    own, libraries = own_paragraphs(limit), Libraries()
    retrieved = libraries.find([item for item in libraries.questions if item.kind == "answered"])
    reader = SpanReader(CachedModel(ShippedModel(export), "scores"))
    for value in ALONE:
        reader.settings = replace(reader.settings, alone=value)
        parts = [figures(reader, own)]
        for library in libraries.retrievers:
            entries = [entry for entry in retrieved if entry.item.library == library]
            overlap = [
                entry.overlap(reader.read(entry.item.text, entry.passages)) for entry in entries
            ]
            parts.append(f"asked of {library} f1 {np.mean(overlap):.3f}")
        print(f"{value:.1f}: own paragraph {', '.join(parts)}")


def sweep_sentences(_: Path, limit: int) -> None:
    """Print each value of the sentence reader's weights, one weight at a time."""
    libraries = Libraries()
    retrieved = libraries.find(sample(libraries.questions, limit))
    reader = SentenceReader(CachedModel(load_encoder(), "encode"))
    confidence = reader.confidence()

    def holds(entry: Retrieved, quotes: Sequence[Quote]) -> bool:
        text = normalized(quotes[0].text)
        return any(normalized(answer) in text for answer in entry.accepted)

    answered = sum(entry.item.gold is not None for entry in retrieved)
    print(f"{answered} answered, {len(retrieved) - answered} not")
    for name, values in {**SENTENCE_WEIGHTS, **CONFIDENCE_WEIGHTS}.items():
        for value in values:
            with override(qa.readers.sentence, name, value):
                read = [reader.read(entry.item.text, entry.passages) for entry in retrieved]
                judgment_text = judgment(retrieved, read, confidence, holds)
            first = np.mean(
                [
                    bool(quotes) and holds(entry, quotes)
                    for entry, quotes in zip(retrieved, read, strict=True)
                    if entry.item.gold
                ]
            )
            print(f"{name} {value:g}: first sentence holds the answer {first:.3f}, {judgment_text}")


SWEEPS: Mapping[str, Callable[[Path, int], None]] = {
    "wrong-type": lambda *arguments: sweep_wrong_type(
        *arguments, AnswerType.NUMBER, AnswerType.DATE
    ),
    "wrong-name": lambda *arguments: sweep_wrong_type(
        *arguments, AnswerType.PERSON, AnswerType.PLACE
    ),
    "alone": sweep_alone,
    "length": lambda export, limit: sweep_spans(export, "_LENGTH", LENGTH, own_paragraphs(limit)),
    "listed": lambda export, limit: sweep_spans(
        export, "_LISTED", LISTED, own_paragraphs(limit, is_list_question)
    ),
    "likeness": sweep_likeness,
    "sentences": sweep_sentences,
}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=Path)
    parser.add_argument("constant", choices=SWEEPS)
    parser.add_argument("--limit", type=int, default=200, help="questions drawn at most")
    options = parser.parse_args()
    SWEEPS[options.constant](options.export, options.limit)


if __name__ == "__main__":
    main()
