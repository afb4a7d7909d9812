"""Limits of the server, set by environment variables: `PINCITE_SERVER_CONNECTIONS` and so on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from index.parsing.article import MAX_BYTES
from index.validation import read_numbers

JSON_BYTES = 1_000_000
"""Body of a request to the API: a question has a few sentences, a filter many article ids."""

_WINDOW_BYTES = 10_000_000
"""Body of a request of the chat window, which sends its conversation along."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What the server takes on at once, and how long it waits.

    `waiting` questions and `changes` of the articles at most wait, and each client asks or changes
    `per_minute` times in a minute (see `qa.web.rate_limit`); `connections` are open, each
    of which must send a request's head within `header_seconds`, go on with its body within
    `body_seconds`, and is closed after `idle_seconds` without a request. `drain_seconds` is what
    running work gets when the server is stopped. Files that a browser sends take up to
    `upload_mb` MiB together, and are deleted after `upload_minutes` unless they were indexed.
    """

    waiting: float = 32
    changes: float = 8
    per_minute: float = 120
    connections: float = 1000
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 15.0
    drain_seconds: float = 30.0
    upload_mb: float = 2048
    upload_minutes: float = 60

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the limits of the environment.

        Raises SettingError for a value that is not a number above 0.
        """
        return read_numbers(cls, "PINCITE_SERVER_", environment)


def body_limit(path: str, *, allow_changes: bool) -> int | None:
    """Return the most bytes that the body of a request to `path` may have.

    None for files that a browser sends, which have a quota instead.
    """
    if path.startswith("/gradio_api/upload"):
        return None
    if allow_changes and path.startswith(("/api/articles/uploads/", "/mcp")):
        return MAX_BYTES
    return _WINDOW_BYTES if path.startswith(("/gradio_api/", "/chat/")) else JSON_BYTES
