"""The base class of readers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from qa.answer import Passage, Quote
from qa.judging.judge import Confidence


class Reader(ABC):
    """Proposes words of passages as answers to a question.

    `name` is shown in settings and reports. A subclass has to define `name`, `read` and
    `confidence`; `qa.readers.registry` says how it is found by its name.
    """

    name: str

    @abstractmethod
    def read(self, question: str, passages: Sequence[Passage]) -> list[Quote]:
        """Return quotes, best first; empty when nothing in the passages can answer.

        Every quote is inside one paragraph of one passage. Scores are higher-is-better and
        comparable across all passages of this call.
        """

    @abstractmethod
    def confidence(self, unanswerable: float | None = None) -> Confidence:
        """Return the confidence that belongs to this reader's quotes.

        `unanswerable` is the share of questions, from 0 to below 1, that the articles are
        expected not to answer; None is the share the confidence was fitted at. Raises
        SettingError where the value is out of range, or the confidence does not depend on one.
        """

    def passages_read(self, passages: Sequence[Passage]) -> Sequence[Passage]:
        """Return those of the passages, best first, that `read` uses: all, by default."""
        return passages

    def complete(self, question: str, quote: Quote) -> Quote:
        """Return a quote with every score its confidence is estimated from.

        `read` may leave costly scores out of all quotes but the first. By default there are none.
        """
        return quote
