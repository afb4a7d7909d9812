"""Security headers: no page may load anything from another host."""

from __future__ import annotations

from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.evaluation.html_report import CONTENT_SECURITY_POLICY as REPORT_POLICY

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
"""Content security policy of the project's own pages: their own files only."""

WINDOW_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'; object-src 'none'"
)
"""Policy of Gradio's page, which contains inline scripts and compiles others."""

_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_GRADIO_TYPES = ("text/html", "text/javascript", "application/javascript")

_DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class SecurityHeadersMiddleware:
    """Adds the security headers that a response lacks; does not buffer streams."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
                is_gradio = headers.get("content-type", "").startswith(_GRADIO_TYPES)
                policy = WINDOW_POLICY if is_gradio else _DATA_POLICY
                headers.setdefault("Content-Security-Policy", policy)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def page_response(content: str, status: int = 200, *, policy: str = PAGE_POLICY) -> Response:
    """Return one of the project's own pages as a response."""
    return HTMLResponse(
        # Escaped text has no lone surrogates left; "replace" guards against a mistake in that.
        content.encode("utf-8", "replace"),
        status_code=status,
        headers={"Content-Security-Policy": policy},
    )


def report_response(content: str) -> Response:
    """Return a self-contained report as a response, without access to this server's origin."""
    sandbox = "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-scripts"
    return page_response(content, policy=f"{REPORT_POLICY}; {sandbox}")
