"""Write files so that they are on disk before anything refers to them, all with one mode.

Files and folders of an index have the rights of the folder that they are in: those of the index's
own folder, which nobody else may read unless its owner lets them.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

FOLDER_MODE = 0o700
"""Mode of the folder of a new index."""


def file_mode(folder: Path) -> int:
    """Return the mode of files in a folder."""
    return folder.stat().st_mode & 0o666


def make_folder(path: Path) -> None:
    """Make a folder of an index, and those that it is in, unless they exist."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        set_mode(path)


def new_folder(path: Path) -> None:
    """Make a folder of an index, and those that it is in. Raises FileExistsError if it exists."""
    make_folder(path.parent)
    path.mkdir()
    set_mode(path)


def set_mode(path: Path) -> None:
    """Give a file or folder the rights of the folder that it is in."""
    mode = path.parent.stat().st_mode & (0o777 if path.is_dir() else 0o666)
    with contextlib.suppress(PermissionError):  # another user's, linked from the last generation
        if path.stat().st_mode & 0o777 != mode:
            path.chmod(mode)


def sync_file(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(path: Path) -> None:
    """Flush a folder and everything in it to disk; what is in it gets the folder's mode."""
    for folder, folders, names in os.walk(path):
        for name in (*folders, *names):
            set_mode(Path(folder, name))
        for name in names:
            sync_file(Path(folder, name))
        sync_file(Path(folder))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file and flush it; its name is durable once its folder is synced."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), file_mode(path.parent))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_json(path: Path, data: Any) -> None:
    """Write a new JSON file and flush it."""
    # ASCII, since file names that are not UTF-8 have unpaired surrogates.
    write_bytes(path, json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode("ascii"))


def replace_bytes(path: Path, data: bytes) -> None:
    """Replace a file in one step: readers see either the old or the new content."""
    temporary = path.with_name(f".{path.name}.new")
    write_bytes(temporary, data)
    temporary.replace(path)
    sync_file(path.parent)
