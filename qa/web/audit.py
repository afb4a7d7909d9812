"""The audit log: a line for each change of the articles that the server made."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

AUDIT_LOG = "audit.jsonl"
"""The name of the log in the folder of the index."""

current_user: ContextVar[str] = ContextVar("current_user", default="")
"""The name of the account that the request comes from, "" without `--auth`."""

log = logging.getLogger(__name__)


class Origin(StrEnum):
    """Where a change was asked for."""

    WINDOW = "window"
    HTTP = "http"
    MCP = "mcp"
    WATCH = "watch"


def record_change(
    index: Path, origin: Origin, user: str, action: str, articles: Sequence[str]
) -> None:
    """Append a line of JSON to the log: when, from where, who, what, to which articles.

    The log is readable by its owner only. A change that was made stands even if its line cannot
    be written; that is logged as an error.
    """
    entry = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "origin": origin.value,
        "user": user,
        "action": action,
        "articles": list(articles),
    }
    line = json.dumps(entry).encode("ascii") + b"\n"
    try:
        # One write to a file opened for appending, so that lines of several processes stay whole.
        descriptor = os.open(index / AUDIT_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        log.error("cannot write to %s: %s; not recorded: %s", index / AUDIT_LOG, error, line)
