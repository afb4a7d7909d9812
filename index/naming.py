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
    """The file name that an upload called `name` gets, without folders, in NFC.

    Raises SettingError where it cannot be used, ArticleError for a kind that is not read.
    """
    base = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2]).strip()
    if not base or base.startswith((".", "~$")) or not base.isprintable():
        raise SettingError(f"{name[:80]!r} cannot be a file's name here; rename the file")
    if len(os.fsencode(base)) > 200:
        raise SettingError(f"the file's name has {len(base)} characters; shorten it to 100")
    if not supported(Path(base)):
        raise ArticleError(f"{base} is none of {', '.join(SUFFIXES)}")
    return base
