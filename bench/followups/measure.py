"""Compare rewriting systems on conversations, and count questions left unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.followups.data import Dialogue
from bench.followups.pool import Pool
from qa.evaluation.bootstrap import Values, intervals
from qa.evaluation.compare import permutation_p
from qa.language.words import content_words
from qa.query_rewriting import Rewrite, Turn, rewrite_question

Ranks = npt.NDArray[np.float64]

MEASURES: dict[str, Callable[[Ranks], Ranks]] = {
    "R@1": lambda ranks: (ranks <= 1).astype(np.float64),
    "R@5": lambda ranks: (ranks <= 5).astype(np.float64),
    "R@10": lambda ranks: (ranks <= 10).astype(np.float64),
    "MRR@10": lambda ranks: np.where(ranks <= 10, 1.0 / ranks, 0.0),
}


def rewritten(dialogue: Dialogue, *, titled: bool = True) -> list[Rewrite]:
    """Return each question of a dialogue, rewritten from the turns before it.

    With `titled` the conversation starts with the article's title and section, as CANARD's
    histories do, and each answered question cites that article.
    """
    history: list[Turn] = []
    title = dialogue.title if titled else None
    if title:
        history.append(Turn(title, title, dialogue.section, title))
    found = []
    for turn in dialogue.turns:
        rewrite = rewrite_question(turn.question, history)
        found.append(rewrite)
        cited = title if turn.answer is not None else None
        history.append(Turn(turn.question, rewrite.question, turn.answer, cited))
    return found


@dataclass(frozen=True)
class Questions:
    """The measured questions: dialogue ids, gold texts, and the searched text by system."""

    dialogues: list[str]
    first: list[bool]
    gold: list[str]
    searched: dict[str, list[str]]


def searched_text(rewrite: Rewrite) -> str:
    """Return the text to search for a rewritten question: its words and the context words."""
    return " ".join((rewrite.question, *rewrite.context))


def questions(dialogues: Sequence[Dialogue]) -> Questions:
    """Return every question with a known answer, as each system would search it."""
    found = Questions(
        [], [], [], {"none": [], "append": [], "person": [], "ours": [], "context": [], "bare": []}
    )
    for dialogue in dialogues:
        rewrites = rewritten(dialogue)
        untitled = rewritten(dialogue, titled=False)
        before = dialogue.title or ""
        for number, turn in enumerate(dialogue.turns):
            if turn.answer is not None and turn.person is not None:
                found.dialogues.append(dialogue.id)
                found.first.append(number == 0)
                found.gold.append(turn.answer)
                found.searched["none"].append(turn.question)
                found.searched["append"].append(f"{turn.question} {before}")
                found.searched["person"].append(turn.person)
                found.searched["ours"].append(rewrites[number].question)
                found.searched["context"].append(searched_text(rewrites[number]))
                found.searched["bare"].append(searched_text(untitled[number]))
            before = turn.question
    return found


def answers(dialogues: Sequence[Dialogue]) -> list[str]:
    """Return all answers of the dialogues, without duplicates."""
    return list(dict.fromkeys(e.answer for d in dialogues for e in d.turns if e.answer is not None))


@dataclass(frozen=True)
class Table:
    """Ranks by system over the same questions."""

    ranks: dict[str, Ranks]
    dialogues: list[str]

    def figure(self, system: str, measure: str) -> float:
        """Return the mean of a measure."""
        return float(MEASURES[measure](self.ranks[system]).mean())

    def interval(self, system: str, measure: str) -> tuple[float, float]:
        """Return its 95% interval, resampling dialogues."""
        values = MEASURES[measure](self.ranks[system])

        def mean(weight: Values) -> float:
            return float((weight * values).sum() / weight.sum())

        return intervals({measure: mean}, self.dialogues)[measure]

    def p(self, system: str, other: str, measure: str) -> float:
        """Return the p-value of a paired permutation test that exchanges whole dialogues."""
        differences = MEASURES[measure](self.ranks[system]) - MEASURES[measure](self.ranks[other])
        return permutation_p(differences, self.dialogues, resamples=10_000)

    def closed(self, system: str, measure: str) -> float:
        """Return the share of the gap between no rewriting and a person's that a system closes."""
        low, high = self.figure("none", measure), self.figure("person", measure)
        return (self.figure(system, measure) - low) / (high - low)


def ranked(asked: Questions, pool: Pool) -> Table:
    """Return the rank of every gold answer under every system."""
    place = {text: number for number, text in enumerate(pool.texts)}
    gold = [place[text] for text in asked.gold]
    pool.prepare([text for texts in asked.searched.values() for text in texts])
    return Table(
        {system: pool.ranks(texts, gold) for system, texts in asked.searched.items()},
        asked.dialogues,
    )


@dataclass(frozen=True)
class Recovered:
    """Recall and precision of the words of the resolved questions, averaged over turns.

    `recall` is over all content words of the person's question, `precision` over ours;
    `missing` is the recall over the words that the question as typed lacked.
    """

    turns: int
    recall: float
    precision: float
    missing: float


def recovered(dialogues: Sequence[Dialogue], *, rewrite: bool = True) -> Recovered:
    """Compare the content words of rewritten questions with the person's.

    The first turn of a topic has no history and is not counted.
    """
    recall, precision, missing = [], [], []
    for dialogue in dialogues:
        rewrites = rewritten(dialogue, titled=False)
        for turn, ours in list(zip(dialogue.turns, rewrites, strict=True))[1:]:
            if turn.person is None:
                continue
            asked = set(content_words(turn.question))
            wanted = set(content_words(turn.person))
            have = set(content_words(ours.question)) if rewrite else asked
            if wanted:
                recall.append(len(wanted & have) / len(wanted))
            if have:
                precision.append(len(wanted & have) / len(have))
            if wanted - asked:
                missing.append(len((wanted - asked) & have) / len(wanted - asked))
    return Recovered(
        len(recall), float(np.mean(recall)), float(np.mean(precision)), float(np.mean(missing))
    )


@dataclass(frozen=True)
class LeftAlone:
    """Stand-alone questions: their number, and those changed (before, after)."""

    count: int
    changed: list[tuple[str, str]]

    @property
    def share(self) -> float:
        """Return the share changed, 0..1."""
        return len(self.changed) / self.count


def left_alone(dialogue: Dialogue) -> LeftAlone:
    """Return which questions are changed (words or context) in a conversation of unrelated ones."""
    pairs = zip(dialogue.turns, rewritten(dialogue), strict=True)
    changed = [
        (turn.question, searched_text(rewrite))
        for turn, rewrite in pairs
        if searched_text(rewrite) != turn.question or rewrite.changed
    ]
    return LeftAlone(len(dialogue.turns), changed)
