"""The lines of an article as the rules for its head see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.structure.blocks import Block
from index.structure.byline import is_keyword_list
from index.structure.dates import date_line
from index.structure.furniture import is_furniture
from index.text import Kind

REACH = 40
"""How many blocks from the top may belong to the head."""

PROSE = 100
"""Code points from which a line that ends as a sentence is a paragraph of prose."""

ENDS = re.compile(r"[.!?…][\"”’')\]]*$")
_LONG_PROSE = 200


@dataclass(slots=True)
class Lines:
    """The blocks of an article with their words, each on one line."""

    words: Sequence[str]
    blocks: Sequence[Block]

    def __len__(self) -> int:
        return len(self.words)

    def prose(self, index: int) -> bool:
        """Whether a block is a paragraph of sentences rather than a line of the page."""
        line = self.words[index]
        if len(line) < PROSE:
            return False
        if self.blocks[index].hint not in (None, Kind.BODY) or is_keyword_list(line):
            return False
        if is_furniture(line):
            return False
        return len(line) >= _LONG_PROSE or (len(line) >= PROSE and ENDS.search(line) is not None)

    def declared_heading(self, index: int) -> bool:
        """Whether the format says that a block is a heading."""
        return self.blocks[index].hint is Kind.HEADING

    def timeline(self, index: int) -> bool:
        """Whether a heading is a date among others, an entry and not the day of publication."""
        if not self._dated(index):
            return False
        return any(self._dated(i) for i in range(min(REACH, len(self))) if i != index)

    def _dated(self, index: int) -> bool:
        return self.declared_heading(index) and date_line(self.words[index]) is not None

    def attached(self, index: int) -> bool:
        """Whether a block follows the one before it without a blank line."""
        return index > 0 and self.blocks[index].gap == 0
