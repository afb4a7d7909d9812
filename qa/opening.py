"""Which index a command means: `--index DIR`, or `--articles PATH` with a private one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index.library import Library, SyncProgress, SyncReport

DEFAULT_INDEX = Path(".pincite")
"""Where an index is looked for when nothing is said: in the current folder."""


def open_library(
    index: Path | None = None,
    articles: Path | None = None,
    *,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
    on_report: Callable[[SyncReport], None] | None = None,
) -> Library:
    """The library named by an index folder, or the private, re-synced one of `articles`.

    Raises NoIndexError or FormatError for the first, RootError for the second.
    """
    if articles is not None:
        from qa.cache import synced_library

        library, report = synced_library(articles, progress=progress, on_wait=on_wait)
        if on_report:
            on_report(report)
        return library
    return Library.open(index or DEFAULT_INDEX)
