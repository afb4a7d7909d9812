"""Markdown: the words that a renderer would show, with front matter as metadata.

markdown-it-py finds the blocks. HTML inside is walked like an HTML page, but for elements a
browser would run or load: those stay text, as everything hostile does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

import yaml

from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.html_blocks import Walker, parse_html
from index.parsing.rules.dates import iso_date
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people, publisher
from index.types import Kind, Metadata, is_web_address

_MAX_FRONT_MATTER = 20_000
_ENTRY_START = re.compile(r"^(?=[^\s#-])", re.MULTILINE)
_FIELD = re.compile(r"([A-Za-z_][\w -]*?)[ \t]*:(?:[ \t]+(.*)|$)", re.MULTILINE)
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
    """Split off the front matter: YAML between `---` lines or TOML between `+++` lines.

    Returns its fields, with lower-case keys, and the text below. YAML values are strings and
    lists and mappings of them. What is not front matter stays in the text.
    """
    first, _, rest = text.partition("\n")
    fence = first.strip()
    if fence not in ("---", "+++"):
        return {}, text
    closing = re.search(rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]*\r?$", rest, re.MULTILINE)
    if closing is None or closing.start() > _MAX_FRONT_MATTER:
        return {}, text
    source, below = rest[: closing.start()], rest[closing.end() :]
    if fence == "---":
        fields = _yaml_fields("\n".join(source.splitlines()))
    else:
        try:
            fields = tomllib.loads(source)
        except tomllib.TOMLDecodeError:
            return {}, text
    return ({k.lower(): v for k, v in fields.items()}, below) if fields else ({}, text)


def _yaml_fields(source: str) -> dict[str, Any]:
    """Return the fields of a YAML mapping, empty for text that is not one.

    Titles with an unquoted colon or quotation mark are common and not valid YAML; the value of
    such a field is the rest of its line.
    """
    before, *entries = _ENTRY_START.split(source)
    # Prose and lists between two thematic breaks can be valid YAML too.
    if re.search(r"^-", before, re.MULTILINE) or not all(map(_FIELD.match, entries)):
        return {}
    fields = _load_yaml(source)
    if entries and isinstance(fields, dict):
        return fields
    fields = {}
    for entry in entries:
        field, loaded = _FIELD.match(entry), _load_yaml(entry)
        if isinstance(loaded, dict):
            fields |= loaded
        elif field is not None:
            fields[field[1]] = (field[2] or "").strip()
    return fields


def _load_yaml(source: str) -> Any:
    """Return the value of a YAML document, None if it is invalid."""
    try:
        # A safe loader that keeps scalars as strings: a title may be "1984" or "Yes".
        return yaml.load(source, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def _metadata(fields: dict[str, Any]) -> Metadata:
    def first(*keys: str) -> str:
        for key in keys:
            value = fields.get(key)
            if value and not isinstance(value, list | dict):
                return str(value).strip()
        return ""

    authors: list[str] = []
    for key in ("authors", "author", "byline", "by"):
        value = fields.get(key) or []
        for author in value if isinstance(value, list) else [value]:
            name = author.get("name") if isinstance(author, dict) else author
            if isinstance(name, str):
                name = re.sub(r"(?i)^\s*by\s+", "", name).strip()
                authors.extend(people(name) or ([name] if name else []))
        if authors:
            break
    url = first("url", "link", "address", "canonical", "canonical_url", "source_url", "original")
    source = first("publisher", "publication", "outlet", "newspaper", "site", "source")
    if is_web_address(source):
        url, source = url or source, ""
    date = first("date", "published", "publishdate", "published_at", "pubdate", "day", "year")
    published = iso_date(date) if date else None
    return Metadata(
        title=first("title", "headline"),
        authors=tuple(dict.fromkeys(authors)),
        publisher=publisher(source, sure=True) or source or None,
        published=published.day if published else None,
        year=published.year if published else None,
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
