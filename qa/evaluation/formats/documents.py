"""Make articles of the documents that a retrieval set brings."""

from __future__ import annotations

import re

from index.types import Article, Metadata, Paragraph, Span

_BLOCK = re.compile(r"\S(?:.*?\S)??(?=\s*\Z|[ \t\r]*\n[ \t\r]*\n)", re.DOTALL)


def document_article(identity: str, title: str, text: str) -> Article:
    """Return a document as an article; its paragraphs are separated by blank lines.

    A document without text consists of its title; one without either has no paragraph.
    """
    title = " ".join(title.split())
    body = text if text.strip() else title
    paragraphs = tuple(
        Paragraph(number, Span(*match.span()))
        for number, match in enumerate(_BLOCK.finditer(body), start=1)
    )
    return Article(identity, body, paragraphs, Metadata(title=title))
