"""Parse plain text: the decoded characters, unchanged, are the canonical text."""

from __future__ import annotations

import re

from index.parsing.blocks import Origin, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.mail import headers_metadata
from index.parsing.rules.layout import paragraphs

_MAIL_HEADERS = re.compile(r"(?:(?:From|To|Cc|Date|Sent|Subject|Reply-To):[ \t][^\n]*\r?\n){3,}")


def parse(data: bytes) -> ParsedDocument:
    """Parse a .txt file. Raises ArticleError when it is empty or not text."""
    text = decode(data)
    mail = _MAIL_HEADERS.match(text)
    if mail is None:
        return ParsedDocument(text, paragraphs(text), origin=Origin.TEXT)
    # A message that was saved as text is nobody's page.
    return ParsedDocument(text, paragraphs(text), headers_metadata(mail.group()))
