"""Limit how often one client asks or changes something, so that the queue stays open to others."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_COUNTED = ("/api/", "/mcp", "/gradio_api/queue/join", "/gradio_api/call/")
"""Where questions are asked and articles changed. The window's other calls cost little."""

_MAX_CLIENTS = 10_000


class RateLimit:
    """A token bucket for each client: `per_minute` at once, and as many again in a minute."""

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> float:
        """Count a request, and return 0; or the seconds to wait, if there are too many."""
        now, rate = self._clock(), self._per_minute / 60
        tokens, last = self._buckets.pop(client, (self._per_minute, now))
        tokens = min(self._per_minute, tokens + (now - last) * rate)
        is_allowed = tokens >= 1
        self._buckets[client] = (tokens - is_allowed, now)
        if len(self._buckets) > _MAX_CLIENTS:
            del self._buckets[next(iter(self._buckets))]  # the one that asked longest ago
        return 0.0 if is_allowed else (1 - tokens) / rate


class RateLimitMiddleware:
    """Answers 429 with `Retry-After` to a client that asks or changes too often.

    A client is an account, or an address where there are none. Programs on this machine look alike
    and are not limited without accounts. Used by one event loop.
    """

    def __init__(self, app: ASGIApp, per_minute: float) -> None:
        self.app = app
        self._limit = RateLimit(per_minute)
        self._per_minute = per_minute

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = _client(scope)
        wait = self._limit.take(client) if client else 0.0
        if not wait:
            await self.app(scope, receive, send)
            return
        detail = (
            f"{client} asks more than {self._per_minute:g} times a minute; try again in "
            f"{math.ceil(wait)} s"
        )
        refusal = JSONResponse({"detail": detail}, 429, {"Retry-After": str(math.ceil(wait))})
        await refusal(scope, receive, send)


def _client(scope: Scope) -> str:
    """Return whom a request counts for, "" if it is not counted."""
    if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
        return ""
    if not scope["path"].startswith(_COUNTED):
        return ""
    if account := scope.get("pincite.account"):
        return str(account.name)
    address = scope["client"][0] if scope.get("client") else ""
    try:
        return "" if ipaddress.ip_address(address).is_loopback else str(address)
    except ValueError:
        return ""
