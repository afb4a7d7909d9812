"""What the Benchmark tab shows, as HTML: sets, progress, figures, comparisons.

Everything that comes from questions and articles is escaped.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qa.evaluation.bootstrap import LEVEL
from qa.evaluation.html_report import metric_tables
from qa.evaluation.metrics import all_metrics
from qa.evaluation.question_set_check import QuestionSetProblem
from qa.evaluation.summary import metric_values
from qa.feedback import FEEDBACK_NAME
from qa.judging.confidence import coefficients
from qa.questions import QuestionSet
from qa.web.benchmark.runs import Asked, KeptRun, RunJob
from qa.web.html import as_sentence, attribute, escape
from qa.web.job_notes import duration_words
from qa.wording import counted

_SHOWN = 20
_HEADLINES = ("retrieval.recall@5", "answers.f1", "abstention.false_answer_rate")

EMPTY = (
    '<p class="note">No run has been kept yet. Pick a question set above and run it; the report '
    "appears here.</p>"
)
NO_SETS = (
    "No question set was found beside the articles or the index. Drop one here: one JSON object "
    "a line, with “question”, “answers” and “evidence”."
)


def note(words: str, more: str = "") -> str:
    """Something to know, read out when it changes."""
    return f'<div class="job" role="status"><p>{escape(words)}</p>{more}</div>'


def trouble(words: str) -> str:
    """Something that went wrong, with its reason."""
    return f'<div class="job failed" role="alert">{escape(as_sentence(words))}</div>'


def set_label(path: Path, all_sets: Sequence[Path]) -> str:
    """A question set's name to choose it by; with its folder, since names are seldom unique."""
    if path.name == FEEDBACK_NAME:
        return f"Votes given in the chat ({path.name})"
    alike = sum(
        other.name == path.name and other.parent.name == path.parent.name for other in all_sets
    )
    return f"{path.name} ({path.parent.name if alike < 2 else path.parent})"


def about_set(questions: QuestionSet, found: Sequence[QuestionSetProblem]) -> str:
    """What is in a set, and which of its questions the articles do not bear out."""
    total = len(questions.questions)
    if questions.retrieval_only:
        words = f"{total:,} questions that judge retrieval only."
    else:
        answerable = sum(question.answerable for question in questions.questions)
        words = (
            f"{total:,} questions: {answerable:,} with an answer, {total - answerable:,} without."
        )
    if questions.articles is not None:
        words += (
            f" The set brings {len(questions.articles):,} articles of its own; an index of them is"
            " made first, where there is none yet. Your articles are not asked."
        )
    more = "".join(f"<p>{escape(as_sentence(warning))}</p>" for warning in questions.warnings)
    if found:
        rows = "".join(
            f"<li><b>{escape(one.question)}</b> {escape(one.reason)}</li>" for one in found[:_SHOWN]
        )
        rest = f"<li>and {len(found) - _SHOWN:,} more</li>" if len(found) > _SHOWN else ""
        more += (
            f"<details open><summary>{len(found):,} do not fit the articles; they count as lost"
            f"</summary><ul>{rows}{rest}</ul></details>"
        )
    return note(words, more)


def progress_note(job: RunJob) -> str:
    """How far a run has come: questions done, time left."""
    if job.is_cancelled:
        return note("Stopping after this question")
    step = job.progress or Asked("reading")
    if step.phase == "reading":
        return note("Reading the question set")
    if step.phase == "loading":
        return note("Waiting for the models and the articles")
    if step.phase == "counting":
        return note(f"All {step.total:,} questions asked; working out the intervals")
    done = "articles of the set indexed" if step.phase == "indexing" else "questions asked"
    words = f"{step.done:,} of {step.total:,} {done}"
    left = job.seconds_left
    if left is not None:
        words += f", {duration_words(left)} left"
    bar = (
        f'<progress aria-label="{done}" max="{max(1, step.total)}" value="{step.done}"></progress>'
    )
    return note(words, bar)


def run_label(run: KeptRun) -> str:
    """A run's name to choose it by: when, of what, how many questions, what was chosen."""
    config = run.summary["config"]
    parts = [f"{_when(run.name)}, {run.source.name}, {run.summary['questions']:,} questions"]
    if config.get("limit"):
        parts.append(f"seed {config['seed']}")
    if config.get("mode") == "always":
        parts.append("never refusing")
    if config.get("unanswerable") not in (None, coefficients().unanswerable):
        parts.append(f"{config['unanswerable']:.0%} expected without an answer")
    if config.get("reader") not in (None, "pincite"):
        parts.append(f"reader {config['reader']}")
    if "reader" in run.summary:
        parts.append("with the gold paragraph")
    return ", ".join(parts)


def run_list(runs: Sequence[KeptRun], folder: Path) -> str:
    """The runs that were kept, with what people look at first."""
    if not runs:
        return EMPTY
    heads = "".join(f'<th scope="col">{escape(_name(key))}</th>' for key in _HEADLINES)
    rows = "".join(_row(run) for run in runs)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Runs"><table class="runs">'
        f'<thead><tr><th scope="col">Run</th>{heads}<th scope="col">Files</th></tr></thead>'
        f'<tbody>{rows}</tbody></table></div><p class="note">Kept in <code>{escape(str(folder))}'
        "</code>; <code>pincite compare</code> reads them too.</p>"
    )


def _row(run: KeptRun) -> str:
    values = metric_values(run.summary)
    cells = "".join(f"<td>{_number(values.get(key))}</td>" for key in _HEADLINES)
    return (
        f'<tr><th scope="row">{escape(run_label(run))}</th>{cells}<td>{_links(run.name)}</td></tr>'
    )


def _links(name: str) -> str:
    address = attribute(f"/benchmark/{quote(name)}")
    return (
        f'<a href="{address}.html" download aria-label="Report of {attribute(name)}, HTML">HTML'
        f'</a> <a href="{address}.json" download aria-label="Run {attribute(name)}, JSON">JSON</a>'
    )


def report(run: KeptRun) -> str:
    """A run's figures with their intervals, and its report in a frame of its own."""
    summary = run.summary
    boot = summary["config"].get("bootstrap", {})
    words = (
        f"{counted(summary['questions'], 'question')}, {summary['answerable']:,} with an answer, "
        f"{summary['unanswerable']:,} without. Beside each figure its "
        f"{boot.get('level', 0.95):.0%} interval, from {boot.get('resamples', 0):,} resamples of "
        f"{boot.get('groups', 0):,} {boot.get('unit', 'groups')}."
    )
    warnings = "".join(
        f"<li>{escape(as_sentence(warning))}</li>" for warning in summary.get("warnings", ())
    )
    missing = summary["missing_gold"]["questions"]
    if missing:
        have = (
            "has gold that cannot be used; it counts"
            if missing == 1
            else ("have gold that cannot be used; they count")
        )
        warnings += f"<li>{counted(missing, 'question')} {have}.</li>"
    address = attribute(f"/benchmark/{quote(run.name)}")
    return (
        f'<section class="report" aria-label="Report"><h3>{escape(run_label(run))}</h3>'
        f'<p class="note">{escape(words)}</p>{f"<ul>{warnings}</ul>" if warnings else ""}'
        f"{metric_tables(summary)}"
        f'<p class="get"><a href="{address}.html" download>Download the report (HTML)</a> '
        f'<a href="{address}.json" download>Download the run (JSON)</a></p>'
        # Scripts without the origin: the report filters its list and reaches nothing.
        f'<iframe sandbox="allow-scripts" loading="lazy" src="{address}/report" '
        'title="Report with plots and every question"></iframe></section>'
    )


def comparison(found: Mapping[str, Any], a: KeptRun, b: KeptRun) -> str:
    """Paired differences of two runs, and the questions that changed."""
    only = found["only_in_a"] + found["only_in_b"]
    words = f"{found['questions']:,} questions in both runs"
    if only:
        words += f"; {only:,} that only one of them asked are left out"
    changed = "".join(
        f"<li>{escape(key)}: {escape(str(was))} → {escape(str(now))}</li>"
        for key, (was, now) in found["config"].items()
        if key not in ("bootstrap", "questions_key")
    )
    told = changed or "<li>nothing: both were run alike</li>"
    rows = "".join(_difference(key, row) for key, row in found["figures"].items())
    return (
        '<section class="report" aria-label="Comparison">'
        f"<p>A: {escape(run_label(a))}<br>B: {escape(run_label(b))}</p>"
        f'<p class="note">{escape(words)}.</p><h3>What differs in how they were run</h3>'
        f"<ul>{told}</ul><h3>Differences</h3>"
        '<div class="wide" tabindex="0" role="region" aria-label="Differences"><table><thead><tr>'
        '<th scope="col">Figure</th><th scope="col">A</th><th scope="col">B</th>'
        '<th scope="col">B − A</th><th scope="col">95 % interval</th><th scope="col">p</th>'
        '<th scope="col">Verdict</th></tr></thead><tbody>'
        f"{rows}</tbody></table></div>{_questions('won by B', found['changed']['won'])}"
        f"{_questions('lost by B', found['changed']['lost'])}</section>"
    )


def _difference(key: str, row: Mapping[str, Any]) -> str:
    low, high = row["interval"]
    p = "" if row["p"] is None else f"{row['p']:.4f}"
    # A handful of questions can give an interval without 0 that the test does not bear out.
    apart = not low <= 0 <= high and (row["p"] is None or row["p"] < 1 - LEVEL)
    verdict = "differ" if apart else "cannot be told apart"
    return (
        f'<tr><th scope="row">{escape(_name(key))}</th><td>{_number(row["a"])}</td>'
        f"<td>{_number(row['b'])}</td><td>{row['difference']:+.3f}</td>"
        f"<td>{low:+.3f} to {high:+.3f}</td><td>{p}</td><td>{verdict}</td></tr>"
    )


def _questions(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return f"<h3>No questions {title}</h3>"
    items = "".join(
        f"<li><b>{escape(str(row['question']))}</b><br>A: {_said(row['a'])}<br>"
        f"B: {_said(row['b'])}<br>accepted: {escape(' | '.join(row['answers'])) or 'a refusal'}"
        "</li>"
        for row in rows[: _SHOWN * 5]
    )
    return (
        f"<details open><summary>{len(rows):,} questions {title}</summary>"
        f"<ul>{items}</ul></details>"
    )


def _said(text: str | None) -> str:
    return "refused" if text is None else f"“{escape(' '.join(text.split())[:300])}”"


def _name(key: str) -> str:
    return all_metrics()[key].title


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _when(name: str) -> str:
    try:
        moment = time.strptime(name[:15], "%Y%m%d-%H%M%S")
    except ValueError:
        return name
    return time.strftime("%Y-%m-%d %H:%M", moment)
