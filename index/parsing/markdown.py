"""Parse Markdown: the words that a renderer shows, with front matter as metadata.

markdown-it-py finds the blocks. Inline HTML is handled as in an HTML page, except for elements
that a browser would run or load: their source stays in the text.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING, Any

import yaml

from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.html_blocks import extract_blocks, parse_html
from index.parsing.rules.dates import iso_date
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people, publisher
from index.parsing.superscript import superscript
from index.parsing.template_marks import replace_marks
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Kind, Metadata, is_web_address

if TYPE_CHECKING:
    from markdown_it.token import Token

_MAX_FRONT_MATTER = 20_000
"""Code points after which a closing line no longer ends front matter."""

_ENTRY_START = re.compile(r"^(?=[^\s#-])", re.MULTILINE)
_KEY = r"[\"']?[A-Za-z_$@][\w $@./-]{0,60}?[\"']?"
_FIELD = re.compile(rf"({_KEY})[ \t]*:(?:[ \t]+(.*)|$)", re.MULTILINE)
_LEADING_COMMENTS = re.compile(r"(?:\s*<!--.*?-->)*\s*", re.DOTALL)
_TITLE_BLOCK = re.compile(
    r"%[ \t]*(.*(?:\n[ \t]+.*)*)(?:\n%[ \t]*(.*(?:\n[ \t]+.*)*))?(?:\n%[ \t]*(.*))?\n[ \t]*\n"
)
_FIELD_LINES = re.compile(
    r"(?i)title:[ \t]+\S.*\n(?:[a-z][\w -]{1,30}:[ \t]+\S.*\n|[ \t]+\S.*\n)+\s*\n"
)
_SLUG = re.compile(r"[a-z]+(?:[-_][a-z]+)+")
_ACTIVE_TAG = re.compile(
    r"(?i)<\s*/?\s*(?:script|style|iframe|object|embed|template|svg|form|input)\b"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_CLOSING_TAG = re.compile(r"</[a-zA-Z][^>]*>")
_TAG_OR_COMMENT = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)


def parse(data: bytes) -> ParsedDocument:
    """Parse an .md file. Raises ArticleError when it is empty or not text."""
    from markdown_it import MarkdownIt

    fields, body = front_matter(decode(data))
    source = replace_marks(body)
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    builder = _TokenReader().read(tokens)
    text = builder.text
    blocks = [part for block in builder.blocks for part in split_block(text, block)]
    return ParsedDocument(text, blocks, _metadata(fields))


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Split off the front matter, and return its fields, with lower-case keys, and the text below.

    It is YAML between `---` lines, TOML between `+++` lines, a JSON object, a title block (`% A`)
    or lines of fields that begin with `Title:`; comments may be above it. YAML values are strings,
    and lists and mappings of them. What is not front matter stays in the text.
    """
    start = _LEADING_COMMENTS.match(text)
    own = text[start.end() :] if start else text
    fields, below = _split_front_matter(own.replace("\r\n", "\n"))
    return ({str(k).lower(): v for k, v in fields.items()}, below) if fields else ({}, text)


def _split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    first, _, rest = text.partition("\n")
    fence = first.strip()
    if fence in ("---", "+++"):
        closing = re.search(rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]*$", rest, re.MULTILINE)
        if closing is None or closing.start() > _MAX_FRONT_MATTER:
            return {}, text
        source, below = rest[: closing.start()], rest[closing.end() :]
        return (_yaml_fields(source) if fence == "---" else _toml_fields(source)), below
    if fence.startswith("{"):
        return _json_fields(text)
    if block := _TITLE_BLOCK.match(text):
        title, authors, date = (" ".join((part or "").split()) for part in block.groups())
        names = [name.strip() for name in re.split(r";|\n", block[2] or authors) if name.strip()]
        return {"title": title, "author": names, "date": date}, text[block.end() :]
    if lines := _FIELD_LINES.match(text):
        fields = _load_yaml(lines.group())
        return (fields if isinstance(fields, dict) else {}), text[lines.end() :]
    return {}, text


def _toml_fields(source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError:
        return {}


def _json_fields(text: str) -> tuple[dict[str, Any], str]:
    """Return the fields of a JSON object at the start of a text, on lines of its own."""
    try:
        fields, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return {}, text
    ends_line = text[end:].lstrip(" \t")[:1] in ("", "\n")
    if not isinstance(fields, dict) or not ends_line or end > _MAX_FRONT_MATTER:
        return {}, text
    return fields, text[end:]


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
            fields[field[1].strip("\"'")] = (field[2] or "").strip()
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
    for key in ("authors", "author", "byline", "by", "creator"):
        authors = [name for entry in _entries(fields.get(key)) for name in _names(entry)]
        if authors:
            break
    url = first("url", "link", "address", "canonical", "canonical_url", "source_url", "original")
    source = first("publisher", "publication", "outlet", "newspaper", "site", "source")
    if is_web_address(source):
        url, source = url or source, ""
    dates = (iso_date(first(key)) for key in _DATES if first(key))
    published = next((day for day in dates if day is not None), None)
    return Metadata(
        title=" ".join(unescape(first("title", "headline", "linktitle")).split()),
        authors=tuple(dict.fromkeys(authors)),
        publisher=publisher(source, sure=True) or source or None,
        published=published.day if published else None,
        year=published.year if published else None,
        url=url if is_web_address(url) else None,
    )


_DATES = (
    "date", "published", "publishdate", "pubdate", "published_at", "date_published", "created",
    "day", "year", "ms.date", "updated", "lastmod", "last_modified", "last_modified_at", "modified",
    "date_modified",
)  # fmt: skip
"""Fields with a date, those of the first publication first."""


def _entries(value: Any) -> Iterator[Any]:
    """Yield the entries of a list, or a single value."""
    yield from value if isinstance(value, list) else [value]


def _names(author: Any) -> list[str]:
    """Return the names in an author's entry: a text, a slug (`ann-bee`), or a mapping."""
    if isinstance(author, dict):
        keys = ("name", "title", "display_name")
        author = next((author[key] for key in keys if key in author), "")
    if not isinstance(author, str):
        return []
    name = re.sub(r"(?i)^\s*by\s+", "", author).strip()
    if _SLUG.fullmatch(name):
        name = re.sub(r"[-_]", " ", name).title()
    return people(name) or ([name] if name else [])


class _TokenReader:
    """Adds the tokens of a document to a builder."""

    def __init__(self) -> None:
        self._builder = DocumentBuilder()
        self._depth = 0
        self._marker = ""
        self._level = 0
        self._cells: list[str] | None = None
        self._is_ordered: list[bool] = []

    def read(self, tokens: Sequence[Token]) -> DocumentBuilder:
        """Return the blocks of all tokens, in order."""
        for token in tokens:
            kind = token.type
            if kind in ("bullet_list_open", "ordered_list_open"):
                self._is_ordered.append(kind == "ordered_list_open")
            elif kind in ("bullet_list_close", "ordered_list_close"):
                self._is_ordered.pop()
            elif kind == "list_item_open":
                self._depth += 1
                self._marker = f"{token.info}{token.markup} " if self._is_ordered[-1] else ""
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
                    self._builder.add(CELL_SEPARATOR.join(self._cells), listed=True)
                self._cells = None
            elif kind == "inline":
                self._add_inline(token.children or [])
            elif kind in ("fence", "code_block"):
                for part in re.split(r"\n[ \t]*\n\s*", token.content):
                    self._add(part)
            elif kind == "html_block":
                self._add_html(token.content)
        return self._builder

    def _add_inline(self, children: Sequence[Token]) -> None:
        text = _visible_text(children)
        one_line = " ".join(text.split())
        if self._cells is not None:
            self._cells.append(one_line)
        elif self._level:
            self._builder.add(one_line, hint=Kind.HEADING, level=self._level)
        else:
            types = {child.type for child in children} - {"softbreak"}
            self._add(text, Kind.CAPTION if types == {"image"} else None)

    def _add(self, text: str, hint: Kind | None = None) -> None:
        if text.strip():
            text, self._marker = self._marker + text.strip(), ""
        self._builder.add(text, hint=hint, indent=self._depth, listed=bool(self._is_ordered))

    def _add_html(self, source: str) -> None:
        if _ACTIVE_TAG.search(source):
            self._add(source)
            return
        # An HTML block may be only a comment with the rest of its line, or only a closing tag.
        source = _COMMENT.sub("", source)
        root = parse_html(source) if re.search(r"<[a-zA-Z]", source) else None
        if root is None:
            self._add(_CLOSING_TAG.sub("", source))
            return
        self._builder.extend(extract_blocks(root).builder)


def _visible_text(children: Sequence[Token]) -> str:
    """Return the visible text of inline tokens, with their line breaks."""
    pieces: list[str] = []
    raised: int | None = None
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            pieces.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            pieces.append("\n")
        elif child.type == "image":
            pieces.append(_visible_text(child.children or []) or child.content)
        elif child.type == "html_inline":
            if re.match(r"(?i)<br\s*/?>", child.content):
                pieces.append("\n")
            elif re.match(r"(?i)<sup\b", child.content):
                raised = len(pieces)
            elif raised is not None and re.match(r"(?i)</sup\s*>", child.content):
                above = superscript("".join(pieces[raised:]), "".join(pieces[:raised])[-8:])
                pieces[raised:] = [above]
                raised = None
            elif _ACTIVE_TAG.match(child.content) or not _TAG_OR_COMMENT.fullmatch(child.content):
                pieces.append(child.content)
    return "".join(pieces)
