"""How articles, their metadata and their paragraphs are written as bytes, in every storage."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any

from index.types import Article, Chunk, Fields, Kind, LazyParagraphs, Metadata, Paragraph, Span

_KIND_BY_VALUE = {kind.value: kind for kind in Kind}  # several times as fast as calling Kind


def vector_key(text: str) -> bytes:
    """Return 16 bytes that identify an encoded text, under which its vector is found again."""
    return hashlib.blake2b(encode_text(text), digest_size=16).digest()


def record_digest(article_id: str, article_hash: str, path: bytes | None, *others: bytes) -> bytes:
    """Return the SHA-256 of what is stored of an article: metadata, text and paragraphs last."""
    parts = (article_id.encode(), article_hash.encode(), path or b"", *others)
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()


def encode_metadata(metadata: Metadata) -> bytes:
    """Encode metadata as JSON, the same bytes for the same metadata."""
    published = metadata.published.isoformat() if metadata.published else None
    values: list[Any] = [
        metadata.title, list(metadata.authors), metadata.publisher, published, metadata.year,
        metadata.url,
    ]  # fmt: skip
    if metadata.fields:
        values.append({name: list(own) for name, own in metadata.fields.items()})
    return json.dumps(values, ensure_ascii=True).encode("ascii")


@lru_cache(maxsize=65_536)  # every filtered search reads it
def decode_metadata(data: bytes) -> Metadata:
    """Decode what `encode_metadata` encoded."""
    title, authors, publisher, published, year, url, *fields = json.loads(data)
    day = date.fromisoformat(published) if published else None
    own = Fields(*fields)
    return Metadata(title, tuple(authors), publisher, day, year, url, own)


def encode_paragraphs(paragraphs: Sequence[Paragraph]) -> bytes:
    """Encode the spans and kinds of paragraphs as JSON."""
    values = [
        [p.span.start, p.span.end, p.kind.value, p.page, p.level, int(p.listed)] for p in paragraphs
    ]
    return json.dumps(values, separators=(",", ":")).encode("ascii")


def decode_paragraphs(data: bytes) -> tuple[Paragraph, ...]:
    """Decode what `encode_paragraphs` encoded."""
    return tuple(
        Paragraph(number, Span(start, end), _KIND_BY_VALUE[kind], page, level, bool(listed))
        for number, (start, end, kind, page, level, listed) in enumerate(json.loads(data), start=1)
    )


def encode_text(text: str) -> bytes:
    """Encode as UTF-8, with the unpaired surrogates of file names and broken files."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(data: bytes) -> str:
    """Decode what `encode_text` encoded."""
    return data.decode("utf-8", "surrogatepass")


def encode_article(article: Article) -> dict[str, Any]:
    """Return the arguments of `decode_article` for an article, by name and in their order."""
    path = None if article.path is None else encode_text(article.path)
    metadata, text = encode_metadata(article.metadata), encode_text(article.text)
    paragraphs = encode_paragraphs(article.paragraphs)
    return {
        "id": article.id,
        "hash": article.hash,
        "path": path,
        "metadata": metadata,
        "paragraph_count": len(article.paragraphs),
        "text": text,
        "paragraphs": paragraphs,
        "digest": record_digest(article.id, article.hash, path, metadata, text, paragraphs),
    }


def decode_article(
    article_id: str,
    article_hash: str,
    path: bytes | None,
    metadata: bytes,
    paragraph_count: int,
    text: bytes,
    paragraphs: bytes,
    digest: bytes,
) -> Article:
    """Return an article, after comparing it with its digest. Raises ValueError."""
    if record_digest(article_id, article_hash, path, metadata, text, paragraphs) != digest:
        raise ValueError(f"article {article_id!r} differs from its digest")
    # Most callers need few paragraphs of few articles, so they are decoded when needed.
    later = LazyParagraphs(partial(decode_paragraphs, paragraphs), paragraph_count)
    source = None if path is None else decode_text(path)
    return Article(article_id, decode_text(text), later, decode_metadata(metadata), source)


def decode_chunk(article: str, start: int, end: int, paragraphs: bytes, tokens: int) -> Chunk:
    """Return a chunk; `paragraphs` are their numbers in JSON."""
    return Chunk(article, Span(start, end), tuple(json.loads(paragraphs)), tokens)
