"""HTTP connections with deadlines and a cap, so that idle or slow ones cannot use up the server.

uvicorn itself limits only the time between two requests of a connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.web.limits import ServerLimits
from qa.web.network import Network

BACKLOG = 64
"""Connections that are accepted before the cap is applied to them."""

_RESERVED_FILES = 128
"""File descriptors for the index, the models and answers being sent."""

_MAX_OPEN_FILES = 16_384

_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_MANY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)


class LimitedProtocol(H11Protocol):
    """A connection that is closed when it is too slow, or idle while too many are open."""

    limits = ServerLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection; when too many are open, close the longest idle one instead."""
        super().connection_made(transport)
        self._timer: asyncio.TimerHandle | None = None
        self._since = time.monotonic()
        if len(self.connections) > self.limits.connections:
            idle = [
                other
                for other in self.connections
                if isinstance(other, LimitedProtocol) and other is not self and other._is_idle
            ]
            if not idle:
                self._close(_TOO_MANY)
                return
            min(idle, key=lambda other: other._since)._close(b"")
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Handle a part of a request, which must go on in time."""
        was_idle = self._is_idle
        super().data_received(data)
        if not self._is_idle:
            self._await_body()
        elif not was_idle or self._timer is None:
            self._await_head()

    def on_response_complete(self) -> None:
        """Count the connection as idle from now on."""
        self._since = time.monotonic()
        self._cancel_timer()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        self._cancel_timer()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        """Whether there is no request, or only a part of its head."""
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        # Not restarted by data: a head that arrives byte by byte has the same time.
        self._start_timer(self.limits.header_seconds, self._end_without_head)

    def _await_body(self) -> None:
        self._cancel_timer()
        if self.cycle is not None and self.cycle.more_body:
            self._start_timer(self.limits.body_seconds, self._end_without_body)

    def _end_without_head(self) -> None:
        if self._is_idle:
            self._close(_TIMEOUT if self.conn.trailing_data[0] else b"")

    def _end_without_body(self) -> None:
        if self.cycle is None or not self.cycle.more_body:
            return
        if self.flow.read_paused:  # the application has not taken what was sent
            self._await_body()
        else:
            self._close(b"" if self.cycle.response_started else _TIMEOUT)

    def _start_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._cancel_timer()
        self._timer = self.loop.call_later(seconds, then)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self, response: bytes) -> None:
        if not self.transport.is_closing():
            self.connections.discard(self)
            if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and response:
                self.transport.write(response)
            self.transport.close()


def make_config(app: object, limits: ServerLimits, network: Network) -> Config:
    """Return uvicorn's configuration with these limits, as far as file descriptors allow."""
    protocol = type("Protocol", (LimitedProtocol,), {"limits": _within_files(limits)})
    return Config(
        app,  # type: ignore[arg-type]
        log_level="warning",
        http=protocol,
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=limits.idle_seconds,  # type: ignore[arg-type]
        timeout_graceful_shutdown=2,
        proxy_headers=False,  # see ForwardedMiddleware
        ssl_certfile=network.certificate,
        ssl_keyfile=network.key,
    )


def _within_files(limits: ServerLimits) -> ServerLimits:
    """Raise this process's limit of open files, and lower that of connections to what it allows."""
    try:
        import resource
    except ImportError:  # not on Windows
        return limits
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft == resource.RLIM_INFINITY:
        return limits
    allowed = max(8, (soft - _RESERVED_FILES - BACKLOG) // 2)
    return replace(limits, connections=min(limits.connections, allowed))
