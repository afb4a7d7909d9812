"""Folders to files, and files to ids."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from index.errors import RootError
from index.readers import supported


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
            if not name.startswith((".", "~$")) and supported(Path(name))
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
