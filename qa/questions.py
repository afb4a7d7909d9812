"""Question sets with known answers, as `qa.evaluation.formats` reads them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.types import Article, Span


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that answers a question; several of one question are alternatives.

    `article` is an article's id or its bare file name. `text` is verbatim text inside the gold
    paragraph. Where a set brings its own articles, `paragraph` is the 1-based number of the
    paragraph and `span` the answer's code points in the article. `relevance` (1 or more) grades
    whole documents in sets that judge retrieval only. With `is_source`, `text` is as in the
    article's file, with its Markdown or HTML marks, and may cover several paragraphs; each of them
    is a gold paragraph.
    """

    article: str
    text: str = ""
    paragraph: int | None = None
    span: Span | None = None
    relevance: int = 1
    is_source: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its id, wording, accepted answers and evidence.

    Without `answers` the articles do not answer it, unless the set judges retrieval only.
    `origin` is the passage it was written about, also for an unanswerable question; questions
    about one paragraph are resampled together. `kind` ("who", "procedure") and `domain` ("news")
    name the groups that figures are reported by, "" where the set names none. `long` holds the
    sentences, items or rows that a careful reader would be shown, and `short` the words in them
    that answer on their own, both as in the article's file; `long` is empty in sets that have
    accepted answers only.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    origin: Evidence | None = None
    kind: str = ""
    domain: str = ""
    long: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether there are accepted answers."""
        return bool(self.answers)


@dataclass(frozen=True)
class QuestionSet:
    """All questions of one file or folder, in its order.

    `key` is a digest of the files that were read (hexadecimal). `articles` are those that the set
    brings, None where it asks about other articles. `warnings` name what was wrong but usable.
    `retrieval_only` sets judge documents and have no answers. `format` is the format's name.
    """

    path: Path
    questions: tuple[Question, ...] = field(repr=False)
    key: str
    articles: tuple[Article, ...] | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()
    retrieval_only: bool = False
    format: str = ""


def normalize_spacing(text: str) -> str:
    """Return a text in NFC, trimmed, with every run of white space made one space.

    Evidence is matched under this folding; case, accents and punctuation must agree.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def sample(questions: Sequence[Question], limit: int | None, seed: int = 0) -> tuple[Question, ...]:
    """Draw `limit` of the questions without replacement, in their order.

    The draw depends on `seed` and the ids only, so that it does not change when the file is
    shuffled. None, or a limit at or above the number of questions, returns all. Raises ValueError
    when `limit < 1`.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"the limit is {limit}; draw at least 1 question")
    if limit is None or limit >= len(questions):
        return tuple(questions)
    import random

    drawn = set(random.Random(seed).sample(sorted(q.id for q in questions), limit))
    return tuple(question for question in questions if question.id in drawn)
