"""The chat window: Gradio around the project's own cards and lists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

# Both are read when gradio is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
from fastapi import FastAPI

from index.errors import LibraryError
from index.filters import Filter
from index.parsing.article import MAX_BYTES
from qa.errors import QAError
from qa.web import layout as frame
from qa.web.api.gradio_client import add_client_endpoints
from qa.web.articles.panel import add_shelf, status_line
from qa.web.benchmark.panel import add_benchmark
from qa.web.benchmark.runs import Bench
from qa.web.chat import cards
from qa.web.chat import conversation as talk
from qa.web.chat.conversation import sentence
from qa.web.chat.exchange import Talk, from_json
from qa.web.chat.threshold import add_sureness
from qa.web.gradio_events import QUIET, STREAMED
from qa.web.html import attribute, escape
from qa.web.same_origin import SameOriginMiddleware
from qa.web.service import EVERYTHING, Phase, Service

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Liberation Sans", "sans-serif")
_MONO = ("ui-monospace", "Liberation Mono", "monospace")

_HEAD = (
    '<link rel="stylesheet" href="/ui/window.css"><link rel="icon" href="/ui/icon.svg">'
    '<script src="/ui/window.js" defer></script>'
)

# The conversation is kept in the page and the browser; talks.js hands it over, and asks to
# show another one with this event.
_TOLD = "async (asked, told, kept, least) => [...(await window.pincite.asked(asked)), kept, least]"
_ON_SHOW = (
    "element.addEventListener('pincite:show', (event) => trigger('click', { told: event.detail }))"
)


_AGAIN = (
    "async () => {"
    "  for (let tries = 0; tries < 400 && !window.pincite; tries += 1)"
    "    await new Promise((done) => setTimeout(done, 50));"
    "  return await window.pincite.restored();"
    "}"
)
"""Gradio may begin before the page's own scripts are there, and drops what fails then."""

_TALKING = 32
"""How many windows' questions are taken at once; those beyond wait without a place."""


def mount_chat(app: FastAPI, service: Service, bench: Bench) -> None:
    """Serve the chat window at `/` of `app`, under the routes that it has already."""
    theme = gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", font=list(_SANS), font_mono=list(_MONO)
    )
    window = _window(service, bench)
    public = {
        number: function.api_name
        for number, function in window.fns.items()
        if function.api_visibility == "public" and isinstance(function.api_name, str)
    }
    app.add_middleware(SameOriginMiddleware, public=public)
    gr.mount_gradio_app(
        app,
        window,
        path="/",
        server_name="127.0.0.1",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        show_error=True,
        max_file_size=MAX_BYTES,
        theme=theme,
        head=_HEAD,
    )


def _window(service: Service, bench: Bench) -> gr.Blocks:
    window: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_width=True) as window:
        filter = gr.State(EVERYTHING)
        with gr.Row(elem_id="head"):
            gr.HTML(
                frame.header(service.path),
                elem_id="top",
                apply_default_css=False,
                js_on_load=frame.ON_HEAD,
            )
            opener = gr.Button("Articles", elem_id="open-shelf", scale=0)
        with gr.Row(elem_id="desk"):
            status = _talk(service, window, filter)
            add_shelf(service, opener, filter, status)
            gr.HTML(frame.TALKS, elem_id="talks-holder", apply_default_css=False)
            gr.HTML(frame.PANE, elem_id="pane-holder", apply_default_css=False)
            add_benchmark(bench)
        add_client_endpoints(service)
    return window


def _talk(service: Service, window: gr.Blocks, filter: gr.State) -> gr.HTML:
    """The conversation with its question box; gives the line below the box."""
    with gr.Column(elem_id="talk"):
        with gr.Column(elem_id="scroll"):
            welcome = gr.HTML(_welcome(service), elem_id="welcome", apply_default_css=False)
            turns = gr.HTML(
                talk.conversation(Talk()),
                elem_id="turns",
                apply_default_css=False,
                js_on_load=_ON_SHOW,
            )
        gr.HTML(frame.WAITING, elem_id="waiting", apply_default_css=False)
        with gr.Row(elem_id="ask-bar"):
            question = gr.Textbox(
                label="Your question",
                placeholder="Ask the articles a question",
                show_label=False,
                container=False,
                lines=1,
                max_lines=5,
                autofocus=True,
                elem_id="question",
                scale=1,
            )
            ask = gr.Button("Ask", variant="primary", elem_id="ask", scale=0)
        with gr.Row(elem_id="below"):
            status = gr.HTML(
                status_line(service, EVERYTHING), elem_id="status", apply_default_css=False
            )
            least = add_sureness(window)
    told = gr.Textbox(visible=False)

    def answer(
        asked: str | None, told: str, kept: Filter, least: float
    ) -> Iterator[tuple[Any, Any]]:
        """Show the question at once, then its card; nothing where the browser asks none."""
        if asked is None:
            yield gr.skip(), gr.skip()
            return
        before = from_json(told)
        yield talk.conversation(before, talk.waiting(service, asked)), ""
        for news in talk.replies(service, asked, before, kept, least / 100):
            if isinstance(news, int):
                now = talk.conversation(before, talk.waiting(service, asked, news))
            else:
                now = talk.conversation(before.then(news))
            yield now, ""

    gr.on(
        [question.submit, ask.click],
        answer,
        [question, told, filter, least],
        [turns, welcome],
        js=_TOLD,
        # The service's own line says who comes when; Gradio's would hide the place.
        concurrency_limit=_TALKING,
        # A question asked while another is being answered waits its turn in the browser, which
        # still knows its words then.
        trigger_mode="multiple",
        **STREAMED,
    )

    def shown(kept: str) -> tuple[str, str]:
        """A conversation that the browser kept, or none for a new one."""
        told = from_json(kept)
        return talk.conversation(told), "" if told.exchanges else _welcome(service)

    def show(event: gr.EventData) -> tuple[str, str]:
        return shown(str(event.told))

    turns.click(show, None, [turns, welcome], **QUIET)

    def restored(kept: str, unanswered: str) -> tuple[str, str, Any]:
        """As after a reload: a question that was not answered stands in its box again."""
        return *shown(kept), unanswered or gr.skip()

    window.load(restored, [told, question], [turns, welcome, question], js=_AGAIN, **QUIET)

    def tick(before: str, kept: Filter) -> tuple[Any, ...]:
        """Follow the loading of the models; stop looking once it is over."""
        loading = service.status().phase is Phase.LOADING
        greeting = gr.skip() if from_json(before).exchanges else _welcome(service)
        return status_line(service, kept), greeting, gr.Timer(active=loading)

    timer = gr.Timer(1.0)
    gr.on(
        [timer.tick, window.load],
        tick,
        [told, filter],
        [status, welcome, timer],
        js="(told, kept) => [window.pincite.kept(), kept]",
        **QUIET,
    )
    return status


def _welcome(service: Service) -> str:
    try:
        empty = len(service.library()) == 0
        examples = service.examples()
    except (QAError, LibraryError) as error:
        return f'<div class="welcome">{cards.message_card(sentence(str(error)))}</div>'
    if empty:
        return (
            '<div class="welcome"><h2>No articles yet</h2><p>Add some under “Articles”, or a '
            "whole folder with <code>pincite index PATH</code>; this window notices.</p></div>"
        )
    buttons = "".join(
        f'<li><button type="button" class="example" data-question="{attribute(example)}">'
        f"{escape(example)}</button></li>"
        for example in examples
    )
    shown = f'<p class="try">For example</p><ul class="examples">{buttons}</ul>' if buttons else ""
    return (
        '<div class="welcome"><h2>Ask the articles</h2><p>Every answer is a quotation. '
        "The link under it opens the article with those words marked. What the articles do "
        f"not say is not answered.</p>{shown}</div>"
    )
