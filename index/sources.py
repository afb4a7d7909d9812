"""The files behind an index, as they are now: what changed since, what was left out."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path

from index.manifest import MANIFEST_NAME, FilesRecord
from index.snapshot import Snapshot
from index.sync import Skip
from index.text import Article


class OnDisk(StrEnum):
    """How an article's file stands to what was indexed."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"


def on_disk(snapshot: Snapshot, article: Article) -> OnDisk:
    """Whether the file that an article was read from still holds the same bytes.

    A text that came from no file is the same. Files untouched since the last commit are not
    looked into.
    """
    if article.path is None:
        return OnDisk.SAME
    try:
        status = Path(article.path).stat()
        committed = (snapshot.directory / MANIFEST_NAME).stat().st_mtime_ns
    except FileNotFoundError:
        return OnDisk.GONE
    except OSError:
        return OnDisk.SAME  # what cannot be looked at is not known to be another
    # A file moved here keeps its time of change, but not that of its name.
    if max(status.st_mtime_ns, status.st_ctime_ns) < committed:
        return OnDisk.SAME
    record = snapshot.files()
    place = record.place_of(article.id)
    if place is None:
        return OnDisk.SAME
    known = record.files[place[0]][place[1]]
    if (known.size, known.modified) == (status.st_size, status.st_mtime_ns):
        return OnDisk.SAME
    try:
        with Path(article.path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return OnDisk.SAME
    return OnDisk.SAME if digest == known.sha256 else OnDisk.CHANGED


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
