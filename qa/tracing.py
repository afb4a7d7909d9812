"""Spans of OpenTelemetry for the steps of an answer. No attribute or event holds anybody's words.

Without a provider (see `qa.web.telemetry`) they are not recorded.
"""

from __future__ import annotations

from functools import partial

from opentelemetry import trace

# Messages of errors may quote the question.
span = partial(
    trace.get_tracer("pincite").start_as_current_span,
    record_exception=False,
    set_status_on_exception=False,
)
"""Return a span with this name, for `with` or as a decorator."""
