"""The form in the articles panel that corrects the title, authors, publisher and date."""

from __future__ import annotations

from datetime import date
from typing import Any

import gradio as gr

from index.errors import LibraryError, SettingError
from index.types import Metadata
from qa.errors import QAError
from qa.translation import _
from qa.web.audit import Origin
from qa.web.chat.cards import message_card
from qa.web.gradio_events import DIRECT
from qa.web.html import as_sentence
from qa.web.service import Service

_FOCUS = "() => document.querySelector('#articles-details textarea')?.focus()"


def add_details_form(service: Service, listing: gr.HTML, form: gr.Column) -> gr.Button:
    """Fill the hidden column `form`, shown when an article of `listing` is selected.

    Return the button that saves, after whose click the list has to be made again.
    """
    article = gr.State("")
    with form:
        title = gr.Textbox(label=_("Title"))
        authors = gr.Textbox(label=_("Authors, separated by semicolons"))
        with gr.Row():
            publisher = gr.Textbox(label=_("Publisher"))
            published = gr.Textbox(label=_("Published"), placeholder="2011, 2011-08-07")
        error = gr.HTML(apply_default_css=False)
        with gr.Row():
            save = gr.Button(_("Save the details"), size="sm")
            cancel = gr.Button(_("Cancel"), size="sm")
    fields = [title, authors, publisher, published]

    def open_form(event: gr.EventData) -> tuple[Any, ...]:
        try:
            metadata = service.library().article(str(event.article)).metadata
        except LibraryError as failure:
            empty = details_text(Metadata())
            return "", gr.update(visible=True), message_card(as_sentence(str(failure))), *empty
        return event.article, gr.update(visible=True), "", *details_text(metadata)

    def save_details(article: str, *texts: str) -> tuple[Any, str]:
        try:
            metadata = service.library().article(article).metadata
            changes = parse_details(metadata, *texts)
            if changes:
                service.update(article, changes, Origin.WINDOW)
        except (LibraryError, QAError) as failure:
            return gr.skip(), message_card(as_sentence(str(failure)))
        return gr.update(visible=False), ""

    outputs = [article, form, error, *fields]
    listing.select(open_form, None, outputs, **DIRECT).then(None, js=_FOCUS)
    save.click(save_details, [article, *fields], [form, error], **DIRECT)
    cancel.click(lambda: gr.update(visible=False), None, form, **DIRECT)
    return save


def details_text(metadata: Metadata) -> tuple[str, str, str, str]:
    """Return the title, authors, publisher and date as they are edited."""
    day = metadata.published.isoformat() if metadata.published else str(metadata.year or "")
    return metadata.title, "; ".join(metadata.authors), metadata.publisher or "", day


def parse_details(
    metadata: Metadata, title: str, authors: str, publisher: str, published: str
) -> dict[str, Any]:
    """Return what was edited as changes of `metadata`; what is as it was is left out.

    Raises SettingError for anything but a day, a year or nothing as `published`.
    """
    edited = tuple(" ".join(text.split()) for text in (title, authors, publisher, published))
    before = details_text(metadata)
    changes: dict[str, Any] = {}
    if edited[0] != before[0]:
        changes["title"] = edited[0]
    if edited[1] != before[1]:
        names = (name.strip() for name in edited[1].split(";"))
        changes["authors"] = [name for name in names if name]
    if edited[2] != before[2]:
        changes["publisher"] = edited[2] or None
    if edited[3] != before[3]:
        changes |= _published(edited[3])
    return changes


def _published(text: str) -> dict[str, Any]:
    if not text:
        return {"published": None}
    if len(text) == 4 and text.isdecimal():
        return {"year": int(text)}
    try:
        return {"published": date.fromisoformat(text)}
    except ValueError:
        raise SettingError(
            f"{text[:40]!r} is not a date; write 2011 or 2011-08-07, or leave it empty"
        ) from None
