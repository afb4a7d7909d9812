"""Find the page in an archive of a page with its pictures: MHTML, and Safari's .webarchive."""

from __future__ import annotations

import email
import email.policy
import plistlib
import re
from dataclasses import dataclass

from index.errors import ArticleError
from index.types import is_web_address

_HEADERS = re.compile(rb"(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
_MULTIPART = re.compile(rb"(?im)^content-type:\s*multipart/")
_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """The HTML of a page, and the address it was saved from if the archive has a valid one."""

    html: bytes
    url: str | None


def archived_page(data: bytes) -> ArchivedPage | None:
    """Return the first HTML page in an archive; None if `data` is not an archive.

    Raises ArticleError for a broken .webarchive.
    """
    if data.startswith(b"bplist00") or b"<key>WebMainResource</key>" in data[:4096]:
        return _from_property_list(data)
    headers = _HEADERS.match(data)
    if headers is None or _MULTIPART.search(headers.group()) is None:
        return None
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() in _HTML:
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                address = message["Snapshot-Content-Location"] or part["Content-Location"]
                return ArchivedPage(content, _address(address))
    return None


def _from_property_list(data: bytes) -> ArchivedPage:
    try:
        resource = plistlib.loads(data)["WebMainResource"]
        content, mime_type = resource["WebResourceData"], resource["WebResourceMIMEType"]
        if not isinstance(content, bytes) or mime_type not in _HTML:
            raise ValueError(f"the page is {mime_type!r}")
        address = resource.get("WebResourceURL")
    except Exception as error:  # plistlib lets index, overflow and XML errors through
        raise ArticleError(f"broken .webarchive: {error}; save the page again") from error
    return ArchivedPage(content, _address(address))


def _address(address: object) -> str | None:
    text = str(address or "").strip()
    return text if is_web_address(text) else None
