"""What browsers are told to allow: no page loads anything from elsewhere."""

from __future__ import annotations

from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.evaluation.html_report import CONTENT_SECURITY_POLICY as REPORT_POLICY

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

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": WINDOW_POLICY,
}


class Protect:
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


def report_page(content: str) -> Response:
    """A self-contained report: its own styles and script, no origin, nothing loaded."""
    policy = "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
    return HTMLResponse(
        content.encode("utf-8", "replace"),
        headers={"Content-Security-Policy": f"{REPORT_POLICY}; {policy}"},
    )


def own_page(content: str, status: int = 200) -> Response:
    """One of the project's own pages, under the strict policy."""
    return HTMLResponse(
        # No encoding error can be left in escaped text; this is the last line of defence.
        content.encode("utf-8", "replace"),
        status_code=status,
        headers={"Content-Security-Policy": PAGE_POLICY},
    )
