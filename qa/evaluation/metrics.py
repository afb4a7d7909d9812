"""Registry of metrics: what a run reports, and how each figure is computed and compared.

A metric is declared here and nowhere else. The table on the terminal, the JSON, the HTML report,
the Benchmark tab, `pincite compare`, `--fail-under` and `--fail-over` all read this registry. A
program adds one for its own process:

    register_metric(Metric(
        "answers.words",
        name="answer length in words",
        definition="Number of words, over the questions that were answered.",
        value=lambda result: len((result.text or "").split()) if result.answered else None,
    ))

Another package adds one through an entry point that names a `Metric`:

    [project.entry-points."pincite.metrics"]
    words = "my_package.metrics:WORDS"
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial

import numpy as np

from index.plugins import load_plugins
from qa.errors import MetricError
from qa.evaluation import calibration
from qa.evaluation.bootstrap import Statistic, Values
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.scoring import DOCUMENT_CUT, RETRIEVAL, exact_match, f1
from qa.judging.prior import restate

ENTRY_POINTS = "pincite.metrics"
"""The entry point group in which other packages declare metrics."""

SHARES = (0.1, 0.3, 0.5)
"""Shares of unanswerable questions at which the calibration error is reported."""

PRECISIONS = (0.8, 0.9)
"""Precisions at which the coverage is reported."""

HEADINGS = {
    "retrieval": "Retrieval",
    "answers": "Answers, against all articles",
    "citations": "Citations",
    "abstention": "Abstention",
    "reader": "Reader, on the gold paragraph",
}
"""Headings of the built-in sections; another section's heading is its name."""

Value = Callable[[QuestionResult], float | None]
Aggregate = Callable[[Sequence[QuestionResult], float | None], Statistic | None]

_RESERVED = frozenset(
    "questions answerable unanswerable losses latency_ms index missing_gold intervals config "
    "environment warnings per_question by_kind by_domain".split()
)
_DOT = re.compile(r"\.(?!\d)")  # not the one in coverage@0.8


class Needs(StrEnum):
    """What a run must have measured for a metric."""

    RETRIEVAL = "retrieval"
    ANSWERS = "answers"
    GOLD_PARAGRAPH = "gold paragraph"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a run.

    `key` is its path in the JSON, a section and a name joined by a dot. `name` is for people and
    includes the unit, if there is one; `definition` says what is measured, over which questions.

    Give one of the two functions. `value` returns a question's value, or None for a question that
    does not count; the metric is their mean. `aggregate` is for anything else: it takes all
    results and the share of unanswerable questions that the confidences are stated for, and
    returns a function of the questions' weights (shape `(n,)`), or None where the metric does not
    apply.

    `is_tested` adds a permutation test in comparisons; it needs a `value` that counts the same
    questions in both runs. `--fail-under` accepts a metric where `is_higher_better`,
    `--fail-over` any other. `is_biased` says that resampling questions moves the metric, whose
    values are 0..1, to one side, so that its intervals are centred
    (`qa.evaluation.bootstrap.intervals`). `decimals` are shown to people. Raises MetricError for a
    wrong declaration.
    """

    key: str
    name: str
    definition: str
    value: Value | None = None
    aggregate: Aggregate | None = None
    is_higher_better: bool = True
    is_tested: bool = False
    needs: Needs = Needs.ANSWERS
    decimals: int = 3
    is_biased: bool = False

    def __post_init__(self) -> None:
        if len(self.path) < 2 or not all(self.path) or self.section in _RESERVED:
            raise MetricError(
                f"invalid metric key {self.key!r}; give a section and a name joined by a dot, such "
                f"as 'answers.words'; the section is none of: {', '.join(sorted(_RESERVED))}"
            )
        if (self.value is None) == (self.aggregate is None):
            raise MetricError(f"metric {self.key}: give one of value and aggregate")
        if self.is_tested and self.value is None:
            raise MetricError(f"metric {self.key}: only a metric with a value can be tested")

    @property
    def path(self) -> list[str]:
        """The keys that lead to the figure in a run's JSON."""
        return _DOT.split(self.key)

    @property
    def section(self) -> str:
        """The first part of the key."""
        return self.path[0]

    @property
    def heading(self) -> str:
        """The section's name for people."""
        return HEADINGS.get(self.section, self.section.capitalize())

    @property
    def title(self) -> str:
        """The section and the metric for people: "Retrieval: recall@5"."""
        return f"{self.heading.partition(',')[0]}: {self.name}"

    def statistic(
        self, results: Sequence[QuestionResult], unanswerable: float | None
    ) -> Statistic | None:
        """Return the metric as a function of the questions' weights, None if it does not apply."""
        if self.aggregate is not None:
            return self.aggregate(results, unanswerable)
        assert self.value is not None
        values = [self.value(result) for result in results]
        counted = np.array([float(value is not None) for value in values])
        return weighted_mean(np.array([float(value or 0.0) for value in values]), counted)

    def format(self, value: float | None, *, signed: bool = False) -> str:
        """Return a value, or with `signed` a difference, as text for people."""
        return "-" if value is None else f"{value:{'+' if signed else ''}.{self.decimals}f}"


def weighted_mean(values: Values, counted: Values) -> Statistic:
    """Return the mean of values over the questions that count; NaN when none does."""
    top = values * counted

    def mean(weight: Values) -> float:
        below = float(weight @ counted)
        return float(weight @ top) / below if below > 0 else math.nan

    return mean


def column(results: Sequence[QuestionResult], name: str) -> Values:
    """Return an attribute of every result as numbers, shape `(n,)`."""
    return np.array([float(getattr(result, name)) for result in results])


def _auroc(positive: str) -> Aggregate:
    def aggregate(results: Sequence[QuestionResult], _: float | None) -> Statistic:
        return partial(calibration.auroc, column(results, "confidence"), column(results, positive))

    return aggregate


def _aurc(results: Sequence[QuestionResult], _: float | None) -> Statistic:
    return partial(calibration.aurc, column(results, "confidence"), column(results, "is_right"))


def _coverage(precision: float) -> Aggregate:
    def aggregate(results: Sequence[QuestionResult], _: float | None) -> Statistic:
        confidence, right = column(results, "confidence"), column(results, "is_right")
        return lambda weight: calibration.coverage_at(precision, confidence, right, weight)[0]

    return aggregate


def _error_at_share(
    results: Sequence[QuestionResult], confidence: Values, share: float
) -> Statistic | None:
    """Return the calibration error, with questions weighted so that `share` are unanswerable.

    None where all questions are answerable or none is.
    """
    answerable, right = column(results, "answerable"), column(results, "is_right")
    if not 0 < answerable.sum() < len(answerable):
        return None
    return lambda weight: calibration.calibration_error(
        confidence, right, calibration.at_share(weight, answerable, share)
    )


def _calibration_error(share: float) -> Aggregate:
    return lambda results, _: _error_at_share(results, column(results, "confidence"), share)


def _worst_calibration_error(results: Sequence[QuestionResult], _: float | None) -> Statistic:
    confidence, right = column(results, "confidence"), column(results, "is_right")
    errors = [_error_at_share(results, confidence, share) for share in SHARES]
    known = [error for error in errors if error is not None]
    if not known:
        return partial(calibration.calibration_error, confidence, right)
    return lambda weight: max(error(weight) for error in known)


def _restated_calibration_error(share: float) -> Aggregate:
    """Return the calibration error of confidences that are restated for `share`."""

    def aggregate(results: Sequence[QuestionResult], stated: float | None) -> Statistic | None:
        if not stated or all(result.has_answer is None for result in results):
            return None
        confidence = np.array([restated_confidence(result, stated, share) for result in results])
        return _error_at_share(results, confidence, share)

    return aggregate


def _auroc_of_shown(results: Sequence[QuestionResult], _: float | None) -> Statistic:
    confidence, right = column(results, "confidence"), column(results, "is_right")
    answered = column(results, "answered")
    return lambda weight: calibration.auroc(confidence, right, weight * answered)


def shown_bins(answered: float) -> int:
    """Return the number of bins for the calibration error of so many shown answers.

    At most `calibration.BINS`, and at least ten answers in each: with fewer, most of the error is
    chance.
    """
    return max(1, min(calibration.BINS, int(answered // 10)))


def _error_of_shown(results: Sequence[QuestionResult], confidence: Values) -> Statistic:
    right, answered = column(results, "is_right"), column(results, "answered")

    def error(weight: Values) -> float:
        shown = weight * answered
        return calibration.calibration_error(confidence, right, shown, shown_bins(shown.sum()))

    return error


def _calibration_error_of_shown(results: Sequence[QuestionResult], _: float | None) -> Statistic:
    return _error_of_shown(results, column(results, "confidence"))


def restated_confidence(result: QuestionResult, stated: float, share: float) -> float:
    """Return a confidence that was stated for one share of unanswerable questions for another."""
    has_answer = result.confidence if result.has_answer is None else result.has_answer
    return restate(result.confidence, has_answer, stated, share)


def _told_calibration_error_of_shown(
    results: Sequence[QuestionResult], stated: float | None
) -> Statistic | None:
    """Return the calibration error of shown answers, restated for the set's own share."""
    share = 1.0 - float(column(results, "answerable").mean()) if results else 1.0
    if not stated or share >= 1.0 or all(result.has_answer is None for result in results):
        return None
    confidence = np.array([restated_confidence(result, stated, share) for result in results])
    return _error_of_shown(results, confidence)


Score = Callable[[str | None, Sequence[str]], float]


def _reader_score(score: Score) -> Value:
    """Score the reader's answer on the gold paragraph, or its refusal."""

    def value(result: QuestionResult) -> float | None:
        if result.reader_text is None:
            return None
        return (
            score(result.reader_text, result.answers)
            if result.reader_answered
            else _refused(result)
        )

    return value


def _refused(result: QuestionResult) -> float:
    """Return the score of a refusal."""
    return float(not result.answerable)


def _has_answer_score(score: Score) -> Value:
    """Score the reader's best candidate on the gold paragraph, for answerable questions."""

    def value(result: QuestionResult) -> float | None:
        if result.reader_text is None or not result.answerable:
            return None
        return score(result.reader_text, result.answers)

    return value


def _best_reader_score(score: Score) -> Aggregate:
    def aggregate(results: Sequence[QuestionResult], _: float | None) -> Statistic:
        confidence = column(results, "reader_confidence")
        scores = np.array([score(result.reader_text, result.answers) for result in results])
        refused = np.array([_refused(result) for result in results])
        counted = np.array([float(result.reader_text is not None) for result in results])
        return lambda weight: calibration.best_threshold(
            confidence, scores, refused, weight * counted
        )[0]

    return aggregate


def _f1_ratio(results: Sequence[QuestionResult], _: float | None) -> Statistic:
    value = _has_answer_score(f1)
    scores = [value(result) for result in results]
    counted = np.array([float(score is not None) for score in scores])
    alone = weighted_mean(np.array([score or 0.0 for score in scores]), counted)
    among_all = weighted_mean(column(results, "best_f1"), counted)

    def ratio(weight: Values) -> float:
        best = alone(weight)
        return among_all(weight) / best if best > 0 else math.nan

    return ratio


def _retrieval(name: str, words: str, definition: str, needs: Needs = Needs.RETRIEVAL) -> Metric:
    def value(result: QuestionResult) -> float | None:
        return (
            result.retrieval.get(name, 0.0) if result.answerable and result.has_evidence else None
        )

    return Metric(f"retrieval.{name}", words, definition, value, is_tested=True, needs=needs)


_RECALL = (
    "Answerable questions with a gold paragraph among the first {k}; where documents are judged, "
    "the share of the relevant ones."
)
_DEFINITIONS = {
    "mrr@10": ("MRR@10", "One over the rank of the first gold paragraph, 0 below the tenth."),
    "ndcg@10": ("nDCG@10", "Discounted gain of the first ten, over the best possible."),
}

BUILT_IN = (
    *(
        _retrieval(name, *_DEFINITIONS.get(name, (name, _RECALL.format(k=name.split("@")[1]))))
        for name in RETRIEVAL
    ),
    _retrieval(
        f"recall@{DOCUMENT_CUT}",
        f"recall@{DOCUMENT_CUT}",
        f"The share of the relevant documents among the first {DOCUMENT_CUT}.",
        Needs.DOCUMENTS,
    ),
    Metric(
        "answers.exact_match",
        "exact match",
        "Answerable questions answered with an accepted answer, as SQuAD compares them; a refusal "
        "scores 0.",
        lambda result: result.exact_match if result.answerable else None,
        is_tested=True,
    ),
    Metric(
        "answers.f1",
        "F1",
        "Overlap in words with the closest accepted answer, over answerable questions; a refusal "
        "scores 0.",
        lambda result: result.f1 if result.answerable else None,
        is_tested=True,
    ),
    Metric(
        "answers.right_of_shown",
        "right, of the answers shown",
        "Shown answers that are right (qa.evaluation.rightness), over all questions that were "
        "answered; an answer to an unanswerable question is wrong.",
        lambda result: result.is_right if result.answered else None,
    ),
    Metric(
        "answers.answered_right",
        "answered right",
        "Answerable questions that were answered right; a refusal is not.",
        lambda result: result.is_answered_right if result.answerable else None,
        is_tested=True,
    ),
    Metric(
        "citations.accuracy",
        "accuracy",
        "Answers whose first citation is a gold paragraph, over answerable questions that were "
        "answered.",
        lambda result: (
            result.cited if result.answerable and result.has_evidence and result.answered else None
        ),
    ),
    Metric(
        "citations.recall",
        "recall",
        "Answers whose first citation is a gold paragraph, over all answerable questions.",
        lambda result: result.cited if result.answerable and result.has_evidence else None,
        is_tested=True,
    ),
    Metric(
        "citations.overlap",
        "overlap with the gold span",
        "Characters shared by quote and gold span over those of both, over answerable questions "
        "that were answered.",
        lambda result: (
            result.overlap
            if result.answerable and result.has_evidence and result.answered
            else None
        ),
    ),
    Metric(
        "abstention.auroc",
        "AUROC, answerable against not",
        "Probability that an answerable question gets a higher confidence than an unanswerable "
        "one.",
        aggregate=_auroc("answerable"),
    ),
    Metric(
        "abstention.auroc_right",
        "AUROC, right against not",
        "Probability that a right answer gets a higher confidence than any other question.",
        aggregate=_auroc("is_right"),
    ),
    Metric(
        "abstention.false_answer_rate",
        "false answers",
        "Unanswerable questions that were answered.",
        lambda result: None if result.answerable else result.answered,
        is_higher_better=False,
        is_tested=True,
    ),
    Metric(
        "abstention.false_refusal_rate",
        "false refusals",
        "Answerable questions that were refused.",
        lambda result: not result.answered if result.answerable else None,
        is_higher_better=False,
        is_tested=True,
    ),
    Metric(
        "abstention.differ_rate",
        "shown as differing",
        "Answerable questions whose answer was shown with a differing one.",
        lambda result: result.differ if result.answerable else None,
        is_higher_better=False,
    ),
    *(
        Metric(
            f"abstention.coverage@{precision}",
            f"coverage at {precision:.0%} precision (oracle)",
            f"Largest share of questions that can be answered with {precision:.0%} of the answers "
            "right; the threshold is tuned on this question set.",
            aggregate=_coverage(precision),
            is_biased=True,
        )
        for precision in PRECISIONS
    ),
    Metric(
        "abstention.ece",
        "calibration error, worst",
        "Largest of the calibration errors below.",
        aggregate=_worst_calibration_error,
        is_biased=True,
        is_higher_better=False,
    ),
    *(
        Metric(
            f"abstention.ece@{share}",
            f"calibration error, {share:.0%} unanswerable",
            f"Expected calibration error in {calibration.BINS} bins of equal mass, questions "
            f"weighted so that {share:.0%} are unanswerable.",
            aggregate=_calibration_error(share),
            is_biased=True,
            is_higher_better=False,
        )
        for share in SHARES
    ),
    *(
        Metric(
            f"abstention.ece_told@{share}",
            f"calibration error, restated for {share:.0%}",
            f"The same with confidences stated for {share:.0%}, as --unanswerable {share} does.",
            aggregate=_restated_calibration_error(share),
            is_biased=True,
            is_higher_better=False,
        )
        for share in SHARES
    ),
    Metric(
        "abstention.auroc_shown",
        "AUROC, right against wrong, of shown",
        "Probability that a right answer gets a higher confidence than a wrong one, over the "
        "questions that were answered.",
        aggregate=_auroc_of_shown,
    ),
    Metric(
        "abstention.ece_shown",
        "calibration error of shown",
        f"Expected calibration error over the questions that were answered, in {calibration.BINS} "
        "bins of equal mass, fewer where a bin would have less than ten answers.",
        aggregate=_calibration_error_of_shown,
        is_biased=True,
        is_higher_better=False,
    ),
    Metric(
        "abstention.ece_shown_told",
        "calibration error of shown, restated",
        "The same with confidences restated for the share of unanswerable questions in the set.",
        aggregate=_told_calibration_error_of_shown,
        is_biased=True,
        is_higher_better=False,
    ),
    Metric(
        "abstention.aurc",
        "area under risk-coverage",
        "Mean share of wrong answers over all coverages, the most confident questions first.",
        aggregate=_aurc,
        is_higher_better=False,
    ),
    Metric(
        "reader.exact_match",
        "exact match",
        "Exact match on the gold paragraph, over all questions; refusing an unanswerable question "
        "scores 1.",
        _reader_score(exact_match),
        needs=Needs.GOLD_PARAGRAPH,
    ),
    Metric(
        "reader.f1",
        "F1",
        "F1 on the gold paragraph, over all questions; refusing an unanswerable question scores 1.",
        _reader_score(f1),
        needs=Needs.GOLD_PARAGRAPH,
    ),
    Metric(
        "reader.best_exact_match",
        "best exact match (oracle)",
        "The same with the threshold tuned on this question set.",
        aggregate=_best_reader_score(exact_match),
        is_biased=True,
        needs=Needs.GOLD_PARAGRAPH,
    ),
    Metric(
        "reader.best_f1",
        "best F1 (oracle)",
        "The same with the threshold tuned on this question set.",
        aggregate=_best_reader_score(f1),
        is_biased=True,
        needs=Needs.GOLD_PARAGRAPH,
    ),
    Metric(
        "reader.has_answer.exact_match",
        "has answer, exact match",
        "Exact match of the best candidate on the gold paragraph, over answerable questions.",
        _has_answer_score(exact_match),
        is_tested=True,
        needs=Needs.GOLD_PARAGRAPH,
    ),
    Metric(
        "reader.has_answer.f1",
        "has answer, F1",
        "F1 of the best candidate on the gold paragraph, over answerable questions.",
        _has_answer_score(f1),
        is_tested=True,
        needs=Needs.GOLD_PARAGRAPH,
    ),
    Metric(
        "reader.f1_kept",
        "share of it kept against all articles",
        "F1 of the best candidate from all articles over that from the gold paragraph.",
        aggregate=_f1_ratio,
        needs=Needs.GOLD_PARAGRAPH,
    ),
)

_registered: dict[str, Metric] = {metric.key: metric for metric in BUILT_IN}


def register_metric(metric: Metric) -> None:
    """Add a metric for this process; it is reported after the built-in ones of its section.

    Raises MetricError if another metric has its key; registering the same one again does nothing.
    """
    if _registered.setdefault(metric.key, metric) != metric:
        raise MetricError(f"the metric {metric.key!r} exists already; choose another key")


@cache
def _register_plugins() -> None:
    """Register the metrics of other packages; one whose key is taken is left out."""
    for metric in load_plugins(ENTRY_POINTS, Metric):
        _registered.setdefault(metric.key, metric)


def all_metrics() -> dict[str, Metric]:
    """Return every metric by its key, those of one section together."""
    _register_plugins()
    known = list(_registered.values())
    sections = dict.fromkeys([*HEADINGS, *(metric.section for metric in known)])
    return {
        metric.key: metric for section in sections for metric in known if metric.section == section
    }


def run_metrics(*, retrieval_only: bool, gold_paragraph: bool) -> dict[str, Metric]:
    """Return the metrics that a run of this kind may have, by their keys."""
    measured = {Needs.RETRIEVAL}
    if retrieval_only:
        measured |= {Needs.DOCUMENTS}
    else:
        measured |= {Needs.ANSWERS} | ({Needs.GOLD_PARAGRAPH} if gold_paragraph else set())
    return {key: metric for key, metric in all_metrics().items() if metric.needs in measured}


def statistics(
    results: Sequence[QuestionResult],
    *,
    retrieval_only: bool = False,
    gold_paragraph: bool = False,
    unanswerable: float | None = None,
) -> dict[str, Statistic]:
    """Return every metric that applies to the results, as functions of the questions' weights.

    `unanswerable` is the share of unanswerable questions that the confidences are stated for;
    where it is None or 0, they cannot be restated for other shares.
    """
    metrics = run_metrics(retrieval_only=retrieval_only, gold_paragraph=gold_paragraph)
    return {
        key: statistic
        for key, metric in metrics.items()
        if (statistic := metric.statistic(results, unanswerable)) is not None
    }
