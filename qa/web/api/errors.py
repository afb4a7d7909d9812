"""What programs are told when a request cannot be answered: always `{"detail": "…"}`."""

from __future__ import annotations

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
from qa.errors import QAError, QuestionError

_SHOWN = 60  # characters of a wrong value


def add_problems(app: FastAPI) -> None:
    """Tell the project's own errors, and requests of another form than described at `/docs`."""

    @app.exception_handler(QAError)
    @app.exception_handler(LibraryError)
    def told(_request: Request, error: Exception) -> JSONResponse:
        status = 503
        if isinstance(error, UnknownArticleError):
            status = 404
        elif isinstance(error, LockedError):
            status = 409
        elif isinstance(error, (ArticleError, QuestionError, SettingError)):
            status = 422
        return JSONResponse({"detail": str(error)}, status_code=status)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        # The window's own requests keep the form that Gradio's page expects.
        if not request.url.path.startswith("/api/"):
            return await request_validation_exception_handler(request, error)
        problems = "; ".join(_told(problem) for problem in error.errors())
        return JSONResponse({"detail": f"{problems}. See /docs"}, status_code=422)


def _told(problem: dict[str, object]) -> str:
    """One thing that is wrong: where, what, and the value."""
    place = problem["loc"]
    assert isinstance(place, tuple)
    if problem["type"] == "json_invalid":
        why = problem.get("ctx")
        said = why.get("error") if isinstance(why, dict) else problem["msg"]
        return f"the body: no JSON at character {place[-1]}: {said}"
    where = ".".join(str(part) for part in place[1:] if not isinstance(part, int) or len(place) > 2)
    found = "" if problem["type"] == "missing" else f" (found {problem.get('input')!r:.{_SHOWN}})"
    return f"{where or 'the body'}: {problem['msg']}{found}"
