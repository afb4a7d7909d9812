"""Parse OpenDocument texts (.odt): paragraphs, headings, lists, tables, notes, properties.

The XML of the archive is walked (OpenDocument 1.3, OASIS); deleted text is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.parsing.archive import open_archive, parse_xml, read_member
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.rules.dates import iso_date
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Kind, Metadata

_NS = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _TABLE, _OFFICE = (f"{{{_NS}{name}:1.0}}" for name in ("text", "table", "office"))
_META, _DRAW = f"{{{_NS}meta:1.0}}", f"{{{_NS}drawing:1.0}}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_LEFT_OUT = frozenset(
    {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note", f"{_TEXT}sequence-decls"}
)


def parse(data: bytes) -> ParsedDocument:
    """Parse an .odt file. Raises ArticleError when it is broken, encrypted or too large."""
    archive = open_archive(data, "ODT")
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in read_member(
        archive, "META-INF/manifest.xml", "ODT"
    ):
        raise ArticleError("encrypted: the document needs a password; save a copy without one")
    root = parse_xml(read_member(archive, "content.xml", "ODT"), "ODT")
    body = root.find(f"{_OFFICE}body/{_OFFICE}text")
    if body is None:
        raise ArticleError("not a text: the document holds no text part; save it as .odt")
    builder = DocumentBuilder()
    _walk(body, builder, depth=0)
    for note in root.iter(f"{_TEXT}note-body"):
        builder.add(" ".join(filter(None, (_text(p).strip() for p in note.iter(f"{_TEXT}p")))))
    if "meta.xml" not in names:
        return builder.build()
    return builder.build(_metadata(parse_xml(read_member(archive, "meta.xml", "ODT"), "ODT")))


def _walk(parent: Any, builder: DocumentBuilder, depth: int) -> None:
    for element in parent:
        tag = element.tag
        if not isinstance(tag, str) or tag in _LEFT_OUT:
            continue
        if tag == f"{_TEXT}h":
            level = element.get(f"{_TEXT}outline-level", "1")
            level = min(9, int(level)) if level.isdecimal() and int(level) else 1
            builder.add(_text(element), hint=Kind.HEADING, level=level)
        elif tag == f"{_TEXT}p":
            style = element.get(f"{_TEXT}style-name", "")
            is_title = style == "Title" and not builder.blocks
            builder.add(
                _text(element),
                hint=Kind.HEADING if is_title else None,
                level=1 if is_title else 0,
                indent=depth,
                listed=depth > 0,
            )
            for box in element.iter(f"{_DRAW}text-box"):
                _walk(box, builder, depth)
        elif tag == f"{_TABLE}table":
            _add_table(element, builder)
        else:
            _walk(element, builder, depth + (tag == f"{_TEXT}list"))


def _add_table(table: Any, builder: DocumentBuilder) -> None:
    for row in table.iter(f"{_TABLE}table-row"):
        cells = [
            " ".join(filter(None, (_text(p).strip() for p in cell.iter(f"{_TEXT}p"))))
            for cell in row.iterchildren(f"{_TABLE}table-cell")
        ]
        if any(cells):
            builder.add(CELL_SEPARATOR.join(cells), listed=len(cells) > 1)


def _text(element: Any) -> str:
    return "".join(_pieces(element))


def _pieces(element: Any) -> Iterator[str]:
    if element.text:
        yield element.text
    for child in element:
        tag = child.tag
        if tag == f"{_TEXT}s":
            count = child.get(f"{_TEXT}c", "1")
            yield " " * (min(100, int(count)) if count.isdecimal() else 1)
        elif tag == f"{_TEXT}tab":
            yield "\t"
        elif tag == f"{_TEXT}line-break":
            yield "\n"
        elif isinstance(tag, str) and tag not in _LEFT_OUT and tag != f"{_DRAW}frame":
            yield from _pieces(child)
        if child.tail:
            yield child.tail


def _metadata(root: Any) -> Metadata:
    def value(*names: str) -> str:
        found = (" ".join("".join(e.itertext()).split()) for name in names for e in root.iter(name))
        return next(filter(None, found), "")

    author = value(f"{_META}initial-creator", f"{_DC}creator")
    created = iso_date(value(f"{_META}creation-date", f"{_DC}date")[:10])
    return Metadata(
        title=value(f"{_DC}title"),
        authors=(author,) if author else (),
        published=created.day if created else None,
        year=created.year if created else None,
    )
