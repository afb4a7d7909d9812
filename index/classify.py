"""Kinds of paragraphs and the article's metadata, from blocks and their words."""

from __future__ import annotations

from collections.abc import Sequence

from index.blocks import Block
from index.text import Kind, Metadata


def classify(text: str, blocks: Sequence[Block], declared: Metadata) -> tuple[list[Kind], Metadata]:
    """The kind of each block, in order, and the article's metadata."""
    assert blocks[-1].span.end <= len(text)
    return [block.hint or Kind.BODY for block in blocks], declared
