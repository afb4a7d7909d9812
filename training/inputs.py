"""Turn questions and paragraphs into token rows: windows, targets, batches of similar length."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from training.data import LabelledQuestion, Sets, clean_title
from training.model import encoder_folder

CLS, SEP, PAD = 101, 102, 0
BARRED = -1e4  # the score of a position that cannot be an answer
QUESTION_TOKENS, TITLE_TOKENS, ANSWER_TOKENS = 40, 12, 40
# Passage tokens in a training window: encyclopedia paragraphs fit nearly whole, reviews are cut.
WINDOW = {"squad": 224, "qed": 192, "reddit": 150, "amazon_reviews": 150}
# Share of rows cut to part of their paragraph, at the start and at the end of training: short rows
# fit more questions into the same time; whole paragraphs match what the reader gets at run time.
SHORT, SHORT_WINDOW = (0.65, 0.25), (72, 120)


@cache
def tokenizer() -> Tokenizer:
    """Return the encoder's tokenizer without truncation to 128 tokens."""
    result = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
    result.no_truncation()
    result.no_padding()
    return result


@cache
def tokens(text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the token ids of `text` and the code-point range of each."""
    encoded = tokenizer().encode(text, add_special_tokens=False)
    return encoded.ids, encoded.offsets


# The teacher's start and end scores by `Example.key`, shape (1 + tokens of the passage, 2), the
# first row for "no answer here".
Scores = NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage; `answer` is a code-point range of `context`, or None."""

    kind: str
    source: str
    title: str
    question: str
    context: str
    answer: tuple[int, int] | None

    @property
    def key(self) -> int:
        """Return the 64-bit key of the teacher's scores of this example."""
        both = f"{self.question}\n{self.context}".encode()
        return int.from_bytes(hashlib.blake2b(both, digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Row:
    """One input of the network. `start` and `end` are target positions, 0 for no answer.

    `taught` holds the teacher's scores of position 0 and of the row's passage tokens.
    """

    ids: list[int]
    context_from: int
    start: int
    end: int
    taught: Scores | None = None


def token_range(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """Return the first and last token that overlap `start:end`."""
    inside = [i for i, (s, e) in enumerate(offsets) if s < end and start < e]
    return (inside[0], inside[-1]) if inside else None


def prefix_tokens(question: str, title: str) -> list[int]:
    """Return the tokens before the passage: the question, and the title unless it is empty."""
    head = [CLS, *tokens(question)[0][:QUESTION_TOKENS], SEP]
    return [*head, *tokens(title)[0][:TITLE_TOKENS], SEP] if title else head


def make_row(
    example: Example,
    rng: random.Random,
    progress: float = 0.0,
    taught: Mapping[int, Scores] | None = None,
) -> Row | None:
    """Make a training row: half the time without title, a random window of a long passage."""
    question = example.question
    if rng.random() < 0.2:
        question = question.rstrip("?") if question.endswith("?") else question + "?"
    ids, offsets = tokens(example.context)
    target = token_range(offsets, *example.answer) if example.answer else None
    if example.answer and (target is None or target[1] - target[0] >= ANSWER_TOKENS):
        return None
    size = WINDOW[example.source]
    if rng.random() < SHORT[0] + (SHORT[1] - SHORT[0]) * progress:
        size = rng.randint(*SHORT_WINDOW)
    first = 0
    if len(ids) > size:
        if target is None or rng.random() < 0.1:
            first = rng.randrange(len(ids) - size + 1)
        else:
            low = max(0, target[1] - size + 1)
            first = rng.randint(low, max(low, min(target[0], len(ids) - size)))
    window = ids[first : first + size]
    head = prefix_tokens(question, example.title if example.title and rng.random() < 0.5 else "")
    start = end = 0
    if target and target[0] >= first and target[1] < first + len(window):
        start, end = (len(head) + t - first for t in target)
    result = Row([*head, *window, SEP], len(head), start, end)
    scores = taught.get(example.key) if taught else None
    # The teacher's scores do not apply to a window without the answer.
    if scores is None or bool(target) != bool(start) or len(scores) <= first + len(window):
        return result
    row_scores = np.concatenate([scores[:1], scores[1 + first : 1 + first + len(window)]])
    return replace(result, taught=row_scores)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded to one length. `allowed` marks possible answer positions, and 0.

    `pairs` are (right row, wrong row) of the same question, normalised together. `taught` are
    rows with the teacher's scores, `scores` those scores, shape (taught rows, length, 2).
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    allowed: Tensor
    starts: Tensor
    ends: Tensor
    pairs: Tensor
    taught: Tensor
    scores: Tensor


def collate(units: Sequence[Sequence[Row]]) -> Batch:
    """Make one batch from single rows and pairs."""
    rows = [row for unit in units for row in unit]
    length = -(-max(len(row.ids) for row in rows) // 8) * 8
    ids = torch.full((len(rows), length), PAD)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    allowed = torch.zeros(len(rows), length, dtype=torch.bool)
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n] = torch.tensor(row.ids)
        mask[i, :n] = 1
        types[i, row.context_from : n] = 1
        allowed[i, row.context_from : n - 1] = True
    allowed[:, 0] = True
    taught = [i for i, row in enumerate(rows) if row.taught is not None]
    scores = torch.full((len(taught), length, 2), BARRED)
    for i, number in enumerate(taught):
        row = rows[number]
        teacher_scores = torch.tensor(np.asarray(row.taught, dtype=np.float32))
        scores[i, 0] = teacher_scores[0]
        scores[i, row.context_from : row.context_from + len(teacher_scores) - 1] = teacher_scores[
            1:
        ]
    pairs, at = [], 0
    for unit in units:
        if len(unit) == 2 and unit[0].start and not unit[1].start:
            pairs.append((at, at + 1))
        at += len(unit)
    return Batch(
        ids,
        types,
        mask,
        allowed,
        torch.tensor([row.start for row in rows]),
        torch.tensor([row.end for row in rows]),
        torch.tensor(pairs, dtype=torch.long).reshape(-1, 2),
        torch.tensor(taught, dtype=torch.long),
        scores,
    )


def _endless(items: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    order = list(items)
    while True:
        rng.shuffle(order)
        yield from order


# Shares of the sets, early and late: reviews and posts first, then mostly clean sets.
SHARES = {
    "squad": (0.30, 0.44),
    "qed": (0.16, 0.20),
    "shifts": (0.32, 0.08),
    "cut": (0.06, 0.06),
    "edited": (0.08, 0.10),
    "moved": (0.03, 0.03),
    "near": (0.03, 0.06),
    "human": (0.02, 0.03),
}
PAIRED = 0.2  # answered encyclopedia questions that bring a `near` or `moved` passage


class Mixture:
    """An endless stream of training rows and pairs.

    `progress` in 0..1 moves the shares of the kinds from their early to their late values.

    `shares` overrides the shares of the kinds that it names, early and late.
    """

    def __init__(
        self,
        sets: Sets,
        negatives: Path,
        seed: int,
        taught: Mapping[int, Scores] | None = None,
        shares: Mapping[str, float] | None = None,
    ) -> None:
        self.rng = random.Random(seed)
        self.taught = taught
        self.shares = SHARES | {kind: (share, share) for kind, share in (shares or {}).items()}
        pools: dict[str, list[Example]] = {name: [] for name in SHARES}
        self.wrong: dict[str, list[Example]] = {}
        self.ids: dict[tuple[str, str], str] = {}
        sources: dict[str, str] = {}
        for kind, questions in (
            ("squad", sets.squad),
            ("qed", sets.qed),
            ("shifts", sets.shifts),
            ("human", sets.unanswerable),
        ):
            for q in questions:
                sources[q.id] = q.source
                pools[kind] += self._examples(kind, q)
        with negatives.open(encoding="utf-8") as file:
            for line in file:
                item = json.loads(line)
                source = sources[item["id"]]
                title = clean_title(item["title"]) if source in ("squad", "qed") else ""
                result = Example(
                    item["kind"], source, title, item["question"], item["context"], None
                )
                pools[item["kind"]].append(result)
                if item["kind"] in ("near", "moved"):
                    self.wrong.setdefault(item["id"], []).append(result)
        self.examples = pools
        self.pools = {name: _endless(pool, self.rng) for name, pool in pools.items() if pool}
        self.sizes = {name: len(pool) for name, pool in pools.items()}

    def _examples(self, kind: str, q: LabelledQuestion) -> list[Example]:
        title = clean_title(q.title) if q.source in ("squad", "qed") else ""
        answer = q.answers[0] if q.answers else None
        self.ids[q.question, q.context] = q.id
        return [Example(kind, q.source, title, q.question, q.context, answer)]

    def _row(self, example: Example, progress: float) -> Row | None:
        return make_row(example, self.rng, progress, self.taught)

    def unit(self, progress: float) -> list[Row]:
        """Return one row, or a right and a wrong row of the same question."""
        names = list(self.pools)
        both = [self.shares[name] for name in names]
        weights = [early + (late - early) * progress for early, late in both]
        while True:
            example = next(self.pools[self.rng.choices(names, weights)[0]])
            row = self._row(example, progress)
            if row is None:
                continue
            if example.answer and self.rng.random() < PAIRED:
                key = self.ids[example.question, example.context]
                wrong = self.wrong.get(key)
                wrong_row = self._row(self.rng.choice(wrong), progress) if wrong else None
                if wrong_row:
                    return [row, wrong_row]
            return [row]

    def batches(self, progress: float, rows: int, pool: int) -> Iterator[Batch]:
        """Yield about `pool` batches of `rows` rows of similar length, in random order."""
        units: list[list[Row]] = []
        count = 0
        while count < pool * rows:
            units.append(self.unit(progress))
            count += len(units[-1])
        units.sort(key=lambda unit: max(len(row.ids) for row in unit))
        groups: list[list[list[Row]]] = [[]]
        for unit in units:
            if sum(len(u) for u in groups[-1]) + len(unit) > rows:
                groups.append([])
            groups[-1].append(unit)
        self.rng.shuffle(groups)
        for group in groups:
            yield collate(group)
