"""Parse Word documents: paragraphs, headings by style, table rows, captions, core properties.

The document's XML is walked because python-docx's `paragraph.text` leaves out content controls,
inserted text and text boxes. Deleted and hidden text is not visible and is left out.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from index.errors import ArticleError
from index.parsing import html
from index.parsing.archive import check_unpacked, refuse_ole
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.docx_numbering import Numbering
from index.parsing.superscript import superscript
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Kind, Metadata, is_web_address

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_PLACEHOLDER_AUTHORS = frozenset(
    {"", "python-docx", "unknown", "user", "author", "administrator", "admin"}
)
_WRAPPERS = frozenset(
    _W + name
    for name in (
        "hyperlink", "ins", "moveTo", "smartTag", "customXml", "sdt", "sdtContent", "fldSimple",
        "dir", "bdo",
    )
)  # fmt: skip
_FALSE = frozenset({"0", "false", "off"})
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_PLACEHOLDER_TITLES = frozenset({"word document", "document", "untitled", "title"})
_SAVE_AGAIN = "open it in Word and save it again"


def parse(data: bytes) -> ParsedDocument:
    """Parse a .docx file. Raises ArticleError when it is broken, encrypted or too large."""
    document = _open(data)
    styles, numbering = _style_names(document), Numbering(document)
    builder = DocumentBuilder()
    for header in _page_margins(document, "header"):
        builder.add(header, hint=Kind.BOILERPLATE)
    _put_in_embedded_pages(document)
    _walk(document.element.body, builder, styles, numbering)
    for note in _notes(document):
        builder.add(note)
    for footer in _page_margins(document, "footer"):
        builder.add(footer, hint=Kind.BOILERPLATE)
    return builder.build(_metadata(document))


def _open(data: bytes) -> Any:
    if not data:
        raise ArticleError("empty: the file holds no text")
    refuse_ole(data, "Word", ".docx")
    from docx import Document

    start = data[:1024].lstrip().lower()
    if start.startswith(b"{\\rtf"):
        raise ArticleError("not DOCX: the file is RTF; rename it to .rtf")
    if start.startswith((b"<!doctype html", b"<html")):
        raise ArticleError("not DOCX: the file is an HTML page; rename it to .html")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_unpacked(archive)
            if "word/document.xml" in archive.namelist():
                with archive.open("word/document.xml") as part:
                    is_strict = _STRICT in part.read(4096)
                if is_strict:
                    raise ArticleError(
                        "Strict Open XML: open it in Word and save it as Word Document (*.docx)"
                    )
        return Document(io.BytesIO(data))
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # python-docx lets zip, XML, key and value errors through
        raise ArticleError(f"broken DOCX: {error}; {_SAVE_AGAIN}") from error


def _put_in_embedded_pages(document: Any) -> None:
    """Replace each embedded HTML page by its paragraphs, as Word does when it opens the file."""
    from lxml.etree import SubElement

    for chunk in list(document.element.body.iter(f"{_W}altChunk")):
        relation = document.part.rels.get(chunk.get(f"{_R}id"))
        if relation is None or relation.is_external:
            continue
        part = relation.target_part
        if "html" not in part.content_type:
            raise ArticleError(f"embedded {part.content_type} (altChunk): {_SAVE_AGAIN}")
        page = html.parse(part.blob)
        for block in page.blocks:
            paragraph = chunk.makeelement(f"{_W}p")
            if block.level:
                style = SubElement(SubElement(paragraph, f"{_W}pPr"), f"{_W}pStyle")
                style.set(f"{_W}val", f"heading {block.level}")
            text = SubElement(SubElement(paragraph, f"{_W}r"), f"{_W}t")
            text.text = block.span.of(page.text)
            chunk.addprevious(paragraph)


def _walk(
    parent: Any, builder: DocumentBuilder, styles: dict[str, str], numbering: Numbering
) -> None:
    for element in parent:
        if element.tag == f"{_W}p":
            _add_paragraph(element, builder, styles, numbering)
        elif element.tag == f"{_W}tbl":
            _add_table(element, builder, styles, numbering)
        elif element.tag in _WRAPPERS:
            _walk(element, builder, styles, numbering)


def _add_paragraph(
    element: Any, builder: DocumentBuilder, styles: dict[str, str], numbering: Numbering
) -> None:
    style = _style_name(element, styles)
    hint: Kind | None = None
    level = 0
    if style == "title":
        hint, level = Kind.HEADING, 1
    elif style == "subtitle":
        hint, level = Kind.HEADING, 2
    elif style.startswith("heading"):
        digits = style.removeprefix("heading").strip()
        hint, level = Kind.HEADING, int(digits) if digits.isdigit() else 2
    elif "caption" in style:
        hint = Kind.CAPTION
    listed = element.find(f"{_W}pPr/{_W}numPr") is not None or style.startswith("list")
    text = _text(element, numbering)
    builder.add(text, hint=hint, level=level, listed=listed, indent=int(listed))
    for box in element.iter(f"{_W}txbxContent"):
        # The same text box follows as a fallback for programs that cannot draw it.
        if not any(parent.tag == _FALLBACK for parent in box.iterancestors()):
            _walk(box, builder, styles, numbering)


def _style_names(document: Any) -> dict[str, str]:
    """Return the name of each style, in lower case, by its id."""
    names: dict[str, str] = {}
    for style in document.styles.element.iterchildren(f"{_W}style"):
        name = style.find(f"{_W}name")
        if name is not None:
            names.setdefault(style.get(f"{_W}styleId"), name.get(f"{_W}val", "").lower())
    return names


def _style_name(paragraph: Any, styles: dict[str, str]) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    if style is None:
        return ""
    style_id = str(style.get(f"{_W}val", ""))
    return styles.get(style_id, style_id.lower())


def _add_table(
    table: Any, builder: DocumentBuilder, styles: dict[str, str], numbering: Numbering
) -> None:
    """Add each row as a block. A row with one cell is page layout: its paragraphs are added."""
    for row in _children(table, "tr"):
        cells = list(_children(row, "tc"))
        if len(cells) == 1:
            _walk(cells[0], builder, styles, numbering)
            continue
        texts = [_joined_text(cell, numbering) for cell in cells]
        if any(texts):
            builder.add(CELL_SEPARATOR.join(texts), listed=True)


def _children(parent: Any, name: str) -> Iterator[Any]:
    """Yield the rows of a table or the cells of a row, including those in content controls."""
    for child in parent:
        if child.tag == f"{_W}{name}":
            yield child
        elif child.tag in _WRAPPERS:
            yield from _children(child, name)


def _joined_text(parent: Any, numbering: Numbering | None = None) -> str:
    """Return the text of all paragraphs below an element on one line, each text box once."""
    shown = (p for p in parent.iter(f"{_W}p") if next(p.iterancestors(_FALLBACK), None) is None)
    return " ".join(filter(None, (_text(p, numbering).strip() for p in shown)))


def _text(paragraph: Any, numbering: Numbering | None = None) -> str:
    """Return the visible text of a paragraph: its number, and raised digits set apart."""
    text, label = "", numbering.label(paragraph) if numbering else ""
    for is_raised, pieces in groupby(_text_pieces(paragraph), key=lambda piece: piece[1]):
        joined = "".join(piece for piece, _ in pieces)
        text += superscript(joined, text) if is_raised else joined
    return f"{label} {text}" if label and text.strip() else text


def _text_pieces(element: Any, is_raised: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield pieces of text, each with whether it is raised."""
    for child in element:
        tag = child.tag
        if tag == f"{_W}t" or tag == f"{_M}t":
            yield child.text or "", is_raised
        elif tag == f"{_W}tab":
            yield "\t", is_raised
        elif tag in (f"{_W}br", f"{_W}cr"):
            yield "\n", is_raised
        elif tag == f"{_W}noBreakHyphen":
            yield "\u2011", is_raised
        elif tag == f"{_W}ruby":
            # The characters; their reading is above them.
            yield from _text_pieces(child.find(f"{_W}rubyBase"), is_raised)
        elif tag == f"{_W}r" and not _is_hidden(child):
            align = child.find(f"{_W}rPr/{_W}vertAlign")
            raised = align is not None and align.get(f"{_W}val") == "superscript"
            yield from _text_pieces(child, is_raised or raised)
        elif tag in _WRAPPERS or (isinstance(tag, str) and tag.startswith(_M)):
            yield from _text_pieces(child, is_raised)


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(f"{_W}val") not in _FALSE


def _page_margins(document: Any, which: str) -> list[str]:
    """Return the paragraphs of the page headers or footers, each text once."""
    texts: dict[str, None] = {}
    for section in document.sections:
        margin = getattr(section, which)
        if not margin.is_linked_to_previous:
            for paragraph in margin._element.iter(f"{_W}p"):
                texts[_text(paragraph).strip()] = None
    return list(filter(None, texts))


def _notes(document: Any) -> Iterator[str]:
    """Yield footnotes and endnotes, in order; python-docx has no API for them."""
    from lxml import etree

    for relation in document.part.rels.values():
        if not relation.reltype.endswith(("/footnotes", "/endnotes")):
            continue
        try:
            root = etree.fromstring(
                relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True)
            )
        except etree.XMLSyntaxError as error:
            raise ArticleError(f"broken DOCX: invalid notes: {error}; {_SAVE_AGAIN}") from error
        for note in root:
            if note.get(f"{_W}type") is None:
                yield _joined_text(note)


def _metadata(document: Any) -> Metadata:
    properties = document.core_properties
    author = " ".join((properties.author or "").split())
    authors = tuple(
        name.strip()
        for name in author.split(";")
        if name.strip().lower() not in _PLACEHOLDER_AUTHORS
    )
    title = " ".join((properties.title or "").split())
    url = (properties.identifier or "").strip()
    return Metadata(
        title="" if title.lower() in _PLACEHOLDER_TITLES else title,
        authors=authors,
        url=url if is_web_address(url) else None,
    )
