"""Write files so that they are on disk before anything refers to them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def sync_file(path: Path) -> None:
    """Flush a file, or a folder's list of names, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(path: Path) -> None:
    """Flush a folder and everything in it to disk."""
    for folder, _, names in os.walk(path):
        for name in names:
            sync_file(Path(folder, name))
        sync_file(Path(folder))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a new file and flush it; its name is durable once its folder is synced."""
    with path.open("wb") as file:
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
