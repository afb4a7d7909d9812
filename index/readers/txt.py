"""Plain text: the decoded characters, unchanged, are the canonical text."""

from __future__ import annotations

from index.readers.decoding import decode
from index.readers.source import Source
from index.structure.layout import paragraphs


def read(data: bytes) -> Source:
    """Read a .txt file. Raises ArticleError when it is empty or not text."""
    text = decode(data)
    return Source(text, paragraphs(text))
