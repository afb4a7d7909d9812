"""Read TREC topics, judgments and documents, as in Cranfield and the ad hoc tracks."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from index.types import Article
from qa.errors import QuestionSetError
from qa.evaluation.formats.documents import document_article
from qa.evaluation.formats.files import QuestionSetSource, content_key, read_text
from qa.questions import Evidence, Question, QuestionSet

Judgments = dict[str, dict[str, int]]
"""Query id to document id to relevance."""


def read_trec(source: QuestionSetSource) -> QuestionSet:
    """Read topics with their judgments, and their documents where there is a file of them.

    Topics whose numbers are not the ids of the judgments are joined to them by position, with a
    warning (Cranfield needs it). Raises QuestionSetError with file, line and reason.
    """
    topics, qrels, documents = source.path, source.qrels, source.documents
    if qrels is None:
        raise QuestionSetError(
            f"{topics}, line 1: TREC topics have no judgments; add them with --qrels FILE"
        )
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
        questions,
        content_key(*files),
        articles=articles,
        warnings=warnings + more,
        retrieval_only=True,
    )


def judged_questions(
    qrels: Path,
    wordings: Mapping[str, str],
    judgments: Judgments,
    documents: Collection[str] | None,
) -> tuple[tuple[Question, ...], tuple[str, ...]]:
    """Return the queries that have a relevant document, and warnings.

    Grades of 0 and below mean "not relevant". Raises QuestionSetError for a judged query without
    wording, since leaving it out would change the mean unnoticed.
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
    topics: dict[str, str] = {}
    if "<top" in text:
        for line, topic in _blocks(text, "top"):
            number = _number(_field(topic, "num"))
            wording = _field(topic, "title") or _field(topic, "desc")
            if not number or not wording:
                raise QuestionSetError(
                    f"{file}, line {line}: a topic needs <num> and <title> (or <desc>)"
                )
            topics[number] = wording
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
            topics[number.strip()] = wording.strip()
    if not topics:
        raise QuestionSetError(f"{file}: no topic in it")
    return topics


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
            raise QuestionSetError(f"{file}, line {line}: document {identity!r} occurs twice")
        title = _field(block, "title") or _field(block, "headline")
        articles[identity] = document_article(identity, title, _raw(block, "text"))
    if not articles:
        raise QuestionSetError(f"{file}: no <doc> in it")
    return tuple(articles.values())


def _blocks(text: str, tag: str) -> Iterator[tuple[int, str]]:
    """Yield line number and content of each `<tag>…</tag>`, in any case."""
    line = 1
    counted = 0
    for match in re.finditer(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL | re.IGNORECASE):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line, match.group(1)


def _raw(block: str, tag: str) -> str:
    """Return a field's text unchanged; old TREC files do not close every field."""
    pattern = rf"<{tag}>(.*?)(?:</{tag}>|(?=<\w+>)|\Z)"
    match = re.search(pattern, block, re.DOTALL | re.IGNORECASE)
    return html.unescape(match.group(1)).strip("\r\n") if match else ""


def _field(block: str, tag: str) -> str:
    return " ".join(_raw(block, tag).split())


def _number(text: str) -> str:
    return text.removeprefix("Number:").strip()
