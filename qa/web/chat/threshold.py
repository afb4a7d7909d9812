"""How sure an answer must be: three modes by name, and a slider for any bar between."""

from __future__ import annotations

import json
from functools import cache

import gradio as gr

from qa.errors import ReaderError
from qa.judging.confidence import bar
from qa.judging.judge import Mode
from qa.web.gradio_events import QUIET

MODES = (
    ("Balanced", Mode.BALANCED.value),
    ("Strict", Mode.STRICT.value),
    ("Always answer", Mode.ALWAYS.value),
)
"""What the modes are called in the window."""


_KEEP = "(percent) => { try { sessionStorage.setItem('pincite:sureness', percent); } catch {} }"
_KEPT = (
    "(usual) => { try { return Number(sessionStorage.getItem('pincite:sureness') ?? usual); }"
    " catch { return usual; } }"
)


def add_sureness(window: gr.Blocks) -> gr.Slider:
    """The folded panel below the question box; gives the slider, in percent, 0 to 100."""
    usual, percent = Mode.BALANCED.value, percents()
    with gr.Accordion(panel_label(percent[usual]), open=False, elem_id="sureness") as panel:
        mode = gr.Radio(
            list(MODES),
            value=usual,
            label="How sure an answer must be",
            container=False,
            elem_id="sureness-mode",
        )
        least = gr.Slider(
            0,
            100,
            value=percent[usual],
            step=1,
            label="Answer when at least this likely to be right, in percent",
            buttons=[],
            elem_id="sureness-least",
        )
    # In the page itself: a question asked right after the press must meet the new bar.
    mode.input(None, mode, least, js=f"(mode) => ({json.dumps(percent)})[mode]", **QUIET)

    def moved(percent: float) -> tuple[str | None, gr.Accordion]:
        """The mode that has this bar, if any, and what the panel is called while folded."""
        return mode_at(percent), gr.Accordion(label=panel_label(percent))

    least.change(moved, least, [mode, panel], trigger_mode="always_last", **QUIET)
    # A reload brings the conversation back, and so it does the bar it goes on with.
    least.change(None, least, None, js=_KEEP, **QUIET)
    window.load(None, least, least, js=_KEPT, **QUIET)
    return least


@cache
def percents() -> dict[str, int]:
    """Each mode's bar in percent. All 0 where they cannot be read: then nothing is answered,
    and the window says why."""
    try:
        return {mode.value: round(100 * bar(mode)) for mode in Mode}
    except ReaderError:
        return {mode.value: 0 for mode in Mode}


def mode_at(percent: float) -> str | None:
    """The mode whose bar this is, None for a bar of one's own."""
    return next((name for name, at in percents().items() if at == round(percent)), None)


def panel_label(percent: float) -> str:
    """The bar in words: `How sure: balanced, from 36 % on`."""
    at = mode_at(percent)
    if at == Mode.ALWAYS.value:
        return "How sure: always answers"
    words = f"from {round(percent)} % on"
    return f"How sure: {at}, {words}" if at else f"How sure: {words}"
