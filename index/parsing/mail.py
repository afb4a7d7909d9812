"""Parse e-mail: one message (.eml), or the messages of a mailbox (.mbox), as an article.

What a reply quotes is in the other message, and is set aside as a comment, the signature as
boilerplate.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import re
from email.message import EmailMessage, MIMEPart

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.html_blocks import extract_blocks, parse_html
from index.parsing.rules.layout import paragraphs
from index.types import Kind, Metadata

_FROM_LINE = re.compile(rb"^From [^\n]*\d{4}\r?$", re.MULTILINE)
_QUOTE = re.compile(r"^[ \t]*>")
_ATTRIBUTION = re.compile(r"[^\n]{1,200}(?:\n[^\n]{1,100})?:\s*$")
_SIGNATURE = re.compile(r"^-- ?$")


def parse(data: bytes) -> ParsedDocument:
    """Parse an .eml or .mbox file. Raises ArticleError when it is empty or no e-mail."""
    if not data.strip():
        raise ArticleError("empty: the file holds no text")
    starts = [match.start() for match in _FROM_LINE.finditer(data)]
    if not data.startswith(b"From ") or not starts:
        message = _message(data)
        builder = DocumentBuilder()
        _add_body(message, builder)
        return builder.build(_metadata(message))
    builder = DocumentBuilder()
    messages = [
        _message(data[start:end].partition(b"\n")[2])
        for start, end in zip(starts, [*starts[1:], len(data)], strict=True)
    ]
    for message in messages:
        builder.add(_header(message, "subject") or "(no subject)", hint=Kind.HEADING, level=2)
        builder.add("\n".join(f"{name}: {_header(message, name)}" for name in ("From", "Date")))
        _add_body(message, builder)
    # A mailbox of one message is that message.
    return builder.build(_metadata(messages[0]) if len(messages) == 1 else Metadata())


def headers_metadata(headers: str) -> Metadata:
    """Return the title, author and date in the header lines of a message."""
    return _metadata(email.message_from_string(headers, policy=email.policy.default))


def _message(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not (message.keys() and (message["from"] or message["subject"] or message["date"])):
        raise ArticleError("not an e-mail: the file has no headers (From, Subject or Date)")
    return message


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())
    except Exception:  # a malformed header must not lose the message
        return ""


def _add_body(message: EmailMessage, builder: DocumentBuilder) -> None:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return
    content = _content(body)
    if body.get_content_type() == "text/html":
        root = parse_html(content)
        if root is not None:
            builder.extend(extract_blocks(root).builder)
        return
    kind: Kind | None = None
    lines = content.replace("\r\n", "\n").split("\n")
    group: list[str] = []
    for line in lines:
        if kind is Kind.BOILERPLATE:
            now: Kind | None = kind
        elif _SIGNATURE.match(line):
            now = Kind.BOILERPLATE
        else:
            now = Kind.COMMENT if _QUOTE.match(line) else None
        if now is not kind:
            rest = _add_text("\n".join(group), kind, builder, before_quote=now is Kind.COMMENT)
            group, kind = rest, now
        group.append(line)
    _add_text("\n".join(group), kind, builder)


def _add_text(
    text: str, kind: Kind | None, builder: DocumentBuilder, *, before_quote: bool = False
) -> list[str]:
    """Add the paragraphs of a text; return the lines that announce a quotation below it."""
    blocks = paragraphs(text)
    announcement: list[str] = []
    if before_quote and blocks and _ATTRIBUTION.fullmatch(blocks[-1].span.of(text)):
        announcement = [blocks[-1].span.of(text)]
        blocks = blocks[:-1]
    for block in blocks:
        builder.add(block.span.of(text), hint=kind, indent=block.indent)
    return announcement


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError, ValueError):  # an unknown charset
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _metadata(message: EmailMessage) -> Metadata:
    name, address = email.utils.parseaddr(_header(message, "from"))
    try:
        sent = email.utils.parsedate_to_datetime(_header(message, "date")).date()
    except (TypeError, ValueError):
        sent = None
    return Metadata(
        title=_header(message, "subject"),
        authors=(name or address,) if name or address else (),
        published=sent,
        year=sent.year if sent else None,
    )
