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
from qa.translation import _
from qa.web.articles import view
from qa.web.articles.adding import ChangeArea
from qa.web.articles.details import add_details_form
from qa.web.articles.uploads import delete_uploads, split_uploads
from qa.web.audit import Origin
from qa.web.chat.cards import message_card
from qa.web.gradio_events import DIRECT, QUEUED, in_request
from qa.web.html import as_sentence
from qa.web.jobs import JobResult
from qa.web.service import ALL_ARTICLES, Phase, Service, SyncJob
from qa.web.templates import render

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
        gr.HTML(render("articles/panel_bar.html"), apply_default_css=False)
        with gr.Row(elem_classes="articles-find"):
            query = gr.Textbox(
                label=_("Find by title, date, author or words of the text"),
                elem_id="articles-query",
                scale=3,
            )
            orders = [(_(order), order) for order in view.ORDERS]
            order = gr.Dropdown(orders, value=view.ORDERS[0], label=_("Order"), scale=1)
        with gr.Accordion(
            _("Filter: ask only some articles"), open=False, elem_id="articles-filter"
        ):
            with gr.Row():
                publisher = gr.Dropdown([], label=_("Publisher"), value=None)
                author = gr.Dropdown([], label=_("Author"), value=None)
            with gr.Row():
                after = gr.Textbox(label=_("Published in or after"), placeholder="2011, 2011-08")
                before = gr.Textbox(label=_("Published in or before"), placeholder="2011-08-07")
            chosen = gr.Dropdown([], label=_("Only these articles"), multiselect=True, value=[])
            filter_error = gr.HTML(elem_id="filter-error", apply_default_css=False)
            reset = gr.Button(_("Ask all again"), size="sm", elem_id="everything")
        # An accordion would only mount it when it is opened, but files can be dropped at any time.
        with gr.Column(elem_id="articles-add"):
            upload = gr.HTML(
                view.render_upload(),
                elem_id="adding",
                apply_default_css=False,
                js_on_load=_ON_UPLOAD_LOAD,
            )
            with gr.Row():
                sync = gr.Button(_("Look for changes in the folders"), size="sm", elem_id="look")
                watch = gr.Checkbox(
                    label=_("Follow the folders"), elem_id="follow", container=False, min_width=160
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
        yield from in_request(request, _add(event))

    def _add(event: gr.EventData) -> Iterator[tuple[str, Any]]:
        if event.error:
            yield (
                message_card(_("The files could not be sent: {reason}").format(reason=event.error)),
                gr.skip(),
            )
            return
        if event.cancelled:
            yield view.result_note(JobResult(cancelled=True)), gr.skip()
            return
        uploads, skips = split_uploads(event.files)
        # A window that is closed or loaded again stops following; the change goes on.
        delete = partial(delete_uploads, uploads)
        yield from _follow(lambda: service.add_uploads(uploads, skips, delete), delete)

    def sync_folders(request: gr.Request) -> Iterator[tuple[str, Any]]:
        yield from in_request(request, _follow(service.sync))

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


def status_line(service: Service, filter: Filter) -> str:
    """Render how many articles are asked or, until the models are loaded, the server's state."""
    status = service.status()
    text, phase = status.message, status.phase.value
    if status.is_empty:
        text, phase = _("No articles yet"), "empty"
    elif status.phase is Phase.READY:
        text = view.filter_summary(filter, _articles(service))
    return render(
        "window/status.html", text=as_sentence(text), phase=phase, is_filtered=not filter.is_empty
    )


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
