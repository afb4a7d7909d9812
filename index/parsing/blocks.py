"""Blocks: what a reader hands to the classifier, before paragraphs have kinds.

A reader lays down the canonical text and says, for each block in it, what the file format
itself declares (a heading tag, a caption style, an indent). Rules that read the words come
after, and are the same for every format.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.types import Kind, Metadata, Span

BLOCK_JOIN = "\n\n"
"""What stands between two blocks in the canonical text of formats that are not plain text."""


@dataclass(frozen=True, slots=True)
class Block:
    """A future paragraph.

    `hint` is the kind that the format declares, None where it declares nothing. `level` is
    a heading's level (1 to 9, 0 for none), `indent` the depth in columns or list levels,
    `gap` how many blank lines stand before it (0: it follows on the next line), `listed`
    whether the format says it is a list item, `size` a font size in points where known.
    """

    span: Span
    hint: Kind | None = None
    level: int = 0
    indent: int = 0
    gap: int = 1
    listed: bool = False
    page: int | None = None
    size: float = 0.0


@dataclass(slots=True)
class Canvas:
    """Canonical text under construction: blocks in order, joined by a blank line."""

    parts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0

    def add(
        self,
        words: str,
        *,
        hint: Kind | None = None,
        level: int = 0,
        indent: int = 0,
        listed: bool = False,
        page: int | None = None,
        size: float = 0.0,
    ) -> None:
        """Append a block; white space around it is dropped, an empty one is ignored."""
        words = words.strip()
        if not words:
            return
        if self.parts:
            self.length += len(BLOCK_JOIN)
        span = Span(self.length, self.length + len(words))
        self.parts.append(words)
        self.length = span.end
        self.blocks.append(Block(span, hint, level, indent, 1, listed, page, size))

    @property
    def text(self) -> str:
        """The canonical text so far."""
        return BLOCK_JOIN.join(self.parts)


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file before its paragraphs have kinds.

    `declared` is the metadata that the format carries (front matter, meta elements, core
    properties); where it is silent, the words of the article are asked.
    """

    text: str
    blocks: Sequence[Block]
    declared: Metadata = field(default_factory=Metadata)
