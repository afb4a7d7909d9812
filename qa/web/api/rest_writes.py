"""Adding and removing articles by programs: declared only where it was switched on."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from index.parsing.article import MAX_BYTES
from index.parsing.registry import supported_formats
from qa.answer import article_json
from qa.web.api.rest import ArticleOut, Problem
from qa.web.service import Service

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    403: {"model": Problem, "description": "Another site's page asked."},
    409: {"model": Problem, "description": "The articles are being changed already."},
    422: {"model": Problem, "description": "The article cannot be added or removed."},
}
_FILE = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


class Removed(BaseModel):
    """What is gone."""

    removed: str = Field(description="The id that the article had.")


def not_from_elsewhere(request: Request) -> None:
    """Refuse what a browser sends for a page of another site. Raises HTTPException 403."""
    # Programs that are no browser do not send this header.
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        raise HTTPException(403, "pages of other sites may not change the articles")


def add_changes(app: FastAPI, service: Service) -> None:
    """Declare `PUT /api/articles/uploads/…` and `DELETE /api/articles/…` on `app`."""
    own = [Depends(not_from_elsewhere)]

    @app.put(
        "/api/articles/uploads/{name:path}",
        response_model=ArticleOut,
        responses={**_PROBLEMS, 413: {"model": Problem, "description": "The file is too large."}},
        tags=["changes"],
        dependencies=own,
        description=f"Add a file ({supported_formats()}; at most {MAX_BYTES // 2**20} MB) as an "
        "article, or replace the one of that name. Send the file's bytes; the name may hold "
        "folders.",
        openapi_extra={"requestBody": _FILE},
    )
    async def add(name: str, request: Request) -> dict[str, Any]:
        data = await _body(request)
        article = await run_in_threadpool(service.add_upload, name, data)
        return {
            "id": article.id,
            **article_json(article),
            "paragraphs": len(article.paragraphs),
        }

    @app.delete(
        "/api/articles/{article_id:path}",
        response_model=Removed,
        responses={**_PROBLEMS, 404: {"model": Problem, "description": "Not there."}},
        tags=["changes"],
        dependencies=own,
    )
    def remove(article_id: str) -> dict[str, str]:
        """Remove an article that was added here. One of an indexed folder goes with its file."""
        service.remove(article_id)
        return {"removed": article_id}


async def _body(request: Request) -> bytes:
    """The bytes of the file. Raises HTTPException 413 as soon as there are too many."""
    data = bytearray()
    async for part in request.stream():
        data += part
        if len(data) > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise HTTPException(413, f"the file is too large; the limit is {limit} MB")
    return bytes(data)
