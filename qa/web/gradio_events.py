"""Arguments for the window's Gradio events, direct or queued.

All are private: programs must not add or remove articles through them.
"""

from __future__ import annotations

from typing import Any

_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

DIRECT: dict[str, Any] = {**_PRIVATE, "queue": False}
"""For an event with a single result, which is sent as the response to its request.

Through Gradio's queue it would be sent by a stream that all events of a page share and that
ends with the last one. An event that begins while the stream ends gets no result, and a page
that has just been opened begins several.
"""

QUEUED: dict[str, Any] = {**_PRIVATE, "queue": True}
"""For an event that shows several results one after the other."""
