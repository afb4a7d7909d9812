"""Names for articles that come from no folder: ids of added texts, files of uploads."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from index.errors import ArticleError, SettingError
from index.manifest import UPLOADS
from index.readers import SUFFIXES, supported


def checked_id(name: str) -> str:
    """`name` in NFC. Raises SettingError where it cannot be an article's id."""
    normal = unicodedata.normalize("NFC", name)
    parts = normal.split("/")
    if (
        not normal.strip()
        or len(normal) > 500
        or any(part in ("", ".", "..") for part in parts)
        or not normal.isprintable()
        or parts[0] == UPLOADS
    ):
        raise SettingError(
            f"{name[:80]!r} cannot be an article's id; use up to 500 printable characters, such "
            f"as a relative path outside {UPLOADS}/"
        )
    return normal


def made_id(title: str, digest: str) -> str:
    """An id from a title and the hash of an article, the same each time."""
    decomposed = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", decomposed))[:60].strip("-")
    return f"text/{words or 'untitled'}-{digest[:8]}"


def checked_upload(name: str) -> str:
    """The place, below the folder of uploads, that an upload called `name` gets, in NFC.

    Folders in a relative name are kept; of an absolute one only the file's own name is.
    Raises SettingError where it cannot be used, ArticleError for a kind that is not read.
    """
    whole = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = [part.strip() for part in whole.split("/")]
    if not parts[0] or ":" in parts[0]:
        # From the root of a disk: where the file lay is nobody's business here.
        parts = parts[-1:]
    for part in parts:
        if not part or part.startswith((".", "~$")) or not part.isprintable():
            raise SettingError(f"{name[:80]!r} cannot be a file's name here; rename the file")
        if len(os.fsencode(part)) > 200:
            raise SettingError(
                f"{part[:40]!r}… has {len(os.fsencode(part))} bytes, at most 200 can be used; "
                "shorten the name"
            )
    place = "/".join(parts)
    if len(os.fsencode(place)) > 500:
        raise SettingError(
            f"the name has {len(os.fsencode(place))} bytes with its folders, at most 500 can be "
            "used; shorten it or use fewer folders"
        )
    if not supported(Path(place)):
        raise ArticleError(f"{parts[-1]} is none of {', '.join(SUFFIXES)}")
    return place
