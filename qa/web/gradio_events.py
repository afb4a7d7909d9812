"""Arguments for the window's Gradio events, direct or queued.

All are private: programs must not add or remove articles through them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import copy_context
from typing import Any, TypeVar

import gradio as gr

from qa.translation import language
from qa.web.audit import current_user

T = TypeVar("T")

_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

DIRECT: dict[str, Any] = {**_PRIVATE, "queue": False}
"""For an event with a single result, which is sent as the response to its request.

Through Gradio's queue it would be sent by a stream that all events of a page share and that
ends with the last one. An event that begins while the stream ends gets no result, and a page
that has just been opened begins several.
"""

QUEUED: dict[str, Any] = {**_PRIVATE, "queue": True}
"""For an event that shows several results one after the other."""


def in_request(request: gr.Request, results: Iterator[T]) -> Iterator[T]:
    """Yield the results of a queued event, made for the user and in the language of its request.

    Gradio runs queued events outside the context of their requests, each step in another one.
    """
    # Gradio's own attribute `scope` would convert the scope to JSON.
    scope = getattr(request.request, "scope", {})
    account = scope.get("pincite.account")
    context = copy_context()
    context.run(current_user.set, account.name if account is not None else "")
    context.run(language.set, scope.get("pincite.language", language.get()))
    while True:
        try:
            result = context.run(next, results)
        except StopIteration:
            return
        yield result
