"""TREC topics, judgments and documents, as Cranfield and the ad hoc tracks use them."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from index.types import Article
from qa.errors import QuestionSetError
from qa.evaluation.formats.documents import document_article
from qa.evaluation.formats.files import content_key, read_text
from qa.questions import Evidence, Question, QuestionSet, SetFormat

Judgments = dict[str, dict[str, int]]
"""Query id to document id to relevance."""


def read_trec(topics: Path, qrels: Path, documents: Path | None) -> QuestionSet:
    """Topics with their judgments, and the documents where they are given.

    When the topics' numbers are not the judgments' ids, but both run as far, they are
    joined by position, and a warning says so (Cranfield needs it). Raises QuestionSetError
    with file, line and reason.
    """
    wordings = _topics(topics)
    judgments = _judgments(qrels)
    warnings: tuple[str, ...] = ()
    positions = [str(number) for number in range(1, len(wordings) + 1)]
    if not judgments.keys() <= wordings.keys() and judgments.keys() <= set(positions):
        wordings = dict(zip(positions, wordings.values(), strict=True))
        warnings = (
            "the topics' numbers are not the judgments' ids; the first topic was taken for "
            "query 1, the second for query 2, and so on",
        )
    articles = _documents(documents) if documents else None
    known = {article.id for article in articles} if articles is not None else None
    questions, more = judged_questions(qrels, wordings, judgments, known)
    files = [topics, qrels, *([documents] if documents else [])]
    return QuestionSet(
        topics,
        SetFormat.TREC,
        questions,
        content_key(*files),
        articles=articles,
        warnings=warnings + more,
    )


def judged_questions(
    qrels: Path,
    wordings: Mapping[str, str],
    judgments: Judgments,
    documents: Collection[str] | None,
) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """The queries that have a relevant document, and warnings about what does not fit.

    Judgments of 0 and below say "not relevant". A judged query without wording raises
    QuestionSetError: leaving it out would change the mean unnoticed.
    """
    questions: list[Question] = []
    unknown: set[str] = set()
    for query, graded in judgments.items():
        relevant = {name: grade for name, grade in graded.items() if grade > 0}
        if not relevant:
            continue
        if not wordings.get(query):
            raise QuestionSetError(f"{qrels}: query {query!r} is judged but has no wording")
        if documents is not None:
            unknown |= relevant.keys() - set(documents)
        evidence = tuple(Evidence(name, relevance=grade) for name, grade in relevant.items())
        questions.append(Question(query, wordings[query], evidence=evidence))
    if not questions:
        raise QuestionSetError(f"{qrels}: no query has a relevant document")
    warnings = []
    if unknown:
        some = ", ".join(sorted(unknown)[:5])
        are = "document is" if len(unknown) == 1 else "documents are"
        warnings.append(f"{len(unknown):,} relevant {are} not in the corpus: {some}")
    return tuple(questions), tuple(warnings)


def _topics(file: Path) -> dict[str, str]:
    text = read_text(file)
    found: dict[str, str] = {}
    if "<top" in text:
        for line, topic in _blocks(text, "top"):
            number = _number(_field(topic, "num"))
            wording = _field(topic, "title") or _field(topic, "desc")
            if not number or not wording:
                raise QuestionSetError(
                    f"{file}, line {line}: a topic needs <num> and <title> (or <desc>)"
                )
            found[number] = wording
    else:
        for line_number, row in enumerate(text.splitlines(), start=1):
            if not row.strip():
                continue
            number, tab, wording = row.partition("\t")
            if not tab or not wording.strip():
                raise QuestionSetError(
                    f"{file}, line {line_number}: expected <top> blocks, or a query id, a tab and "
                    f"the query; found {row[:60]!r}"
                )
            found[number.strip()] = wording.strip()
    if not found:
        raise QuestionSetError(f"{file}: no topic in it")
    return found


def _judgments(file: Path) -> Judgments:
    judgments: Judgments = {}
    for number, row in enumerate(read_text(file).splitlines(), start=1):
        if not row.strip():
            continue
        try:
            query, _, document, grade = row.split()
            relevance = int(grade)
        except ValueError:
            raise QuestionSetError(
                f"{file}, line {number}: expected query, iteration, document and a whole grade, "
                f"found {row[:60]!r}"
            ) from None
        judgments.setdefault(query, {})[document] = relevance
    return judgments


def _documents(file: Path) -> tuple[Article, ...]:
    articles: dict[str, Article] = {}
    for line, block in _blocks(read_text(file), "doc"):
        identity = _field(block, "docno")
        if not identity:
            raise QuestionSetError(f"{file}, line {line}: a document needs <docno>")
        if identity in articles:
            raise QuestionSetError(f"{file}, line {line}: document {identity!r} comes twice")
        title = _field(block, "title") or _field(block, "headline")
        articles[identity] = document_article(identity, title, _raw(block, "text"))
    if not articles:
        raise QuestionSetError(f"{file}: no <doc> in it")
    return tuple(articles.values())


def _blocks(text: str, tag: str) -> Iterator[tuple[int, str]]:
    """Line number and inside of each `<tag>…</tag>`, any case."""
    line = 1
    counted = 0
    for match in re.finditer(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL | re.IGNORECASE):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line, match.group(1)


def _raw(block: str, tag: str) -> str:
    """A field's text as written; old TREC files do not close every field."""
    pattern = rf"<{tag}>(.*?)(?:</{tag}>|(?=<\w+>)|\Z)"
    match = re.search(pattern, block, re.DOTALL | re.IGNORECASE)
    return html.unescape(match.group(1)).strip("\r\n") if match else ""


def _field(block: str, tag: str) -> str:
    return " ".join(_raw(block, tag).split())


def _number(text: str) -> str:
    return text.removeprefix("Number:").strip()
