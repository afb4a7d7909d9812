"""The articles panel: the list, which to ask, adding and removing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from index.errors import LibraryError
from index.filters import Filter
from index.ingest.status import left_out as left_out_files
from index.ingest.sync import Skip
from index.parsing.article import MAX_BYTES
from index.parsing.registry import supported_suffixes
from qa.web.articles import view
from qa.web.articles.uploads import forget, received
from qa.web.chat import cards
from qa.web.gradio_events import DIRECT, QUEUED
from qa.web.html import as_sentence, escape
from qa.web.jobs import JobResult
from qa.web.service import ALL_ARTICLES, Phase, Service, SyncJob

_SHELF_HEAD = (
    '<div class="panel-bar"><h2>Articles</h2><button type="button" class="articles-close" '
    'aria-label="Close the list of articles">Close</button></div>'
)

# Pressing "Remove" twice in the list; chat.js says so with this event.
_ON_REMOVE = (
    "element.addEventListener('pincite:remove', "
    "(event) => trigger('click', { article: event.detail }))"
)

# uploads.js says what to add; sending files and telling the program is Gradio's part.
_ON_ADD = "element.addEventListener('pincite:add', (event) => event.detail(upload, trigger))"


def _drop_zone() -> str:
    suffixes = supported_suffixes()
    return (
        f'<div id="drop" data-kinds="{" ".join(suffixes)}" data-limit="{MAX_BYTES}">'
        '<p>Drop files or folders here, or</p><label class="choose">Choose files'
        f'<input type="file" multiple accept="{",".join(suffixes)}"></label> '
        '<label class="choose" id="drop-folder">Choose a folder'
        '<input type="file" webkitdirectory></label></div>'
        '<p class="sending" role="status" hidden><span></span>'
        '<button type="button" class="stop-sending">Cancel</button></p>'
    )


def add_articles_panel(
    service: Service, opener: gr.Button, filter: gr.State, status: gr.HTML
) -> None:
    """The articles panel: the list, which to ask, adding and removing."""
    with gr.Column(elem_id="articles"):
        gr.HTML(_SHELF_HEAD, apply_default_css=False)
        with gr.Row(elem_classes="articles-find"):
            query = gr.Textbox(
                label="Find by title, publisher, author or date", elem_id="articles-query", scale=3
            )
            order = gr.Dropdown(list(view.ORDERS), value=view.ORDERS[0], label="Order", scale=1)
        with gr.Accordion("Filter: ask only some of them", open=False, elem_id="articles-filter"):
            with gr.Row():
                publisher = gr.Dropdown([], label="Publisher", value=None)
                author = gr.Dropdown([], label="Author", value=None)
            with gr.Row():
                after = gr.Textbox(label="Published in or after", placeholder="2011, 2011-08")
                before = gr.Textbox(label="Published in or before", placeholder="2011-08-07")
            chosen = gr.Dropdown([], label="Only these articles", multiselect=True, value=[])
            trouble = gr.HTML(elem_id="filter-error", apply_default_css=False)
            everything = gr.Button("Ask all again", size="sm", elem_id="everything")
        with gr.Accordion("Add articles", open=False, elem_id="articles-add"):
            gr.HTML(f'<p class="note">{escape(view.upload_note())}</p>', apply_default_css=False)
            adding = gr.HTML(
                _drop_zone(), elem_id="adding", apply_default_css=False, js_on_load=_ON_ADD
            )
            look = gr.Button("Look for changes in the folders", size="sm", elem_id="look")
            job = gr.HTML(elem_id="job", apply_default_css=False)
            cancel = gr.Button("Cancel", size="sm", visible=False, elem_id="cancel")
        left_out = gr.HTML(elem_id="left-out", apply_default_css=False)
        listed = gr.HTML(elem_id="articles-list", apply_default_css=False, js_on_load=_ON_REMOVE)

    filters = [publisher, author, after, before, chosen]

    def listing(wanted: str, ordered: str, kept: Filter) -> str:
        return _listing(service, wanted, ordered, kept)

    def refreshed(wanted: str, ordered: str, kept: Filter, only: list[str]) -> tuple[Any, ...]:
        """The list and the choices as the articles are now; none is chosen that is gone."""
        articles = _articles(service)
        there = {item.id for item in articles}
        publishers = sorted({item.metadata.publisher for item in articles} - {None})
        authors = sorted({name for item in articles for name in item.metadata.authors})
        return (
            _listing(service, wanted, ordered, kept),
            gr.update(choices=["", *publishers]),
            gr.update(choices=["", *authors]),
            gr.update(
                choices=[view.choice(item) for item in articles],
                value=[one for one in only if one in there],
            ),
            status_line(service, kept),
            _left_out(service),
        )

    shown = [listed, publisher, author, chosen, status, left_out]
    now = [query, order, filter, chosen]
    opener.click(refreshed, now, shown, **DIRECT)
    gr.on([query.change, order.change], listing, [query, order, filter], listed, **DIRECT)

    def narrowed(wanted: str, ordered: str, *values: Any) -> tuple[Any, ...]:
        """What is asked and listed from now on."""
        try:
            kept = view.scope(*values)
        except LibraryError as error:
            return gr.skip(), gr.skip(), cards.message_card(as_sentence(str(error))), gr.skip()
        return kept, status_line(service, kept), "", _listing(service, wanted, ordered, kept)

    gr.on(
        [part.change for part in (publisher, author, chosen)]
        + [day for box in (after, before) for day in (box.blur, box.submit)],
        narrowed,
        [query, order, *filters],
        [filter, status, trouble, listed],
        **DIRECT,
    )
    everything.click(
        lambda: (None, None, "", "", [], ALL_ARTICLES, status_line(service, ALL_ARTICLES), ""),
        outputs=[*filters, filter, status, trouble],
        **DIRECT,
    )

    def add(event: gr.EventData) -> Iterator[tuple[str, Any]]:
        if event.trouble:
            yield cards.message_card(f"The files could not be sent: {event.trouble}"), gr.skip()
            return
        if event.stopped:
            yield view.outcome_note(JobResult(cancelled=True)), gr.skip()
            return
        sent, left = received(event.files)
        try:
            yield from _followed(lambda: service.add_uploads(sent), left)
        finally:
            forget(sent)

    def look_again() -> Iterator[tuple[str, Any]]:
        yield from _followed(service.sync)

    adding.upload(add, None, [job, cancel], **QUEUED).then(refreshed, now, shown, **DIRECT)
    look.click(look_again, None, [job, cancel], **QUEUED).then(refreshed, now, shown, **DIRECT)

    def stop() -> None:
        if service.job is not None:
            service.job.cancel()

    cancel.click(stop, **DIRECT)

    def remove(event: gr.EventData) -> str:
        try:
            service.remove(str(event.article))
        except LibraryError as error:
            return cards.message_card(as_sentence(str(error)))
        return ""

    listed.click(remove, None, job, **DIRECT).then(refreshed, now, shown, **DIRECT)


def _followed(start: Callable[[], SyncJob], left: Sequence[Skip] = ()) -> Iterator[tuple[str, Any]]:
    """Start a change and show how it comes along: its note, the cancel button.

    `left` is what was left out before and is told with the rest.
    """
    try:
        job = start()
    except LibraryError as error:
        yield cards.message_card(as_sentence(str(error))), gr.skip()
        return
    while not job.wait(0.3):
        yield view.progress_note(job), gr.update(visible=True)
    assert job.result is not None
    over = job.result
    if over.report is not None:
        report = replace(over.report, skipped=(*over.report.skipped, *left))
        over = replace(over, report=report)
    yield view.outcome_note(over), gr.update(visible=False)


def _articles(service: Service) -> list[Any]:
    try:
        return service.library().articles()
    except LibraryError:
        return []


def _left_out(service: Service) -> str:
    try:
        return view.left_out_note(left_out_files(service.library().snapshot().files()))
    except LibraryError:
        return ""


def _listing(service: Service, query: str, order: str, filter: Filter) -> str:
    try:
        return view.articles_list(service.library().articles(), query, order, filter)
    except LibraryError as error:
        return cards.message_card(as_sentence(str(error)))


def status_line(service: Service, filter: Filter) -> str:
    """How many articles are asked, or how far the program is, as HTML."""
    now = service.status()
    words = now.message
    if now.phase is Phase.READY:
        words = view.scope_words(filter, _articles(service))
    return f'<p class="status {now.phase.value}" role="status">{escape(as_sentence(words))}</p>'
