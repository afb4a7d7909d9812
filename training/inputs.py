"""Turn questions and paragraphs into token rows: windows, targets, batches of similar length."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from index.segmentation.sentences import sentences
from index.types import Span
from qa.readers.span_model import CANDIDATE_TOKENS, crop
from training.model import encoder_folder

CLS, SEP, PAD = 101, 102, 0
BARRED = -1e4  # the score of a position that cannot be an answer
QUESTION_TOKENS, TITLE_TOKENS, ANSWER_TOKENS = 40, 24, 40
# Passage tokens of a row. Some public rows are cut: short rows fit more questions into the same
# time, whole ones match what the reader gets at run time.
LONG_WINDOW, SHORT_WINDOW, LONG = 224, (72, 120), 0.6
TITLED = 0.8  # share of rows that have their title


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
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage, with what is known of the answer.

    `short` and `long` are code-point ranges of `context`: a few words that answer, each on its
    own, and the whole sentences, items or rows of a full answer. Both are empty where the passage
    does not answer. `wants_short` says whether a few words can answer the question, None where
    that is not known. `domain` is that of an `asked` question, else empty.
    """

    kind: str
    source: str
    title: str
    question: str
    context: str
    short: tuple[Range, ...] = ()
    long: tuple[Range, ...] = ()
    wants_short: bool | None = None
    domain: str = ""

    @property
    def answers(self) -> bool:
        """Whether the passage answers the question."""
        return bool(self.short or self.long)

    @property
    def key(self) -> int:
        """Return the 64-bit key of the teacher's scores of this example."""
        both = f"{self.question}\n{self.context}".encode()
        return int.from_bytes(hashlib.blake2b(both, digest_size=8).digest())


@dataclass(frozen=True, slots=True)
class Row:
    """One input of the network, and its targets; None where one is not known.

    `first` is the position of the first passage token. `start` and `end` are positions, 0 for no
    answer. `inside` has 1 for each passage token of the full answer. `short` and `sentences` are
    positions, first and last, of each few words that answer and of each sentence. `taught` holds
    the teacher's scores of position 0 and of the passage tokens. A row that asks about a
    candidate has its positions in `candidate`, and `is_right`.
    """

    ids: list[int]
    first: int
    start: int | None = None
    end: int | None = None
    inside: list[int] | None = None
    answers: bool | None = None
    wants_short: bool | None = None
    short: tuple[Range, ...] = ()
    sentences: tuple[Range, ...] = ()
    candidate: Range | None = None
    is_right: bool | None = None
    taught: Scores | None = None


def token_range(offsets: Sequence[Range], start: int, end: int) -> Range | None:
    """Return the first and last token that overlap `start:end`."""
    inside = [i for i, (s, e) in enumerate(offsets) if s < end and start < e]
    return (inside[0], inside[-1]) if inside else None


@cache
def sentence_ranges(text: str) -> tuple[Range, ...]:
    """Return the sentences of every line of a text."""
    found: list[Range] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            found += [(s.start, s.end) for s in sentences(text, Span(at, at + len(line)))]
        at += len(line) + 1
    return tuple(found)


def prefix_tokens(question: str, title: str) -> list[int]:
    """Return the tokens before the passage: the question, and the title unless it is empty."""
    head = [CLS, *tokens(question)[0][:QUESTION_TOKENS], SEP]
    return [*head, *tokens(title)[0][:TITLE_TOKENS], SEP] if title else head


def make_row(
    example: Example,
    rng: random.Random,
    taught: Mapping[int, Scores] | None = None,
) -> Row | None:
    """Make a training row: sometimes without title, a random window of a long passage."""
    question = example.question
    if rng.random() < 0.2:
        question = question.rstrip("?") if question.endswith("?") else question + "?"
    if rng.random() < 0.1:
        question = question.lower()
    ids, offsets = tokens(example.context)
    if not ids:
        return None
    short = [r for s in example.short if (r := token_range(offsets, *s))]
    short = [r for r in short if r[1] - r[0] < ANSWER_TOKENS]
    long = [r for s in example.long if (r := token_range(offsets, *s))]
    target = rng.choice(short) if short else None
    kept = target or (rng.choice(long) if long else None)
    if example.answers and kept is None:
        return None
    size = LONG_WINDOW if example.domain or rng.random() < LONG else rng.randint(*SHORT_WINDOW)
    first = 0
    if len(ids) > size:
        if kept is None:
            first = rng.randrange(len(ids) - size + 1)
        else:
            low = max(0, kept[1] - size + 1)
            first = rng.randint(min(low, kept[0]), max(low, min(kept[0], len(ids) - size)))
    last = min(len(ids), first + size)
    head = prefix_tokens(question, example.title if rng.random() < TITLED else "")
    shift = len(head) - first
    labels = [0] * (last - first)
    for low, high in long:
        for at in range(max(low, first), min(high + 1, last)):
            labels[at - first] = 1
    start = end = None
    if target and first <= target[0] and target[1] < last:
        start, end = (len(head) + at - first for at in target)
    elif not example.answers:
        start = end = 0
    result = Row(
        [*head, *ids[first:last], SEP],
        len(head),
        start,
        end,
        # Where only a few words are known, so is no sentence.
        labels if example.long or not example.answers else None,
        example.answers,
        example.wants_short if example.answers else None,
        tuple((s + shift, e + shift) for s, e in short if s >= first and e < last),
        tuple(
            (r[0] + shift, r[1] + shift)
            for s in sentence_ranges(example.context)
            if (r := token_range(offsets, *s)) and r[0] >= first and r[1] < last
        ),
    )
    scores = taught.get(example.key) if taught else None
    # The teacher's scores do not apply to a window without the answer.
    if scores is None or start is None or bool(target) != bool(start) or len(scores) <= last:
        return result
    row_scores = np.concatenate([scores[:1], scores[1 + first : 1 + last]])
    return replace(result, taught=row_scores)


def candidate_row(row: Row, candidate: Range, is_right: bool) -> Row:
    """Return the row that asks whether the passage tokens at `candidate` answer.

    The passage is cut around them, as `qa.readers.span_model` does.
    """
    first, last = row.first, len(row.ids) - 1
    low, high = crop(candidate[0], candidate[1] + 1, first, last, CANDIDATE_TOKENS)
    ids = [*row.ids[:first], *row.ids[low:high], SEP]
    moved = (candidate[0] - low + first, candidate[1] - low + first)
    return Row(ids, first, candidate=moved, is_right=is_right)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows padded to one length. `allowed` marks possible answer positions, and 0.

    `spans` are the rows with a start and an end, `starts` and `ends`. `pairs` are (right row,
    wrong row) of the same question, normalised together, as places in `spans`. `inside` is 1, 0
    or -1 for each token, -1 where it is not known, and so are `answers`, `wants_short` and
    `is_right` for each row. `taught` are places in `spans` with the teacher's scores, `scores`
    those scores, shape (taught rows, length, 2).
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    allowed: Tensor
    spans: Tensor
    starts: Tensor
    ends: Tensor
    pairs: Tensor
    inside: Tensor
    answers: Tensor
    wants_short: Tensor
    is_right: Tensor
    taught: Tensor
    scores: Tensor


def _labels(values: Sequence[bool | None]) -> Tensor:
    return torch.tensor([-1.0 if value is None else float(value) for value in values])


def collate(units: Sequence[Sequence[Row]]) -> Batch:
    """Make one batch from single rows and pairs."""
    rows = [row for unit in units for row in unit]
    length = -(-max(len(row.ids) for row in rows) // 8) * 8
    ids = torch.full((len(rows), length), PAD)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    allowed = torch.zeros(len(rows), length, dtype=torch.bool)
    inside = torch.full((len(rows), length), -1.0)
    for i, row in enumerate(rows):
        n = len(row.ids)
        ids[i, :n] = torch.tensor(row.ids)
        mask[i, :n] = 1
        types[i, row.first : n] = 1
        if row.candidate:
            types[i, row.candidate[0] : row.candidate[1] + 1] = 2
        allowed[i, row.first : n - 1] = True
        if row.inside is not None:
            inside[i, row.first : n - 1] = torch.tensor(row.inside, dtype=torch.float)
    allowed[:, 0] = True
    spans = [i for i, row in enumerate(rows) if row.start is not None]
    place = {i: at for at, i in enumerate(spans)}
    taught = [i for i in spans if rows[i].taught is not None]
    scores = torch.full((len(taught), length, 2), BARRED)
    for at, number in enumerate(taught):
        row = rows[number]
        values = torch.tensor(np.asarray(row.taught, dtype=np.float32))
        scores[at, 0] = values[0]
        scores[at, row.first : row.first + len(values) - 1] = values[1:]
    pairs, at = [], 0
    for unit in units:
        if len(unit) == 2 and unit[0].start and unit[1].start == 0:
            pairs.append((place[at], place[at + 1]))
        at += len(unit)
    return Batch(
        ids,
        types,
        mask,
        allowed,
        torch.tensor(spans, dtype=torch.long),
        torch.tensor([rows[i].start or 0 for i in spans], dtype=torch.long),
        torch.tensor([rows[i].end or 0 for i in spans], dtype=torch.long),
        torch.tensor(pairs, dtype=torch.long).reshape(-1, 2),
        inside,
        _labels([row.answers for row in rows]),
        _labels([row.wants_short for row in rows]),
        _labels([row.is_right for row in rows]),
        torch.tensor([place[i] for i in taught], dtype=torch.long),
        scores,
    )
