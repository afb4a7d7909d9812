"""What the window offers to `gradio_client`: asking, searching, listing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio.events import api as offer

from index.errors import LibraryError
from qa.answer import article_json
from qa.errors import QAError
from qa.web.api.rest import MAX_PASSAGES
from qa.web.service import Service


def offer_programs(service: Service) -> None:
    """Declare the endpoints, inside the window's `gr.Blocks`."""

    def ask(
        question: str, mode: str | None = None, min_confidence: float | None = None
    ) -> dict[str, Any]:
        """The answer to a question, with the keys of `pincite ask --json` but `path`."""
        with _told():
            answer = service.ask(question, mode=mode, min_confidence=min_confidence)
            found: dict[str, Any] = _without_paths(answer.to_json())
            return found

    def search(question: str, k: int = 5) -> dict[str, Any]:
        """The `k` passages nearest to a question, best first."""
        with _told():
            found = service.search(question, min(int(k), MAX_PASSAGES))
            passages = [_without_paths(passage.to_json()) for passage in found]
            return {"question": question, "passages": passages}

    def articles() -> list[dict[str, Any]]:
        """All articles, without their texts."""
        with _told():
            return [
                _without_paths({"id": item.id, **article_json(item), "paragraphs": item.paragraphs})
                for item in service.library().articles()
            ]

    for function in (ask, search, articles):
        offer(function, api_name=function.__name__)


def _without_paths(value: Any) -> Any:
    """JSON without the key "path": `gradio_client` takes it for a file to be fetched."""
    if isinstance(value, dict):
        return {key: _without_paths(inner) for key, inner in value.items() if key != "path"}
    if isinstance(value, list):
        return [_without_paths(inner) for inner in value]
    return value


@contextmanager
def _told() -> Iterator[None]:
    """The program's errors as messages for the caller."""
    try:
        yield
    except (QAError, LibraryError) as error:
        raise gr.Error(str(error), print_exception=False) from error
