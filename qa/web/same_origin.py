"""What the window itself does is not for programs: adding and removing, above all.

Gradio hides such functions from its clients and still runs them for whoever posts to their
address. Here only a page of this very server may, which browsers vouch for; programs reach
the functions that are offered to them, and no others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ROOT = "/gradio_api/"
_BY_NAME = ("call/v2/", "call/", "run/", "api/")
_HARMLESS = ("upload", "cancel", "reset")
_MOST_BYTES = 10_000_000


class WindowOnly:
    """Refuses calls of functions that are not `offered` (names by Gradio's numbers for them)
    unless a page of this server makes them."""

    def __init__(self, app: ASGIApp, offered: Mapping[int, str]) -> None:
        self.app = app
        self._offered = dict(offered)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or scope["method"] != "POST" or not path.startswith(_ROOT):
            await self.app(scope, receive, send)
            return
        if _from_window(Headers(scope=scope)) or path[len(_ROOT) :].strip("/") in _HARMLESS:
            await self.app(scope, receive, send)
            return
        body = await _body(receive)
        if not self._is_offered(path[len(_ROOT) :].strip("/"), body):
            refusal = JSONResponse({"detail": "not offered to programs"}, status_code=404)
            await refusal(scope, receive, send)
            return
        await self.app(scope, _again(body, receive), send)

    def _is_offered(self, place: str, body: bytes) -> bool:
        try:
            said = json.loads(body or b"{}")
        except ValueError:
            return False
        number = said.get("fn_index") if isinstance(said, dict) else -1
        if number is not None and (not isinstance(number, int) or number not in self._offered):
            return False
        if place == "queue/join":
            return number is not None
        prefix = next((start for start in _BY_NAME if place.startswith(start)), None)
        return prefix is not None and place.removeprefix(prefix) in self._offered.values()


def _from_window(headers: Headers) -> bool:
    """Whether a browser says that a page of this server asks; old ones name its origin only."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "")
    return bool(origin) and origin.partition("://")[2] == headers.get("host")


async def _body(receive: Receive) -> bytes:
    """The request's body; too long a one is cut, and then is no JSON."""
    data = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        data += message.get("body", b"")
        if not message.get("more_body") or len(data) > _MOST_BYTES:
            return bytes(data)


def _again(body: bytes, receive: Receive) -> Receive:
    """`receive`, with the body that was read before."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
