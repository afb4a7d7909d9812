"""What a reader proposed for a question, labelled, as `training.candidates` saves it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.answer import Passage, Quote


@dataclass(frozen=True)
class Labelled:
    """Sentences that got a second look: what they are ranked by, whether they are right.

    `few` are the best few words in them, None where there are none.
    """

    quote: Quote
    ranking: dict[str, float]
    is_right: bool
    few: Quote | None = None
    is_few_right: bool = False


@dataclass(frozen=True)
class Proposed:
    """A question, the passages of the search, and the labelled candidates.

    `domain` is that of `asked`, or the library of `training.held_out`; `group` is the article that
    the question was written about; `missing` are its names that no article has.
    """

    domain: str
    group: str
    kind: str
    question: str
    answerable: bool
    passages: list[Passage]
    candidates: list[Labelled]
    missing: tuple[str, ...]


def load(paths: Sequence[Path]) -> list[Proposed]:
    """Return the questions of several files."""
    found: list[Proposed] = []
    for path in paths:
        with path.open("rb") as file:
            found += pickle.load(file)
    return found
