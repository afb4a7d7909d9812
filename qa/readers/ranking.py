"""Rank sentences as answers, and decide whether a few of their words are answer enough."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.segmentation.folding import fold_text
from qa.answer import Passage, QuoteScores
from qa.errors import ReaderError
from qa.language.question_type import AnswerType, answer_type, is_comparison
from qa.language.words import content_stems, stem_coverage, stems
from qa.readers.proposals import Proposal

RANKING_FILE = Path(__file__).resolve().parents[1] / "models" / "ranking.json"

FEATURES = (
    "is_right",
    "inside",
    "answers",
    "margin",
    "below_best",
    "rank",
    "wrong_type",
    "cosine",
    "bm25",
    "in_paragraph",
)
"""What a sentence is ranked by, in the order of the fitted weights."""

_LIMIT = 10.0
"""The largest absolute value of a feature."""

_NAMED, _EXPLAINED = re.compile(r"\b(?:which|what)\b"), re.compile(r"\b(?:why|how)\b")
_SHORT_ANSWERS = frozenset(
    (AnswerType.NUMBER, AnswerType.DATE, AnswerType.TIME, AnswerType.PERSON, AnswerType.PLACE)
)


@cache
def load_weights(path: Path = RANKING_FILE) -> Mapping[str, float]:
    """Read the fitted weight of each feature. Raises ReaderError when they cannot be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: float(data[name]) for name in FEATURES}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReaderError(
            f"cannot read the weights of the ranking in {path} ({error!r}); reinstall Pincite, or "
            "use --reader sentence"
        ) from error


@dataclass(frozen=True, slots=True)
class SearchSummary:
    """What the search for a question found: the passages, their highest scores, the question."""

    passages: Sequence[Passage]
    score: float
    cosine: float
    bm25: float
    stems: frozenset[str]

    @classmethod
    def of(cls, question: str, passages: Sequence[Passage]) -> SearchSummary:
        """Summarise the passages that a search returned, at least one."""
        return cls(
            passages,
            max(p.score for p in passages),
            max(p.scores.sentence_cosine for p in passages),
            max(p.scores.bm25 for p in passages),
            frozenset(content_stems(question)),
        )


def features(sentence: Proposal, few: Proposal | None, search: SearchSummary) -> dict[str, float]:
    """Return what whole sentences are ranked by, each in -10..10.

    `few` are the best few words in them, if any.

    - `is_right`, `inside`, `answers`: as in `QuoteScores`; `margin` is that of `few`.
    - `below_best`: the score of the window's passage less the best one's; `rank`: its position in
      the search, from 0.
    - `wrong_type`: 1 where `few` cannot be what was asked for.
    - `cosine`, `bm25`: the sentence cosine of the sentence's own passage less the highest one, and
      its word score as a share of the highest one; `in_paragraph`: the share of the question's
      words in its paragraph and title.
    """
    scores = sentence.scores
    margin = few.scores.margin if few else None
    own = max(
        (
            p
            for p in search.passages
            if p.article.id == sentence.text.article.id and p.span.overlaps(sentence.span)
        ),
        key=lambda p: p.score,
        default=sentence.text.window.passage,
    )
    paragraph = sentence.paragraph.span.of(sentence.text.article.text)
    title = sentence.text.article.metadata.title
    return _bounded(
        {
            "is_right": scores.is_right or 0.0,
            "inside": scores.inside or 0.0,
            "answers": scores.answers or 0.0,
            "margin": -_LIMIT if margin is None else margin,
            "below_best": sentence.text.window.passage.score - search.score,
            "rank": float(sentence.text.window.rank),
            "wrong_type": float(few is None or few.scores.has_type is False),
            "cosine": own.scores.sentence_cosine - search.cosine,
            "bm25": own.scores.bm25 / search.bm25 if search.bm25 else 0.0,
            "in_paragraph": stem_coverage(search.stems, stems(f"{title}\n{paragraph}")),
        }
    )


def score(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the weighted sum of features."""
    return sum(weights[name] * value for name, value in values.items())


def are_few_words_enough(question: str, scores: QuoteScores) -> bool:
    """Whether a few words with these scores are shown as the answer, not their whole sentence.

    They are where a question asks who, when, where or for a number and they are of that type, and
    where it asks this, which or what and they are more likely than "no answer here". A reason, a
    way to do something, a yes or no, or an overview needs the sentence, and a comparison the
    figures of both sides. Chosen on `asked/train` and held-out questions
    (docs/experiments/transfer.md).
    """
    if is_comparison(question):
        return False
    expected = answer_type(question)
    is_likely = (scores.margin or 0.0) >= 0.0
    if expected in _SHORT_ANSWERS:
        return is_likely or scores.has_type is not False
    folded = fold_text(question)
    is_named = _NAMED.search(folded) and not _EXPLAINED.search(folded)
    return is_likely and bool(is_named) and expected is AnswerType.ANY


def _bounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: max(-_LIMIT, min(_LIMIT, value)) for name, value in values.items()}
