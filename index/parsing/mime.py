"""Find the page in a MIME archive, as browsers save a page with its pictures (MHTML)."""

from __future__ import annotations

import email
import email.policy
import re

_HEADERS = re.compile(rb"(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_MULTIPART = re.compile(rb"(?im)^content-type:\s*multipart/")


def html_part(data: bytes) -> bytes | None:
    """Return the first HTML page in a MIME message; None if `data` is not a message."""
    headers = _HEADERS.match(data)
    if headers is None or _MULTIPART.search(headers.group()) is None:
        return None
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                return content
    return None
