"""The files behind an index, as they are now: what changed since, what was left out."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from index.ingest.scan import sha256_of
from index.ingest.sync import Skip
from index.storage.manifest import FilesRecord, FileState
from index.storage.snapshot import Snapshot
from index.types import Article


class OnDisk(StrEnum):
    """How an article's file stands to what was indexed."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


def on_disk(snapshot: Snapshot, article: Article) -> OnDisk:
    """Whether the file that an article was read from still holds the same bytes.

    A text that came from no file is the same, and so is what cannot be looked at.
    """
    if article.path is None or snapshot.manifest.files is None:
        return OnDisk.SAME
    known = _states(snapshot.directory, snapshot.manifest.files).get(article.id)
    if known is None:
        return OnDisk.SAME
    try:
        status = Path(article.path).stat()
        if (known.size, known.modified) == (status.st_size, status.st_mtime_ns):
            return OnDisk.SAME
    except FileNotFoundError:
        return OnDisk.GONE
    except OSError:
        return OnDisk.SAME
    digest = sha256_of(Path(article.path))
    return OnDisk.CHANGED if digest and digest != known.sha256 else OnDisk.SAME


@lru_cache(maxsize=1)
def _states(directory: Path, name: str) -> dict[str, FileState]:
    """What is known of each article's file. A record is never changed, so it is read once."""
    files = FilesRecord.read(directory / name).files.values()
    return {state.article: state for known in files for state in known.values() if state.article}


def left_out(record: FilesRecord) -> list[Skip]:
    """The files that were skipped, by path, and why."""
    found = [
        # A root may be a single file, by its own name.
        Skip(root if Path(root).name == name else str(Path(root) / name), file.reason)
        for root, files in record.files.items()
        for name, file in files.items()
        if file.reason is not None and file.article is None
    ]
    return sorted(found, key=lambda skip: skip.path)
