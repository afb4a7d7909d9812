"""The Benchmark tab: choose a question set, run it, read the report, compare two runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import LibraryError
from qa.errors import QAError
from qa.evaluation.compare import compare
from qa.evaluation.experiment import ExperimentOptions
from qa.evaluation.formats import read_question_set
from qa.readers.registry import DEFAULT_READER, reader_names
from qa.web.benchmark import view
from qa.web.benchmark.runs import BenchmarkRuns
from qa.web.gradio_events import DIRECT
from qa.web.html import as_sentence
from qa.web.job_notes import error_note, note

_HEADER = (
    '<h2>Benchmark</h2><p class="note">How good are the answers on these articles? Pincite asks '
    "every question of a set with known answers and counts the right ones; no model judges them. "
    "You can ask questions meanwhile.</p>"
)

# benchmark.js sends the event when the tab is opened, which may be before this element exists.
_ON_HEADER_LOAD = (
    "const open = () => trigger('click');"
    "document.addEventListener('pincite:benchmark', open);"
    "if (document.body.classList.contains('benchmark')) open();"
)

_CONFIRM_DELETE = (
    "(name) => name && confirm('Delete this run? This cannot be undone.') ? name : null"
)

RUN_FUNCTIONS = frozenset({"add_set", "start_run", "cancel_run", "delete_run"})
"""The names of the tab's functions that need the role of an editor."""


def add_benchmark_panel(runs: BenchmarkRuns) -> None:
    """Add the tab to the window; it is filled when it is opened."""
    with gr.Column(elem_id="benchmark-tab"):
        header = gr.HTML(_HEADER, apply_default_css=False, js_on_load=_ON_HEADER_LOAD)
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=260):
                question_set = gr.Dropdown([], value=None, label="Question set", elem_id="set")
            dropped = gr.File(
                label="or drop one here (.jsonl, .json)",
                file_types=[".jsonl", ".json"],
                height=110,
                elem_id="drop-set",
                scale=2,
                min_width=220,
            )
        set_note = gr.HTML(elem_id="about-set", apply_default_css=False)
        with gr.Row():
            limit = gr.Textbox(
                label="Number of questions (empty for all)", elem_id="limit", min_width=150
            )
            seed = gr.Textbox("0", label="Random seed", elem_id="seed", min_width=120)
            reader = gr.Dropdown(
                list(reader_names()), value=DEFAULT_READER, label="Reader", min_width=150
            )
        always_answer = gr.Checkbox(label="Never refuse", elem_id="always")
        gold_paragraph = gr.Checkbox(
            label="Also test the reader alone, on the paragraph that holds the answer"
        )
        with gr.Row():
            start = gr.Button("Run", variant="primary", elem_id="run", scale=0)
            cancel = gr.Button("Cancel the run", visible=False, elem_id="stop-run", scale=0)
        job_note = gr.HTML(elem_id="run-job", apply_default_css=False)
        gr.HTML("<h2>Runs</h2>", apply_default_css=False)
        run_list = gr.HTML(view.NO_RUNS, elem_id="runs", apply_default_css=False)
        with gr.Row():
            shown = gr.Dropdown([], value=None, label="Show a run", elem_id="show-run", scale=3)
            delete = gr.Button("Delete this run", size="sm", elem_id="delete-run", scale=0)
        report = gr.HTML(elem_id="report", apply_default_css=False)
        gr.HTML("<h2>Compare two runs</h2>", apply_default_css=False)
        with gr.Row():
            run_a = gr.Dropdown([], value=None, label="A, before", elem_id="run-a", min_width=220)
            run_b = gr.Dropdown([], value=None, label="B, after", elem_id="run-b", min_width=220)
        compare_button = gr.Button("Compare", size="sm", elem_id="compare", scale=0)
        comparison = gr.HTML(elem_id="comparison", apply_default_css=False)
        timer = gr.Timer(0.7, active=False)

    job_outputs = [job_note, timer, cancel]
    run_outputs = [run_list, shown, run_a, run_b]

    def open_tab(chosen: str | None) -> tuple[Any, ...]:
        is_running = runs.job is not None and runs.job.result is None
        return (
            *_set_choices(runs, chosen),
            *_run_choices(runs),
            gr.Timer(active=is_running),
            gr.update(visible=is_running),
        )

    header.click(
        open_tab,
        [question_set],
        [question_set, set_note, *run_outputs, timer, cancel],
        **DIRECT,
    )
    question_set.input(lambda path: _set_note(runs, path), question_set, set_note, **DIRECT)

    def add_set(file: str | None) -> tuple[Any, ...]:
        if not file:
            return gr.skip(), gr.skip(), gr.skip()
        try:
            added = runs.add_set(Path(file))
        except QAError as error:
            return gr.skip(), error_note(str(error)), None
        return *_set_choices(runs, str(added)), None

    dropped.upload(add_set, dropped, [question_set, set_note, dropped], **DIRECT)

    def start_run(
        path: str | None,
        limit: str,
        seed: str,
        reader: str,
        always_answer: bool,
        gold_paragraph: bool,
    ) -> tuple[Any, ...]:
        try:
            options = ExperimentOptions(
                limit=_parse_int(limit, "the number of questions", 1) if limit.strip() else None,
                seed=_parse_int(seed, "the seed", 0),
                reader=None if reader == DEFAULT_READER else reader,
                always_answer=always_answer,
                gold_paragraph=gold_paragraph,
            )
            job = runs.start(path or "", options)
        except (QAError, LibraryError) as error:
            return error_note(str(error)), gr.skip(), gr.skip()
        return view.progress_note(job), gr.Timer(active=True), gr.update(visible=True)

    start.click(
        start_run,
        [question_set, limit, seed, reader, always_answer, gold_paragraph],
        job_outputs,
        **DIRECT,
    )

    def tick() -> tuple[Any, ...]:
        job = runs.job
        unchanged = [gr.skip()] * 5
        ended = gr.Timer(active=False), gr.update(visible=False)
        if job is None:
            return "", *ended, *unchanged
        if job.result is None:
            return view.progress_note(job), gr.skip(), gr.update(visible=True), *unchanged
        result = job.result
        if result.report is not None:
            name = result.report
            done = note("Done. The report is below.")
            return done, *ended, *_run_choices(runs, name), _report(runs, name)
        if result.cancelled:
            return note(as_sentence(f"{result.message}.")), *ended, *unchanged
        return error_note(result.message), *ended, *unchanged

    timer.tick(tick, None, [*job_outputs, *run_outputs, report], **DIRECT)

    def cancel_run() -> str:
        if runs.job is None:
            return ""
        runs.job.cancel()
        return view.progress_note(runs.job)

    cancel.click(cancel_run, None, job_note, **DIRECT)
    shown.input(lambda name: _report(runs, name), shown, report, **DIRECT)

    def delete_run(name: str | None) -> tuple[Any, ...]:
        # The browser sends no name unless the user has confirmed.
        if not name:
            return *[gr.skip()] * 4, gr.skip()
        try:
            runs.remove(name)
        except QAError as error:
            return *[gr.skip()] * 4, error_note(str(error))
        return *_run_choices(runs), ""

    delete.click(delete_run, shown, [*run_outputs, report], js=_CONFIRM_DELETE, **DIRECT)

    def compare_runs(a: str | None, b: str | None) -> str:
        if not a or not b:
            return error_note("choose two runs, A and B")
        try:
            result = compare(runs.load(a), runs.load(b))
        except QAError as error:
            return error_note(str(error))
        saved = {run.name: run for run in runs.saved_runs()}
        return view.render_comparison(result, saved[a], saved[b])

    compare_button.click(
        lambda: note("Comparing, question by question"), None, comparison, **DIRECT
    ).then(compare_runs, [run_a, run_b], comparison, **DIRECT)


def _set_choices(runs: BenchmarkRuns, chosen: str | None) -> tuple[Any, str]:
    """Return the choices of question sets with one of them chosen, and the note on it."""
    sets = runs.find_sets()
    if not sets:
        return gr.update(choices=[], value=None), note(view.NO_SETS)
    choices = [(view.set_label(path, sets), str(path)) for path in sets]
    value = chosen if chosen in [path for _, path in choices] else choices[0][1]
    return gr.update(choices=choices, value=value), _set_note(runs, value)


def _set_note(runs: BenchmarkRuns, path: str | None) -> str:
    if not path:
        return ""
    try:
        questions = read_question_set(runs.find_set(path))
        return view.set_note(questions, runs.find_problems(questions))
    except (QAError, LibraryError) as error:
        return error_note(str(error))


def _run_choices(runs: BenchmarkRuns, newest: str | None = None) -> tuple[Any, ...]:
    """Return the list of runs and the choices of the three dropdowns; `newest` is to be shown.

    The two latest runs are to be compared.
    """
    saved = runs.saved_runs()
    choices = [(view.run_label(run), run.name) for run in saved]
    before, after = (saved[1].name, saved[0].name) if len(saved) > 1 else (None, None)

    def choose(name: str | None) -> Any:
        if name is None:
            return gr.update(choices=choices)
        return gr.update(choices=choices, value=name)

    return view.render_runs(saved, runs.folder), choose(newest), choose(before), choose(after)


def _report(runs: BenchmarkRuns, name: str | None) -> str:
    run = next((run for run in runs.saved_runs() if run.name == name), None)
    return "" if run is None else view.render_report(run)


def _parse_int(text: str, name: str, minimum: int) -> int:
    """Return a whole number from a text box. Raises QAError naming the box."""
    digits = text.strip()
    if not digits.isdecimal() or not minimum <= int(digits[:12]) <= 10**9:
        raise QAError(f"{name} is {digits[:40]!r}; write a whole number of {minimum} or more")
    return int(digits)
