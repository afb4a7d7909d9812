"""Parse PowerPoint presentations: the slides in order, with tables and speaker notes.

The page of a paragraph is its slide.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from index.errors import ArticleError
from index.parsing.archive import broken, check_unpacked, open_archive, refuse_ole
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.extra import import_extra
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Kind, Metadata

_PLACEHOLDER_TITLES = frozenset({"powerpoint presentation", "presentation", "untitled"})
_MAX_DEPTH = 50
"""Groups in groups; more is a damaged or hostile file."""


def parse(data: bytes) -> ParsedDocument:
    """Parse a .pptx file. Raises ArticleError when it is broken, encrypted or too large."""
    refuse_ole(data, "PowerPoint", ".pptx")
    archive = open_archive(data, "PPTX")
    pptx = import_extra("pptx", ".pptx")
    builder = DocumentBuilder()
    try:
        check_unpacked(archive)
        show = pptx.Presentation(io.BytesIO(data))
        for number, slide in enumerate(show.slides, start=1):
            title = slide.shapes.title
            if title is not None and title.has_text_frame:
                builder.add(
                    _one_line(title.text_frame.text), hint=Kind.HEADING, level=2, page=number
                )
            for shape in _shapes(slide.shapes):
                if title is None or shape.shape_id != title.shape_id:
                    _add_shape(shape, builder, number)
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
                    builder.add(_text(paragraph), page=number)
        properties = show.core_properties
        heading = " ".join((properties.title or "").split())
        author = " ".join((properties.author or "").split())
        return builder.build(
            Metadata(
                title="" if heading.lower() in _PLACEHOLDER_TITLES else heading,
                authors=tuple(filter(None, map(str.strip, author.split(";")))),
            )
        )
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # python-pptx lets zip, XML, key and value errors through
        raise broken("PPTX", error) from error


def _shapes(shapes: Any, depth: int = 0) -> Iterator[Any]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            if depth < _MAX_DEPTH:
                yield from _shapes(shape.shapes, depth + 1)
        else:
            yield shape


def _add_shape(shape: Any, builder: DocumentBuilder, page: int) -> None:
    if getattr(shape, "has_table", False) and shape.has_table:
        for row in shape.table.rows:
            cells = [_one_line(cell.text) for cell in row.cells]
            if any(cells):
                builder.add(CELL_SEPARATOR.join(cells), listed=len(cells) > 1, page=page)
    elif shape.has_text_frame:
        paragraphs = [p for p in shape.text_frame.paragraphs if _text(p).strip()]
        for paragraph in paragraphs:
            builder.add(
                _text(paragraph),
                indent=paragraph.level + 1,
                listed=len(paragraphs) > 1,
                page=page,
            )


def _text(paragraph: Any) -> str:
    return str(paragraph.text).replace("\v", "\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())
