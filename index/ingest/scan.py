"""Scan a root: list its files and detect, by size and time or by hash, which have changed."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import RootError
from index.ingest.article_ids import article_id
from index.parsing.article import MAX_BYTES
from index.parsing.metadata import SIDECAR, sidecar_of
from index.parsing.registry import is_supported
from index.storage.manifest import FileState, Root

TIME_RESOLUTION_NS = 2_000_000_000
"""Coarsest resolution of file times, in nanoseconds: two seconds, on FAT.

A file that changed less than this before the last scan may have changed again since with the same
size and time, so it is hashed."""


@dataclass(frozen=True, slots=True)
class RootScan:
    """The present state of the files of one root.

    `files` maps names relative to the root to states without an article; those with a `reason`
    are not regular files. `unlisted` maps folders that cannot be listed to the reason.
    `unsupported` counts the files that no parser reads, by suffix ("no suffix" for those without).
    `started` is when the scan began, in nanoseconds since 1970.
    """

    root: Root
    path: Path
    exists: bool
    is_folder: bool
    started: int
    files: Mapping[str, FileState]
    unlisted: Mapping[str, str]
    unsupported: Mapping[str, int] = field(default_factory=dict)

    def path_of(self, name: str) -> Path:
        """Return the path of a file or folder of the root."""
        return self.path / name if self.is_folder else self.path

    def article_id(self, name: str) -> str:
        """Return the id of a file's article."""
        return article_id(self.path, self.path_of(name), self.root.label)


def scan_root(
    root: Root,
    path: Path,
    known: Mapping[str, FileState],
    *,
    last_sync: int = 0,
    verify: bool = False,
    exclude: Path | None = None,
    on_file: Callable[[int], None] = lambda _count: None,
) -> RootScan:
    """Scan the files of a root, reading them only to hash them.

    A file is hashed unless its size and time are those in `known` and it was last changed before
    the sync at `last_sync` (nanoseconds since 1970); with `verify`, always. Files below the folder
    `exclude` are left out. `on_file` is called with the number of files scanned so far. Raises
    RootError if the root cannot be reached or listed.
    """
    started = time.time_ns()  # file times come from the same clock
    settled = last_sync - TIME_RESOLUTION_NS
    files: dict[str, FileState] = {}
    unlisted: dict[str, str] = {}
    prefix = len(str(path).rstrip("/")) + 1

    def on_unlisted(folder: Path, reason: str) -> None:
        unlisted[str(folder)[prefix:]] = reason

    exists = _exists(path)
    inside = path if exists and path.is_dir() else path.parent
    unsupported: Counter[str] = Counter()

    def on_unsupported(name: str) -> None:
        unsupported[Path(name).suffix.lower() or "no suffix"] += 1

    listed = walk(path, on_unlisted, on_unsupported, exclude=exclude) if exists else iter(())
    for count, file in enumerate(listed, start=1):
        on_file(count)
        # Slicing is ten times as fast as `relative_to`, which matters with many files.
        name = str(file)[prefix:] or file.name
        try:
            status = file.stat()
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ELOOP):
                # The folder can be listed, but its files cannot be reached.
                on_unlisted(file.parent, error.strerror or str(error))
            elif file.is_symlink():
                files[name] = FileState(0, 0, "", None, "missing: the link leads nowhere")
            continue  # or it was removed since it was listed
        if not stat.S_ISREG(status.st_mode):
            # Reading a pipe would wait, and a device never ends.
            files[name] = FileState(0, 0, "", None, "not a file: a pipe, socket or device")
            continue
        if file.is_symlink() and not _resolved(file).is_relative_to(_resolved(inside)):
            files[name] = FileState(
                0, 0, "", None, "a link to a file outside the folder; put a copy there, or index "
                "that file by itself",
            )  # fmt: skip
            continue
        size, modified = status.st_size, status.st_mtime_ns
        before = known.get(name)
        if (
            before is not None
            and not verify
            and before.sha256
            and (before.size, before.modified) == (size, modified)
            and modified < settled
        ):
            sha256 = before.sha256
        else:
            # A file that is too large is rejected without being read.
            sha256 = sha256_of(file) if size <= MAX_BYTES else ""
        files[name] = FileState(size, modified, sha256, None, sidecar=sha256_of(sidecar_of(file)))
    is_folder = exists and path.is_dir()
    return RootScan(root, path, exists, is_folder, started, files, unlisted, unsupported)


def walk(
    root: Path,
    on_unlisted: Callable[[Path, str], None] | None = None,
    on_unsupported: Callable[[str], None] | None = None,
    *,
    exclude: Path | None = None,
) -> Iterator[Path]:
    """Yield the files under `root` of supported formats, sorted by id; `root` itself if a file.

    Hidden files and folders (a leading dot), lock files of word processors (`~$`), sidecar files
    and the folder `exclude` are left out. `on_unsupported` is called with the name of each file of
    another format, `on_unlisted` with each subfolder that cannot be listed, and why. Links to
    folders are not followed, so a loop of links ends. Raises RootError if `root` does not exist,
    or cannot be reached or listed.
    """
    if not _exists(root):
        raise RootError(f"there is no file or folder {root}; check the path")
    if root.is_file():
        yield root
        return

    def on_error(error: OSError) -> None:
        folder, reason = Path(os.fsdecode(error.filename)), error.strerror or str(error)
        if folder == root:
            raise RootError(f"{root} cannot be listed ({reason}); check the rights") from error
        if on_unlisted is not None:
            on_unlisted(folder, reason)

    files: list[Path] = []
    for folder, folders, names in os.walk(root, onerror=on_error):
        folders[:] = [
            name for name in folders if not name.startswith(".") and Path(folder, name) != exclude
        ]
        for name in names:
            if name.startswith((".", "~$")) or name.endswith(SIDECAR):
                continue
            if is_supported(Path(name)):
                files.append(Path(folder) / name)
            elif on_unsupported is not None:
                on_unsupported(name)
    yield from sorted(files, key=lambda path: article_id(root, path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal, or "" if it cannot be read.

    Nothing waits for a pipe, a device, or a file of the kernel, whose size is given as 0.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return ""
            if not status.st_size:
                return hashlib.sha256(b"").hexdigest()
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _resolved(path: Path) -> Path:
    """Return the path that a link leads to, the path itself where that cannot be told."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise RootError(
            f"{path} cannot be reached ({error.strerror or error}); check the rights"
        ) from error
