"""Tell requests of this server's own pages from those of other sites and of programs.

Gradio hides the functions of the chat window from its clients and still runs them for whoever
posts to their address. `SameOriginMiddleware` refuses that: programs reach only the functions
that are offered to them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from fastapi import HTTPException, Request
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROOT = "/gradio_api/"
_CALL_BY_NAME = ("call/v2/", "call/", "run/", "api/")
_ALWAYS_ALLOWED = ("cancel", "reset")
"""What Gradio's client for programs needs to stop what it began."""

_MAX_BODY = 10_000_000  # bytes


def fetch_site(headers: Headers) -> str:
    """Return where a browser says that a request comes from, as in `Sec-Fetch-Site`.

    That is "same-origin" for this server's own pages, "none" for an address typed by the user,
    "same-site" or "cross-site" for pages of other sites, and "" for programs, which do not say.
    Browsers without that header (Safari before 16.4) are judged by `Origin`.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site
    if origin is None:
        return ""
    return "same-origin" if origin.partition("://")[2] == headers.get("host") else "cross-site"


def require_own_page(request: Request) -> None:
    """Refuse all but JSON that may come from the chat's own page. Raises HTTPException 403.

    Another site's page cannot send that content type without asking this server first.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    is_own = fetch_site(request.headers) in ("same-origin", "")
    if not is_own or content_type != "application/json":
        raise HTTPException(403, "only the chat's own page may ask for this")


class OwnOriginMiddleware:
    """Answers 403 to pages of other origins, whatever they ask for, except for following a link.

    The ports of one host are different origins but one site, so pages that another program serves
    on this machine are refused as well, and no response lets them read it (CORS).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_own_origin_or_link(scope):
            refusal = JSONResponse(
                {"detail": "pages of other sites may not use this server"}, status_code=403
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_own_origin_or_link(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    if fetch_site(headers) in ("same-origin", "none", ""):
        return True
    return (
        scope["method"] in ("GET", "HEAD")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


class SameOriginMiddleware:
    """Refuses calls of the chat window's functions unless a page of this server makes them.

    `public` maps the numbers that Gradio gives to functions offered to programs to their names.
    """

    def __init__(self, app: ASGIApp, public: Mapping[int, str]) -> None:
        self.app = app
        self._public = dict(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "POST" or not path.startswith(_ROOT):
            await self.app(scope, receive, send)
            return
        endpoint = path.removeprefix(_ROOT).strip("/")
        if fetch_site(Headers(scope=scope)) == "same-origin" or endpoint in _ALWAYS_ALLOWED:
            await self.app(scope, receive, send)
            return
        body = await read_body(receive)
        if self._is_public(endpoint, body):
            await self.app(scope, replay(body, receive), send)
        else:
            refusal = JSONResponse({"detail": "not offered to programs"}, status_code=404)
            await refusal(scope, receive, send)

    def _is_public(self, endpoint: str, body: bytes) -> bool:
        try:
            call = json.loads(body or b"{}")
        except ValueError:
            return False
        number = call.get("fn_index") if isinstance(call, dict) else -1
        if number is not None and (not isinstance(number, int) or number not in self._public):
            return False
        if endpoint == "queue/join":
            return number is not None
        prefix = next((start for start in _CALL_BY_NAME if endpoint.startswith(start)), None)
        return prefix is not None and endpoint.removeprefix(prefix) in self._public.values()


async def read_body(receive: Receive) -> bytes:
    """Return a request's body; one that is too large is cut off and so is no valid JSON."""
    data = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        data += message.get("body", b"")
        if not message.get("more_body") or len(data) > _MAX_BODY:
            return bytes(data)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that delivers `body` first."""
    is_sent = False

    async def replay() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
