"""Error responses of the HTTP API: always `{"detail": "…"}`."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from index.errors import (
    ArticleError,
    LibraryError,
    LockedError,
    SettingError,
    UnknownArticleError,
)
from qa.errors import BusyError, QAError, QuestionError
from qa.web.service import Service

_MAX_VALUE_LENGTH = 60


def add_error_handlers(app: FastAPI, service: Service) -> None:
    """Turn the project's errors and invalid requests into JSON responses."""

    @app.exception_handler(QAError)
    @app.exception_handler(LibraryError)
    def handle_error(_request: Request, error: Exception) -> JSONResponse:
        detail = service.without_paths(str(error))
        if isinstance(error, BusyError):
            headers = {"Retry-After": str(error.retry_after)}
            return JSONResponse({"detail": detail}, 429, headers)
        status = 503
        if isinstance(error, UnknownArticleError):
            status = 404
        elif isinstance(error, LockedError):
            status = 409
        elif isinstance(error, (ArticleError, QuestionError, SettingError)):
            status = 422
        return JSONResponse({"detail": detail}, status_code=status)

    @app.exception_handler(RequestValidationError)
    async def handle_invalid_request(request: Request, error: RequestValidationError) -> Response:
        # Gradio's page expects FastAPI's own form of this response.
        if not request.url.path.startswith("/api/"):
            return await request_validation_exception_handler(request, error)
        details = "; ".join(map(_describe, error.errors()))
        return JSONResponse({"detail": f"{details}. See /docs"}, status_code=422)


def _describe(error: dict[str, Any]) -> str:
    """Return one of pydantic's errors in words: the field, the rule and the value."""
    location = error["loc"]
    if error["type"] == "json_invalid":
        reason = error.get("ctx", {}).get("error", error["msg"])
        return f"the body: not JSON at character {location[-1]}: {reason}"
    field = ".".join(
        str(part) for part in location[1:] if not isinstance(part, int) or len(location) > 2
    )
    value = (
        ""
        if error["type"] == "missing"
        else f" (found {error.get('input')!r:.{_MAX_VALUE_LENGTH}})"
    )
    return f"{field or 'the body'}: {error['msg']}{value}"
