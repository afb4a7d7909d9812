"""The read-only HTTP API: `/api/ask`, `/api/search`, `/api/articles`, `/api/status`.

Responses have the keys of the command line's `--json`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI

from index.types import Article, Paragraph
from qa.answer import Passage
from qa.web.api.client_json import client_json, metadata_json
from qa.web.api.schemas import (
    BUSY,
    NOT_FOUND,
    UNAVAILABLE,
    UNPROCESSABLE,
    AnswerResponse,
    ArticleResponse,
    ArticleSummaryResponse,
    AskRequest,
    RecalibrationModel,
    SearchRequest,
    SearchResponse,
    StatusResponse,
)
from qa.web.service import Service


def add_api(app: FastAPI, service: Service) -> None:
    """Declare the routes on `app`."""

    @app.post(
        "/api/ask",
        response_model=AnswerResponse,
        responses=UNPROCESSABLE | BUSY | UNAVAILABLE,
        tags=["questions"],
    )
    def ask(request: AskRequest) -> dict[str, Any]:
        """Answer a question in an article's own words, cited, or refuse."""
        answer = service.ask(
            request.question,
            request.filter(),
            mode=request.mode,
            min_confidence=request.min_confidence,
            history=[earlier.turn() for earlier in request.history],
        )
        return dict(client_json(answer.to_json(), service.base_url))

    @app.post(
        "/api/search",
        response_model=SearchResponse,
        responses=UNPROCESSABLE | BUSY | UNAVAILABLE,
        tags=["questions"],
    )
    def search(request: SearchRequest) -> dict[str, Any]:
        """Find the passages nearest to a question, best first."""
        passages = service.search(request.question, request.k, request.filter())
        return {
            "question": request.question,
            "passages": passages_json(service, passages),
        }

    @app.get(
        "/api/articles",
        response_model=list[ArticleSummaryResponse],
        responses=UNAVAILABLE,
        tags=["articles"],
    )
    def articles() -> list[dict[str, Any]]:
        """List all articles."""
        return articles_json(service)

    @app.get(
        "/api/articles/{article_id:path}",
        response_model=ArticleResponse,
        responses=NOT_FOUND | UNAVAILABLE,
        tags=["articles"],
    )
    def article(article_id: str) -> dict[str, Any]:
        """Read an article: its text, and its paragraphs with their kinds."""
        article = service.library().article(article_id)
        return {
            "id": article.id,
            **metadata_json(article),
            "text": article.text,
            "paragraphs": paragraphs_json(article, article.paragraphs),
        }

    @app.get("/api/status", tags=["server"])
    def status() -> StatusResponse:
        """Say whether the models are loaded: loading, ready or failed."""
        status, recalibration = service.status(), service.recalibration()
        return StatusResponse(
            phase=status.phase.value,
            message=status.message,
            recalibration=RecalibrationModel(**asdict(recalibration)) if recalibration else None,
        )


def articles_json(service: Service) -> list[dict[str, Any]]:
    """Return all articles without their texts as plain data."""
    return [
        {
            "id": item.id,
            **metadata_json(item),
            "paragraphs": item.paragraphs,
        }
        for item in service.library().articles()
    ]


def passages_json(service: Service, passages: Iterable[Passage]) -> list[dict[str, Any]]:
    """Return passages as plain data for clients."""
    return [client_json(passage.to_json(), service.base_url) for passage in passages]


def paragraphs_json(article: Article, paragraphs: Iterable[Paragraph]) -> list[dict[str, Any]]:
    """Return paragraphs of an article as plain data: number, kind, offsets, text."""
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
