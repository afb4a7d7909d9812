"""Rank sentences as answers, and decide whether a few of their words are answer enough."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from qa.errors import ReaderError
from qa.language.question_type import AnswerType, answer_type
from qa.readers.proposals import Proposal

RANKING_FILE = Path(__file__).resolve().parents[1] / "models" / "ranking.json"

FEATURES = ("is_right", "inside", "answers", "margin", "below_best", "rank", "wrong_type")
"""What a sentence is ranked by, in the order of the fitted weights."""

FEW_WORDS_FEATURES = (
    "margin",
    "few_words",
    "is_right",
    "wrong_type",
    "length",
    "share",
    "who_when_where_or_number",
)
"""What decides whether a few words of a sentence are shown as the answer."""

_LIMIT = 10.0
"""The largest absolute value of a feature."""

_SHORT_ANSWERS = frozenset(
    (AnswerType.NUMBER, AnswerType.DATE, AnswerType.TIME, AnswerType.PERSON, AnswerType.PLACE)
)


@dataclass(frozen=True)
class Ranking:
    """The fitted weights of both decisions.

    `few_words` has a weight for each of `FEW_WORDS_FEATURES` and a `bias`. Its words are shown
    from the probability `threshold`, 0..1.
    """

    sentences: Mapping[str, float]
    few_words: Mapping[str, float]
    threshold: float


@cache
def load_ranking(path: Path = RANKING_FILE) -> Ranking:
    """Read the fitted weights from a file. Raises ReaderError when they cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Ranking(
            {name: float(data["sentences"][name]) for name in FEATURES},
            {name: float(data["few_words"][name]) for name in (*FEW_WORDS_FEATURES, "bias")},
            float(data["threshold"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(
            f"cannot read the weights of the ranking in {path} ({error!r}); reinstall Pincite, or "
            "use --reader sentence"
        ) from error


def features(sentence: Proposal, few: Proposal | None, best_score: float) -> dict[str, float]:
    """Return what whole sentences are ranked by, each in -10..10.

    `few` are the best few words in them, if any.

    - `is_right`, `inside`, `answers`: as in `QuoteScores`; `margin` is that of `few`.
    - `below_best`: the passage's score less `best_score`, that of the best passage; `rank`: its
      position in the search, from 0.
    - `wrong_type`: 1 where `few` cannot be what was asked for.
    """
    scores = sentence.scores
    margin = few.scores.margin if few else None
    return _bounded(
        {
            "is_right": scores.is_right or 0.0,
            "inside": scores.inside or 0.0,
            "answers": scores.answers or 0.0,
            "margin": -_LIMIT if margin is None else margin,
            "below_best": sentence.text.window.passage.score - best_score,
            "rank": float(sentence.text.window.rank),
            "wrong_type": float(few is None or few.scores.has_type is False),
        }
    )


def few_words_features(question: str, sentence: Proposal, few: Proposal) -> dict[str, float]:
    """Return what decides whether `few` is shown instead of its whole `sentence`.

    - `margin`, `few_words`: as in `QuoteScores`; `is_right` is that of the sentence.
    - `length`: logarithm of the number of words; `share`: of those of the sentence.
    - `who_when_where_or_number`: 1 for questions of these types.
    """
    count = len(few.words.split())
    expected = answer_type(question)
    return _bounded(
        {
            "margin": few.scores.margin or 0.0,
            "few_words": few.scores.few_words or 0.0,
            "is_right": sentence.scores.is_right or 0.0,
            "wrong_type": float(few.scores.has_type is False),
            "length": math.log1p(count),
            "share": count / max(1, len(sentence.words.split())),
            "who_when_where_or_number": float(expected in _SHORT_ANSWERS),
        }
    )


def score(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the weighted sum of features."""
    return sum(weights[name] * value for name, value in values.items())


def are_few_words_enough(values: Mapping[str, float], ranking: Ranking) -> bool:
    """Whether a few words are probably right by themselves."""
    log_odds = score(values, ranking.few_words) + ranking.few_words["bias"]
    return log_odds >= math.log(ranking.threshold / (1.0 - ranking.threshold))


def _bounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: max(-_LIMIT, min(_LIMIT, value)) for name, value in values.items()}
