"""What people said of answers, kept as a question set: complaints become tests.

Each vote is a line of `feedback.jsonl` in the index folder, in the format that `pincite eval`
reads. Nothing about an article is taken from the caller but ids and offsets: the words are
the article's own.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from index.segmentation.folding import find_folded
from index.storage.fsync import sync_file
from index.storage.snapshot import Snapshot
from index.types import Article, Paragraph, Span
from qa.questions import normalize_spacing

FEEDBACK_NAME = "feedback.jsonl"
"""The file's name in the index folder."""

_WORD_HITS = 50
"""How many chunks are looked at for words that somebody typed."""


class Reason(StrEnum):
    """What is wrong with an answer; `MISSED` is for a refusal."""

    UNANSWERABLE = "the articles do not answer this"
    WORDS = "wrong words"
    PLACE = "wrong article or passage"
    MISSED = "the articles do answer this"


@dataclass(frozen=True, slots=True)
class Place:
    """Words of an article in one of its searched paragraphs."""

    article: Article
    span: Span
    paragraph: Paragraph

    @property
    def words(self) -> str:
        """The words, as the article has them."""
        return self.span.of(self.article.text)

    @property
    def evidence(self) -> dict[str, str]:
        """The place as evidence of a question set: the whole paragraph, verbatim."""
        return {"article": self.article.id, "text": self.paragraph.span.of(self.article.text)}


def place_at(article: Article, span: Span) -> Place | None:
    """The words at a span of an article, or None where no searched paragraph holds them."""
    paragraph = article.paragraph_at(span.start)
    if paragraph is None or not paragraph.kind.searched or not len(span):
        return None
    return Place(article, span, paragraph) if paragraph.span.holds(span) else None


def find_words(words: str, snapshot: Snapshot, first: Iterable[tuple[str, int]]) -> Place | None:
    """Where words that somebody typed stand in the articles, case and accents aside.

    `first` are paragraphs to look in before all others, as article id and number; then come
    those that a word search finds, best first.
    """
    for article_id, number in (*first, *_found(words, snapshot)):
        article = snapshot.article(article_id)
        if not 1 <= number <= len(article.paragraphs):
            continue
        paragraph = article.paragraphs[number - 1]
        within = find_folded(paragraph.span.of(article.text), words)
        if within is not None and paragraph.kind.searched:
            start = paragraph.span.start
            return Place(article, Span(start + within.start, start + within.end), paragraph)
    return None


def right(question: str, places: Iterable[Place]) -> dict[str, Any]:
    """A question with the words at the first place as its answer, all places as evidence.

    No place at all says that the articles do not answer it.
    """
    places = list(places)
    evidence = [place.evidence for place in places]
    return {
        **_entry(question),
        "answers": [places[0].words] if places else [],
        "evidence": list({json.dumps(item): item for item in evidence}.values()),
    }


def complaint(question: str, reason: Reason, place: Place | None = None) -> dict[str, Any]:
    """A question that was answered wrongly; `place` holds the right answer, if it is known.

    Without it the question cannot be measured yet: `unresolved` says why, and `pincite eval`
    counts it and leaves it out.
    """
    if place is not None or reason is Reason.UNANSWERABLE:
        return {**right(question, [place] if place else []), "reason": reason.value}
    return {**_entry(question), "unresolved": reason.value}


def withdrawal(question: str) -> dict[str, Any]:
    """Takes back what was said of a question before."""
    return {**_entry(question), "withdrawn": True}


def append(folder: Path, entry: dict[str, Any]) -> Path:
    """Add a line to the folder's file, flushed to disk; the file.

    Several processes may do so at once: lines never mix. What a process that was killed left
    of a line is removed. Raises OSError, and then the file is as it was.
    """
    path = folder / FEEDBACK_NAME
    line = (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "replace")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = _whole_lines(descriptor)
        os.ftruncate(descriptor, size)
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(f"{path}: no room to write; free some space and try again")
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
        if size == 0:
            sync_file(folder)
    finally:
        os.close(descriptor)  # frees the lock
    return path


def _entry(question: str) -> dict[str, Any]:
    """The id goes by the question, so that a later vote takes the place of an earlier one."""
    digest = hashlib.sha256(normalize_spacing(question).casefold().encode("utf-8", "replace"))
    return {
        "id": f"vote-{digest.hexdigest()[:12]}",
        "question": normalize_spacing(question),
        "voted": date.today().isoformat(),
    }


def _found(words: str, snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    rows = [hit.row for hit in snapshot.search_words(words, _WORD_HITS)]
    for chunk in snapshot.chunks(rows):
        yield from ((chunk.article, number) for number in chunk.paragraphs)


def _whole_lines(descriptor: int) -> int:
    """How many bytes of the file are lines that end."""
    size = os.fstat(descriptor).st_size
    while size > 0:
        start = max(0, size - 4096)
        newline = os.pread(descriptor, size - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        size = start
    return 0
