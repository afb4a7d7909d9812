"""Draw the plots of an evaluation report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from qa.evaluation import calibration
from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.run import Run
from qa.evaluation.svg import Series, bar_plot, line_plot

_MAX_POINTS = 300
_CUTS = (1, 2, 3, 5, 10, 15, 20)


def plots(run: Run) -> list[Markup]:
    """Return every plot that the run has data for, each a `<figure>`."""
    results = run.results
    figures = [_recall(results, "paragraph" if "answers" in run.summary else "document")]
    if "answers" in run.summary:
        figures += [_risk_coverage(results), _reliability(results)]
    figures.append(_latency(results))
    if run.summary.get("losses"):
        bars = [(ErrorStage(name).label, float(n)) for name, n in run.summary["losses"].items()]
        figures.append(bar_plot("Where answerable questions were lost", bars))
    return figures


def _recall(results: Sequence[QuestionResult], unit: str) -> Markup:
    ranks = [one.rank for one in results if one.answerable]
    points = [
        (float(cut), sum(rank is not None and rank <= cut for rank in ranks) / max(1, len(ranks)))
        for cut in _CUTS
    ]
    return line_plot(
        f"Questions with a gold {unit} among the first k",
        [Series("found", points, dots=True)],
        x="k",
        y="share of answerable questions",
        x_max=20.0,
    )


def _risk_coverage(results: Sequence[QuestionResult]) -> Markup:
    confidence = np.array([one.confidence for one in results])
    right = np.array([float(one.is_right) for one in results])
    curve = calibration.risk_curve(confidence, right, np.ones(len(results)))
    steps = [
        (float(mass / curve.mass[-1]), float(1.0 - good / mass))
        for mass, good in zip(curve.mass[1:], curve.right[1:], strict=True)
    ]
    best_right = float(right.mean()) if len(right) else 0.0
    ideal = [(share, max(0.0, 1.0 - best_right / share)) for share in np.linspace(0.01, 1, 100)]
    return line_plot(
        "Risk and coverage: the most confident questions first",
        [Series("this run", _thin(steps)), Series("perfect order", ideal, "guide")],
        x="share of questions answered",
        y="share of those wrong",
    )


def _reliability(results: Sequence[QuestionResult]) -> Markup:
    confidence = np.array([one.confidence for one in results])
    right = np.array([float(one.is_right) for one in results])
    bins = calibration.reliability(confidence, right, np.ones(len(results)))
    points = [(one.confidence, one.accuracy) for one in bins]
    return line_plot(
        f"Reliability in {calibration.BINS} bins of equal size",
        [Series("bins", points, dots=True)],
        x="stated probability of being right",
        y="share right",
        diagonal=True,
    )


def _latency(results: Sequence[QuestionResult]) -> Markup:
    lines = []
    x_max = 1.0
    for name, style in (("retrieval", "first"), ("answer", "second")):
        times = sorted(getattr(one, f"{name}_ms") for one in results)
        if not times or times[-1] <= 0:
            continue
        # The slowest 1% would flatten the rest of the plot.
        x_max = max(x_max, float(np.percentile(times, 99)) * 1.05)
        steps = [(time, number / len(times)) for number, time in enumerate(times, start=1)]
        lines.append(Series(name, _thin(steps), style))
    inside = [
        Series(line.name, [point for point in line.points if point[0] <= x_max], line.style)
        for line in lines
    ]
    return line_plot(
        "Time for one question", inside, x="milliseconds", y="share done by then", x_max=x_max
    )


def _thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, len(points) // _MAX_POINTS)
    return points[::step] + points[-1:] if points else []
