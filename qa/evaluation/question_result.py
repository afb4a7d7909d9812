"""What happened to one question: the record everything else is counted from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question's result, plain enough to be a line of JSON.

    `paragraph_group` and `article_group` say which questions belong together when they are
    resampled. `rank` is the rank of the first gold paragraph, from 1, None when it is not
    among those retrieved. `text`, `best_f1` and what follows describe the best candidate
    whether or not it was shown; `exact_match` and `f1` count a refusal as SQuAD does.
    `has_answer` is how probable an answer was held to be, as `Answer.answerable`.
    `loss` is the stage that lost an answerable question, None when it was answered right.
    `reader_*` are about the reader alone on the gold paragraph. Times are in milliseconds.
    """

    id: str
    question: str
    answers: list[str]
    answerable: bool
    paragraph_group: str
    article_group: str
    gold: list[dict[str, Any]] = field(default_factory=list)
    missing_gold: list[dict[str, str]] = field(default_factory=list)
    rank: int | None = None
    retrieved: list[str] = field(default_factory=list)
    retrieval: dict[str, float] = field(default_factory=dict)
    answered: bool = False
    confidence: float = 0.0
    has_answer: float | None = None
    text: str | None = None
    sentence: str | None = None
    citation: dict[str, Any] | None = None
    exact_match: float = 0.0
    f1: float = 0.0
    best_exact_match: float = 0.0
    best_f1: float = 0.0
    cited: bool = False
    overlap: float = 0.0
    differ: bool = False
    loss: str | None = None
    reader_answered: bool = False
    reader_confidence: float = 0.0
    reader_text: str | None = None
    retrieval_ms: float = 0.0
    answer_ms: float = 0.0

    @property
    def right(self) -> bool:
        """Whether the best candidate is right: answerable, and F1 of at least 0.5."""
        return self.answerable and self.best_f1 >= RIGHT_F1

    @property
    def lost(self) -> bool:
        """Whether an answer was wrong, missing, or given where there is none."""
        if self.answerable:
            return self.loss is not None
        return self.answered

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """The record from plain data; keys of later versions are ignored.

        Raises TypeError when a required key is missing.
        """
        known = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


RIGHT_F1 = 0.5
"""From which F1 on a best candidate counts as right."""
