"""Answers, passages and articles as clients see them: links they can follow, no server paths."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from qa.answer import HasMetadata, article_json


def client_json(value: Any, base: str) -> Any:
    """Return plain data with every `link` below the URL `base`, and every `path` as a file name.

    With an empty `base` links stay relative to the server.
    """
    if isinstance(value, list):
        return [client_json(one, base) for one in value]
    if not isinstance(value, dict):
        return value
    changed = {key: client_json(one, base) for key, one in value.items()}
    if isinstance(value.get("link"), str):
        changed["link"] = base + value["link"]
    if isinstance(value.get("path"), str):
        changed["path"] = PurePath(value["path"]).name
    return changed


def metadata_json(article: HasMetadata) -> dict[str, Any]:
    """Return an article's metadata as plain data for clients."""
    return dict(client_json(article_json(article), ""))
