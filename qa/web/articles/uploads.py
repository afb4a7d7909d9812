"""Files that a browser has sent to Gradio's folder of uploads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import ArticleError, SettingError
from index.ingest.sync import Skip
from index.ingest.uploads import upload_name
from index.parsing.article import MAX_BYTES


def split_uploads(
    files: Iterable[Mapping[str, Any]],
) -> tuple[list[tuple[str, Path]], list[Skip]]:
    """Return the names and paths of the files that arrived, and why the others did not.

    Each file has a "name", with its folders, a "size" in bytes and a "path", None where the
    browser did not send it. Paths outside Gradio's folder of uploads are rejected: otherwise a
    request could read any file of this machine.
    """
    folder = Path(gr.utils.get_upload_folder()).resolve()
    uploads: list[tuple[str, Path]] = []
    skips: list[Skip] = []
    for file in files:
        name, path = str(file.get("name", "")), file.get("path")
        upload = Path(str(path)).resolve() if path else None
        if upload is not None and upload.is_relative_to(folder) and upload.is_file():
            uploads.append((name, upload))
        else:
            skips.append(Skip(name, _skip_reason(name, file.get("size"))))
    return uploads, skips


def delete_uploads(uploads: Sequence[tuple[str, Path]]) -> None:
    """Delete Gradio's copies; the index has its own."""
    for _, path in uploads:
        with contextlib.suppress(OSError):
            path.unlink()
            path.parent.rmdir()


def _skip_reason(name: str, size: object) -> str:
    try:
        upload_name(name)
    except (ArticleError, SettingError) as error:
        return str(error)
    if isinstance(size, int) and size > MAX_BYTES:
        limit = MAX_BYTES // 2**20
        return f"too large: {size / 2**20:.0f} MB, the limit is {limit} MB; split the file"
    return "the file did not arrive; add it again"
