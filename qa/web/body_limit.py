"""Refuse request bodies that are too large before they are read whole."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.uploaded_files import UploadedFiles

_DISCARDED = 16_000_000
"""Bytes of a refused body that are read and thrown away: a connection that is closed while its
client still sends may lose the answer."""


class BodyLimitMiddleware:
    """Answers 413 once a body exceeds the limit of its path, and 507 when uploads fill the quota.

    `limit` returns the limit of a path in bytes, None for a path whose bodies are `uploads`.
    """

    def __init__(
        self, app: ASGIApp, limit: Callable[[str], int | None], uploads: UploadedFiles
    ) -> None:
        self.app = app
        self._limit = limit
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        if limit is None:
            with self._uploads.reserve() as (allowed, count):
                refusal = HTTPException(507, "too many files are waiting to be indexed; try later")
                await _pass_on(self.app, scope, receive, send, _Body(allowed, refusal, count))
            return
        refusal = HTTPException(413, f"the request is too large; the limit is {limit:,} bytes")
        await _pass_on(self.app, scope, receive, send, _Body(limit, refusal))


class _Body:
    """The body of one request: how much of it may be received, and has been."""

    def __init__(
        self,
        limit: int,
        refusal: HTTPException,
        count: Callable[[int], None] = lambda _bytes: None,
    ) -> None:
        self.limit = limit
        self.refusal = refusal
        self.is_refused = False
        self.is_complete = False
        self._count = count
        self._received = 0

    def add(self, message: Message) -> None:
        """Count a message. Raises the refusal when the body is too large."""
        size = len(message.get("body", b""))
        self._received += size
        self._count(size)
        self.is_complete = not message.get("more_body", False)
        if self._received > self.limit:
            self.is_refused = True
            raise self.refusal


async def _pass_on(app: ASGIApp, scope: Scope, receive: Receive, send: Send, body: _Body) -> None:
    has_started = False

    async def limited() -> Message:
        message = await receive()
        body.add(message)
        return message

    async def watched(message: Message) -> None:
        nonlocal has_started
        if has_started or not body.is_refused:
            has_started = True
            await send(message)

    declared = Headers(scope=scope).get("content-length", "0")
    body.is_refused = declared.isdecimal() and int(declared) > body.limit
    try:
        if not body.is_refused:
            await app(scope, limited, watched)
    except HTTPException as error:
        if error is not body.refusal:
            raise
    if body.is_refused and not has_started:
        await _discard(receive, body)
        content, status = {"detail": body.refusal.detail}, body.refusal.status_code
        await JSONResponse(content, status, {"Connection": "close"})(scope, receive, send)


async def _discard(receive: Receive, body: _Body) -> None:
    discarded = 0
    while not body.is_complete and discarded < _DISCARDED:
        message = await receive()
        discarded += len(message.get("body", b""))
        body.is_complete = not message.get("more_body", False)
