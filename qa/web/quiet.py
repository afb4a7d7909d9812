"""How the window's own controls are declared to Gradio."""

from __future__ import annotations

from typing import Any

# What the window itself does is not offered to programs, least of all adding and removing.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Arguments of every event of the window."""
