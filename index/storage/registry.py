"""Which location a path or an address means."""

from __future__ import annotations

import re
from pathlib import Path

from index.errors import SettingError
from index.storage.location import FolderLocation, IndexLocation

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://")
_LANCE = re.compile(r"lance:///.|lance\+s3://.")


def is_address(path: str | Path) -> bool:
    """Whether a string is an address, and not the path of a folder."""
    return isinstance(path, str) and _ADDRESS.match(path) is not None


def locate(path: str | Path) -> IndexLocation:
    """Return the location of the index in a folder, or at an address of Lance. Nothing is read.

    Raises SettingError for another address, or if Lance is not installed.
    """
    if is_address(path):
        if not _LANCE.match(str(path)):
            raise SettingError(
                f"unknown address {path}; write lance:///FOLDER or lance+s3://BUCKET/PREFIX"
            )
        try:
            from index.storage.lance.location import LanceLocation
        except ModuleNotFoundError as error:
            raise SettingError(
                f"{path} needs Lance, which is not installed ({error}); install it with: "
                "pip install 'pincite[lance]'"
            ) from error
        return LanceLocation(str(path))
    return FolderLocation(Path(path).expanduser().resolve())


def folder(path: str | Path) -> Path:
    """Return the folder of an index. Raises SettingError if the index is not in a folder."""
    location = locate(path)
    if not isinstance(location, FolderLocation):
        raise SettingError(f"{location.name} is not the folder of an index; name one")
    return location.directory
