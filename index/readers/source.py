"""What a format's reader returns: canonical text, its blocks, what the format declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.structure.blocks import Block
from index.text import Metadata


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file before its paragraphs have kinds.

    `declared` is the metadata that the format carries (front matter, meta elements, core
    properties); where it is silent, the words of the article are asked.
    """

    text: str
    blocks: Sequence[Block]
    declared: Metadata = field(default_factory=Metadata)
