"""Votes on answers, saved as a question set: complaints become tests.

Each vote is a line of `feedback.jsonl` in the index folder, in the format that `pincite eval`
reads. Callers give article ids and offsets only; the words are copied from the articles.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from index.segmentation.folding import find_folded
from index.storage.fsync import file_mode, sync_file
from index.storage.manifest import FEEDBACK_NAME as FEEDBACK_NAME
from index.storage.snapshot import Snapshot
from index.types import Article, Paragraph, Span
from qa.answer import Recalibration
from qa.questions import normalize_spacing

_WORD_HITS = 50
"""How many chunks are searched for words that somebody typed."""


class Reason(StrEnum):
    """Why an answer is wrong; `MISSED` is for a refusal."""

    UNANSWERABLE = "the articles do not answer this"
    WORDS = "wrong words"
    PLACE = "wrong article or passage"
    MISSED = "the articles do answer this"


@dataclass(frozen=True, slots=True)
class ArticleWords:
    """Words of an article, inside one of its searched paragraphs."""

    article: Article
    span: Span
    paragraph: Paragraph

    @property
    def words(self) -> str:
        """The words, as the article has them."""
        return self.span.of(self.article.text)

    @property
    def title(self) -> str:
        """The article's title, or its id if it has none."""
        return self.article.metadata.title or self.article.id

    @property
    def evidence(self) -> dict[str, str]:
        """The whole paragraph as evidence of a question set."""
        return {"article": self.article.id, "text": self.paragraph.span.of(self.article.text)}


@dataclass(frozen=True, slots=True)
class VotedAnswer:
    """A vote on words that were shown: their log odds before any recalibration, and the vote."""

    log_odds: float
    is_right: bool


def words_at(article: Article, span: Span) -> ArticleWords | None:
    """Return the words at a span of an article, None unless a searched paragraph has them all."""
    paragraph = article.paragraph_at(span.start)
    if paragraph is None or not paragraph.kind.is_searched or not len(span):
        return None
    return ArticleWords(article, span, paragraph) if paragraph.span.contains(span) else None


def find_words(
    words: str, snapshot: Snapshot, first: Iterable[tuple[str, int]]
) -> ArticleWords | None:
    """Find typed words in the articles, ignoring case and accents; None if none has them.

    `first` are paragraphs to search before all others, as article id and 1-based number; then
    come those of a word search, best first.
    """
    for article_id, number in (*first, *_matching_paragraphs(words, snapshot)):
        article = snapshot.article(article_id)
        if not 1 <= number <= len(article.paragraphs):
            continue
        paragraph = article.paragraphs[number - 1]
        within = find_folded(paragraph.span.of(article.text), words)
        if within is not None and paragraph.kind.is_searched:
            start = paragraph.span.start
            span = Span(start + within.start, start + within.end)
            return ArticleWords(article, span, paragraph)
    return None


def confirmation(question: str, answers: Iterable[ArticleWords]) -> dict[str, Any]:
    """Return a question with the first answer as its accepted one and all as evidence.

    Without answers, it states that the articles do not answer the question.
    """
    answers = list(answers)
    evidence = [answer.evidence for answer in answers]
    return {
        **_entry(question),
        "answers": [answers[0].words] if answers else [],
        "evidence": list({json.dumps(item): item for item in evidence}.values()),
    }


def complaint(question: str, reason: Reason, answer: ArticleWords | None = None) -> dict[str, Any]:
    """Return a question that was answered wrongly; `answer` is the right answer, if known.

    Without one the question cannot be measured yet: `unresolved` gives the reason, and
    `pincite eval` counts the entry and leaves it out.
    """
    if answer is not None or reason is Reason.UNANSWERABLE:
        return {**confirmation(question, [answer] if answer else []), "reason": reason.value}
    return {**_entry(question), "unresolved": reason.value}


def withdrawal(question: str) -> dict[str, Any]:
    """Return an entry that takes back every earlier vote on a question."""
    return {**_entry(question), "withdrawn": True}


def signed(entry: dict[str, Any], user: str) -> dict[str, Any]:
    """Return an entry as the vote of a user, which replaces and withdraws theirs only.

    An entry of no user, "", is returned unchanged.
    """
    return {**entry, "id": f"{entry['id']}-{user}", "user": user} if user else entry


def shown(
    confidence: float, recalibration: Recalibration | None, *, is_right: bool
) -> dict[str, Any]:
    """Return the keys of a vote on shown words: their confidence, 0..1, and whether they are right.

    There are none where votes do not change the confidence.
    """
    if recalibration is None:
        return {}
    return {
        "shown": {
            "confidence": confidence,
            "right": is_right,
            "fit": recalibration.fit,
            "shift": recalibration.shift,
        }
    }


def voted_answers(path: Path, fit: str) -> list[VotedAnswer]:
    """Return the votes in a feedback file on answers that were shown with confidences of a fit.

    Of several votes on a question the last counts. Lines that cannot be understood, such as those
    of a damaged file, are left out. Raises OSError where the file cannot be read.
    """
    votes: dict[str, VotedAnswer | None] = {}
    for line in path.read_bytes().splitlines():
        try:
            entry = json.loads(line)
            if isinstance(entry, dict) and "voted" in entry:
                votes[str(entry["id"])] = _voted_answer(entry.get("shown"), fit)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            continue
    return [vote for vote in votes.values() if vote is not None]


def _voted_answer(shown: Any, fit: str) -> VotedAnswer | None:
    """Return what a vote says of shown words, None where it says nothing of this fit.

    Raises KeyError, TypeError, ValueError or OverflowError where it cannot be understood.
    """
    if shown is None or shown["fit"] != fit:
        return None
    confidence, shift, is_right = float(shown["confidence"]), float(shown["shift"]), shown["right"]
    if not (0.0 < confidence < 1.0 and math.isfinite(shift) and isinstance(is_right, bool)):
        raise ValueError(f"not a vote on an answer: {shown!r}")
    return VotedAnswer(math.log(confidence / (1.0 - confidence)) - shift, is_right)


def append(folder: Path, entry: dict[str, Any]) -> Path:
    """Append an entry to the folder's file, flush it to disk and return the file's path.

    Several processes may append at once. An incomplete last line, left by a process that was
    killed, is removed. Raises OSError, and then the file is unchanged.
    """
    from filelock import FileLock  # takes 0.05 s to import

    path = folder / FEEDBACK_NAME
    line = (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    mode = file_mode(folder)
    with FileLock(path.with_suffix(".lock"), mode=mode), _opened(path, mode) as descriptor:
        size = _whole_lines(descriptor)
        os.ftruncate(descriptor, size)
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(
                    f"{path}: cannot write the whole vote; free some disk space and try again"
                )
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        if size == 0:
            sync_file(folder)
    return path


@contextmanager
def _opened(path: Path, mode: int) -> Iterator[int]:
    """Open a file for appending, and close it afterwards."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _entry(question: str) -> dict[str, Any]:
    """Return the common keys; the id depends on the question, so a later vote replaces it."""
    digest = hashlib.sha256(normalize_spacing(question).casefold().encode("utf-8", "replace"))
    return {
        "id": f"vote-{digest.hexdigest()[:12]}",
        "question": normalize_spacing(question),
        "voted": date.today().isoformat(),
    }


def _matching_paragraphs(words: str, snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Yield article id and number of the paragraphs a word search returns, best first."""
    rows = [hit.row for hit in snapshot.search_words(words, _WORD_HITS)]
    for chunk in snapshot.chunks(rows):
        yield from ((chunk.article, number) for number in chunk.paragraphs)


def _whole_lines(descriptor: int) -> int:
    """Return how many bytes of the file are complete lines."""
    size = os.fstat(descriptor).st_size
    while size > 0:
        start = max(0, size - 4096)
        newline = os.pread(descriptor, size - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        size = start
    return 0
