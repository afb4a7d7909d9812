"""How the window's own controls are declared to Gradio."""

from __future__ import annotations

from typing import Any

# What the window itself does is not offered to programs, least of all adding and removing.
_OURS: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

QUIET: dict[str, Any] = {**_OURS, "queue": False}
"""Arguments of every event of the window that is over at once.

The reply comes with the request. Through Gradio's queue it would come by a stream that all
events of a page share and that ends with the last one: an event begun while that end is under
way to the page is never heard of again, and a page just opened begins several.
"""

STREAMED: dict[str, Any] = {**_OURS, "queue": True}
"""Arguments of the events that show something several times before they are over."""
