"""Render the Benchmark tab: question sets, progress, runs, reports and comparisons."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from qa.evaluation.bootstrap import LEVEL
from qa.evaluation.html_report import metric_tables
from qa.evaluation.metrics import all_metrics
from qa.evaluation.question_set_check import QuestionSetProblem
from qa.evaluation.summary import metric_values
from qa.feedback import FEEDBACK_NAME
from qa.judging.confidence import coefficients
from qa.questions import QuestionSet
from qa.web import job_notes
from qa.web.benchmark.runs import RunJob, RunProgress, SavedRun
from qa.web.html import as_sentence
from qa.web.templates import render
from qa.wording import counted

_MAX_PROBLEMS = 20
_MAX_CHANGED_QUESTIONS = 100
_HEADLINES = ("retrieval.recall@5", "answers.f1", "abstention.false_answer_rate")
_PHASES = {
    "reading": "Reading the question set",
    "loading": "Waiting for the models and the articles",
}

NO_RUNS = (
    '<p class="note">There are no runs yet. Choose a question set above and run it; the report '
    "appears here.</p>"
)
NO_SETS = (
    "There is no question set next to the articles or the index. Drop one here: one JSON object "
    "per line, with “question”, “answers” and “evidence”."
)


def set_label(path: Path, sets: Sequence[Path]) -> str:
    """Return a question set's name and folder, as long as it takes to tell it from the others."""
    if path.name == FEEDBACK_NAME:
        return f"Votes given in the chat ({path.name})"
    alike = sum(other.name == path.name and other.parent.name == path.parent.name for other in sets)
    return f"{path.name} ({path.parent.name if alike < 2 else path.parent})"


def set_note(questions: QuestionSet, problems: Sequence[QuestionSetProblem]) -> Markup:
    """Render the size of a question set, and the questions that do not fit the articles."""
    count = counted(len(questions.questions), "question")
    if questions.retrieval_only:
        sentences = [f"{count}, for retrieval only."]
    else:
        answerable = sum(question.answerable for question in questions.questions)
        unanswerable = len(questions.questions) - answerable
        sentences = [f"{count}: {answerable:,} with an answer, {unanswerable:,} without."]
    if questions.articles is not None:
        sentences.append(
            f"The set has {counted(len(questions.articles), 'article')} of its own, which are "
            "indexed first if needed. Your articles are not asked."
        )
    sentences += map(as_sentence, questions.warnings)
    lists = {}
    if problems:
        items = [(problem.question, problem.reason) for problem in problems[:_MAX_PROBLEMS]]
        if len(problems) > _MAX_PROBLEMS:
            items.append(("", f"and {len(problems) - _MAX_PROBLEMS:,} more"))
        heading = f"{counted(len(problems), 'problem')}; these questions count as lost"
        lists[heading] = items
    return job_notes.note(*sentences, lists=lists)


def progress_note(job: RunJob) -> Markup:
    """Render the progress of a run."""
    progress = job.progress or RunProgress("reading")
    if job.is_cancelled:
        return job_notes.note("Stopping after this question")
    if progress.phase in _PHASES:
        return job_notes.note(_PHASES[progress.phase])
    if progress.phase == "computing":
        return job_notes.note(f"All {progress.total:,} questions asked; computing the intervals")
    is_indexing = progress.phase == "indexing"
    label = "articles of the set indexed" if is_indexing else "questions asked"
    return job_notes.progress_note(progress, job.seconds_left, label)


def run_label(run: SavedRun) -> str:
    """Return a run's time, question set, size and options other than the defaults."""
    config = run.summary["config"]
    parts = [_time(run.name), run.question_set.name, counted(run.summary["questions"], "question")]
    if config.get("limit"):
        parts.append(f"seed {config['seed']}")
    if config.get("mode") == "always":
        parts.append("never refusing")
    if config.get("unanswerable") not in (None, coefficients().unanswerable):
        parts.append(f"{config['unanswerable']:.0%} expected to be unanswerable")
    if config.get("reader") not in (None, "pincite"):
        parts.append(f"reader {config['reader']}")
    if "reader" in run.summary:
        parts.append("with the gold paragraph")
    return ", ".join(parts)


def render_runs(runs: Sequence[SavedRun], folder: Path) -> str:
    """Render the saved runs with their most important metrics."""
    if not runs:
        return NO_RUNS
    return render(
        "benchmark/runs.html",
        rows=[(run, run_label(run), metric_values(run.summary)) for run in runs],
        metrics=[all_metrics()[key] for key in _HEADLINES],
        folder=folder,
    )


def render_report(run: SavedRun) -> Markup:
    """Render a run's metrics with their intervals, and a frame with its whole report."""
    summary = run.summary
    warnings = [as_sentence(warning) for warning in summary.get("warnings", ())]
    if missing := summary["missing_gold"]["questions"]:
        verb = "has" if missing == 1 else "have"
        warnings.append(
            f"{counted(missing, 'question')} {verb} gold that cannot be used; counted as lost."
        )
    return render(
        "benchmark/report.html",
        run=run,
        label=run_label(run),
        summary=summary,
        bootstrap=summary["config"].get("bootstrap"),
        warnings=warnings,
        metric_tables=metric_tables(summary),
    )


def render_comparison(comparison: Mapping[str, Any], a: SavedRun, b: SavedRun) -> Markup:
    """Render the result of `compare`: paired differences, and the questions that changed."""
    metrics = all_metrics()
    return render(
        "benchmark/comparison.html",
        comparison=comparison,
        label_a=run_label(a),
        label_b=run_label(b),
        only_one=comparison["only_in_a"] + comparison["only_in_b"],
        settings={
            key: values
            for key, values in comparison["config"].items()
            if key not in ("bootstrap", "questions_key")
        },
        rows=[
            (metrics[key], row, _is_different(row)) for key, row in comparison["figures"].items()
        ],
        limit=_MAX_CHANGED_QUESTIONS,
    )


def _is_different(row: Mapping[str, Any]) -> bool:
    """Return whether the interval excludes 0 and the test, where there is one, agrees."""
    low, high = row["interval"]
    # With a handful of questions an interval can exclude 0 without a significant p.
    return not low <= 0 <= high and (row["p"] is None or row["p"] < 1 - LEVEL)


def _time(name: str) -> str:
    try:
        moment = time.strptime(name[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return name
    return time.strftime("%Y-%m-%d %H:%M", moment)
