"""The read-only HTTP API: questions, searches, the articles and the status.

Responses have the keys of the command line's `--json`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import FastAPI, Query, Response

from qa.retrieval.arguments import check_question
from qa.web.api.client_json import (
    client_json,
    metadata_json,
    paragraphs_json,
    passages_json,
    summaries_json,
)
from qa.web.api.schemas import (
    BUSY,
    LISTED,
    MAX_LISTED,
    MAX_OFFSET,
    NOT_FOUND,
    UNAVAILABLE,
    UNPROCESSABLE,
    AnswerResponse,
    ArticleResponse,
    ArticleSummaryResponse,
    AskBatchRequest,
    AskBatchResponse,
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
        responses=NOT_FOUND | UNPROCESSABLE | BUSY | UNAVAILABLE,
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
        "/api/ask_batch",
        response_model=AskBatchResponse,
        responses=NOT_FOUND | UNPROCESSABLE | BUSY | UNAVAILABLE,
        tags=["questions"],
    )
    def ask_batch(request: AskBatchRequest) -> dict[str, Any]:
        """Answer several questions, one after another."""
        for question in request.questions:
            check_question(question)
        filter = request.filter()
        answers = [
            service.ask(question, filter, mode=request.mode, min_confidence=request.min_confidence)
            for question in request.questions
        ]
        return {"answers": [client_json(one.to_json(), service.base_url) for one in answers]}

    @app.post(
        "/api/search",
        response_model=SearchResponse,
        responses=NOT_FOUND | UNPROCESSABLE | BUSY | UNAVAILABLE,
        tags=["questions"],
    )
    def search(request: SearchRequest) -> dict[str, Any]:
        """Find the passages nearest to a question, best first."""
        passages = service.search(request.question, request.k, **request.options())
        return {
            "question": request.question,
            "passages": passages_json(passages, service.base_url),
        }

    @app.get(
        "/api/articles",
        response_model=list[ArticleSummaryResponse],
        responses=LISTED | UNPROCESSABLE | UNAVAILABLE,
        tags=["articles"],
    )
    def articles(
        response: Response,
        limit: Annotated[
            int | None, Query(ge=1, le=MAX_LISTED, description="How many; all by default.")
        ] = None,
        offset: Annotated[int, Query(ge=0, le=MAX_OFFSET, description="How many to skip.")] = 0,
    ) -> list[dict[str, Any]]:
        """List the articles, sorted by id."""
        every = service.library().articles()
        end = len(every) if limit is None else offset + limit
        response.headers["X-Total-Count"] = str(len(every))
        if end < len(every):
            following = f"/api/articles?limit={limit}&offset={end}"
            response.headers["Link"] = f'<{service.base_url}{following}>; rel="next"'
        return summaries_json(every[offset:end])

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
            message=service.without_paths(status.message),
            recalibration=RecalibrationModel(**asdict(recalibration)) if recalibration else None,
        )
