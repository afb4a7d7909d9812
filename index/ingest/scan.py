"""Folders to files, and files to ids."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import RootError
from index.parsing.article import MAX_BYTES
from index.parsing.registry import is_supported, supported_formats
from index.storage.manifest import FilesRecord, FileState, Root


def exists(path: Path) -> bool:
    """Whether there is a file or folder. Raises RootError where the way there is barred."""
    try:
        return path.exists()
    except OSError as error:
        raise RootError(
            f"{path} cannot be reached ({error.strerror or error}); check the rights"
        ) from error


def walk(root: Path, unlisted: Callable[[Path, str], None] | None = None) -> Iterator[Path]:
    """The files under `root` that can be read, sorted by path; `root` itself if it is a file.

    Hidden files and folders (a leading point), lock files of word processors (`~$`) and
    files of other kinds are passed over. Links to folders are not followed, so a loop of
    links ends. `unlisted` is told of each folder below whose names cannot be read, and why.
    Raises RootError when `root` does not exist, or cannot be reached or listed itself.
    """
    if not exists(root):
        raise RootError(f"there is no file or folder {root}; check the path")
    if root.is_file():
        yield root
        return

    def failed(error: OSError) -> None:
        folder, reason = Path(os.fsdecode(error.filename)), error.strerror or str(error)
        if folder == root:
            raise RootError(f"{root} cannot be listed ({reason}); check the rights") from error
        if unlisted is not None:
            unlisted(folder, reason)

    found: list[Path] = []
    for folder, folders, files in os.walk(root, onerror=failed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(
            Path(folder) / name
            for name in files
            if not name.startswith((".", "~$")) and is_supported(Path(name))
        )
    yield from sorted(found, key=lambda path: article_id(root, path))


def article_id(root: Path, path: Path, label: str | None = None) -> str:
    """The id of a file: its POSIX path relative to `root`, in NFC, `label` in front if given.

    A root that is itself a file gives its bare name. Bytes of a file name that are not
    UTF-8 are written as escapes, so that every id can stand in a link.
    """
    relative = path.name if path == root else path.relative_to(root).as_posix()
    name = f"{label}/{relative}" if label else relative
    readable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", readable)


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
        raise RootError(f"{path} holds no articles ({supported_formats()})")


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
