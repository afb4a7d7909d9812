"""A folder in BEIR's layout: `corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`.

Thakur et al., NeurIPS 2021. It judges whole documents and knows no answers.
"""

from __future__ import annotations

from pathlib import Path

from index.types import Article
from qa.errors import QuestionSetError
from qa.evaluation.formats.documents import document_article
from qa.evaluation.formats.files import content_key, json_lines, read_text
from qa.evaluation.formats.trec import Judgments, judged_questions
from qa.questions import QuestionSet, SetFormat


def read_beir(folder: Path, *, qrels: Path | None = None, split: str = "test") -> QuestionSet:
    """Queries, documents and judgments of a BEIR folder.

    `qrels` names the judgments; otherwise `qrels/<split>.tsv` is read, or the only file
    there is. Raises QuestionSetError with file, line and reason.
    """
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    for file in (corpus, queries):
        if not file.is_file():
            raise QuestionSetError(
                f"{folder}: a folder is read as a BEIR set and needs {file.name} in it"
            )
    judged = qrels or _split(folder, split)
    articles = _articles(corpus)
    judgments = _judgments(judged)
    wordings: dict[str, str] = {}
    for number, entry in json_lines(queries, read_text(queries)):
        wordings[_identity(queries, number, entry)] = str(entry.get("text") or "").strip()
    questions, warnings = judged_questions(judged, wordings, judgments, {a.id for a in articles})
    return QuestionSet(
        folder,
        SetFormat.BEIR,
        questions,
        content_key(queries, judged, corpus),
        articles=articles,
        warnings=warnings,
    )


def _split(folder: Path, split: str) -> Path:
    found = sorted((folder / "qrels").glob("*.tsv"))
    for file in found:
        if file.stem == split:
            return file
    if len(found) == 1:
        return found[0]
    names = ", ".join(file.name for file in found) or "none"
    raise QuestionSetError(
        f"{folder / 'qrels'}: no {split}.tsv (there is {names}); name one with --qrels FILE"
    )


def _articles(corpus: Path) -> tuple[Article, ...]:
    articles: dict[str, Article] = {}
    for number, entry in json_lines(corpus, read_text(corpus)):
        identity = _identity(corpus, number, entry)
        if identity in articles:
            raise QuestionSetError(f"{corpus}, line {number}: document {identity!r} comes twice")
        title, text = str(entry.get("title") or ""), str(entry.get("text") or "")
        articles[identity] = document_article(identity, title, text)
    return tuple(articles.values())


def _identity(file: Path, number: int, entry: dict[str, object]) -> str:
    identity = entry.get("_id")
    if not isinstance(identity, str | int) or identity == "":
        raise QuestionSetError(f'{file}, line {number}: "_id" is missing')
    return str(identity)


def _judgments(file: Path) -> Judgments:
    judgments: Judgments = {}
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        fields = line.split("\t")
        if not line.strip() or (number == 1 and fields[-1].strip() == "score"):
            continue
        try:
            query, document, score = fields
            relevance = int(score)
        except ValueError:
            raise QuestionSetError(
                f"{file}, line {number}: expected query, document and a whole score between "
                f"tabs, found {line[:60]!r}"
            ) from None
        judgments.setdefault(query, {})[document] = relevance
    return judgments
