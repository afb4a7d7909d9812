"""Private indexes in the user's cache folder: one for each folder of articles asked about.

`pincite ask --articles FOLDER`, `Retriever.from_folder` and `pincite eval` share them. An
index is keyed by the absolute path and the settings it was made with, and re-synced at
each call; nothing is ever written beside the articles.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.errors import RootError
from index.library import Library, SyncProgress, SyncReport
from index.parsing.registry import supported_formats
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode
from index.storage.fsync import replace_bytes
from index.storage.manifest import FORMAT

_LABEL = "cached.json"


def cache_folder() -> Path:
    """Where private indexes live: `PINCITE_CACHE`, or the user's cache folder."""
    import platformdirs

    chosen = os.environ.get("PINCITE_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("pincite"))


@dataclass(frozen=True, slots=True)
class CachedIndex:
    """One private index: its folder, what it is of, its size in bytes on disk."""

    path: Path
    source: str
    size: int


def cache_path(source: str, settings: dict[str, Any] | None = None) -> Path:
    """The folder of the private index of `source` (an absolute path or a content key).

    Indexes of another format version lie elsewhere, so that none has to be deleted by hand.
    """
    key = json.dumps([source, settings or {}, FORMAT], sort_keys=True)
    return cache_folder() / "indexes" / hashlib.sha256(key.encode()).hexdigest()[:20]


def label(path: Path, source: str) -> None:
    """Note beside a private index what it is of, for `pincite cache`."""
    path.mkdir(parents=True, exist_ok=True)
    note = path / _LABEL
    if not note.exists():
        replace_bytes(note, json.dumps({"source": source}).encode("ascii"))


def synced_library(
    folder: Path,
    *,
    encoder: str | None = None,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> tuple[Library, SyncReport]:
    """The private index of a folder or file of articles, made or brought up to date.

    Raises RootError when the folder is missing or holds no readable article.
    """
    source = folder.expanduser().resolve()
    if not source.exists():
        raise RootError(f"there is no file or folder {source}; check the path")
    # The defaults are part of the key: with new ones the articles are encoded anew.
    made_with = {
        "encoder": encoder,
        "chunks": asdict(ChunkSettings()),
        "embedding_mode": EmbeddingMode.SENTENCES,
    }
    path = cache_path(str(source), made_with)
    library = Library.open_or_create(path, encoder=encoder)
    label(path, str(source))
    # The index only mirrors the folder, so nothing is kept that the folder does not hold.
    report = library.sync(source, prune=True, progress=progress, on_wait=on_wait)
    if not len(library):
        why = f"; {report.skipped[0].path}: {report.skipped[0].reason}" if report.skipped else ""
        raise RootError(f"{source} holds no readable articles ({supported_formats()}){why}")
    return library, report


def cached_indexes(source: str | None = None) -> list[CachedIndex]:
    """The private indexes of one source, or all of them, largest first."""
    found = []
    for note in (cache_folder() / "indexes").glob(f"*/{_LABEL}"):
        made_of = str(json.loads(note.read_bytes())["source"])
        if source in (None, made_of):
            size = sum(file.stat().st_size for file in note.parent.rglob("*") if file.is_file())
            found.append(CachedIndex(note.parent, made_of, size))
    return sorted(found, key=lambda cached: (-cached.size, cached.source))


def clear_cache(source: str | None = None) -> list[CachedIndex]:
    """Delete the private index of one source, or all of them; returns what was deleted."""
    deleted = cached_indexes(source)
    for cached in deleted:
        shutil.rmtree(cached.path, ignore_errors=True)
    return deleted


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
        library, report = synced_library(articles, progress=progress, on_wait=on_wait)
        if on_report:
            on_report(report)
        return library
    return Library.open(index or DEFAULT_INDEX)
