"""Articles as JSON lines, one object for each article.

`text` is required. `id`, `title`, `authors`, `publisher`, `published` (YYYY-MM-DD), `year`, `url`
and `metadata` (own fields) are those of `Library.add`. `paragraphs`, which an export has, are
`[start, end, kind, page, level, listed]` of each paragraph; without them, the text is split.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from index.errors import ArticleError, LibraryError
from index.ingest.article_ids import check_article_id, generate_article_id
from index.parsing.article import make_article
from index.types import Article, Kind, Paragraph, Span

_METADATA = ("title", "authors", "publisher", "year", "url", "metadata")


def write_line(article: Article) -> str:
    """Return the line of an article, from which `read_articles` makes an equal one."""
    metadata = article.metadata
    values = {
        "id": article.id,
        "title": metadata.title,
        "authors": metadata.authors,
        "publisher": metadata.publisher,
        "published": metadata.published.isoformat() if metadata.published else None,
        "year": metadata.year,
        "url": metadata.url,
        "metadata": dict(metadata.fields),
        "text": article.text,
        "paragraphs": [
            (p.span.start, p.span.end, p.kind, p.page, p.level, p.listed)
            for p in article.paragraphs
        ],
    }
    return json.dumps(values) + "\n"


def read_articles(path: Path) -> Iterator[Article]:
    """Yield the articles of a file. Raises ArticleError, which names the line and what is wrong."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
                if not isinstance(values, dict):
                    raise ArticleError(f"expected an object, found {line.strip()[:40]!r}")
                article = _article(values)
            except (LibraryError, TypeError, ValueError) as error:
                raise ArticleError(f"{path}, line {number}: {error}") from error
            yield article


def _article(values: dict[str, Any]) -> Article:
    known = {name: values[name] for name in _METADATA if values.get(name) is not None}
    day = values.get("published")
    article = make_article(
        values.get("text", ""), "new", published=date.fromisoformat(day) if day else None, **known
    )
    if paragraphs := values.get("paragraphs"):
        made = tuple(
            Paragraph(number, Span(start, end), Kind(kind), page, level, listed)
            for number, (start, end, kind, page, level, listed) in enumerate(paragraphs, start=1)
        )
        article = replace(article, paragraphs=made)
    own_id = values.get("id")
    if own_id is None:
        return replace(article, id=generate_article_id(article.metadata.title, article.hash))
    return replace(article, id=check_article_id(own_id))
