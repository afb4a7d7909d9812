"""The articles panel: the list of articles, the filter, adding and removing articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import gradio as gr

from index.errors import LibraryError
from index.filters import Filter
from index.ingest.status import skipped_files
from index.storage.snapshot import ArticleSummary
from qa.web.articles import view
from qa.web.articles.adding import ChangeArea
from qa.web.articles.details import add_details_form
from qa.web.articles.uploads import delete_uploads, split_uploads
from qa.web.audit import Origin, current_user
from qa.web.chat.cards import message_card
from qa.web.gradio_events import DIRECT, QUEUED
from qa.web.html import as_sentence, escape
from qa.web.jobs import JobResult
from qa.web.service import ALL_ARTICLES, Phase, Service, SyncJob

_HEADER = (
    '<div class="panel-bar"><h2>Articles</h2><button type="button" class="articles-close" '
    'aria-label="Close the list of articles">Close</button></div>'
)

# chat.js sends these events when "Remove" was pressed and confirmed, and for "Edit details".
_ON_LIST_LOAD = (
    "element.addEventListener('pincite:remove', "
    "(event) => trigger('click', { article: event.detail }));"
    "element.addEventListener('pincite:correct', "
    "(event) => trigger('select', { article: event.detail }))"
)

# uploads.js chooses the files; Gradio's functions send them and report the upload to the server.
_ON_UPLOAD_LOAD = (
    "element.addEventListener('pincite:add', (event) => event.detail(upload, trigger))"
)


_UNFILTER = (
    ' <button type="button" class="unfilter" aria-label="Ask all articles again" '
    'title="Ask all articles again">×</button>'
)

CHANGE_FUNCTIONS = frozenset(
    {"add_uploads", "sync_folders", "switch_watching", "cancel_job", "remove", "save_details"}
)
"""The names of the panel's functions that change the articles, which need the role of an editor."""


def add_articles_panel(
    service: Service,
    opener: gr.Button,
    filter: gr.State,
    status: gr.HTML,
    timer: gr.Timer,
    change: ChangeArea,
) -> None:
    """Add the panel to the window.

    `opener` opens it, `filter` and `status` follow its filter, `change` shows what it changes, and
    `timer` updates the window afterwards.
    """
    with gr.Column(elem_id="articles"):
        gr.HTML(_HEADER, apply_default_css=False)
        with gr.Row(elem_classes="articles-find"):
            query = gr.Textbox(
                label="Find by title, date, author or words of the text",
                elem_id="articles-query",
                scale=3,
            )
            order = gr.Dropdown(list(view.ORDERS), value=view.ORDERS[0], label="Order", scale=1)
        with gr.Accordion("Filter: ask only some articles", open=False, elem_id="articles-filter"):
            with gr.Row():
                publisher = gr.Dropdown([], label="Publisher", value=None)
                author = gr.Dropdown([], label="Author", value=None)
            with gr.Row():
                after = gr.Textbox(label="Published in or after", placeholder="2011, 2011-08")
                before = gr.Textbox(label="Published in or before", placeholder="2011-08-07")
            chosen = gr.Dropdown([], label="Only these articles", multiselect=True, value=[])
            filter_error = gr.HTML(elem_id="filter-error", apply_default_css=False)
            reset = gr.Button("Ask all again", size="sm", elem_id="everything")
        # An accordion would only mount it when it is opened, but files can be dropped at any time.
        with gr.Column(elem_id="articles-add"):
            upload = gr.HTML(
                view.render_upload(),
                elem_id="adding",
                apply_default_css=False,
                js_on_load=_ON_UPLOAD_LOAD,
            )
            with gr.Row():
                sync = gr.Button("Look for changes in the folders", size="sm", elem_id="look")
                watch = gr.Checkbox(
                    label="Follow the folders", elem_id="follow", container=False, min_width=160
                )
        removal = gr.HTML(elem_id="removal", apply_default_css=False)
        left_out_files = gr.HTML(elem_id="left-out", apply_default_css=False)
        details = gr.Column(visible=False, elem_id="articles-details")
        listing = gr.HTML(
            elem_id="articles-list", apply_default_css=False, js_on_load=_ON_LIST_LOAD
        )
        save = add_details_form(service, listing, details)

    filter_inputs = [publisher, author, after, before, chosen]
    refresh = {
        "fn": lambda *values: _refresh(service, *values),
        "inputs": [query, order, filter, chosen],
        "outputs": [listing, publisher, author, chosen, status, left_out_files, watch],
        **DIRECT,
    }
    opener.click(**refresh)
    gr.on(
        [query.change, order.change],
        lambda *values: _list(service, *values),
        [query, order, filter],
        listing,
        **DIRECT,
    )

    def apply_filter(query: str, order: str, *values: Any) -> tuple[Any, ...]:
        try:
            filter = view.parse_filter(*values)
        except LibraryError as error:
            return gr.skip(), gr.skip(), message_card(as_sentence(str(error))), gr.skip()
        return filter, status_line(service, filter), "", _list(service, query, order, filter)

    gr.on(
        [part.change for part in (publisher, author, chosen)]
        + [event for box in (after, before) for event in (box.blur, box.submit)],
        apply_filter,
        [query, order, *filter_inputs],
        [filter, status, filter_error, listing],
        **DIRECT,
    )
    gr.on(
        [reset.click, status.click],
        lambda: (None, None, "", "", [], ALL_ARTICLES, status_line(service, ALL_ARTICLES), ""),
        outputs=[*filter_inputs, filter, status, filter_error],
        **DIRECT,
    )

    def add_uploads(event: gr.EventData, request: gr.Request) -> Iterator[tuple[str, Any]]:
        _identify(request)
        if event.error:
            yield message_card(f"The files could not be sent: {event.error}"), gr.skip()
            return
        if event.cancelled:
            yield view.result_note(JobResult(cancelled=True)), gr.skip()
            return
        uploads, skips = split_uploads(event.files)
        # A window that is closed or loaded again stops following; the change goes on.
        delete = partial(delete_uploads, uploads)
        yield from _follow(lambda: service.add_uploads(uploads, skips, delete), delete)

    def sync_folders(request: gr.Request) -> Iterator[tuple[str, Any]]:
        _identify(request)
        yield from _follow(service.sync)

    def switch_watching(is_on: bool) -> None:
        service.watch(is_on)

    save.click(**refresh)
    update = {"fn": lambda: gr.Timer(1.0, active=True), "inputs": None, "outputs": timer, **DIRECT}
    shown = [change.note, change.cancel]
    upload.upload(add_uploads, None, shown, **QUEUED).then(**refresh).then(**update)
    sync.click(sync_folders, None, shown, **QUEUED).then(**refresh).then(**update)

    watch.input(switch_watching, watch, None, **DIRECT).then(**update)

    def remove(event: gr.EventData) -> str:
        try:
            service.remove(str(event.article), Origin.WINDOW)
        except LibraryError as error:
            return message_card(as_sentence(str(error)))
        return ""

    listing.click(remove, None, removal, **DIRECT).then(**refresh).then(**update)


def _identify(request: gr.Request) -> None:
    """Set the user of a queued event, which runs outside the context of its request."""
    # Gradio's own attribute `scope` would convert the scope to JSON.
    account = getattr(request.request, "scope", {}).get("pincite.account")
    current_user.set(account.name if account is not None else "")


def status_line(service: Service, filter: Filter) -> str:
    """Render how many articles are asked or, until the models are loaded, the server's state."""
    status = service.status()
    text = status.message
    if status.is_empty:
        return '<p class="status" role="status">No articles yet</p>'
    if status.phase is Phase.READY:
        text = view.filter_summary(filter, _articles(service))
    chip = "" if filter.is_empty else _UNFILTER
    line = escape(as_sentence(text))
    return f'<p class="status {status.phase.value}" role="status">{line}{chip}</p>'


def _refresh(
    service: Service, query: str, order: str, filter: Filter, chosen: Sequence[str]
) -> tuple[Any, ...]:
    """Return the list, the filter's choices, the status, what is left out, and the switch."""
    articles = _articles(service)
    ids = {article.id for article in articles}
    publishers = sorted({article.metadata.publisher or "" for article in articles} - {""})
    authors = sorted({name for article in articles for name in article.metadata.authors})
    return (
        _list(service, query, order, filter),
        gr.update(choices=["", *publishers]),
        gr.update(choices=["", *authors]),
        gr.update(
            choices=[view.article_choice(article) for article in articles],
            value=[one for one in chosen if one in ids],
        ),
        status_line(service, filter),
        _left_out(service),
        service.is_watching,
    )


def _follow(
    start: Callable[[], SyncJob], on_refusal: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, Any]]:
    """Start a job and yield its note and the state of the cancel button until it ends.

    `on_refusal` is called if the job cannot start.
    """
    try:
        job = start()
    except LibraryError as error:
        on_refusal()
        yield message_card(as_sentence(str(error))), gr.skip()
        return
    while not job.wait(0.3):
        yield view.progress_note(job), gr.update(visible=True)
    result = job.result
    assert result is not None
    yield view.result_note(result), gr.update(visible=False)


def _articles(service: Service) -> list[ArticleSummary]:
    try:
        return service.library().articles()
    except LibraryError:
        return []


def _left_out(service: Service) -> str:
    try:
        return view.left_out_note(skipped_files(service.library().snapshot().files()))
    except LibraryError:
        return ""


def _list(service: Service, query: str, order: str, filter: Filter) -> str:
    try:
        snapshot = service.library().snapshot()
        return view.render_list(snapshot.articles(), query, order, filter, snapshot)
    except LibraryError as error:
        return message_card(as_sentence(str(error)))
