"""The chat window: Gradio around the project's own cards."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

# Both are read when gradio is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
from fastapi import FastAPI

from index.errors import LibraryError
from qa.errors import QAError
from qa.web import cards
from qa.web.marking import attribute, escape
from qa.web.service import Phase, Service

log = logging.getLogger(__name__)

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Liberation Sans", "sans-serif")
_MONO = ("ui-monospace", "Liberation Mono", "monospace")

_HEAD = (
    '<link rel="stylesheet" href="/ui/look.css"><link rel="stylesheet" href="/ui/chat.css">'
    '<link rel="icon" href="/ui/icon.svg"><script src="/ui/chat.js" defer></script>'
)

_HEADER = (
    '<header class="top"><a class="brand words" href="/">Pincite</a>'
    '<p class="promise">Answers in the articles’ own words, to the paragraph</p>'
    '<nav aria-label="Pages"><a href="/articles" target="_blank" rel="noopener">Articles</a>'
    "</nav></header>"
)

_PANE = (
    '<aside id="pane" aria-label="Article" hidden><div class="pane-bar">'
    '<button type="button" class="pane-close" aria-label="Close the article">Close</button>'
    '<span class="pane-steps"><button type="button" class="pane-previous">Previous</button>'
    '<span class="pane-place" role="status"></span>'
    '<button type="button" class="pane-next">Next</button></span>'
    '<a class="pane-alone" target="_blank" rel="noopener">Open alone</a></div>'
    '<iframe name="pane-article" title="The article"></iframe></aside>'
)


def mount_chat(app: FastAPI, service: Service) -> None:
    """Serve the chat window at `/` of `app`, under the routes that it has already."""
    theme = gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", font=list(_SANS), font_mono=list(_MONO)
    )
    gr.mount_gradio_app(
        app,
        _window(service),
        path="/",
        server_name="127.0.0.1",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        show_error=True,
        theme=theme,
        head=_HEAD,
    )


def _window(service: Service) -> gr.Blocks:
    window: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_width=True) as window:
        gr.HTML(_HEADER, elem_id="top", apply_default_css=False)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk"):
                with gr.Column(elem_id="scroll"):
                    welcome = gr.HTML(_welcome(service), elem_id="welcome", apply_default_css=False)
                    talk = gr.HTML(cards.conversation([]), elem_id="turns", apply_default_css=False)
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
                status = gr.HTML(_status(service), elem_id="status", apply_default_css=False)
            gr.HTML(_PANE, elem_id="pane-holder", apply_default_css=False)
        turns = gr.State([])

        def answer(asked: str, before: list[str]) -> Iterator[tuple[Any, ...]]:
            """Show the question at once, then its card."""
            ready = service.status().phase is not Phase.LOADING
            wait = "Reading the articles" if ready else "Loading the models, then reading"
            pending = cards.turn(asked, cards.pending_card(wait))
            yield "", cards.conversation([*before, pending]), before, ""
            after = [*before, cards.turn(asked, _card(service, asked))]
            yield gr.skip(), cards.conversation(after), after, ""

        gr.on(
            [question.submit, ask.click],
            answer,
            [question, turns],
            [question, talk, turns, welcome],
            show_progress="hidden",
            concurrency_limit=4,
            api_visibility="private",
        )

        def tick(before: list[str]) -> tuple[Any, ...]:
            """Follow the loading of the models; stop looking once it is over."""
            loading = service.status().phase is Phase.LOADING
            greeting = gr.skip() if before else _welcome(service)
            return _status(service), greeting, gr.Timer(active=loading)

        timer = gr.Timer(1.0)
        gr.on(
            [timer.tick, window.load],
            tick,
            [turns],
            [status, welcome, timer],
            show_progress="hidden",
            api_visibility="private",
        )
    return window


def _card(service: Service, asked: str) -> str:
    try:
        return cards.answer_card(service.ask(asked))
    except (QAError, LibraryError) as error:
        return cards.message_card(_sentence(str(error)))
    except Exception:
        log.exception("a question could not be answered")
        return cards.message_card(
            "Something went wrong while answering; the details are in the program's log. "
            "Ask again, and if it stays so, restart the program.",
            kind="error",
        )


def _welcome(service: Service) -> str:
    try:
        empty = len(service.library()) == 0
        examples = service.examples()
    except (QAError, LibraryError) as error:
        return f'<div class="welcome">{cards.message_card(_sentence(str(error)))}</div>'
    if empty:
        return (
            '<div class="welcome"><h2>No articles yet</h2><p>Add a folder of articles with '
            "<code>pincite index PATH</code>; this window notices.</p></div>"
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


def _status(service: Service) -> str:
    now = service.status()
    return f'<p class="status {now.phase.value}" role="status">{escape(_sentence(now.message))}</p>'


def _sentence(message: str) -> str:
    """A message of the program's errors, which start small, as a sentence."""
    return message[:1].upper() + message[1:]
