"""The chat window: Gradio around the project's own cards and lists."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# Both are read when gradio is imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
from fastapi import FastAPI
from gradio.events import api as offer

from index.errors import LibraryError
from index.filter import Filter
from index.readers import MAX_BYTES, SUFFIXES
from qa.answer import article_json
from qa.errors import QAError
from qa.web import cards, shelf, talk
from qa.web.api import MAX_PASSAGES
from qa.web.jobs import Job
from qa.web.marking import attribute, escape
from qa.web.service import EVERYTHING, Phase, Service
from qa.web.talk import Exchange, sentence

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Liberation Sans", "sans-serif")
_MONO = ("ui-monospace", "Liberation Mono", "monospace")

_HEAD = (
    '<link rel="stylesheet" href="/ui/look.css"><link rel="stylesheet" href="/ui/chat.css">'
    '<link rel="icon" href="/ui/icon.svg"><script src="/ui/chat.js" defer></script>'
)

_HEADER = (
    '<header class="top"><a class="brand words" href="/">Pincite</a>'
    '<p class="promise">Answers in the articles’ own words, to the paragraph</p></header>'
)

_SHELF_HEAD = (
    '<div class="pane-bar"><h2>Articles</h2><button type="button" class="shelf-close" '
    'aria-label="Close the list of articles">Close</button></div>'
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

# Pressing "Remove" twice in the list; chat.js says so with this event.
_ON_REMOVE = (
    "element.addEventListener('pincite:remove', "
    "(event) => trigger('click', { article: event.detail }))"
)

# What the window itself does is not offered to programs, least of all adding and removing.
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


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
        max_file_size=MAX_BYTES,
        theme=theme,
        head=_HEAD,
    )


def _window(service: Service) -> gr.Blocks:
    window: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_width=True) as window:
        keep = gr.State(EVERYTHING)
        with gr.Row(elem_id="head"):
            gr.HTML(_HEADER, elem_id="top", apply_default_css=False)
            opener = gr.Button("Articles", elem_id="open-shelf", scale=0)
        with gr.Row(elem_id="desk"):
            status = _talk(service, window, keep)
            _shelf(service, opener, keep, status)
            gr.HTML(_PANE, elem_id="pane-holder", apply_default_css=False)
        _programs(service)
    return window


def _programs(service: Service) -> None:
    """What the window offers to `gradio_client`: asking, searching, listing."""

    def ask(question: str) -> dict[str, Any]:
        """The answer to a question, with the keys of `pincite ask --json` but `path`."""
        with _told():
            answer: dict[str, Any] = _without_paths(service.ask(question).to_json())
            return answer

    def search(question: str, k: int = 5) -> dict[str, Any]:
        """The `k` passages nearest to a question, best first."""
        with _told():
            found = service.search(question, min(int(k), MAX_PASSAGES))
            passages = [_without_paths(passage.to_json()) for passage in found]
            return {"question": question, "passages": passages}

    def articles() -> list[dict[str, Any]]:
        """All articles, without their texts."""
        with _told():
            return [
                _without_paths({"id": item.id, **article_json(item), "paragraphs": item.paragraphs})
                for item in service.library().articles()
            ]

    for function in (ask, search, articles):
        offer(function, api_name=function.__name__)


def _without_paths(value: Any) -> Any:
    """JSON without the key "path": `gradio_client` takes it for a file to be fetched."""
    if isinstance(value, dict):
        return {key: _without_paths(inner) for key, inner in value.items() if key != "path"}
    if isinstance(value, list):
        return [_without_paths(inner) for inner in value]
    return value


@contextmanager
def _told() -> Iterator[None]:
    """The program's errors as messages for the caller."""
    try:
        yield
    except (QAError, LibraryError) as error:
        raise gr.Error(str(error), print_exception=False) from error


def _talk(service: Service, window: gr.Blocks, keep: gr.State) -> gr.HTML:
    """The conversation with its question box; gives the line below the box."""
    with gr.Column(elem_id="talk"):
        with gr.Column(elem_id="scroll"):
            welcome = gr.HTML(_welcome(service), elem_id="welcome", apply_default_css=False)
            turns = gr.HTML(talk.conversation([]), elem_id="turns", apply_default_css=False)
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
        status = gr.HTML(_status(service, EVERYTHING), elem_id="status", apply_default_css=False)
    exchanges = gr.State([])

    def answer(
        asked: str, before: list[Exchange], kept: Filter
    ) -> Iterator[tuple[Any, str, list[Exchange], str]]:
        """Show the question at once, then its card."""
        yield "", talk.conversation([*before, talk.waiting(service, asked)]), before, ""
        after = [*before, talk.reply(service, asked, before, kept)]
        yield gr.skip(), talk.conversation(after), after, ""

    gr.on(
        [question.submit, ask.click],
        answer,
        [question, exchanges, keep],
        [question, turns, exchanges, welcome],
        concurrency_limit=4,
        # A question asked while another is being answered waits its turn.
        trigger_mode="always_last",
        **_QUIET,
    )

    def tick(before: list[Exchange], kept: Filter) -> tuple[Any, ...]:
        """Follow the loading of the models; stop looking once it is over."""
        loading = service.status().phase is Phase.LOADING
        greeting = gr.skip() if before else _welcome(service)
        return _status(service, kept), greeting, gr.Timer(active=loading)

    timer = gr.Timer(1.0)
    gr.on([timer.tick, window.load], tick, [exchanges, keep], [status, welcome, timer], **_QUIET)
    return status


def _shelf(service: Service, opener: gr.Button, keep: gr.State, status: gr.HTML) -> None:
    """The articles panel: the list, which to ask, adding and removing."""
    with gr.Column(elem_id="shelf"):
        gr.HTML(_SHELF_HEAD, apply_default_css=False)
        with gr.Row(elem_classes="shelf-find"):
            query = gr.Textbox(
                label="Find by title, publisher, author or date", elem_id="shelf-query", scale=3
            )
            order = gr.Dropdown(list(shelf.ORDERS), value=shelf.ORDERS[0], label="Order", scale=1)
        listed = gr.HTML(elem_id="shelf-list", apply_default_css=False, js_on_load=_ON_REMOVE)
        with gr.Accordion("Ask only some of them", open=False, elem_id="shelf-scope"):
            with gr.Row():
                publisher = gr.Dropdown([], label="Publisher", value=None)
                author = gr.Dropdown([], label="Author", value=None)
            with gr.Row():
                after = gr.Textbox(label="Published in or after", placeholder="2011, 2011-08")
                before = gr.Textbox(label="Published in or before", placeholder="2011-08-07")
            chosen = gr.Dropdown([], label="Only these articles", multiselect=True, value=[])
            trouble = gr.HTML(elem_id="scope-trouble", apply_default_css=False)
            everything = gr.Button("Ask all again", size="sm", elem_id="everything")
        with gr.Accordion("Add articles", open=False, elem_id="shelf-add"):
            gr.HTML(f'<p class="note">{escape(shelf.UPLOAD_NOTE)}</p>', apply_default_css=False)
            dropped = gr.File(
                label="Files", file_count="multiple", file_types=list(SUFFIXES), elem_id="drop"
            )
            with gr.Row():
                folder = gr.UploadButton(
                    "Add a folder", file_count="directory", size="sm", elem_id="drop-folder"
                )
                look = gr.Button("Look for changes in the folders", size="sm", elem_id="look")
            job = gr.HTML(elem_id="job", apply_default_css=False)
            cancel = gr.Button("Cancel", size="sm", visible=False, elem_id="cancel")

    filters = [publisher, author, after, before, chosen]

    def listing(wanted: str, ordered: str) -> str:
        return _listing(service, wanted, ordered)

    def refreshed(wanted: str, ordered: str, kept: Filter) -> tuple[Any, ...]:
        """The list and the choices as the articles are now."""
        articles = _articles(service)
        publishers = sorted({item.metadata.publisher for item in articles} - {None})
        authors = sorted({name for item in articles for name in item.metadata.authors})
        return (
            _listing(service, wanted, ordered),
            gr.update(choices=["", *publishers]),
            gr.update(choices=["", *authors]),
            gr.update(choices=[shelf.choice(item) for item in articles]),
            _status(service, kept),
        )

    shown = [listed, publisher, author, chosen, status]
    opener.click(refreshed, [query, order, keep], shown, **_QUIET)
    gr.on([query.change, order.change], listing, [query, order], listed, **_QUIET)

    def narrowed(*values: Any) -> tuple[Any, str, str]:
        try:
            kept = shelf.scope(*values)
        except LibraryError as error:
            return gr.skip(), gr.skip(), cards.message_card(sentence(str(error)))
        return kept, _status(service, kept), ""

    gr.on(
        [part.change for part in (publisher, author, chosen)] + [after.blur, before.blur],
        narrowed,
        filters,
        [keep, status, trouble],
        **_QUIET,
    )
    everything.click(
        lambda: (None, None, "", "", [], EVERYTHING, _status(service, EVERYTHING), ""),
        outputs=[*filters, keep, status, trouble],
        **_QUIET,
    )

    def add(files: Sequence[str] | None) -> Iterator[tuple[str, Any, Any]]:
        if files:
            places = [Path(file) for file in files]
            yield from _followed(lambda: service.add_uploads([(p.name, p) for p in places]))

    def look_again() -> Iterator[tuple[str, Any, Any]]:
        yield from _followed(service.sync)

    for start, given in ((dropped.upload, [dropped]), (folder.upload, [folder])):
        start(add, given, [job, cancel, dropped], **_QUIET).then(
            refreshed, [query, order, keep], shown, **_QUIET
        )
    look.click(look_again, None, [job, cancel, dropped], **_QUIET).then(
        refreshed, [query, order, keep], shown, **_QUIET
    )

    def stop() -> None:
        if service.job is not None:
            service.job.cancel()

    cancel.click(stop, **_QUIET)

    def remove(event: gr.EventData) -> str:
        try:
            service.remove(str(event.article))
        except LibraryError as error:
            return cards.message_card(sentence(str(error)))
        return ""

    listed.click(remove, None, job, **_QUIET).then(refreshed, [query, order, keep], shown, **_QUIET)


def _followed(start: Any) -> Iterator[tuple[str, Any, Any]]:
    """Start a job and show how it comes along: its note, the cancel button, the drop area."""
    try:
        job: Job = start()
    except LibraryError as error:
        yield cards.message_card(sentence(str(error))), gr.skip(), None
        return
    while not job.wait(0.3):
        yield shelf.progress_note(job), gr.update(visible=True), gr.skip()
    assert job.outcome is not None
    yield shelf.outcome_note(job.outcome), gr.update(visible=False), None


def _articles(service: Service) -> list[Any]:
    try:
        return service.library().articles()
    except LibraryError:
        return []


def _listing(service: Service, query: str, order: str) -> str:
    try:
        return shelf.shelf_list(service.library().articles(), query, order)
    except LibraryError as error:
        return cards.message_card(sentence(str(error)))


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


def _status(service: Service, keep: Filter) -> str:
    now = service.status()
    words = now.message
    if now.phase is Phase.READY:
        words = shelf.scope_words(keep, _articles(service))
    return f'<p class="status {now.phase.value}" role="status">{escape(sentence(words))}</p>'
