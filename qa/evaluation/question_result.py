"""The result of one question, from which all metrics are computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from qa.evaluation.rightness import RIGHT_F1


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """One question's result; its fields are the keys of `per_question` in a run's JSON.

    `paragraph_group` and `article_group` name the groups in which questions are resampled.
    `rank` is the rank of the first gold paragraph, from 1, None when it was not retrieved.
    `retrieval` maps the names of the retrieval metrics to their values. `text`, `citation`,
    `best_exact_match` and `best_f1` describe the best candidate whether or not it was shown;
    `exact_match` and `f1` score what was shown, a refusal as in SQuAD. `has_answer` is
    `Answer.answerable`. `right` says whether the best candidate is right, whether or not it was
    shown (`qa.evaluation.rightness`), None in runs saved before it was recorded. `loss` is the
    stage (`ErrorStage`) that lost an answerable question, None when it was answered right.
    `reader_*` are the reader alone on the gold paragraph; `reader_text` is None where it was not
    measured. Times are in milliseconds. `kind`, `domain`, `long` and `short` are those of the
    question, `answer_kind` is `Answer.kind`.
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
    kind: str = ""
    domain: str = ""
    long: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    right: bool | None = None
    answer_kind: str = ""

    @property
    def is_right(self) -> bool:
        """Whether the question is answerable and the best candidate answers it."""
        if self.right is None:
            return self.answerable and self.best_f1 >= RIGHT_F1
        return self.right

    @property
    def has_evidence(self) -> bool:
        """Whether the set says where the answer is, so that ranks and citations can be scored."""
        return bool(self.gold or self.missing_gold)

    @property
    def is_answered_right(self) -> bool:
        """Whether an answer was shown and is right."""
        return self.answered and self.is_right

    @property
    def is_lost(self) -> bool:
        """Whether the answer was wrong or missing, or an unanswerable question was answered."""
        if self.answerable:
            return self.loss is not None
        return self.answered

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> QuestionResult:
        """Return the result from plain data; unknown keys are ignored.

        Raises TypeError when a required key is missing.
        """
        known = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})
