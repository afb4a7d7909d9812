"""Render the state of a background job as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from qa.translation import _
from qa.web.html import as_sentence, escape
from qa.web.jobs import Progress
from qa.web.templates import render


def note(*sentences: str, lists: Mapping[str, Iterable[tuple[str, str]]] | None = None) -> Markup:
    """Render sentences, and lists of (name, text) by their headings; read out when they change."""
    return render("job_note.html", sentences=sentences, progress=None, lists=lists or {})


def error_note(message: str) -> Markup:
    """Render an error message as a sentence."""
    return Markup(f'<div class="job failed" role="alert">{escape(as_sentence(message))}</div>')


def progress_note(
    progress: Progress, seconds_left: float | None, label: str, *, is_bound: bool = False
) -> Markup:
    """Render "3 of 80 articles read, about 2 minutes left" with a progress bar.

    `label` is what is counted: "articles read". `is_bound` is whether at least that time is left,
    since something else has to be done afterwards.
    """
    text = _("{done:,} of {total:,} {label}").format(
        done=progress.done, total=progress.total, label=label
    )
    if seconds_left is not None:
        left = _("at least {time} left") if is_bound else _("{time} left")
        text += ", " + left.format(time=duration_words(seconds_left))
    return render("job_note.html", sentences=[text], progress=progress, label=label, lists={})


def duration_words(seconds: float) -> str:
    """Return a remaining time in words, roughly."""
    if seconds < 10:
        return _("a few seconds")
    if seconds < 90:
        return _("about {count} s").format(count=round(seconds / 10) * 10)
    return _("about {count} minutes").format(count=round(seconds / 60))
