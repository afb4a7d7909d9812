"""The project's own addresses: article pages, the list of articles, styles and scripts."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.errors import LibraryError, UnknownArticleError
from qa.web.article_page import Place, article_list, article_page, problem_page
from qa.web.service import Service

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""What a browser may load on the project's own pages: its own styles, scripts, icon."""

WINDOW_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
)
"""The same for Gradio's page, which starts from scripts in the page and compiles some."""

_STATIC = {
    "look.css": "text/css",
    "article.css": "text/css",
    "chat.css": "text/css",
    "article.js": "text/javascript",
    "chat.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": WINDOW_POLICY,
}


def add_routes(app: FastAPI, service: Service) -> None:
    """Declare the project's addresses on `app`, before Gradio takes all others."""

    app.add_middleware(_Protect)

    @app.get("/articles", include_in_schema=False)
    def list_articles(q: str = "") -> Response:
        try:
            return _page(article_list(service.library().articles(), q[:200]))
        except LibraryError as error:
            return _page(problem_page("No articles", str(error)), 503)

    @app.get("/articles/{article_id:path}", include_in_schema=False)
    def show_article(
        article_id: str, v: str | None = None, start: str | None = None, end: str | None = None
    ) -> Response:
        try:
            article = service.library().article(article_id)
        except UnknownArticleError:
            message = "It may have been removed or renamed since the link was made."
            return _page(problem_page("No such article", message), 404)
        except LibraryError as error:
            return _page(problem_page("No articles", str(error)), 503)
        return _page(article_page(article, Place(v, _offset(start), _offset(end))))

    @app.get("/ui/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name not in _STATIC:
            return _page(problem_page("No such page", "Nothing stands at this address."), 404)
        content = files("qa.web").joinpath("static", name).read_bytes()
        # Asked for again each time: a new version of the program must not meet old styles.
        return Response(content, media_type=_STATIC[name], headers={"Cache-Control": "no-cache"})

    @app.get("/api/status")
    def status() -> JSONResponse:
        """How far the program is: loading, ready, or failed, with a message for people."""
        now = service.status()
        return JSONResponse({"phase": now.phase.value, "message": now.message})


class _Protect:
    """Adds the protecting headers to every response; streams pass through unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_protected)


def _page(content: str, status: int = 200) -> Response:
    return HTMLResponse(
        # No encoding error can be left in escaped text; this is the last line of defence.
        content.encode("utf-8", "replace"),
        status_code=status,
        headers={"Content-Security-Policy": PAGE_POLICY},
    )


def _offset(value: str | None) -> int | None:
    """An offset from an address: plain decimal digits, or -1, which fits no text."""
    if value is None:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else -1
