"""What a reader is: it looks at a question and passages, and proposes quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from qa.answer import Passage, Quote


class Reader(Protocol):
    """Proposes words of the passages as answers to a question."""

    @property
    def name(self) -> str:
        """What the reader is called in settings and reports."""
        ...

    def looked_at(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Those of the passages, best first, that `read` looks at."""
        ...

    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Quotes, best first; empty when nothing in the passages can answer.

        Every quote lies within one sentence-holding paragraph of one passage. Scores are
        higher-is-better and comparable across all passages of this call.
        """
        ...
