"""How probable it is that a proposed quote is the right answer.

What the search and the reader know about a quote becomes a few numbers, and two logistic
models weigh them: is the quote right, and do the articles answer the question at all. Their
coefficients were fitted on held-back training questions (training/calibrate.py) and lie in
`qa/models/judge.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from qa.answer import Passage, Quote
from qa.errors import ReaderError
from qa.judging.alternatives import likely
from qa.judging.judge import Estimate, Mode
from qa.judging.prior import answered_at_all, at_share, checked_share
from qa.judging.statements import tells
from qa.language.question_type import AnswerType, answer_type, matches_type
from qa.language.words import (
    content_stems,
    mentions,
    names_and_numbers,
    stem,
    stem_coverage,
    stems,
    words,
)
from qa.matching.agreement import same_answer

JUDGE_FILE = Path(__file__).resolve().parents[1] / "models" / "judge.json"

FEATURES = (
    "margin",
    "margin_low",
    "alone",
    "gap",
    "agree",
    "cosine",
    "cosine_top",
    "cosine_gap",
    "rank",
    "below_best",
    "in_sentence",
    "in_paragraph",
    "names_absent",
    "rare_absent",
    "wrong_type",
    "length",
    "echo",
)
"""The numbers a confidence is made of, in the order of the coefficients."""

_FAR = 8.0


def features(
    question: str, passages: Sequence[Passage], quotes: Sequence[Quote], index: int = 0
) -> dict[str, float]:
    """What is known about `quotes[index]`, all within about -8..8.

    `margin` is the reader's log odds against "no answer here", `margin_low` how far they lie
    below 0, `alone` the same log odds when nothing but its sentence is read; `gap` the lead
    over the best quote of its article that says something else (what others say may be
    another version of the fact); `agree` whether another article says the same; `cosine` and
    `cosine_top` the nearness of its passage's best sentence and of the nearest one, `cosine_gap`
    the lead over the next passage's; `rank` its passage's place and `below_best` its
    distance in the search; `in_sentence` and `in_paragraph` the shares of the question's words
    found there;
    `names_absent` and `rare_absent` the shares of its names and numbers, and of its long
    words, that its paragraph lacks; `wrong_type` whether the words cannot be what was asked
    for; `length` the logarithm of their number; `echo` the share of them that only repeats the
    question. Passages that only name or ask what was asked, and where the reader finds nothing,
    are compared with none.
    """
    quote = quotes[index]
    margin = quote.features.get("margin_null", quote.score)
    others = [q for at, q in enumerate(quotes) if at != index]
    rivals = [
        q
        for q in others
        if q.article.id == quote.article.id and not same_answer(q.text, quote.text)
    ]
    rival = max((q.score for q in rivals), default=-math.inf)
    agreeing = [
        q
        for q in others
        if q.article.id != quote.article.id and likely(q) and same_answer(q.text, quote.text)
    ]
    wanted = set(content_stems(question))
    # What only asks the same is nearest to the question, and that is no evidence against words
    # that answer it.
    found = [q for q in quotes if likely(q)]
    passages = [
        p
        for p in passages
        if _holds(p, quote) or tells(wanted, p) or any(_holds(p, other) for other in found)
    ]
    cosines = sorted((p.scores.get("sentence", 0.0) for p in passages), reverse=True) or [0.0]
    rank = next((at for at, p in enumerate(passages) if _holds(p, quote)), len(passages))
    own = passages[rank] if rank < len(passages) else None
    around = quote.titled_paragraph
    around_words = stems(around)
    rare = {word for word in wanted if len(word) >= 6}
    named = names_and_numbers(question)
    absent = [name for name in named if not mentions(around, name)]
    expected = answer_type(question)
    answer_words = [stem(word) for word in words(quote.text)]
    return {
        "margin": _bounded(margin),
        "margin_low": _bounded(min(0.0, margin)),
        "alone": _bounded(quote.features.get("margin_alone", margin)),
        "gap": _bounded(quote.score - rival),
        "agree": float(bool(agreeing)),
        "cosine": own.scores.get("sentence", 0.0) if own else 0.0,
        "cosine_top": cosines[0],
        "cosine_gap": cosines[0] - cosines[1] if len(cosines) > 1 else 0.3,
        "rank": float(min(rank, 8)),
        "below_best": _bounded((own.score if own else 0.0) - max(p.score for p in passages))
        if passages
        else 0.0,
        "in_sentence": stem_coverage(wanted, stems(quote.sentence.of(quote.article.text))),
        "in_paragraph": stem_coverage(wanted, around_words),
        "names_absent": len(absent) / len(named) if named else 0.0,
        "rare_absent": len(rare - around_words) / len(rare) if rare else 0.0,
        "wrong_type": float(
            expected is not AnswerType.YES_NO and not matches_type(quote.text, expected)
        ),
        "length": math.log1p(len(answer_words)),
        "echo": sum(word in wanted for word in answer_words) / max(1, len(answer_words)),
    }


def _holds(passage: Passage, quote: Quote) -> bool:
    return passage.article.id == quote.article.id and passage.span.overlaps(quote.span)


def _bounded(value: float) -> float:
    return max(-_FAR, min(_FAR, value))


@dataclass(frozen=True)
class Logistic:
    """One fitted logistic model: a weight for each feature after centring and scaling."""

    bias: float
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Coefficients:
    """What was fitted: whether a quote is right, and whether its question has an answer.

    A feature below `lowest` or above `highest` counts as that: nothing is known beyond.
    `unanswerable` is the share, 0..1, of questions without an answer that it was fitted at.
    """

    reader: str
    version: str
    right: Logistic
    answerable: Logistic
    unanswerable: float
    centres: Mapping[str, float]
    scales: Mapping[str, float]
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    bars: Mapping[str, float] = field(default_factory=dict)


@cache
def coefficients(path: Path = JUDGE_FILE) -> Coefficients:
    """The shipped coefficients. Raises ReaderError when they cannot be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if not 0.0 < kept["unanswerable"] < 1.0:
            raise ValueError(f"fitted at a share of {kept['unanswerable']!r}")
        return Coefficients(
            reader=kept["reader"],
            version=kept["version"],
            right=_logistic(kept["right"]),
            answerable=_logistic(kept["answerable"]),
            unanswerable=float(kept["unanswerable"]),
            centres=_each(kept["centres"]),
            scales=_each(kept["scales"]),
            lowest=_each(kept["lowest"]),
            highest=_each(kept["highest"]),
            bars={name: float(value) for name, value in kept["bars"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReaderError(
            f"{path}: the confidence's coefficients cannot be read ({error!r}); install Pincite "
            "again, or use --reader sentence"
        ) from error


def _logistic(kept: Mapping[str, Any]) -> Logistic:
    return Logistic(float(kept["bias"]), _each(kept["weights"]))


def _each(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(values[name]) for name in FEATURES}


def estimate(
    known: Mapping[str, float],
    fitted: Coefficients | None = None,
    unanswerable: float | None = None,
) -> Estimate:
    """How probable it is that a quote with these features is right, and its question answered.

    `unanswerable` is the share of questions without an answer, from 0 to below 1, to state
    both for; None is the share they were fitted at.
    """
    model = fitted or coefficients()
    stated = model.unanswerable
    wanted = stated if unanswerable is None else unanswerable
    scaled = {
        name: (max(model.lowest[name], min(model.highest[name], known[name])) - centre)
        / model.scales[name]
        for name, centre in model.centres.items()
    }
    right = _probability(model.right, scaled)
    answerable = answered_at_all(right, _probability(model.answerable, scaled))
    return Estimate(
        at_share(right, answerable, stated, wanted),
        at_share(answerable, answerable, stated, wanted),
    )


def _probability(model: Logistic, scaled: Mapping[str, float]) -> float:
    evidence = model.bias + sum(weight * scaled[name] for name, weight in model.weights.items())
    # Beyond this no fitted figure means anything, and nothing is ever certain.
    return 1.0 / (1.0 + math.exp(-max(-7.0, min(7.0, evidence))))


def bar(mode: Mode, fitted: Coefficients | None = None) -> float:
    """The lowest probability, 0..1, at which a mode answers."""
    return 0.0 if mode is Mode.ALWAYS else (fitted or coefficients()).bars[mode.value]


class SpanConfidence:
    """The confidence of the span reader, for the judge.

    Calibrated for the reader it was fitted with. With another model behind the reader the
    same weights still order answers, but the number is no frequency.
    """

    def __init__(
        self,
        reader: str,
        fitted: Coefficients | None = None,
        *,
        reread: Callable[[str, Sequence[Quote]], list[Quote]] | None = None,
        unanswerable: float | None = None,
    ) -> None:
        """`reread` is `SpanReader.reread`; without it `alone` is taken to be `margin`.

        `unanswerable` is the share of questions expected to have no answer, as for `estimate`.
        Raises SettingError when it is none.
        """
        self._fitted = fitted or coefficients()
        self.unanswerable = (
            self._fitted.unanswerable if unanswerable is None else checked_share(unanswerable)
        )
        self._reread = reread
        self.calibrated = self._fitted.reader == reader

    def bar(self, mode: Mode) -> float:
        """The lowest probability, 0..1, at which a mode answers."""
        return bar(mode, self._fitted)

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote], index: int = 0
    ) -> Estimate:
        """How probable it is that `quotes[index]` is right, and the question answered."""
        if self._reread is not None and "margin_alone" not in quotes[index].features:
            again = self._reread(question, [quotes[index]])
            quotes = [*quotes[:index], *again, *quotes[index + 1 :]]
        known = features(question, passages, quotes, index)
        return estimate(known, self._fitted, self.unanswerable)
