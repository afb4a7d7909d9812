"""Word documents: paragraphs, headings by style, tables by row, captions, core properties.

The document's XML is walked rather than python-docx's `paragraph.text`, which leaves out
content controls, inserted text and text boxes. Deleted and hidden text is not visible and
is left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.types import Kind, Metadata, is_web_address

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that a document's parts may unpack to; more is a fault or an attack."""

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOBODY = frozenset({"", "python-docx", "unknown", "user", "author", "administrator", "admin"})
_CELLS = " | "
_WRAPPERS = frozenset(
    _W + name
    for name in (
        "hyperlink", "ins", "moveTo", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple",
        "dir", "bdo",
    )
)  # fmt: skip
_OFF = frozenset({"0", "false", "off"})


def parse(data: bytes) -> ParsedDocument:
    """Read a .docx file. Raises ArticleError when it is broken, encrypted or too large."""
    document = _open(data)
    canvas = DocumentBuilder()
    for header in _margins(document, "header"):
        canvas.add(header, hint=Kind.BOILERPLATE)
    _walk(document.element.body, canvas, document)
    for note in _notes(document):
        canvas.add(note)
    for footer in _margins(document, "footer"):
        canvas.add(footer, hint=Kind.BOILERPLATE)
    return canvas.build(_properties(document))


def _open(data: bytes) -> Any:
    if not data:
        raise ArticleError("empty: the file holds no text")
    if data.startswith(_OLE):
        raise ArticleError(
            "encrypted or old Word format: save it as .docx without a password and try again"
        )
    from docx import Document

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise ArticleError(
                f"too large: unpacks to {unpacked / 2**20:.0f} MB, "
                f"the limit is {MAX_UNPACKED // 2**20} MB"
            )
        return Document(io.BytesIO(data))
    except ArticleError:
        raise
    except Exception as error:  # python-docx lets zip, XML, key and value errors through
        raise ArticleError(f"broken DOCX: {error}; open it in Word and save it again") from error


def _walk(parent: Any, canvas: DocumentBuilder, document: Any) -> None:
    for element in parent:
        if element.tag == f"{_W}p":
            _paragraph(element, canvas, document)
        elif element.tag == f"{_W}tbl":
            _table(element, canvas, document)
        elif element.tag in _WRAPPERS:
            _walk(element, canvas, document)


def _paragraph(element: Any, canvas: DocumentBuilder, document: Any) -> None:
    style = _style(element, document)
    name = style.lower()
    hint: Kind | None = None
    level = 0
    if name == "title":
        hint, level = Kind.HEADING, 1
    elif name == "subtitle":
        hint, level = Kind.HEADING, 2
    elif name.startswith("heading"):
        digits = name.removeprefix("heading").strip()
        hint, level = Kind.HEADING, int(digits) if digits.isdigit() else 2
    elif "caption" in name:
        hint = Kind.CAPTION
    listed = element.find(f"{_W}pPr/{_W}numPr") is not None or name.startswith("list")
    canvas.add(_text(element), hint=hint, level=level, listed=listed, indent=int(listed))
    for box in element.iter(f"{_W}txbxContent"):
        if not any(parent.tag == _FALLBACK for parent in box.iterancestors()):
            _walk(box, canvas, document)


def _style(element: Any, document: Any) -> str:
    found = element.find(f"{_W}pPr/{_W}pStyle")
    if found is None:
        return ""
    key = found.get(f"{_W}val", "")
    for style in document.styles:
        if style.style_id == key:
            return str(style.name)
    return str(key)


def _table(element: Any, canvas: DocumentBuilder, document: Any) -> None:
    """A row is a block, its cells beside each other; a table of one column is layout."""
    for row in _parts(element, "tr"):
        cells = list(_parts(row, "tc"))
        if len(cells) == 1:
            _walk(cells[0], canvas, document)
            continue
        words = [
            " ".join(filter(None, (_text(p).strip() for p in cell.iter(f"{_W}p"))))
            for cell in cells
        ]
        if any(words):
            canvas.add(_CELLS.join(words), listed=True)


def _parts(parent: Any, name: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, those inside controls too."""
    for child in parent:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in _WRAPPERS:
            yield from _parts(child, name)


def _hidden(run: Any) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(f"{_W}val") not in _OFF


def _text(paragraph: Any) -> str:
    return "".join(_pieces(paragraph))


def _pieces(element: Any) -> Iterator[str]:
    for child in element:
        tag = child.tag
        if tag == f"{_W}t":
            yield child.text or ""
        elif tag == f"{_W}tab":
            yield "\t"
        elif tag in (f"{_W}br", f"{_W}cr"):
            yield "\n"
        elif tag == f"{_W}noBreakHyphen":
            yield "\u2011"
        elif tag == f"{_W}r":
            if not _hidden(child):
                yield from _pieces(child)
        elif tag in _WRAPPERS:
            yield from _pieces(child)


def _margins(document: Any, which: str) -> list[str]:
    """Page headers or footers, each text once."""
    found: list[str] = []
    for section in document.sections:
        margin = getattr(section, which)
        if margin.is_linked_to_previous:
            continue
        for paragraph in margin._element.iter(f"{_W}p"):
            words = _text(paragraph).strip()
            if words and words not in found:
                found.append(words)
    return found


def _notes(document: Any) -> Iterator[str]:
    """Footnotes and endnotes, in order; python-docx has no API for them."""
    from lxml import etree

    for relation in document.part.rels.values():
        if not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        try:
            root = etree.fromstring(
                relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True)
            )
        except etree.XMLSyntaxError as error:
            raise ArticleError(
                f"broken DOCX: its notes: {error}; open it in Word and save it again"
            ) from error
        for note in root:
            if note.get(f"{_W}type") is None:
                yield " ".join(filter(None, (_text(p).strip() for p in note.iter(f"{_W}p"))))


def _properties(document: Any) -> Metadata:
    core = document.core_properties
    author = " ".join((core.author or "").split())
    authors = tuple(
        name.strip() for name in author.split(";") if name.strip().lower() not in _NOBODY
    )
    identifier = (core.identifier or "").strip()
    url = identifier if is_web_address(identifier) else None
    return Metadata(title=" ".join((core.title or "").split()), authors=authors, url=url)
