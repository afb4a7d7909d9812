"""Plain text: the decoded characters, unchanged, are the canonical text."""

from __future__ import annotations

from index.parsing.blocks import Source
from index.parsing.encoding import decode
from index.parsing.rules.layout import paragraphs


def read(data: bytes) -> Source:
    """Read a .txt file. Raises ArticleError when it is empty or not text."""
    text = decode(data)
    return Source(text, paragraphs(text))
