"""Article ids: of files, from their relative paths, and of texts that are not in a file."""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from index.errors import SettingError
from index.storage.manifest import UPLOADS
from index.validation import check_strings

MAX_ID_CHARACTERS = 500


def article_id(root: Path, path: Path, label: str | None = None) -> str:
    """Return the id of a file's article: its POSIX path relative to `root`, in NFC.

    `label`, if given, is put in front. A root that is itself a file gives its bare name. Bytes of
    a file name that are not UTF-8 are written as escapes, so that a link can hold every id.
    """
    relative = path.name if path == root else path.relative_to(root).as_posix()
    name = f"{label}/{relative}" if label else relative
    readable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", readable)


def check_article_id(article_id: str) -> str:
    """Return an id chosen by the caller, in NFC. Raises SettingError if it is not a valid id."""
    check_strings(id=article_id)
    normal = unicodedata.normalize("NFC", article_id)
    parts = normal.split("/")
    if (
        not normal.strip()
        or len(normal) > MAX_ID_CHARACTERS
        or any(part in ("", ".", "..") for part in parts)
        or not normal.isprintable()
        or parts[0] == UPLOADS
    ):
        raise SettingError(
            f"{article_id[:80]!r} cannot be an article's id; use up to {MAX_ID_CHARACTERS} "
            f"printable characters, such as a relative path outside {UPLOADS}/"
        )
    return normal


def generate_article_id(title: str, article_hash: str) -> str:
    """Return an id made from the title and the hash of an article, the same each time."""
    decomposed = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", decomposed))[:60].strip("-")
    return f"text/{words or 'untitled'}-{article_hash[:8]}"
