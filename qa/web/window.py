"""The chat window: Gradio components around the project's own HTML."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

# Both are read when gradio is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp

from index.errors import LibraryError, NoIndexError
from index.filters import Filter
from index.parsing.article import MAX_BYTES
from index.parsing.registry import supported_suffixes
from qa.errors import QAError
from qa.translation import LANGUAGES, _, language
from qa.web.api.gradio_client import add_client_endpoints
from qa.web.articles.adding import ChangeArea, add_change_area, change_update
from qa.web.articles.panel import CHANGE_FUNCTIONS, add_articles_panel, status_line
from qa.web.benchmark.panel import RUN_FUNCTIONS, add_benchmark_panel
from qa.web.benchmark.runs import BenchmarkRuns
from qa.web.chat import cards
from qa.web.chat.answering import answer_events, waiting_status
from qa.web.chat.history import ChatHistory, clean_text
from qa.web.chat.threshold import add_threshold_panel
from qa.web.gradio_events import DIRECT, QUEUED, in_request
from qa.web.html import as_sentence
from qa.web.language import ByLanguage
from qa.web.same_origin import SameOriginMiddleware
from qa.web.service import ALL_ARTICLES, Phase, Service
from qa.web.templates import render

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Liberation Sans", "sans-serif")
_MONO = ("ui-monospace", "Liberation Mono", "monospace")

_HEAD = (
    '<link rel="stylesheet" href="/ui/window.css"><link rel="icon" href="/ui/icon.svg">'
    '<script src="/ui/window.js" defer></script>'
    # Before the first paint: the colours that were chosen in the menu.
    '<script>try { document.documentElement.dataset.theme = localStorage["pincite:theme"] ?? "" } '
    "catch {}</script>"
)
_ACCOUNT = '<script src="/account.js" defer></script>'

# benchmark.js may run before the header exists.
_ON_HEADER_LOAD = "document.dispatchEvent(new Event('pincite:header'))"

# The page and the browser's storage hold the conversation; conversations.js sends it along with
# each question, and asks for another one to be shown with this event.
_TAKE_QUESTION = (
    "async (question, history, filter, threshold) => {"
    "  const percent = window.pincite.takeThreshold(threshold);"
    "  return [...(await window.pincite.takeQuestion(question)), filter, percent];"
    "}"
)
_ON_TURNS_LOAD = (
    "element.addEventListener('pincite:show',"
    " (event) => trigger('click', { history: event.detail }))"
)
_ON_STATUS_LOAD = "element.addEventListener('pincite:unfilter', () => trigger('click'))"
# Gradio may start before the page's own scripts have run, and drops events that fail then.
_RESTORE = (
    "async () => {"
    "  for (let tries = 0; tries < 400 && !window.pincite; tries += 1)"
    "    await new Promise((done) => setTimeout(done, 50));"
    "  return await window.pincite.restore();"
    "}"
)

_MAX_EVENTS = 32
"""Questions that Gradio passes on at once; further ones wait without knowing their position."""


def mount_chat(
    app: FastAPI, service: Service, runs: BenchmarkRuns, *, has_accounts: bool = False
) -> dict[int, str]:
    """Serve the chat window at `/` of `app`, below the routes that it already has.

    With `has_accounts` it is made for the account that `/account.js` names. Return the names of its
    functions that only editors may call, by their numbers.
    """
    # One window for each language: Gradio's components get their labels when they are made.
    windows = {}
    for code in LANGUAGES:
        context = copy_context()
        context.run(language.set, code)
        windows[code] = context.run(_window, service, runs, has_accounts)
    apps = {code: _gradio_app(app, window, has_accounts) for code, window in windows.items()}
    app.mount("/", ByLanguage(apps))
    functions = windows["en"].fns  # the same numbers in every language
    public = {
        number: function.api_name
        for number, function in functions.items()
        if function.api_visibility == "public" and isinstance(function.api_name, str)
    }
    app.add_middleware(SameOriginMiddleware, public=public)
    return {
        number: str(function.api_name)
        for number, function in functions.items()
        if getattr(function.fn, "__name__", "") in CHANGE_FUNCTIONS | RUN_FUNCTIONS
    }


def _gradio_app(app: FastAPI, window: gr.Blocks, has_accounts: bool) -> ASGIApp:
    """Return the application that serves a window, started and stopped with `app`."""
    theme = gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", font=list(_SANS), font_mono=list(_MONO)
    )
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
        head=(_ACCOUNT if has_accounts else "") + _HEAD,
    )
    mount = app.router.routes.pop()
    assert isinstance(mount, Mount)
    return mount.app


def _window(service: Service, runs: BenchmarkRuns, has_accounts: bool) -> gr.Blocks:
    # Browsers store conversations separately for each index.
    index = str(service.path.resolve()).encode("utf-8", "replace")
    index_key = hashlib.sha256(index).hexdigest()[:12]
    window: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_width=True) as window:
        filter = gr.State(ALL_ARTICLES)
        with gr.Row(elem_id="head"):
            header = render(
                "window/header.html",
                index_key=index_key,
                has_accounts=has_accounts,
                languages=LANGUAGES,
            )
            _html(header, "top", js_on_load=_ON_HEADER_LOAD)
            opener = gr.Button(_("Articles"), elem_id="open-articles", scale=0)
        with gr.Row(elem_id="panels"):
            status, timer, change = _add_chat(service, window, filter)
            add_articles_panel(service, opener, filter, status, timer, change)
            _html(render("window/conversations.html"), "conversations-holder")
            _html(render("window/article_pane.html"), "pane-holder")
            add_benchmark_panel(runs)
        add_client_endpoints(service)
    # What does not fit is refused at once; without a limit it would wait for minutes.
    window.queue(max_size=_MAX_EVENTS + int(service.limits.waiting))
    return window


def _html(content: str, id: str, **options: Any) -> gr.HTML:
    return gr.HTML(content, elem_id=id, apply_default_css=False, **options)


def _add_chat(
    service: Service, window: gr.Blocks, filter: gr.State
) -> tuple[gr.HTML, gr.Timer, ChangeArea]:
    """Add the conversation, and the running change and the question box below it.

    Return the status line, the timer that updates the window, and where a change is shown.
    """
    with gr.Column(elem_id="chat"):
        with gr.Column(elem_id="scroll"):
            welcome = _html(_welcome(service), "welcome")
            turns = _html(cards.conversation(ChatHistory()), "turns", js_on_load=_ON_TURNS_LOAD)
        change = add_change_area(service)
        _html(render("window/queued.html"), "queued")
        with gr.Row(elem_id="ask-bar"):
            question = gr.Textbox(
                label=_("Your question"),
                placeholder=_("Ask the articles a question"),
                show_label=False,
                container=False,
                lines=1,
                max_lines=5,
                autofocus=True,
                elem_id="question",
                scale=1,
            )
            ask = gr.Button(_("Ask"), variant="primary", elem_id="ask", scale=0)
        with gr.Row(elem_id="status-bar"):
            line = status_line(service, ALL_ARTICLES)
            status = _html(line, "status", js_on_load=_ON_STATUS_LOAD)
            threshold = add_threshold_panel(window)
    stored = gr.Textbox(visible=False)

    def answer(
        asked: str | None,
        history_json: str,
        filter: Filter,
        percent: float,
        request: gr.Request,
    ) -> Iterator[tuple[Any, Any]]:
        yield from in_request(request, _answer(asked, history_json, filter, percent))

    def _answer(
        asked: str | None, history_json: str, filter: Filter, percent: float
    ) -> Iterator[tuple[Any, Any]]:
        """Show the question at once, then its card; do nothing if there is no question."""
        if asked is None:
            yield gr.skip(), gr.skip()
            return
        history = ChatHistory.from_json(history_json)
        yield cards.conversation(history, clean_text(asked), waiting_status(service)), ""
        for event in answer_events(service, asked, history, filter, percent / 100):
            if isinstance(event, int):
                shown = cards.conversation(
                    history, clean_text(asked), waiting_status(service, event)
                )
            else:
                shown = cards.conversation(history.with_exchange(event))
            yield shown, ""

    gr.on(
        [question.submit, ask.click],
        answer,
        [question, stored, filter, threshold],
        [turns, welcome],
        js=_TAKE_QUESTION,
        # The admission queue shows the position of a waiting question; Gradio's would not.
        concurrency_limit=_MAX_EVENTS,
        # A question asked while another is being answered waits in the browser, which can still
        # put it back into the box.
        trigger_mode="multiple",
        **QUEUED,
    )

    def show(history_json: str) -> tuple[str, str]:
        history = ChatHistory.from_json(history_json)
        return cards.conversation(history), "" if history.exchanges else _welcome(service)

    def on_show(event: gr.EventData) -> tuple[str, str]:
        return show(str(event.history))

    turns.click(on_show, None, [turns, welcome], **DIRECT)

    def restore(history_json: str, unanswered: str) -> tuple[str, str, Any]:
        """After a reload, put a question that was not answered back into the box."""
        return *show(history_json), unanswered or gr.skip()

    window.load(restore, [stored, question], [turns, welcome, question], js=_RESTORE, **DIRECT)

    is_changing = gr.State(False)

    def tick(history_json: str, filter: Filter, was_changing: bool) -> tuple[Any, ...]:
        """Update the window until the models are loaded, examples found and changes made.

        While the folders are followed, changes may begin at any time.
        """
        is_loading = service.status().phase is Phase.LOADING
        has_turns = ChatHistory.from_json(history_json).exchanges
        note, cancel, is_changing = change_update(service, was_changing)
        # Text that is being pasted must not be replaced.
        greeting = gr.skip() if has_turns or is_changing else _welcome(service)
        is_active = is_loading or is_changing or service.is_finding_examples
        line = status_line(service, filter)
        next_tick = gr.Timer(1.0 if is_active else 5.0, active=is_active or service.is_watching)
        return line, greeting, next_tick, note, cancel, is_changing

    timer = gr.Timer(1.0)
    gr.on(
        [timer.tick, window.load],
        tick,
        [stored, filter, is_changing],
        [status, welcome, timer, change.note, change.cancel, is_changing],
        js="(history, filter, changing) => [window.pincite.history(), filter, changing]",
        **DIRECT,
    )
    return status, timer, change


def _welcome(service: Service) -> str:
    message, has_articles, examples = "", False, tuple[str, ...]()
    try:
        has_articles = len(service.library()) > 0
        examples = service.examples()
    except NoIndexError:
        pass  # adding articles makes one
    except (QAError, LibraryError) as error:
        message = cards.message_card(as_sentence(str(error)))
    return render(
        "chat/welcome.html",
        message=message,
        has_articles=has_articles,
        examples=examples,
        suffixes=supported_suffixes(),
    )
