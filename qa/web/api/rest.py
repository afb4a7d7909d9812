"""The interface for programs: `/api/ask`, `/api/search`, `/api/articles`.

What comes back has the keys of the command line's `--json`. Nothing here changes the
articles; `api_changes` does, where it was switched on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from index.filters import Filter
from index.types import Article, Paragraph
from qa.answer import article_json
from qa.web.articles.page import page
from qa.web.headers import own_page
from qa.web.html import escape
from qa.web.service import Service

MAX_PASSAGES = 100
"""How many passages one search gives at most."""


def _day(value: object) -> object:
    """A day written out, and no number of seconds, which pydantic would take for one."""
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "Input is not a day; write YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_day)]


class Which(BaseModel):
    """A question, and conditions on the articles that are asked; all given must hold."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(description="The question, in a sentence or two.")
    publisher: str | None = Field(None, description="Words of the publisher's name.")
    author: str | None = Field(None, description="Words of an author's name.")
    after: Day | None = Field(None, description="The first day of publication, YYYY-MM-DD.")
    before: Day | None = Field(None, description="The last day of publication, YYYY-MM-DD.")
    articles: list[str] | None = Field(None, description="Ids of the articles to look in.")

    def filter(self) -> Filter:
        """The conditions. Raises SettingError where they exclude each other."""
        return Filter(self.publisher, self.after, self.before, self.author, self.articles)


class AskRequest(Which):
    """What to ask."""

    mode: Literal["balanced", "strict", "always"] | None = Field(
        None, description="How sure an answer must be; balanced by default."
    )
    min_confidence: float | None = Field(
        None, ge=0, le=1, description="Answer from this confidence on, whatever the mode."
    )


class SearchRequest(Which):
    """What to search for."""

    k: int = Field(5, ge=1, le=MAX_PASSAGES, description="How many passages, best first.")


class About(BaseModel):
    """What is known about an article."""

    path: str | None
    title: str
    authors: list[str]
    publisher: str | None
    published: date | None = Field(description="The day, or null where only the year is known.")
    year: int | None
    url: str | None


class CitationOut(About):
    """Where words stand. `quote` is exactly the article's text from `start` to `end`."""

    article: str = Field(description="The article's id.")
    paragraph: int = Field(description="The number of the paragraph, from 1.")
    paragraphs: list[int]
    page: int | None = Field(description="The page, for formats that have pages.")
    paragraph_text: str
    start: int = Field(description="Code points from the beginning of the article's text.")
    end: int
    quote: str
    link: str = Field(description="The article's page here, with the words marked.")
    source_link: str | None = Field(description="The original page, scrolled to the sentence.")


class PassageOut(BaseModel):
    """A piece of an article."""

    score: float = Field(description="Higher is better; comparable within one search.")
    text: str
    tokens: int
    citation: CitationOut


class CandidateOut(BaseModel):
    """A different answer that other articles give."""

    text: str
    confidence: float
    citations: list[CitationOut]


class AgreementOut(BaseModel):
    """How the articles stand to the answer."""

    sources: int = Field(description="How many articles give it.")
    differ: bool = Field(description="Whether others give a different one.")


class AnswerOut(BaseModel):
    """The answer in the words of an article, or a refusal with the nearest passages."""

    model_config = ConfigDict(extra="allow")

    question: str
    answered: bool = Field(description="False where no words are sure enough.")
    confidence: float = Field(description="The probability that the answer is right, 0 to 1.")
    answerable: float | None = Field(
        description="The probability that the articles answer the question at all, 0 to 1; null "
        "where nothing was found."
    )
    unsure: bool = Field(
        description="Whether this is a refusal although the articles likelier answer than not."
    )
    calibrated: bool = Field(description="Whether the confidence was fitted on known answers.")
    text: str | None = Field(description="The answering words.")
    sentence: str | None = Field(description="The sentence they stand in.")
    citations: list[CitationOut]
    alternatives: list[CandidateOut]
    agreement: AgreementOut
    nearest: list[PassageOut]
    looked_for: list[str] = Field(description="What the question is about, in its words.")
    missing: list[str] = Field(description="Its names and numbers that stand in no article.")


class SearchOut(BaseModel):
    """The passages nearest to a question."""

    question: str
    passages: list[PassageOut]


class ArticleOut(About):
    """An article in the list of all."""

    id: str
    paragraphs: int = Field(description="How many paragraphs it has, of all kinds.")


class ParagraphOut(BaseModel):
    """A paragraph. Only bodies, headings and captions are searched and cited."""

    number: int
    kind: Literal["body", "heading", "caption", "comment", "boilerplate"]
    start: int
    end: int
    text: str


class WholeArticleOut(About):
    """An article with its text and its paragraphs."""

    id: str
    text: str
    paragraphs: list[ParagraphOut]


class StatusOut(BaseModel):
    """How far the program is, with a message for people."""

    phase: Literal["loading", "ready", "failed"]
    message: str


class Problem(BaseModel):
    """What was wrong, and what to do."""

    detail: str


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    422: {"model": Problem, "description": "The request cannot be answered as it is."},
    503: {"model": Problem, "description": "There is no index that can be asked."},
}
_MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "Not there."}}


def add_api(app: FastAPI, service: Service) -> None:
    """Declare the interface for programs, and the page at `/docs` that describes it."""

    @app.post("/api/ask", response_model=AnswerOut, responses=_PROBLEMS, tags=["questions"])
    def ask(request: AskRequest) -> dict[str, Any]:
        """Answer a question in an article's own words, cited, or refuse."""
        answer = service.ask(
            request.question,
            request.filter(),
            mode=request.mode,
            min_confidence=request.min_confidence,
        )
        return answer.to_json()

    @app.post("/api/search", response_model=SearchOut, responses=_PROBLEMS, tags=["questions"])
    def search(request: SearchRequest) -> dict[str, Any]:
        """Find the passages nearest to a question, best first."""
        passages = service.search(request.question, request.k, request.filter())
        return {
            "question": request.question,
            "passages": [passage.to_json() for passage in passages],
        }

    @app.get(
        "/api/articles",
        response_model=list[ArticleOut],
        responses={503: _PROBLEMS[503]},
        tags=["articles"],
    )
    def articles() -> list[dict[str, Any]]:
        """List all articles."""
        return [
            {"id": item.id, **article_json(item), "paragraphs": item.paragraphs}
            for item in service.library().articles()
        ]

    @app.get(
        "/api/articles/{article_id:path}",
        response_model=WholeArticleOut,
        responses={**_MISSING, 503: _PROBLEMS[503]},
        tags=["articles"],
    )
    def article(article_id: str) -> dict[str, Any]:
        """Read one article: its text, and its paragraphs with their kinds."""
        found = service.library().article(article_id)
        return {
            "id": found.id,
            **article_json(found),
            "text": found.text,
            "paragraphs": paragraphs_json(found, found.paragraphs),
        }

    @app.get("/api/status", tags=["program"])
    def status() -> StatusOut:
        """How far the program is: loading, ready, or failed."""
        now = service.status()
        return StatusOut(phase=now.phase.value, message=now.message)

    @app.get("/docs", include_in_schema=False)
    def documentation() -> Response:
        return own_page(api_page(app.openapi()))


def paragraphs_json(article: Article, paragraphs: Iterable[Paragraph]) -> list[dict[str, Any]]:
    """Paragraphs of an article as plain data: number, kind, offsets, text."""
    return [
        {
            "number": paragraph.number,
            "kind": paragraph.kind.value,
            "start": paragraph.span.start,
            "end": paragraph.span.end,
            "text": paragraph.span.of(article.text),
        }
        for paragraph in paragraphs
    ]


def api_page(schema: dict[str, Any]) -> str:
    """An OpenAPI description as a page that needs no scripts."""
    models = schema.get("components", {}).get("schemas", {})
    parts = [
        _operation(address, method, operation, models)
        for address, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
    return page(
        "For programs",
        '<main class="listing docs"><h1>For programs</h1><p>Requests and answers are JSON. The '
        'machine-readable description is <a href="/openapi.json">/openapi.json</a>.</p>'
        f"{''.join(parts)}</main>",
    )


def _operation(address: str, method: str, operation: dict[str, Any], models: dict[str, Any]) -> str:
    tables = []
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "application/octet-stream" in operation.get("requestBody", {}).get("content", {}):
        tables.append("<p>Send: the bytes of the file.</p>")
    if body:
        tables.append(_table("Send", body["schema"], models))
    answer = operation["responses"]["200"].get("content", {}).get("application/json", {})
    if answer.get("schema"):
        tables.append(_table("Get back", answer["schema"], models))
    return (
        f"<section><h2><code>{escape(method.upper())} {escape(address)}</code></h2>"
        f"<p>{escape(operation.get('description', ''))}</p>{''.join(tables)}</section>"
    )


def _table(title: str, schema: dict[str, Any], models: dict[str, Any]) -> str:
    many = schema.get("type") == "array"
    name = (schema.get("items", {}) if many else schema).get("$ref", "").rpartition("/")[2]
    fields = models.get(name, {})
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(field)}</code></th><td>{escape(_kind(about))}</td>"
        f"<td>{escape(about.get('description', ''))}</td></tr>"
        for field, about in fields.get("properties", {}).items()
    )
    each = ", for each" if many else ""
    return f"<table><caption>{title}{each}: {escape(name)}</caption>{rows}</table>"


def _kind(about: dict[str, Any]) -> str:
    """A field's type in words."""
    if "anyOf" in about:
        return " or ".join(_kind(one) for one in about["anyOf"])
    if "$ref" in about:
        return str(about["$ref"]).rpartition("/")[2]
    if "enum" in about:
        return " | ".join(str(one) for one in about["enum"])
    if about.get("type") == "array":
        return f"list of {_kind(about.get('items', {}))}"
    return str(about.get("format") or about.get("type") or "any")
