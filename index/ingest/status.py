"""The present state of the files behind an index: changed, missing, skipped."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from index.ingest.scan import sha256_of
from index.ingest.sync import Skip
from index.storage.manifest import FilesRecord
from index.storage.snapshot import Snapshot
from index.types import Article


class FileStatus(StrEnum):
    """How the file of an article compares with what was indexed."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"


def file_status(snapshot: Snapshot, article: Article) -> FileStatus:
    """Return whether the file of an article still has the bytes that were indexed.

    `UNCHANGED` for an article that is not from a file, and if the file cannot be read.
    """
    if article.path is None:
        return FileStatus.UNCHANGED
    known = snapshot.files_by_article.get(article.id)
    if known is None:
        return FileStatus.UNCHANGED
    path = Path(article.path)
    try:
        status = path.stat()
    except FileNotFoundError:
        return FileStatus.MISSING
    except OSError:
        return FileStatus.UNCHANGED
    if (known.size, known.modified) == (status.st_size, status.st_mtime_ns):
        return FileStatus.UNCHANGED
    return FileStatus.UNCHANGED if sha256_of(path) in ("", known.sha256) else FileStatus.CHANGED


def skipped_files(record: FilesRecord) -> list[Skip]:
    """Return the files that were skipped, sorted by path, with the reasons."""
    skips = [
        # A root may be a single file, which has its own name.
        Skip(root if Path(root).name == name else str(Path(root) / name), file.reason)
        for root, files in record.files.items()
        for name, file in files.items()
        if file.reason is not None and file.article is None
    ]
    return sorted(skips, key=lambda skip: skip.path)
