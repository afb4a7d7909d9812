"""Blocks: what a parser returns, before paragraphs are classified.

A parser builds the canonical text and records, for each block, what the file format itself
declares (a heading tag, a caption style, an indent). Rules that look at the words run later and
are the same for every format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from index.types import Kind, Metadata, Span

BLOCK_SEPARATOR = "\n\n"
"""Separates two blocks in the canonical text of every format but plain text."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph that has not been classified yet.

    `hint` is the kind that the format declares, None if it declares none. `level` is the
    heading level (1 to 9, 0 for no heading), `indent` the depth in columns or list levels,
    `gap` the number of blank lines before the block (0: it follows on the next line), `listed`
    whether the format marks it as a list item, `page` the 1-based page it starts on, `size` the
    font size in points, 0 if unknown.
    """

    span: Span
    hint: Kind | None = None
    level: int = 0
    indent: int = 0
    gap: int = 1
    listed: bool = False
    page: int | None = None
    size: float = 0.0


class Origin(StrEnum):
    """What a file is, which decides what may be set aside in it.

    A saved `PAGE` has navigation and comments; its parser says which they are. A plain `TEXT` may
    be a page's, copied: its lines can tell. Any other `DOCUMENT` is all its author's.
    """

    PAGE = "page"
    TEXT = "text"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The canonical text of one file, its blocks in order, and the metadata it declares.

    `metadata` holds what the format carries (front matter, meta elements, document properties).
    Fields left empty are filled from the words of the text later.
    """

    text: str
    blocks: Sequence[Block]
    metadata: Metadata = field(default_factory=Metadata)
    origin: Origin = Origin.DOCUMENT


@dataclass(slots=True)
class DocumentBuilder:
    """Builds a canonical text block by block, separated by blank lines."""

    texts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def add(
        self,
        text: str,
        *,
        hint: Kind | None = None,
        level: int = 0,
        indent: int = 0,
        listed: bool = False,
        page: int | None = None,
        size: float = 0.0,
    ) -> None:
        """Append a block. White space around it is stripped; an empty block is ignored."""
        text = text.strip()
        if not text:
            return
        start = self.blocks[-1].span.end + len(BLOCK_SEPARATOR) if self.blocks else 0
        span = Span(start, start + len(text))
        self.texts.append(text)
        self.blocks.append(Block(span, hint, level, indent, 1, listed, page, size))

    def extend(self, other: DocumentBuilder) -> None:
        """Append the blocks of another builder, with what the format says of them."""
        for block, text in zip(other.blocks, other.texts, strict=True):
            self.add(
                text,
                hint=block.hint,
                level=block.level,
                indent=block.indent,
                listed=block.listed,
            )

    @property
    def text(self) -> str:
        """The canonical text so far."""
        return BLOCK_SEPARATOR.join(self.texts)

    def build(self, metadata: Metadata | None = None) -> ParsedDocument:
        """Return the document as built so far."""
        return ParsedDocument(self.text, tuple(self.blocks), metadata or Metadata())
