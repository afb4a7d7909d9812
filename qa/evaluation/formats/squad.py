"""Read SQuAD 1.1 and 2.0 JSON, also with long contexts and missing titles.

Rajpurkar et al., EMNLP 2016 and ACL 2018. Every title becomes an article and every context
a paragraph; a context with line breaks becomes several, and the gold one is that at
`answer_start`.
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
from qa.evaluation.formats.files import QuestionSetSource, content_key, kind_of
from qa.questions import Evidence, Question, QuestionSet

_LINE = re.compile(r"[^\r\n]*\S[^\r\n]*")


def read_squad(source: QuestionSetSource) -> QuestionSet:
    """Read the questions and articles of a SQuAD file.

    Raises QuestionSetError, which names the line of broken JSON or the path of a wrong value.
    """
    path = source.path
    try:
        content = json.loads(source.text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise QuestionSetError(f"{path}, line {line}: not JSON ({error})") from error
    entries = _list(f"{path}", content, "data")
    reader = _SquadReader(path)
    for number, entry in enumerate(entries):
        reader.article(f"{path}, data[{number}]", entry, number)
    if not reader.questions:
        raise QuestionSetError(f'{path}: no questions; each of "paragraphs" needs "qas"')
    warnings = []
    if reader.moved:
        warnings.append(
            f"{reader.moved:,} answers are not at their answer_start; the nearest occurrence "
            "of the same words was taken"
        )
    if reader.missing:
        warnings.append(
            f"{reader.missing:,} answers are not in their context; the paragraph at their "
            "answer_start counts as gold"
        )
    return QuestionSet(
        path,
        tuple(reader.questions),
        content_key(path),
        articles=tuple(reader.articles),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, slots=True)
class _SquadContext:
    """One context: its article, its start in the article and its paragraphs."""

    article: str
    start: int
    paragraphs: tuple[Paragraph, ...]

    def paragraph_at(self, position: int) -> Paragraph:
        """Return the paragraph at or after a position in the article, else the last one."""
        for paragraph in self.paragraphs:
            if position < paragraph.span.end:
                return paragraph
        return self.paragraphs[-1]


class _SquadReader:
    """Collects the articles and questions of a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.articles: list[Article] = []
        self.questions: list[Question] = []
        self.moved = 0
        self.missing = 0
        self._article_ids: set[str] = set()
        self._question_ids: set[str] = set()

    def article(self, where: str, entry: object, number: int) -> None:
        blocks = _list(where, entry, "paragraphs")
        assert isinstance(entry, dict)
        title = " ".join(str(entry.get("title") or "").split())
        identity = self._article_id(title or _document_id(blocks) or f"article {number + 1:04}")
        parts: list[str] = []
        paragraphs: list[Paragraph] = []
        contexts: list[tuple[str, _SquadContext, dict[str, Any]]] = []
        position = 0
        for index, block in enumerate(blocks):
            here = f"{where}.paragraphs[{index}]"
            context = block.get("context") if isinstance(block, dict) else None
            if not isinstance(context, str) or not context.strip():
                raise QuestionSetError(f'{here}: "context" must be a non-empty string')
            own = tuple(
                Paragraph(len(paragraphs) + offset, span)
                for offset, span in enumerate(_lines(context, position), start=1)
            )
            paragraphs.extend(own)
            contexts.append((here, _SquadContext(identity, position, own), block))
            parts.append(context)
            position += len(context) + 2
        text = "\n\n".join(parts)
        metadata = Metadata(title=title.replace("_", " "))
        self.articles.append(Article(identity, text, tuple(paragraphs), metadata))
        for here, located, block in contexts:
            for order, qa in enumerate(_list(here, block, "qas")):
                self._question(f"{here}.qas[{order}]", qa, located, text)

    def _question(self, where: str, entry: object, context: _SquadContext, text: str) -> None:
        if not isinstance(entry, dict):
            raise QuestionSetError(f"{where}: expected an object, found {kind_of(entry)}")
        wording = entry.get("question")
        if not isinstance(wording, str) or not wording.strip():
            raise QuestionSetError(f'{where}: "question" must be a non-empty string')
        answers: list[str] = []
        evidence: dict[Evidence, None] = {}
        if not entry.get("is_impossible", False):
            for answer in entry.get("answers") or []:
                words, start = _answer(where, answer)
                if not words.strip():
                    continue
                answers.append(words)
                evidence[self._evidence(words, start, context, text)] = None
        self.questions.append(
            Question(
                id=self._question_id(where, entry.get("id")),
                question=wording.strip(),
                answers=tuple(dict.fromkeys(answers)),
                evidence=tuple(evidence),
                origin=next(
                    iter(evidence),
                    Evidence(context.article, paragraph=context.paragraphs[0].number),
                ),
            )
        )

    def _evidence(self, words: str, start: int, context: _SquadContext, text: str) -> Evidence:
        end = context.paragraphs[-1].span.end
        at = context.start + max(0, start)
        if text[at : at + len(words)] != words:
            nearest = _nearest(text[context.start : end], words, start)
            if nearest is None:
                self.missing += 1
                paragraph = context.paragraph_at(at)
                return Evidence(context.article, paragraph=paragraph.number)
            self.moved += 1
            at = context.start + nearest
        span = Span(at, at + len(words))
        lead = len(words) - len(words.lstrip())
        paragraph = context.paragraph_at(at + lead)
        return Evidence(context.article, text=words, paragraph=paragraph.number, span=span)

    def _article_id(self, name: str) -> str:
        # Ids are written as UTF-8, which cannot encode lone surrogates.
        name = name.replace("/", "_").encode("utf-8", "replace").decode("utf-8")
        identity, copy = name, 2
        while identity in self._article_ids:
            identity, copy = f"{name} ({copy})", copy + 1
        self._article_ids.add(identity)
        return identity

    def _question_id(self, where: str, value: object) -> str:
        identity = str(value) if value not in (None, "") else str(len(self.questions) + 1)
        if identity in self._question_ids:
            raise QuestionSetError(f"{where}: id {identity!r} is used by an earlier question")
        self._question_ids.add(identity)
        return identity


def _list(where: str, holder: object, key: str) -> list[Any]:
    value = holder.get(key) if isinstance(holder, dict) else None
    if not isinstance(value, list):
        raise QuestionSetError(f'{where}: "{key}" must be a list, found {kind_of(value)}')
    return value


def _answer(where: str, value: object) -> tuple[str, int]:
    text = value.get("text") if isinstance(value, dict) else None
    start = value.get("answer_start", 0) if isinstance(value, dict) else None
    if not isinstance(text, str) or isinstance(start, bool) or not isinstance(start, int):
        raise QuestionSetError(f'{where}: an answer needs "text" and an integer "answer_start"')
    return text, start


def _document_id(blocks: list[Any]) -> str:
    first = blocks[0] if blocks and isinstance(blocks[0], dict) else {}
    return str(first.get("document_id") or "")


def _lines(context: str, start: int) -> Iterator[Span]:
    """Yield the lines of a context that are not blank, without outer white space."""
    for match in _LINE.finditer(context):
        line = match.group()
        lead = len(line) - len(line.lstrip())
        yield Span(start + match.start() + lead, start + match.start() + len(line.rstrip()))


def _nearest(context: str, words: str, start: int) -> int | None:
    """Return the position of `words` in a context that is nearest to `start`."""
    positions = [match.start() for match in re.finditer(re.escape(words), context)]
    return min(positions, key=lambda position: abs(position - start), default=None)
