"""SQuAD 1.1 and 2.0 JSON, also as other sets use it: long contexts, missing titles.

Rajpurkar et al., EMNLP 2016 and ACL 2018. Every title becomes an article and every context
a paragraph; a context with line breaks becomes several, and the gold one is where
`answer_start` points.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.types import Article, Metadata, Paragraph, Span
from qa.errors import QuestionSetError
from qa.evaluation.formats.files import content_key, kind_of
from qa.questions import Evidence, Question, QuestionSet, SetFormat

_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")


def read_squad(path: Path, text: str) -> QuestionSet:
    """Questions and articles of a SQuAD file.

    Raises QuestionSetError naming the line of broken JSON, or the place of a wrong value.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise QuestionSetError(f"{path}, line {line}: not JSON ({error})") from error
    entries = _list(f"{path}", content, "data")
    reading = _Reading(path)
    for number, entry in enumerate(entries):
        reading.article(f"{path}, data[{number}]", entry, number)
    if not reading.questions:
        raise QuestionSetError(f'{path}: no question in it; "paragraphs" hold "qas"')
    warnings = []
    if reading.moved:
        warnings.append(
            f"{reading.moved:,} answers do not stand at their answer_start; the nearest place "
            "with the same words was taken"
        )
    if reading.lost:
        warnings.append(
            f"{reading.lost:,} answers do not stand in their context at all; the paragraph at "
            "their answer_start counts as gold"
        )
    return QuestionSet(
        path,
        SetFormat.SQUAD,
        tuple(reading.questions),
        content_key(path),
        articles=tuple(reading.articles),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True)
class _Context:
    """Where one context stands in its article, and the numbers of its paragraphs."""

    article: str
    start: int
    paragraphs: tuple[Paragraph, ...]

    def paragraph_at(self, position: int) -> Paragraph:
        """The paragraph at or after a position of the article, else the last one."""
        for paragraph in self.paragraphs:
            if position < paragraph.span.end:
                return paragraph
        return self.paragraphs[-1]


class _Reading:
    """What has been read of a file so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.articles: list[Article] = []
        self.questions: list[Question] = []
        self.moved = 0
        self.lost = 0
        self._article_ids: set[str] = set()
        self._question_ids: set[str] = set()

    def article(self, where: str, entry: object, number: int) -> None:
        blocks = _list(where, entry, "paragraphs")
        assert isinstance(entry, dict)
        title = " ".join(str(entry.get("title") or "").split())
        identity = self._identity(title or _document_id(blocks) or f"article {number + 1:04}")
        parts: list[str] = []
        paragraphs: list[Paragraph] = []
        contexts: list[tuple[str, _Context, dict[str, Any]]] = []
        position = 0
        for index, block in enumerate(blocks):
            here = f"{where}.paragraphs[{index}]"
            context = block.get("context") if isinstance(block, dict) else None
            if not isinstance(context, str) or not context.strip():
                raise QuestionSetError(f'{here}: "context" must be a text that is not empty')
            own = tuple(
                Paragraph(len(paragraphs) + offset, span)
                for offset, span in enumerate(_lines(context, position), start=1)
            )
            paragraphs.extend(own)
            contexts.append((here, _Context(identity, position, own), block))
            parts.append(context)
            position += len(context) + 2
        text = "\n\n".join(parts)
        metadata = Metadata(title=title.replace("_", " "))
        self.articles.append(Article(identity, text, tuple(paragraphs), metadata))
        for here, place, block in contexts:
            for order, asked in enumerate(_list(here, block, "qas")):
                self._question(f"{here}.qas[{order}]", asked, place, text)

    def _question(self, where: str, asked: object, place: _Context, text: str) -> None:
        if not isinstance(asked, dict):
            raise QuestionSetError(f"{where}: expected an object, found {kind_of(asked)}")
        wording = asked.get("question")
        if not isinstance(wording, str) or not wording.strip():
            raise QuestionSetError(f'{where}: "question" must be a text that is not empty')
        answers: list[str] = []
        evidence: dict[Evidence, None] = {}
        if not asked.get("is_impossible", False):
            for given in asked.get("answers") or []:
                words, start = _answer(where, given)
                if not words.strip():
                    continue
                answers.append(words)
                evidence[self._evidence(words, start, place, text)] = None
        self.questions.append(
            Question(
                id=self._question_id(where, asked.get("id")),
                question=wording.strip(),
                answers=tuple(dict.fromkeys(answers)),
                evidence=tuple(evidence),
                origin=next(
                    iter(evidence), Evidence(place.article, paragraph=place.paragraphs[0].number)
                ),
            )
        )

    def _evidence(self, words: str, start: int, place: _Context, text: str) -> Evidence:
        end = place.paragraphs[-1].span.end
        at = place.start + max(0, start)
        if text[at : at + len(words)] != words:
            found = _nearest(text[place.start : end], words, start)
            if found is None:
                self.lost += 1
                paragraph = place.paragraph_at(at)
                return Evidence(place.article, paragraph=paragraph.number)
            self.moved += 1
            at = place.start + found
        span = Span(at, at + len(words))
        lead = len(words) - len(words.lstrip())
        paragraph = place.paragraph_at(at + lead)
        return Evidence(place.article, text=words, paragraph=paragraph.number, span=span)

    def _identity(self, wanted: str) -> str:
        # An id is UTF-8 wherever it is written, which a half character is not.
        wanted = wanted.replace("/", "_").encode("utf-8", "replace").decode("utf-8")
        identity, copy = wanted, 2
        while identity in self._article_ids:
            identity, copy = f"{wanted} ({copy})", copy + 1
        self._article_ids.add(identity)
        return identity

    def _question_id(self, where: str, given: object) -> str:
        identity = str(given) if given not in (None, "") else str(len(self.questions) + 1)
        if identity in self._question_ids:
            raise QuestionSetError(f"{where}: id {identity!r} is used by an earlier question")
        self._question_ids.add(identity)
        return identity


def _list(where: str, holder: object, key: str) -> list[Any]:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, list):
        raise QuestionSetError(f'{where}: "{key}" must be a list, found {kind_of(value)}')
    return value


def _answer(where: str, given: object) -> tuple[str, int]:
    text = given.get("text") if isinstance(given, dict) else None
    start = given.get("answer_start", 0) if isinstance(given, dict) else None
    if not isinstance(text, str) or isinstance(start, bool) or not isinstance(start, int):
        raise QuestionSetError(f'{where}: an answer needs "text" and a whole "answer_start"')
    return text, start


def _document_id(blocks: list[Any]) -> str:
    first = blocks[0] if blocks and isinstance(blocks[0], dict) else {}
    return str(first.get("document_id") or "")


def _lines(context: str, start: int) -> Iterator[Span]:
    """The lines of a context that hold something, without outer white space."""
    for match in _LINE.finditer(context):
        line = match.group()
        lead = len(line) - len(line.lstrip())
        yield Span(start + match.start() + lead, start + match.start() + len(line.rstrip()))


def _nearest(context: str, words: str, start: int) -> int | None:
    """Where `words` stand in a context, as near to `start` as possible."""
    places = [match.start() for match in re.finditer(re.escape(words), context)]
    return min(places, key=lambda place: abs(place - start), default=None)
