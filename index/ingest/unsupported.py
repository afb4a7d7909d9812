"""Count the files of a folder that no parser reads."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from index.parsing.metadata import SIDECAR
from index.parsing.registry import is_supported


def unsupported_suffixes(root: Path, exclude: Path | None = None) -> Counter[str]:
    """Return how many files under a folder are of each suffix that no parser reads.

    Hidden files and folders, lock files of word processors and the folder `exclude` are left out,
    as when a folder is indexed; so are sidecar files and folders that cannot be listed. A file
    without a suffix counts as "no suffix".
    """
    found: Counter[str] = Counter()
    for folder, folders, names in os.walk(root):
        folders[:] = [
            name for name in folders if not name.startswith(".") and Path(folder, name) != exclude
        ]
        for name in names:
            is_left_out = name.startswith((".", "~$")) or name.endswith(SIDECAR)
            if not is_left_out and not is_supported(Path(name)):
                found[Path(name).suffix.lower() or "no suffix"] += 1
    return found
