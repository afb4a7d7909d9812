"""A folder of articles as it is now, beside what the index knows of it.

A file whose size and time are as they were is taken as unchanged, except when it was written so
shortly before the last sync that a later change could bear the same time.
"""

from __future__ import annotations

import errno
import hashlib
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.articles import exists, walk
from index.errors import RootError
from index.manifest import FilesRecord, FileState, Root
from index.readers import MAX_BYTES, SUFFIXES

RACY = 2_000_000_000
"""Nanoseconds; file systems keep times as coarse as two seconds (FAT)."""

Told = Callable[[str, int, int], None]


@dataclass(slots=True)
class Seen:
    """One root as it is now: what stays, what must be read, what is gone."""

    root: Root
    path: Path
    known: dict[str, FileState]
    started: int
    same: dict[str, FileState] = field(default_factory=dict)
    read: dict[str, tuple[Path, FileState]] = field(default_factory=dict)
    gone: dict[str, FileState] = field(default_factory=dict)
    unlisted: dict[str, str] = field(default_factory=dict)

    def hides(self, name: str) -> bool:
        """Whether a file lies in a folder whose names cannot be read now."""
        return any(name.startswith(f"{folder}/") for folder in self.unlisted)


def check_present(looked: Seen, prune: bool) -> None:
    """Raises RootError where a root is missing, or empty all at once, unless that is meant."""
    path, found = looked.path, bool(looked.same or looked.read)
    held = any(file.article for file in looked.known.values())
    if not exists(path):
        if not looked.known and not prune:
            raise RootError(f"there is no file or folder {path}; check the path")
        if not prune:
            raise RootError(
                f"{path} was indexed and is missing now; bring it back, or let its "
                "articles go with --prune"
            )
    elif not found and held and not prune:
        raise RootError(
            f"{path} held {sum(1 for f in looked.known.values() if f.article)} articles and is "
            "empty now; bring them back, or let them go with --prune"
        )
    elif not found and not looked.known and not prune:
        raise RootError(f"{path} holds no articles ({', '.join(SUFFIXES)})")


def look(
    directory: Path, root: Root, path: Path, record: FilesRecord, verify: bool, told: Told
) -> Seen:
    """Compare a root with what is known of it. Reads files only to hash them.

    `told` is called with "scanning", how many files were looked at, and of how many at least.
    """
    known = record.files.get(root.path, {})
    # The clock of the file system and ours are the same on one machine.
    seen = Seen(root, path, known, time.time_ns())
    settled = record.synced.get(root.path, 0) - RACY
    start = len(str(path).rstrip("/")) + 1

    def unlisted(folder: Path, reason: str) -> None:
        seen.unlisted[str(folder)[start:]] = reason

    for number, place in enumerate(_files(path, directory, unlisted), start=1):
        told("scanning", number, max(number, len(known)))
        # Slicing is ten times as fast as `relative_to`, which counts with many files.
        name = str(place)[start:] or place.name
        before = known.get(name)
        held = before is not None and before.article is not None
        try:
            status = place.stat()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ELOOP):
                # The folder's names can be read, but nothing in it.
                unlisted(place.parent, error.strerror or str(error))
            elif place.is_symlink() and not held:
                seen.same[name] = FileState(0, 0, "", None, "missing: the link leads nowhere")
            continue  # or removed since it was listed
        if not stat.S_ISREG(status.st_mode):
            if not held:  # a pipe would be waited for, a device never ends
                seen.same[name] = FileState(0, 0, "", None, "no file: a pipe, socket or device")
            continue
        if (
            before is not None
            and not verify
            and before.sha256
            and (before.size, before.modified) == (status.st_size, status.st_mtime_ns)
            and before.modified < settled
        ):
            seen.same[name] = before
            continue
        # One that is too large is refused unread.
        digest = sha256_of(place) if status.st_size <= MAX_BYTES else ""
        state = FileState(status.st_size, status.st_mtime_ns, digest, None)
        if before is not None and digest and digest == before.sha256:
            seen.same[name] = FileState(
                state.size, state.modified, digest, before.article, before.reason
            )
        else:
            seen.read[name] = (place, state)
    for name, file in known.items():
        if name in seen.same or name in seen.read:
            continue
        # What cannot be looked at is not known to be gone.
        (seen.same if seen.hides(name) else seen.gone)[name] = file
    return seen


def _files(path: Path, directory: Path, unlisted: Callable[[Path, str], None]) -> Iterator[Path]:
    """The files of a root, without those of the index if it lies inside."""
    if not exists(path):
        return
    inside = path in directory.parents
    for place in walk(path, unlisted):
        if not (inside and directory in place.parents):
            yield place


def sha256_of(path: Path) -> str:
    """The digest of a file's bytes, empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
