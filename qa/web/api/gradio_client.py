"""The endpoints for `gradio_client`: `/ask`, `/search` and `/articles`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.events import api as add_endpoint

from index.errors import LibraryError
from qa.errors import QAError
from qa.web.api.client_json import client_json, passages_json, summaries_json
from qa.web.api.schemas import MAX_PASSAGES
from qa.web.service import Service


def add_client_endpoints(service: Service) -> None:
    """Declare the endpoints, inside the window's `gr.Blocks`."""

    def ask(
        question: str, mode: str | None = None, min_confidence: float | None = None
    ) -> dict[str, Any]:
        """Answer a question; the keys are those of `pincite ask --json` without `path`."""
        with _gradio_errors():
            answer = service.ask(question, mode=mode, min_confidence=min_confidence)
            return dict(_without_paths(client_json(answer.to_json(), service.base_url)))

    def search(question: str, k: int = 5) -> dict[str, Any]:
        """Find the `k` passages nearest to a question, best first."""
        with _gradio_errors():
            passages = service.search(question, min(int(k), MAX_PASSAGES))
            return {
                "question": question,
                "passages": _without_paths(passages_json(passages, service.base_url)),
            }

    def articles() -> list[dict[str, Any]]:
        """List all articles, without their texts."""
        with _gradio_errors():
            return list(_without_paths(summaries_json(service.library().articles())))

    for function in (ask, search, articles):
        add_endpoint(function, api_name=function.__name__)


def _without_paths(value: Any) -> Any:
    """Return JSON data without the key "path", which `gradio_client` takes for a file to fetch."""
    if isinstance(value, dict):
        return {key: _without_paths(inner) for key, inner in value.items() if key != "path"}
    if isinstance(value, list):
        return [_without_paths(inner) for inner in value]
    return value


@contextmanager
def _gradio_errors() -> Iterator[None]:
    """Raise the project's errors as errors that Gradio passes on to the caller."""
    try:
        yield
    except (QAError, LibraryError) as error:
        raise gr.Error(str(error), print_exception=False) from error
