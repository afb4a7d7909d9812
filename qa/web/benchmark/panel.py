"""The Benchmark tab: pick a question set, run it, read the report, compare two runs."""

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
from qa.web.benchmark.runs import Bench, KeptRun
from qa.web.gradio_events import DIRECT

_HEAD = (
    '<h2>Benchmark</h2><p class="note">How good are the answers on these articles? Every question '
    "of a set with known answers is asked and counted; no model judges anything. Asking goes on "
    "meanwhile.</p>"
)

# benchmark.js says when the tab is opened, which may have been before this stands.
_ON_OPEN = (
    "const open = () => trigger('click');"
    "document.addEventListener('pincite:benchmark', open);"
    "if (document.body.classList.contains('benchmark')) open();"
)


_AGREED = "(name) => name && confirm('Delete this run? It cannot be brought back.') ? name : null"


def add_benchmark(bench: Bench) -> None:
    """Put the tab into the window; it fills itself when it is opened."""
    with gr.Column(elem_id="benchmark-tab"):
        head = gr.HTML(_HEAD, apply_default_css=False, js_on_load=_ON_OPEN)
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=260):
                chosen = gr.Dropdown([], value=None, label="Question set", elem_id="set")
            dropped = gr.File(
                label="or drop one here (.jsonl, .json)",
                file_types=[".jsonl", ".json"],
                height=110,
                elem_id="drop-set",
                scale=2,
                min_width=220,
            )
        about = gr.HTML(elem_id="about-set", apply_default_css=False)
        with gr.Row():
            limit = gr.Textbox(
                label="How many questions (all when empty)", elem_id="limit", min_width=150
            )
            seed = gr.Textbox("0", label="Seed of the draw", elem_id="seed", min_width=120)
            reader = gr.Dropdown(
                list(reader_names()), value=DEFAULT_READER, label="Reader", min_width=150
            )
        always = gr.Checkbox(label="Never refuse", elem_id="always")
        gold = gr.Checkbox(label="Also give the reader each question’s own paragraph alone")
        with gr.Row():
            start = gr.Button("Run", variant="primary", elem_id="run", scale=0)
            stop = gr.Button("Cancel the run", visible=False, elem_id="stop-run", scale=0)
        job = gr.HTML(elem_id="run-job", apply_default_css=False)
        gr.HTML("<h2>Runs</h2>", apply_default_css=False)
        listed = gr.HTML(view.EMPTY, elem_id="runs", apply_default_css=False)
        with gr.Row():
            shown = gr.Dropdown([], value=None, label="Show a run", elem_id="show-run", scale=3)
            forget = gr.Button("Delete this run", size="sm", elem_id="delete-run", scale=0)
        report = gr.HTML(elem_id="report", apply_default_css=False)
        gr.HTML("<h2>Compare two runs</h2>", apply_default_css=False)
        with gr.Row():
            first = gr.Dropdown([], value=None, label="A, before", elem_id="run-a", min_width=220)
            second = gr.Dropdown([], value=None, label="B, after", elem_id="run-b", min_width=220)
        against = gr.Button("Compare", size="sm", elem_id="compare", scale=0)
        compared = gr.HTML(elem_id="comparison", apply_default_css=False)
        timer = gr.Timer(0.7, active=False)

    runs = [listed, shown, first, second]

    def opened(picked: str | None) -> tuple[Any, ...]:
        """What there is to pick and to show, and whether a run is going on."""
        going = bench.job is not None and bench.job.result is None
        return (
            *_sets(bench, picked),
            *_runs(bench),
            gr.Timer(active=going),
            gr.update(visible=going),
        )

    head.click(opened, [chosen], [chosen, about, *runs, timer, stop], **DIRECT)

    chosen.input(lambda place: _about(bench, place), chosen, about, **DIRECT)

    def drop(file: str | None) -> tuple[Any, ...]:
        if not file:
            return gr.skip(), gr.skip(), gr.skip()
        try:
            kept = bench.keep_set(Path(file))
        except QAError as error:
            return gr.skip(), view.trouble(str(error)), None
        return (*_sets(bench, str(kept)), None)

    dropped.upload(drop, dropped, [chosen, about, dropped], **DIRECT)

    def begin(
        place: str | None, few: str, drawn: str, name: str, never: bool, alone: bool
    ) -> tuple[Any, ...]:
        try:
            options = ExperimentOptions(
                limit=_whole(few, "the number of questions", 1) if few.strip() else None,
                seed=_whole(drawn, "the seed", 0),
                reader=None if name == DEFAULT_READER else name,
                always_answer=never,
                gold_paragraph=alone,
            )
            started = bench.start(place or "", options)
        except (QAError, LibraryError) as error:
            return view.trouble(str(error)), gr.skip(), gr.skip()
        return view.progress_note(started), gr.Timer(active=True), gr.update(visible=True)

    start.click(begin, [chosen, limit, seed, reader, always, gold], [job, timer, stop], **DIRECT)

    def tick() -> tuple[Any, ...]:
        going = bench.job
        if going is None:
            return "", gr.Timer(active=False), gr.update(visible=False), *[gr.skip()] * 5
        if going.result is None:
            note = view.progress_note(going)
            return note, gr.skip(), gr.update(visible=True), *[gr.skip()] * 5
        over = going.result
        if over.report is None:
            words = view.note(f"{over.message[:1].upper()}{over.message[1:]}.")
            told = words if over.cancelled else view.trouble(over.message)
            return told, gr.Timer(active=False), gr.update(visible=False), *[gr.skip()] * 5
        return (
            view.note("Done. The report stands below."),
            gr.Timer(active=False),
            gr.update(visible=False),
            *_runs(bench, over.report),
            _report(bench, over.report),
        )

    timer.tick(tick, None, [job, timer, stop, *runs, report], **DIRECT)

    def cancel() -> str:
        if bench.job is None:
            return ""
        bench.job.cancel()
        return view.progress_note(bench.job)

    stop.click(cancel, None, job, **DIRECT)
    shown.input(lambda name: _report(bench, name), shown, report, **DIRECT)

    def delete(name: str | None) -> tuple[Any, ...]:
        """Delete a run that the person agreed to lose."""
        if not name:
            return *[gr.skip()] * 4, gr.skip()
        try:
            bench.remove(name)
        except QAError as error:
            return *[gr.skip()] * 4, view.trouble(str(error))
        return *_runs(bench), ""

    forget.click(delete, shown, [*runs, report], js=_AGREED, **DIRECT)

    def differences(a: str | None, b: str | None) -> str:
        if not a or not b:
            return view.trouble("pick two runs, A and B")
        try:
            found = compare(bench.run(a), bench.run(b))
        except QAError as error:
            return view.trouble(str(error))
        kept = {run.name: run for run in bench.runs()}
        return view.comparison(found, kept[a], kept[b])

    against.click(
        lambda: view.note("Comparing, question by question"), None, compared, **DIRECT
    ).then(differences, [first, second], compared, **DIRECT)


def _sets(bench: Bench, picked: str | None) -> tuple[Any, str]:
    """The sets to pick from, one of them picked, and what is in it."""
    sets = bench.sets()
    if not sets:
        return gr.update(choices=[], value=None), view.note(view.NO_SETS)
    places = [str(path) for path in sets]
    now = picked if picked in places else places[0]
    choices = [(view.set_label(path, sets), str(path)) for path in sets]
    return gr.update(choices=choices, value=now), _about(bench, now)


def _about(bench: Bench, place: str | None) -> str:
    if not place:
        return ""
    try:
        questions = read_question_set(bench.chosen(place))
        return view.about_set(questions, bench.fits(questions))
    except (QAError, LibraryError) as error:
        return view.trouble(str(error))


def _runs(bench: Bench, newest: str | None = None) -> tuple[Any, Any, Any, Any]:
    """The list of runs, and the three places to pick one; `newest` has just been made."""
    kept = bench.runs()
    choices = [(view.run_label(run), run.name) for run in kept]
    pick: dict[str, Any] = {"choices": choices}
    show = {**pick, "value": newest} if newest else pick
    names = [run.name for run in kept]
    a = {**pick, "value": names[1]} if len(names) > 1 else pick
    b = {**pick, "value": names[0]} if len(names) > 1 else pick
    return view.run_list(kept, bench.folder), gr.update(**show), gr.update(**a), gr.update(**b)


def _report(bench: Bench, name: str | None) -> str:
    found: KeptRun | None = next((run for run in bench.runs() if run.name == name), None)
    return "" if found is None else view.report(found)


def _whole(text: str, what: str, least: int) -> int:
    """A whole number from a box. Raises QAError saying which box is wrong."""
    digits = text.strip()
    if not digits.isdecimal() or not least <= int(digits[:12]) <= 10**9:
        raise QAError(f"{what} is {digits[:40]!r}; write a whole number of {least} or more")
    return int(digits)
