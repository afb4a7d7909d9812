"""Show the running change of the articles below the conversation, in every window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from qa.translation import _
from qa.web.articles import view
from qa.web.gradio_events import DIRECT
from qa.web.service import Service
from qa.web.templates import render


@dataclass(frozen=True)
class ChangeArea:
    """The note about a change of the articles and the button that cancels it."""

    note: gr.HTML
    cancel: gr.Button


def add_change_area(service: Service) -> ChangeArea:
    """Add the note, the button and the progress of files on their way to the server."""
    with gr.Column(elem_id="change"):
        gr.HTML(render("articles/sending.html"), apply_default_css=False)
        note = gr.HTML(elem_id="job", apply_default_css=False)
        cancel = gr.Button(_("Cancel"), size="sm", visible=False, elem_id="cancel")

    def cancel_job() -> None:
        if service.job is not None:
            service.job.cancel()

    cancel.click(cancel_job, **DIRECT)
    return ChangeArea(note, cancel)


def change_update(service: Service, was_running: bool) -> tuple[Any, Any, bool]:
    """Return the note, the state of the button and whether a change is running.

    The result of a change is returned once, to the windows that showed it running.
    """
    job = service.job
    if job is not None and job.result is None:
        return view.progress_note(job), gr.update(visible=True), True
    if job is not None and job.result is not None and was_running:
        return view.result_note(job.result), gr.update(visible=False), False
    return gr.skip(), gr.skip(), False
