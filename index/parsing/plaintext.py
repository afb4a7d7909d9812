"""Parse plain text: the decoded characters, unchanged, are the canonical text."""

from __future__ import annotations

from index.parsing.blocks import Origin, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.rules.layout import paragraphs


def parse(data: bytes) -> ParsedDocument:
    """Parse a .txt file. Raises ArticleError when it is empty or not text."""
    text = decode(data)
    return ParsedDocument(text, paragraphs(text), origin=Origin.TEXT)
