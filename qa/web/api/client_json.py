"""Answers, passages and articles as clients see them: links they can follow, no server paths."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from index.storage.snapshot import ArticleSummary
from index.types import Article, Paragraph
from qa.answer import HasMetadata, Passage, article_json


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


def summaries_json(articles: Iterable[ArticleSummary]) -> list[dict[str, Any]]:
    """Return articles without their texts as plain data for clients."""
    return [{"id": one.id, **metadata_json(one), "paragraphs": one.paragraphs} for one in articles]


def passages_json(passages: Iterable[Passage], base: str) -> list[dict[str, Any]]:
    """Return passages as plain data for clients; links begin with `base`."""
    return [client_json(passage.to_json(), base) for passage in passages]


def paragraphs_json(article: Article, paragraphs: Iterable[Paragraph]) -> list[dict[str, Any]]:
    """Return paragraphs of an article as plain data: number, kind, offsets, text."""
    return [
        {
            "number": paragraph.number,
            "kind": paragraph.kind.value,
            "start": paragraph.span.start,
            "end": paragraph.span.end,
            "text": paragraph.span.of(article.text),
        }
        for paragraph in paragraphs
    ]
