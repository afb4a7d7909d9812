"""Which location a path or an address means."""

from __future__ import annotations

from pathlib import Path

from index.errors import SettingError
from index.storage.location import FolderLocation, IndexLocation


def locate(path: str | Path) -> IndexLocation:
    """Return the location of the index in a folder. Nothing is read."""
    return FolderLocation(Path(path).expanduser().resolve())


def folder(path: str | Path) -> Path:
    """Return the folder of an index. Raises SettingError if the index is not in a folder."""
    location = locate(path)
    if not isinstance(location, FolderLocation):
        raise SettingError(f"{location.name} is not the folder of an index; name one")
    return location.directory
