"""Open the index of a command: the one in a folder, or a private one in the user's cache.

`pincite ask --articles FOLDER`, `Retriever.from_folder` and `pincite eval` make private indexes, so
that nothing is written into a folder of articles. Each is named by a hash of its source and its
settings, and synced whenever it is opened.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.embedding.model_files import DEFAULT_MODEL
from index.errors import FormatError, RootError
from index.library import Library, SyncProgress, SyncReport
from index.parsing.registry import supported_formats
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode
from index.storage.fsync import replace_bytes
from index.storage.manifest import FORMAT

log = logging.getLogger(__name__)

DEFAULT_INDEX = Path(".pincite")
"""The index that commands use without `--index`, in the current folder."""

_SOURCE_FILE = "cached.json"
"""File in a private index that names its source."""


def open_library(
    index: Path | str | None = None,
    articles: Path | None = None,
    *,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
    on_report: Callable[[SyncReport], None] | None = None,
) -> Library:
    """Open the index `index`, a folder or an address, or the private index of `articles`, synced.

    Raises NoIndexError or FormatError for the first, RootError for the second.
    """
    if articles is None:
        return Library.open(index or DEFAULT_INDEX, on_wait=on_wait)
    library, report = open_private_index(articles, progress=progress, on_wait=on_wait)
    if on_report is not None:
        on_report(report)
    return library


def open_private_index(
    articles: Path,
    *,
    encoder: str | None = None,
    progress: Callable[[SyncProgress], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> tuple[Library, SyncReport]:
    """Open or create the private index of a folder or file of articles, and sync it.

    Raises RootError if the folder is missing or holds no readable article.
    """
    source = articles.expanduser().resolve()
    if not source.exists():
        raise RootError(f"there is no file or folder {source}; check the path")
    # The default settings are in the key too: if they change, the articles are encoded again.
    settings = {
        "encoder": encoder or DEFAULT_MODEL,
        "chunks": asdict(ChunkSettings()),
        "embedding_mode": EmbeddingMode.SENTENCES,
    }
    path = private_index_path(str(source), settings)
    library = open_private(path, encoder=encoder, on_wait=on_wait)
    record_source(path, str(source))
    # The index mirrors the folder, so articles of missing files are removed.
    report = library.sync(source, prune=True, progress=progress)
    if not len(library):
        why = f"; {report.skipped[0].path}: {report.skipped[0].reason}" if report.skipped else ""
        raise RootError(f"{source} holds no readable articles ({supported_formats()}){why}")
    return library, report


def open_private(path: Path, **settings: Any) -> Library:
    """Open or create a private index; `settings` are those of `Library.open_or_create`.

    One that is damaged or of another format is made again: it holds nothing but copies.
    """
    try:
        return Library.open_or_create(path, **settings)
    except FormatError as error:
        log.warning("making a private index again: %s", error)
        shutil.rmtree(path, ignore_errors=True)
        return Library.open_or_create(path, **settings)


def cache_folder() -> Path:
    """Return the folder `PINCITE_CACHE`, or Pincite's folder in the user's cache."""
    import platformdirs

    folder = os.environ.get("PINCITE_CACHE")
    return Path(folder) if folder else Path(platformdirs.user_cache_dir("pincite"))


def private_index_path(source: str, settings: dict[str, Any]) -> Path:
    """Return the folder of the private index of `source`, an absolute path or a content hash.

    Indexes of another format version have other folders, so none has to be deleted by hand.
    """
    key = json.dumps([source, settings, FORMAT], sort_keys=True)
    return cache_folder() / "indexes" / hashlib.sha256(key.encode()).hexdigest()[:20]


def record_source(path: Path, source: str) -> None:
    """Write down the source of the private index in `path`, for `pincite cache`."""
    path.mkdir(parents=True, exist_ok=True)
    file = path / _SOURCE_FILE
    if not file.exists():
        replace_bytes(file, json.dumps({"source": source}).encode("ascii"))


@dataclass(frozen=True, slots=True)
class PrivateIndex:
    """A private index: its folder, its source, and its size on disk in bytes."""

    path: Path
    source: str
    size: int


def private_indexes(source: str | None = None) -> list[PrivateIndex]:
    """Return the private indexes of one source, or all of them, largest first."""
    indexes = []
    for file in (cache_folder() / "indexes").glob(f"*/{_SOURCE_FILE}"):
        try:
            recorded = str(json.loads(file.read_bytes())["source"])
        except (OSError, ValueError, KeyError, TypeError):
            recorded = "unknown"  # damaged; `pincite cache clear` still deletes it
        if source in (None, recorded):
            size = sum(path.stat().st_size for path in file.parent.rglob("*") if path.is_file())
            indexes.append(PrivateIndex(file.parent, recorded, size))
    return sorted(indexes, key=lambda index: (-index.size, index.source))


def delete_private_indexes(source: str | None = None) -> list[PrivateIndex]:
    """Delete the private indexes of one source, or all of them, and return them."""
    deleted = private_indexes(source)
    for index in deleted:
        shutil.rmtree(index.path, ignore_errors=True)
    return deleted
