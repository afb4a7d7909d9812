"""The HTTP API that changes the articles; declared only with `--allow-changes`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from index.parsing.article import MAX_BYTES
from index.parsing.registry import supported_formats
from index.types import Article
from qa.web.api.client_json import metadata_json
from qa.web.api.schemas import (
    NOT_FOUND,
    UNAVAILABLE,
    ArticleSummaryResponse,
    ErrorResponse,
    MetadataChangesRequest,
    RemovedResponse,
    Responses,
)
from qa.web.audit import Origin
from qa.web.service import Service

_ERRORS: Responses = {
    409: {"model": ErrorResponse, "description": "Another change of the articles is running."},
    429: {"model": ErrorResponse, "description": "Too many changes are waiting."},
    422: {"model": ErrorResponse, "description": "The article cannot be added or removed."},
}
_FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
_LIMIT = f"{MAX_BYTES // 2**20} MB"


def add_write_api(app: FastAPI, service: Service) -> None:
    """Declare `PUT`, `PATCH` and `DELETE` of `/api/articles/…` on `app`."""

    @app.put(
        "/api/articles/uploads/{name:path}",
        response_model=ArticleSummaryResponse,
        responses=_ERRORS | UNAVAILABLE,
        tags=["changes"],
        description=f"Add a file ({supported_formats()}; at most {_LIMIT}) as an article, or "
        "replace the one of that name. Send the file's bytes; the name may contain folders.",
        openapi_extra={"requestBody": _FILE},
    )
    async def add(name: str, request: Request) -> dict[str, Any]:
        data = await _read_body(request)
        article = await run_in_threadpool(service.add_upload, name, data, Origin.HTTP)
        return _summary(article)

    @app.patch(
        "/api/articles/{article_id:path}",
        response_model=ArticleSummaryResponse,
        responses=_ERRORS | NOT_FOUND,
        tags=["changes"],
    )
    def correct(article_id: str, changes: MetadataChangesRequest) -> dict[str, Any]:
        """Correct the metadata of an article. The corrections outlive changes of its file."""
        service.update(article_id, changes.model_dump(exclude_unset=True), Origin.HTTP)
        return _summary(service.library().article(article_id))

    @app.delete(
        "/api/articles/{article_id:path}",
        response_model=RemovedResponse,
        responses=_ERRORS | NOT_FOUND | UNAVAILABLE,
        tags=["changes"],
    )
    def remove(article_id: str) -> dict[str, str]:
        """Remove an article that was added here; articles in indexed folders cannot be removed."""
        service.remove(article_id, Origin.HTTP)
        return {"removed": article_id}


def _summary(article: Article) -> dict[str, Any]:
    return {
        "id": article.id,
        **metadata_json(article),
        "paragraphs": len(article.paragraphs),
    }


async def _read_body(request: Request) -> bytes:
    """Return the request's body. Raises HTTPException 413 as soon as it is too large."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MAX_BYTES:
            raise HTTPException(413, f"the file is too large; the limit is {_LIMIT}")
    return bytes(data)
