"""Parse Rich Text Format: the paragraphs, with title, author and date of the information group."""

from __future__ import annotations

import re
from datetime import date

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.extra import import_extra
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Metadata

_INFO = re.compile(r"\{\\info\b.{0,20000}?\}\}", re.DOTALL)
_DATE = re.compile(r"\{\\creatim\\yr(\d{4})(?:\\mo(\d{1,2}))?(?:\\dy(\d{1,2}))?")


def parse(data: bytes) -> ParsedDocument:
    """Parse an .rtf file. Raises ArticleError when it is empty, broken or not RTF."""
    if not data.strip():
        raise ArticleError("empty: the file holds no text")
    if not data.lstrip().startswith(b"{\\rtf"):
        raise ArticleError("broken RTF: the file does not begin with {\\rtf; save it again")
    striprtf = import_extra("striprtf.striprtf", ".rtf")
    source = data.decode("latin-1")  # RTF is ASCII; other characters are escaped
    try:
        text = striprtf.rtf_to_text(source, errors="replace")
    except Exception as error:  # striprtf lets lookup, value and index errors through
        raise ArticleError(f"broken RTF: {error}; open it in its program and save it") from error
    builder = DocumentBuilder()
    for line in text.split("\n"):
        # A row of a table ends in a bar too.
        cells = [" ".join(cell.split()) for cell in line.strip().strip("|").split("|")]
        is_row = len(cells) > 1 and line.rstrip().endswith("|")
        builder.add(CELL_SEPARATOR.join(cells) if is_row else line, listed=is_row)
    return builder.build(_metadata(source))


def _metadata(source: str) -> Metadata:
    found = _INFO.search(source)
    info = found.group() if found else ""

    def value(name: str) -> str:
        match = re.search(rf"\{{\\{name}\b ?((?:[^{{}}\\]|\\.)*)\}}", info)
        text = re.sub(
            r"\\'([0-9a-fA-F]{2})",
            lambda code: bytes.fromhex(code[1]).decode("cp1252", "replace"),
            match[1] if match else "",
        )
        return " ".join(text.split())

    author, created = value("author"), _DATE.search(info)
    day = None
    if created and created[2] and created[3]:
        try:
            day = date(int(created[1]), int(created[2]), int(created[3]))
        except ValueError:
            day = None
    return Metadata(
        title=value("title"),
        authors=(author,) if author else (),
        published=day,
        year=int(created[1]) if created else None,
    )
