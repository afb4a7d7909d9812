"""Markdown: the words that a renderer would show, with front matter as metadata.

markdown-it-py finds the blocks. HTML inside is walked like an HTML page, but for elements a
browser would run or load: those stay text, as everything hostile does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.html_blocks import Walker, parse_html
from index.parsing.rules.dates import iso_date
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people, publisher
from index.types import Kind, Metadata, is_web_address

_FENCES = {"---": "---", "+++": "+++"}
_RUN = re.compile(r"(?i)<\s*/?\s*(?:script|style|iframe|object|embed|template|svg|form|input)\b")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_CLOSING = re.compile(r"</[a-zA-Z][^>]*>")
_PLAIN_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_CELLS = " | "


def parse(data: bytes) -> ParsedDocument:
    """Read an .md file. Raises ArticleError when it is empty or not text."""
    fields, content = front_matter(decode(data))
    canvas = DocumentBuilder()
    _Layer(canvas).lay(_tokens(content))
    text = canvas.text
    blocks = [piece for block in canvas.blocks for piece in split_block(text, block)]
    return ParsedDocument(text, blocks, _metadata(fields))


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields between `---` (or, as TOML, `+++`) lines at the top, and the text below.

    Of YAML, `key: value` lines and lists are read. What does not parse is left as text.
    """
    first, _, rest = text.partition("\n")
    fence = first.strip()
    if fence not in _FENCES:
        return {}, text
    closing = re.search(rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]*\r?$", rest, re.MULTILINE)
    if closing is None or closing.start() > 20_000:
        return {}, text
    inside, below = rest[: closing.start()], rest[closing.end() :]
    if fence == "+++":
        try:
            return {k.lower(): v for k, v in tomllib.loads(inside).items()}, below
        except tomllib.TOMLDecodeError:
            return {}, text
    fields = _fields(inside)
    return (fields, below) if fields else ({}, text)


def _fields(inside: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    key = ""
    for line in inside.splitlines():
        item = re.match(r"\s*-\s+(.*)$", line)
        pair = re.match(r"([A-Za-z_][\w -]*?)\s*:(?:\s+(.*))?$", line)
        if item and key:
            held = fields[key]
            fields[key] = [*(held if isinstance(held, list) else []), _bare(item.group(1))]
        elif pair:
            key = pair.group(1).strip().lower()
            fields[key] = _value((pair.group(2) or "").strip())
        elif (
            line.strip() and not line.lstrip().startswith("#") and not line.startswith((" ", "\t"))
        ):
            return {}
    return fields


def _value(value: str) -> Any:
    if value.startswith("[") and value.endswith("]"):
        return [_bare(part) for part in value[1:-1].split(",") if part.strip()]
    return _bare(value)


def _bare(value: str) -> str:
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace('\\"', '"').replace("''", "'")
    return value


def _metadata(fields: dict[str, Any]) -> Metadata:
    def first(*keys: str) -> str:
        for key in keys:
            value = fields.get(key)
            if value and not isinstance(value, list | dict):
                return str(value).strip()
        return ""

    authors: list[str] = []
    for key in ("authors", "author", "byline", "by"):
        held = fields.get(key)
        for value in held if isinstance(held, list) else [held] if held else []:
            name = str(value.get("name", "")) if isinstance(value, dict) else str(value)
            name = re.sub(r"(?i)^\s*by\s+", "", name).strip()
            authors.extend(people(name) or ([name] if name else []))
        if authors:
            break
    url = first("url", "link", "address", "canonical", "canonical_url", "source_url", "original")
    source = first("publisher", "publication", "outlet", "newspaper", "site", "source")
    if is_web_address(source):
        url, source = url or source, ""
    when = first("date", "published", "publishdate", "published_at", "pubdate", "day", "year")
    found = iso_date(when) if when else None
    return Metadata(
        title=first("title", "headline"),
        authors=tuple(dict.fromkeys(authors)),
        publisher=publisher(source, sure=True) or source or None,
        published=found.day if found else None,
        year=found.year if found else None,
        url=url if is_web_address(url) else None,
    )


def _tokens(content: str) -> Sequence[Any]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(content)


class _Layer:
    """Lays the tokens of a document on a canvas."""

    def __init__(self, canvas: DocumentBuilder) -> None:
        self.canvas = canvas
        self._depth = 0
        self._marker = ""
        self._level = 0
        self._cells: list[str] | None = None
        self._ordered: list[bool] = []

    def lay(self, tokens: Sequence[Any]) -> None:
        """Lay all blocks in order."""
        for token in tokens:
            kind = token.type
            if kind in ("bullet_list_open", "ordered_list_open"):
                self._ordered.append(kind.startswith("ordered"))
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self._ordered.pop()
            elif kind == "list_item_open":
                self._depth += 1
                numbered = self._ordered and self._ordered[-1]
                self._marker = f"{token.info}{token.markup} " if numbered else ""
            elif kind in ("list_item_close", "blockquote_close"):
                self._depth -= 1
                self._marker = ""
            elif kind == "blockquote_open":
                self._depth += 1
            elif kind == "heading_open":
                self._level = int(token.tag[1:])
            elif kind == "heading_close":
                self._level = 0
            elif kind == "tr_open":
                self._cells = []
            elif kind == "tr_close" and self._cells is not None:
                if any(self._cells):
                    self.canvas.add(_CELLS.join(self._cells), listed=True)
                self._cells = None
            elif kind == "inline":
                self._inline(token)
            elif kind in ("fence", "code_block"):
                for part in re.split(r"\n[ \t]*\n\s*", token.content):
                    self._add(part)
            elif kind == "html_block":
                self._html(token.content)

    def _inline(self, token: Any) -> None:
        words = _shown(token.children or [])
        if self._cells is not None:
            self._cells.append(" ".join(words.split()))
            return
        shown = [child for child in token.children or [] if child.type != "softbreak"]
        pictures = bool(shown) and all(child.type == "image" for child in shown)
        if self._level:
            self.canvas.add(" ".join(words.split()), hint=Kind.HEADING, level=self._level)
        else:
            self._add(words, Kind.CAPTION if pictures else None)

    def _add(self, words: str, hint: Kind | None = None) -> None:
        if words.strip():
            words, self._marker = self._marker + words.strip(), ""
        self.canvas.add(words, hint=hint, indent=self._depth, listed=bool(self._ordered))

    def _html(self, content: str) -> None:
        if _RUN.search(content):
            self._add(content)
            return
        # A comment takes the rest of its line into its block, a closing tag stands alone in one.
        content = _COMMENT.sub("", content)
        root = parse_html(content) if re.search(r"<[a-zA-Z]", content) else None
        if root is None:
            self._add(_CLOSING.sub("", content))
            return
        walker = Walker()
        walker.walk(root)
        for block, words in zip(walker.canvas.blocks, walker.canvas.texts, strict=True):
            self.canvas.add(words, hint=block.hint, level=block.level, listed=block.listed)


def _shown(children: Sequence[Any]) -> str:
    """The visible words of inline tokens; line breaks are kept."""
    pieces: list[str] = []
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif child.type == "image":
            pieces.append(_shown(child.children or []) or child.content)
        elif child.type == "html_inline":
            if re.match(r"(?i)<br\s*/?>", child.content):
                pieces.append("\n")
            elif _RUN.match(child.content) or not _PLAIN_TAG.fullmatch(child.content):
                pieces.append(child.content)
    return "".join(pieces)
