"""The plots of an evaluation page."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qa.evaluation import calibration
from qa.evaluation.error_stage import ErrorStage
from qa.evaluation.question_result import QuestionResult
from qa.evaluation.run import Run
from qa.evaluation.svg import Line, bar_plot, line_plot

_MOST_POINTS = 300
_CUTS = (1, 2, 3, 5, 10, 15, 20)


def plots(run: Run) -> list[str]:
    """Every plot that the run has figures for, each a `<figure>`."""
    results = run.results
    drawn = [_recall(results)]
    if "answers" in run.summary:
        drawn += [_risk_coverage(results), _reliability(results)]
    drawn.append(_latency(results))
    if run.summary.get("losses"):
        bars = [(ErrorStage(name).label, float(n)) for name, n in run.summary["losses"].items()]
        drawn.append(bar_plot("Where answerable questions were lost", bars))
    return drawn


def _recall(results: Sequence[QuestionResult]) -> str:
    asked = [one.rank for one in results if one.answerable]
    points = [
        (float(cut), sum(rank is not None and rank <= cut for rank in asked) / max(1, len(asked)))
        for cut in _CUTS
    ]
    return line_plot(
        "Questions with a gold paragraph among the first k",
        [Line("found", points, dots=True)],
        x="k",
        y="share of answerable questions",
        x_max=20.0,
    )


def _risk_coverage(results: Sequence[QuestionResult]) -> str:
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
        [Line("this run", _thinned(steps)), Line("perfect order", ideal, "guide")],
        x="share of questions answered",
        y="share of those wrong",
    )


def _reliability(results: Sequence[QuestionResult]) -> str:
    confidence = np.array([one.confidence for one in results])
    right = np.array([float(one.is_right) for one in results])
    bins = calibration.reliability(confidence, right, np.ones(len(results)))
    points = [(one.confidence, one.accuracy) for one in bins]
    return line_plot(
        f"Reliability in {calibration.BINS} bins of equal size",
        [Line("bins", points, dots=True)],
        x="stated probability of being right",
        y="share right",
        diagonal=True,
    )


def _latency(results: Sequence[QuestionResult]) -> str:
    lines = []
    most = 1.0
    for name, style in (("retrieval", "first"), ("answer", "second")):
        times = sorted(getattr(one, f"{name}_ms") for one in results)
        if not times or times[-1] <= 0:
            continue
        # The slowest one in a hundred would flatten the rest of the plot.
        most = max(most, float(np.percentile(times, 99)) * 1.05)
        steps = [(time, (place + 1) / len(times)) for place, time in enumerate(times)]
        lines.append(Line(name, _thinned(steps), style))
    inside = [
        Line(line.name, [point for point in line.points if point[0] <= most], line.style)
        for line in lines
    ]
    return line_plot(
        "Time for one question", inside, x="milliseconds", y="share done by then", x_max=most
    )


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, len(points) // _MOST_POINTS)
    return points[::step] + points[-1:] if points else []
