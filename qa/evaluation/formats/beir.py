"""Read a folder in BEIR's layout: `corpus.jsonl`, `queries.jsonl`, `qrels/*.tsv`.

Thakur et al., NeurIPS 2021. The set judges whole documents and has no answers.
"""

from __future__ import annotations

from pathlib import Path

from index.types import Article
from qa.errors import QuestionSetError
from qa.evaluation.formats.documents import document_article
from qa.evaluation.formats.files import QuestionSetSource, content_key, json_lines, read_text
from qa.evaluation.formats.trec import Judgments, judged_questions
from qa.questions import QuestionSet


def read_beir(source: QuestionSetSource) -> QuestionSet:
    """Read queries, documents and judgments of a BEIR folder.

    The judgments are `source.qrels`, else `qrels/<split>.tsv`, else the only file in `qrels`.
    Raises QuestionSetError with file, line and reason.
    """
    folder = source.path
    corpus, queries = folder / "corpus.jsonl", folder / "queries.jsonl"
    for file in (corpus, queries):
        if not file.is_file():
            raise QuestionSetError(
                f"{folder}: a folder is read as a BEIR set and needs {file.name} in it"
            )
    qrels = source.qrels or _qrels(folder, source.split)
    articles = _articles(corpus)
    judgments = _judgments(qrels)
    texts: dict[str, str] = {}
    for number, entry in json_lines(queries, read_text(queries)):
        texts[_document_id(queries, number, entry)] = str(entry.get("text") or "").strip()
    questions, warnings = judged_questions(qrels, texts, judgments, {a.id for a in articles})
    return QuestionSet(
        folder,
        questions,
        content_key(queries, qrels, corpus),
        articles=articles,
        warnings=warnings,
        retrieval_only=True,
    )


def _qrels(folder: Path, split: str) -> Path:
    files = sorted((folder / "qrels").glob("*.tsv"))
    for file in files:
        if file.stem == split:
            return file
    if len(files) == 1:
        return files[0]
    names = ", ".join(file.name for file in files) or "none"
    raise QuestionSetError(
        f"{folder / 'qrels'}: no {split}.tsv (there is {names}); name one with --qrels FILE"
    )


def _articles(corpus: Path) -> tuple[Article, ...]:
    articles: dict[str, Article] = {}
    for number, entry in json_lines(corpus, read_text(corpus)):
        document = _document_id(corpus, number, entry)
        if document in articles:
            raise QuestionSetError(f"{corpus}, line {number}: document {document!r} occurs twice")
        title, text = str(entry.get("title") or ""), str(entry.get("text") or "")
        articles[document] = document_article(document, title, text)
    return tuple(articles.values())


def _document_id(file: Path, number: int, entry: dict[str, object]) -> str:
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
