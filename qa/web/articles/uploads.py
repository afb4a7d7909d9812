"""Files that a browser has sent: their names, where Gradio has put them, what was left out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import ArticleError, SettingError
from index.ingest.sync import Skip
from index.ingest.uploads import checked_upload
from index.parsing.article import MAX_BYTES


def received(files: Iterable[Mapping[str, Any]]) -> tuple[list[tuple[str, Path]], list[Skip]]:
    """The files that were sent, as names and places, and why the others were not.

    Each has a "name", with its folders, a "size" in bytes and a "path", None where the browser
    did not send it. A path outside Gradio's folder of uploads is no sent file: whoever calls
    must not be able to name any file of this machine.
    """
    uploads = Path(gr.utils.get_upload_folder()).resolve()
    sent: list[tuple[str, Path]] = []
    left: list[Skip] = []
    for file in files:
        name, place = str(file.get("name", "")), file.get("path")
        path = Path(str(place)).resolve() if place else None
        if path is not None and path.is_relative_to(uploads) and path.is_file():
            sent.append((name, path))
        else:
            left.append(Skip(name, _why_not(name, file.get("size"))))
    return sent, left


def _why_not(name: str, size: object) -> str:
    try:
        checked_upload(name)
    except (ArticleError, SettingError) as error:
        return str(error)
    if isinstance(size, int) and size > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        return f"too large: {size / 2**20:.0f} MB, the limit is {limit} MB; split the file"
    return "it did not arrive; add it again"


def forget(sent: Sequence[tuple[str, Path]]) -> None:
    """Delete Gradio's copies: what is kept lies in the index."""
    for _, path in sent:
        with contextlib.suppress(OSError):
            path.unlink()
            path.parent.rmdir()
