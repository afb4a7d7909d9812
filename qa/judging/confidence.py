"""The confidence of the span reader: the probability that a quote is the right answer.

Two logistic models weigh what the search and the reader know about a quote: is the quote right,
and do the articles answer the question at all. Their coefficients were fitted on held-out
training questions by `training/calibrate.py` and are stored in `qa/models/judge.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from index.segmentation.stemming import stem
from qa.answer import Passage, Quote
from qa.errors import ReaderError
from qa.judging.alternatives import LIKELY
from qa.judging.judge import Estimate, Mode
from qa.judging.prior import check_share, raise_answerable, restate
from qa.judging.statements import has_statement_about
from qa.language.question_type import AnswerType, answer_type, matches_type
from qa.language.words import (
    content_stems,
    names_and_numbers,
    stem_coverage,
    stems,
    words,
)
from qa.matching.agreement import same_answer
from qa.matching.mentions import mentions

JUDGE_FILE = Path(__file__).resolve().parents[1] / "models" / "judge.json"

FEATURES = (
    "is_right",
    "is_right_low",
    "margin",
    "margin_low",
    "inside",
    "answers",
    "few_words",
    "whole",
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
"""The inputs of the models, in the order of their coefficients."""

_LIMIT = 8.0
"""The largest absolute value of a feature."""

_MAX_LOGIT = 7.0
"""The largest absolute log odds: beyond it no fitted number means anything, and none is certain."""

_RARE_LETTERS = 6
"""The least length of a stem that counts as a rare word."""

_SINGLE_GAP = 0.3
"""The lead of a passage's cosine where there is no other passage."""


def features(
    question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
) -> dict[str, float]:
    """Return the features of `quotes[0]`, each in about -8..8.

    - `is_right`: log odds of the quote from a second look; `is_right_low`: how far they are below
      0. `margin`: log odds of a few words against "no answer here", 0 for whole sentences;
      `margin_low`: how far they are below 0. `inside`, `answers`: as in `QuoteScores`.
      `few_words`: log odds of a few words being enough, negated for whole sentences, for which
      `whole` is 1.
    - `gap`: lead over the best quote of its article that says something else; `agree`: whether
      another article says the same. Other articles do not count against it, since they may give
      another version of the fact.
    - `cosine`, `cosine_top`: sentence cosine of the quote's passage, and the highest of all;
      `cosine_gap`: the lead of the highest over the next one.
    - `rank`, `below_best`: rank of the quote's passage from 0, and its score less the best one's.
    - `in_sentence`, `in_paragraph`: share of the question's words there; `names_absent`,
      `rare_absent`: shares of its names and numbers, and of its long words, that the paragraph
      does not have.
    - `wrong_type`: whether the words cannot be what was asked for; `length`: logarithm of the
      number of words; `echo`: share of them that only repeats the question.

    Passages that only name or ask what was asked, and in which the reader finds no likely answer,
    are left out: they are nearest to the question, and that is no evidence against an answer.
    A score that the reader does not give counts as 0. Raises ReaderError where it gives neither a
    margin nor `is_right`.
    """
    quote = quotes[0]
    scores = quote.scores
    if scores.margin is None and scores.is_right is None:
        raise ReaderError(
            f"the quote {quote.text!r} has neither a margin nor a second look; SpanConfidence "
            "needs one of them, so give the reader a confidence of another kind"
        )
    margin = scores.margin or 0.0
    is_right = scores.is_right or 0.0
    is_whole = quote.is_sentence
    few_words = scores.few_words or 0.0
    others = quotes[1:]
    rival_score = max(
        (
            other.score
            for other in others
            if other.article.id == quote.article.id and not same_answer(other.text, quote.text)
        ),
        default=-math.inf,
    )
    is_agreed = any(
        other.article.id != quote.article.id
        and other.scores.margin_reaches(LIKELY)
        and same_answer(other.text, quote.text)
        for other in others
    )
    question_stems = set(content_stems(question))
    likely = [other for other in quotes if other.scores.margin_reaches(LIKELY)]
    passages = [
        passage
        for passage in passages
        if _contains(passage, quote)
        or has_statement_about(passage, question_stems)
        or any(_contains(passage, other) for other in likely)
    ]
    cosines = sorted((p.scores.sentence_cosine for p in passages), reverse=True) or [0.0]
    rank = next((at for at, p in enumerate(passages) if _contains(p, quote)), len(passages))
    own = passages[rank] if rank < len(passages) else None
    paragraph = quote.paragraph_with_title
    paragraph_stems = stems(paragraph)
    rare = {word for word in question_stems if len(word) >= _RARE_LETTERS}
    names = names_and_numbers(question)
    absent = [name for name in names if not mentions(paragraph, name)]
    expected = answer_type(question)
    quote_stems = [stem(word) for word in words(quote.text)]
    return {
        "is_right": _bounded(is_right),
        "is_right_low": _bounded(min(0.0, is_right)),
        "margin": _bounded(margin),
        "margin_low": _bounded(min(0.0, margin)),
        "inside": _bounded(scores.inside or 0.0),
        "answers": _bounded(scores.answers or 0.0),
        "few_words": _bounded(-few_words if is_whole else few_words),
        "whole": float(is_whole),
        "gap": _bounded(quote.score - rival_score),
        "agree": float(is_agreed),
        "cosine": own.scores.sentence_cosine if own else 0.0,
        "cosine_top": cosines[0],
        "cosine_gap": cosines[0] - cosines[1] if len(cosines) > 1 else _SINGLE_GAP,
        "rank": min(float(rank), _LIMIT),
        "below_best": _bounded((own.score if own else 0.0) - max(p.score for p in passages))
        if passages
        else 0.0,
        "in_sentence": stem_coverage(question_stems, stems(quote.sentence_text)),
        "in_paragraph": stem_coverage(question_stems, paragraph_stems),
        "names_absent": len(absent) / len(names) if names else 0.0,
        "rare_absent": len(rare - paragraph_stems) / len(rare) if rare else 0.0,
        "wrong_type": float(
            not is_whole
            and expected is not AnswerType.YES_NO
            and not matches_type(quote.text, expected)
        ),
        "length": math.log1p(len(quote_stems)),
        "echo": sum(word in question_stems for word in quote_stems) / max(1, len(quote_stems)),
    }


def _contains(passage: Passage, quote: Quote) -> bool:
    return passage.article.id == quote.article.id and passage.span.overlaps(quote.span)


def _bounded(value: float) -> float:
    return max(-_LIMIT, min(_LIMIT, value))


@dataclass(frozen=True)
class Logistic:
    """A logistic model: a weight for each feature, which is centred and scaled first."""

    bias: float
    weights: Mapping[str, float]


@dataclass(frozen=True)
class Coefficients:
    """The fitted models of a quote being right and of its question having an answer.

    Features are clipped to `lowest` and `highest`, the range they were fitted on. `unanswerable`
    is the share, 0..1, of questions without an answer that they were fitted at. `thresholds`
    are the lowest probabilities, 0..1, at which the modes answer. `reader` and `version` name the
    reader they were fitted with.
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
    thresholds: Mapping[str, float] = field(default_factory=dict)


@cache
def coefficients(path: Path = JUDGE_FILE) -> Coefficients:
    """Read the coefficients from a file. Raises ReaderError when they cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not 0.0 < data["unanswerable"] < 1.0:
            raise ValueError(f"fitted at a share of {data['unanswerable']!r}")
        return Coefficients(
            reader=data["reader"],
            version=data["version"],
            right=_logistic(data["right"]),
            answerable=_logistic(data["answerable"]),
            unanswerable=float(data["unanswerable"]),
            centres=_floats(data["centres"]),
            scales=_floats(data["scales"]),
            lowest=_floats(data["lowest"]),
            highest=_floats(data["highest"]),
            thresholds={name: float(value) for name, value in data["bars"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReaderError(
            f"cannot read the coefficients of the confidence in {path} ({error!r}); reinstall "
            "Pincite, or use --reader sentence"
        ) from error


def _logistic(data: Mapping[str, Any]) -> Logistic:
    return Logistic(float(data["bias"]), _floats(data["weights"]))


def _floats(values: Mapping[str, float]) -> dict[str, float]:
    """Return the value of each feature."""
    return {name: float(values[name]) for name in FEATURES}


def estimate(
    known: Mapping[str, float],
    fitted: Coefficients | None = None,
    unanswerable: float | None = None,
) -> Estimate:
    """Estimate from its features how probable it is that a quote is right.

    `unanswerable` is the share of questions without an answer, from 0 to below 1, to assume; None
    is the share the coefficients were fitted at.
    """
    model = fitted or coefficients()
    share = model.unanswerable if unanswerable is None else unanswerable
    scaled = {
        name: (max(model.lowest[name], min(model.highest[name], known[name])) - centre)
        / model.scales[name]
        for name, centre in model.centres.items()
    }
    right = _probability(model.right, scaled)
    answerable = raise_answerable(_probability(model.answerable, scaled), right)
    return Estimate(
        restate(right, answerable, model.unanswerable, share),
        restate(answerable, answerable, model.unanswerable, share),
    )


def _probability(model: Logistic, scaled: Mapping[str, float]) -> float:
    logit = model.bias + sum(weight * scaled[name] for name, weight in model.weights.items())
    return 1.0 / (1.0 + math.exp(-max(-_MAX_LOGIT, min(_MAX_LOGIT, logit))))


class SpanConfidence:
    """The confidence of readers whose quotes have a margin.

    It is calibrated for the reader it was fitted with. For another reader it ranks answers, but
    its numbers are not frequencies.
    """

    def __init__(
        self,
        reader: str,
        fitted: Coefficients | None = None,
        *,
        unanswerable: float | None = None,
    ) -> None:
        """Use the shipped coefficients, unless `fitted` is given, for the reader of that name.

        `unanswerable` is the share of questions expected to have no answer, as for `estimate`.
        Raises SettingError when it is not a number from 0 to below 1.
        """
        self._fitted = fitted or coefficients()
        self.unanswerable = (
            self._fitted.unanswerable if unanswerable is None else check_share(unanswerable)
        )
        self.calibrated = self._fitted.reader == reader

    @property
    def fit(self) -> str:
        """The reader, its version and the share that the numbers are for."""
        return f"{self._fitted.reader} {self._fitted.version}, unanswerable {self.unanswerable:g}"

    def threshold(self, mode: Mode) -> float:
        """Return the lowest probability, 0..1, at which a mode answers."""
        return 0.0 if mode is Mode.ALWAYS else self._fitted.thresholds[mode.value]

    def estimate(
        self, question: str, passages: Sequence[Passage], quotes: Sequence[Quote]
    ) -> Estimate:
        """Estimate the probabilities that `quotes[0]` is right and the question answerable."""
        return estimate(features(question, passages, quotes), self._fitted, self.unanswerable)
