"""A set of questions with known answers, and what one question of it says.

The formats are read in `qa.evaluation.formats`; this file holds what they all become.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from index.types import Article, Span


class SetFormat(StrEnum):
    """The formats of question sets that are recognised."""

    PINCITE = "pincite"
    SQUAD = "squad"
    BEIR = "beir"
    TREC = "trec"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place that answers a question; several of a question are alternatives.

    `article` is an article's id or its bare file name. `text` is verbatim text inside the
    gold paragraph. Where a set brings its own texts the place is known: `paragraph` is the
    1-based number and `span` the answer's code points in the article. `relevance` (1 or
    more) grades whole documents in sets that judge retrieval only.
    """

    article: str
    text: str = ""
    paragraph: int | None = None
    span: Span | None = None
    relevance: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its id, wording, accepted answers and where the answer stands.

    Without `answers` the articles do not answer it, unless the set judges retrieval only.
    `origin` is the place it was written about, which for an unanswerable question is
    not evidence but still says which questions belong together.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    origin: Evidence | None = None

    @property
    def answerable(self) -> bool:
        """Whether the articles are said to answer it."""
        return bool(self.answers)


@dataclass(frozen=True)
class QuestionSet:
    """All questions of one file or folder, in its order.

    `articles` are the texts the set brings itself, None where it asks about a folder of
    articles elsewhere. `key` identifies the content of the files read (hexadecimal).
    `warnings` says what was odd but usable.
    """

    path: Path
    format: SetFormat
    questions: tuple[Question, ...] = field(repr=False)
    key: str
    articles: tuple[Article, ...] | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def retrieval_only(self) -> bool:
        """Whether the set judges documents and knows no answers."""
        return self.format in (SetFormat.BEIR, SetFormat.TREC)


def normalize_spacing(text: str) -> str:
    """A text in NFC with every run of white space made one space, trimmed.

    This is the folding under which evidence is matched, and no more than that: case,
    accents and punctuation must agree.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def sample(questions: Sequence[Question], limit: int | None, seed: int = 0) -> tuple[Question, ...]:
    """`limit` of the questions drawn without replacement, kept in their order.

    The draw depends on `seed` and the questions' ids only, so the same questions are drawn
    from a file whose lines were shuffled. None, or a limit at or above the number of
    questions, gives all. Raises ValueError when `limit < 1`.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"the limit is {limit}; ask for at least 1 question")
    if limit is None or limit >= len(questions):
        return tuple(questions)
    import random

    drawn = set(random.Random(seed).sample(sorted(q.id for q in questions), limit))
    return tuple(question for question in questions if question.id in drawn)
