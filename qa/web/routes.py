"""The project's own addresses: article pages, the list of articles, styles and scripts."""

from __future__ import annotations

import json
from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import Response

from index.errors import LibraryError, UnknownArticleError
from index.ingest.status import on_disk
from qa.errors import RunError
from qa.evaluation.html_report import render_report
from qa.web.articles.page import LinkTarget, article_list, article_page, error_page
from qa.web.benchmark.runs import Bench
from qa.web.headers import SecurityHeadersMiddleware, page_response, report_response
from qa.web.service import Service

# What each address holds. A window asks for one style sheet and one script: more would hold up
# its first paint.
_STATIC = {
    "article.css": ("theme.css", "article.css"),
    "article.js": ("article.js",),
    "window.css": ("theme.css", "chat.css", "uploads.css", "benchmark.css"),
    "window.js": ("conversations.js", "votes.js", "chat.js", "uploads.js", "benchmark.js"),
    "icon.svg": ("icon.svg",),
}
_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def add_routes(app: FastAPI, service: Service) -> None:
    """Declare the project's addresses on `app`, before Gradio takes all others."""

    app.add_middleware(SecurityHeadersMiddleware)

    @app.get("/articles", include_in_schema=False)
    def list_articles(q: str = "") -> Response:
        try:
            return page_response(article_list(service.library().articles(), q[:200]))
        except LibraryError as error:
            return page_response(error_page("No articles", str(error)), 503)

    @app.get("/articles/{article_id:path}", include_in_schema=False)
    def show_article(
        article_id: str, v: str | None = None, start: str | None = None, end: str | None = None
    ) -> Response:
        try:
            library = service.library()
            article = library.article(article_id)
            file = on_disk(library.snapshot(), article)
        except UnknownArticleError:
            message = "It may have been removed or renamed since the link was made."
            return page_response(error_page("No such article", message), 404)
        except LibraryError as error:
            return page_response(error_page("No articles", str(error)), 503)
        return page_response(
            article_page(article, LinkTarget(v, _offset(start), _offset(end)), file)
        )

    @app.get("/ui/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name not in _STATIC:
            return page_response(error_page("No such page", "Nothing stands at this address."), 404)
        folder = files("qa.web").joinpath("static")
        content = b"\n".join(folder.joinpath(part).read_bytes() for part in _STATIC[name])
        kind = _TYPES[name.rpartition(".")[2]]
        # Asked for again each time: a new version of the program must not meet old styles.
        return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})


def add_reports(app: FastAPI, bench: Bench) -> None:
    """Declare the addresses of the runs that the Benchmark tab keeps."""

    @app.get("/benchmark/{name}/report", include_in_schema=False)
    def show_report(name: str) -> Response:
        try:
            return report_response(render_report(bench.run(name)))
        except RunError as error:
            return page_response(error_page("No such run", str(error)), 404)

    @app.get("/benchmark/{name}.{kind}", include_in_schema=False)
    def download(name: str, kind: str) -> Response:
        try:
            run = bench.run(name)
        except RunError as error:
            return page_response(error_page("No such run", str(error)), 404)
        content = {
            "html": lambda: render_report(run),
            "json": lambda: json.dumps(run.to_json()),
        }.get(kind)
        if content is None:
            return page_response(error_page("No such page", "Runs are kept as HTML and JSON."), 404)
        return Response(
            content().encode("utf-8", "replace"),
            # Saved, never opened here: it would have this program's origin.
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
        )


def _offset(value: str | None) -> int | None:
    """An offset from an address: plain decimal digits, or -1, which fits no text."""
    if value is None:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else -1
