"""The routes of the project's own pages, reports, styles and scripts."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response

from index.errors import LibraryError, UnknownArticleError
from index.ingest.status import FileStatus, file_status
from index.types import Article
from qa.errors import RunError
from qa.evaluation.html_report import render_report
from qa.translation import _
from qa.web.articles.original import POLICY as ORIGINAL_POLICY
from qa.web.articles.original import OriginalKind, marked_html, original_kind
from qa.web.articles.page import LinkTarget, article_list, article_page, error_page
from qa.web.benchmark.runs import BenchmarkRuns
from qa.web.headers import page_response, report_response
from qa.web.language import script_strings
from qa.web.service import Service

# The files of each address. A page loads one style sheet and one script, since more would delay
# its first paint.
_STATIC = {
    "article.css": ("theme.css", "article.css"),
    "article.js": ("article.js",),
    "window.css": ("theme.css", "chat.css", "uploads.css", "benchmark.css"),
    "window.js": (
        "conversations.js",
        "votes.js",
        "chat.js",
        "back.js",
        "uploads.js",
        "benchmark.js",
        "menu.js",
    ),
    "docs.css": ("docs.css",),
    "icon.svg": ("icon.svg",),
}
_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


def add_routes(app: FastAPI, service: Service) -> None:
    """Declare the pages and static files on `app`, before Gradio takes all other addresses."""

    @app.get("/articles", include_in_schema=False)
    def list_articles(q: str = "") -> Response:
        try:
            snapshot = service.library().snapshot()
            return page_response(article_list(snapshot.articles(), q[:200], snapshot))
        except LibraryError as error:
            return page_response(error_page(_("No articles"), str(error)), 503)

    @app.get("/articles/{article_id:path}", include_in_schema=False)
    def show_article(
        article_id: str,
        v: str | None = None,
        start: str | None = None,
        end: str | None = None,
        original: str | None = None,
    ) -> Response:
        """Show the article, and with `original` the page of that number of its PDF, or its HTML."""
        target = LinkTarget(v, _parse_offset(start), _parse_offset(end))
        try:
            article, file = _find(service, article_id)
            return page_response(article_page(article, target, file, _parse_offset(original)))
        except UnknownArticleError:
            message = _("It may have been removed or renamed since the link was made.")
            return page_response(error_page(_("No such article"), message), 404)
        except LibraryError as error:
            return page_response(error_page(_("No articles"), str(error)), 503)

    @app.get("/originals/{article_id:path}", include_in_schema=False)
    def show_original(
        article_id: str, v: str | None = None, start: str | None = None, end: str | None = None
    ) -> Response:
        """Show the HTML page of an article as it was saved."""
        target = LinkTarget(v, _parse_offset(start), _parse_offset(end))
        try:
            article, file = _find(service, article_id)
            if original_kind(article, file) is not OriginalKind.HTML or article.path is None:
                raise UnknownArticleError(f"{article_id} is not from an HTML file")
            data = Path(article.path).read_bytes()
            page = marked_html(data, article, target.span(article))
            return page_response(page, policy=ORIGINAL_POLICY)
        except (LibraryError, OSError) as error:
            return page_response(error_page(_("No such page"), str(error)), 404)

    @app.get("/ui/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name not in _STATIC:
            return page_response(error_page(_("No such page"), _("Check the address.")), 404)
        folder = files("qa.web").joinpath("static")
        content = b"\n".join(folder.joinpath(part).read_bytes() for part in _STATIC[name])
        if name == "window.js":
            content = script_strings().encode("ascii") + content
        # Browsers must not use the files of an older version of the program.
        return Response(
            content,
            media_type=_MEDIA_TYPES[name.rpartition(".")[2]],
            headers={"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"},
        )


def _find(service: Service, article_id: str) -> tuple[Article, FileStatus]:
    """Return an article and the status of its file. Raises LibraryError."""
    library = service.library()
    article = library.article(article_id)
    return article, file_status(library.snapshot(), article)


def add_benchmark_routes(app: FastAPI, runs: BenchmarkRuns) -> None:
    """Declare the reports and files of the saved runs on `app`."""

    @app.get("/benchmark/{name}/report", include_in_schema=False)
    def show_report(name: str) -> Response:
        try:
            return report_response(render_report(runs.load(name)))
        except RunError as error:
            return page_response(error_page("No such run", str(error)), 404)

    @app.get("/benchmark/{name}.{kind}", include_in_schema=False)
    def download(name: str, kind: str) -> Response:
        try:
            run = runs.load(name)
        except RunError as error:
            return page_response(error_page("No such run", str(error)), 404)
        if kind == "html":
            content = render_report(run)
        elif kind == "json":
            content = json.dumps(run.to_json())
        else:
            return page_response(
                error_page("No such page", "End the address in .html or .json."), 404
            )
        return Response(
            content.encode("utf-8", "replace"),
            # The browser saves the file: opened here, a report would have this server's origin.
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"'},
        )


def _parse_offset(value: str | None) -> int | None:
    """Return an offset written in decimal digits, or -1, which is invalid, for anything else."""
    if value is None:
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else -1
