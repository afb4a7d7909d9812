"""The panel that sets the minimum confidence of answers: three modes by name, and a slider."""

from __future__ import annotations

import json
from functools import cache

import gradio as gr

from qa.errors import ReaderError
from qa.judging.confidence import SpanConfidence
from qa.judging.judge import Mode
from qa.readers.registry import DEFAULT_READER
from qa.translation import N_, _
from qa.web.gradio_events import DIRECT

_LABELS = {
    Mode.BALANCED: N_("Balanced"),
    Mode.STRICT: N_("Strict"),
    Mode.ALWAYS: N_("Always answer"),
}

_STORE = "(percent) => { try { sessionStorage.setItem('pincite:threshold', percent); } catch {} }"
_RESTORE = (
    "(initial) => {"
    " try { return Number(sessionStorage.getItem('pincite:threshold') ?? initial); }"
    " catch { return initial; } }"
)


def add_threshold_panel(window: gr.Blocks) -> gr.Slider:
    """Add the folded panel below the question box; return its slider, in percent, 0 to 100."""
    default, percent = Mode.BALANCED, thresholds()
    with gr.Accordion(panel_label(percent[default]), open=False, elem_id="threshold") as panel:
        mode = gr.Radio(
            [(_(label), mode.value) for mode, label in _LABELS.items()],
            value=default.value,
            label=_("Minimum confidence"),
            container=False,
            elem_id="threshold-mode",
        )
        threshold = gr.Slider(
            0,
            100,
            value=percent[default],
            step=1,
            label=_("Answer only if at least this likely to be right, in percent"),
            buttons=[],
            elem_id="threshold-slider",
        )
    # In the browser: a question asked right after a mode was chosen must use its threshold.
    mode.input(None, mode, threshold, js=f"(mode) => ({json.dumps(percent)})[mode]", **DIRECT)

    def update(percent: float) -> tuple[str | None, gr.Accordion]:
        return mode_at(percent), gr.Accordion(label=panel_label(percent))

    threshold.change(update, threshold, [mode, panel], trigger_mode="always_last", **DIRECT)
    # The threshold outlives a reload, as the conversation does.
    threshold.change(None, threshold, None, js=_STORE, **DIRECT)
    window.load(None, threshold, threshold, js=_RESTORE, **DIRECT)
    return threshold


@cache
def thresholds() -> dict[Mode, int]:
    """Return each mode's threshold in percent.

    All are 0 if the judge's file cannot be read: loading the chatbot then fails, and the window
    shows why.
    """
    try:
        confidence = SpanConfidence(DEFAULT_READER)
        return {mode: round(100 * confidence.threshold(mode)) for mode in Mode}
    except ReaderError:
        return dict.fromkeys(Mode, 0)


def mode_at(percent: float) -> Mode | None:
    """Return the mode with this threshold, if there is one."""
    return next((mode for mode, at in thresholds().items() if at == round(percent)), None)


def panel_label(percent: float) -> str:
    """Return the panel's title: "Minimum confidence: 36% (balanced)"."""
    mode = mode_at(percent)
    if mode is Mode.ALWAYS:
        return _("Minimum confidence: none (always answer)")
    name = f" ({_(_LABELS[mode]).lower()})" if mode else ""
    return _("Minimum confidence: {percent}%").format(percent=round(percent)) + name
