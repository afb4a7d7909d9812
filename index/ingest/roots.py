"""The folders and files that an index follows: adding them, and labels for their article ids."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.errors import RootError
from index.storage.manifest import UPLOADS, Root

UPLOADS_ROOT = Root(UPLOADS, UPLOADS)
"""The root of the files that were uploaded into the index. It is not listed in the manifest."""


def root_path(directory: Path, root: Root) -> Path:
    """Return the path of a root of the index in `directory`."""
    return directory / UPLOADS if root == UPLOADS_ROOT else Path(root.path)


def select_roots(
    directory: Path, roots: Sequence[Root], paths: Sequence[Path]
) -> tuple[list[Root], list[Root]]:
    """Add `paths` to the roots, and return all roots and those to sync.

    Without `paths`, all are to be synced. Raises RootError for a path inside or around the index
    or another root.
    """
    if not paths:
        return list(roots), list(roots)
    all_roots, selected = list(roots), []
    for path in paths:
        resolved = path.expanduser().resolve()
        root = next((root for root in all_roots if root.path == str(resolved)), None)
        if root is None:
            _check_overlap(directory, all_roots, resolved)
            root = Root(str(resolved), _label(resolved, all_roots))
            all_roots.append(root)
        if root not in selected:
            selected.append(root)
    return all_roots, selected


def _check_overlap(directory: Path, roots: Sequence[Root], path: Path) -> None:
    if path == directory or directory in path.parents:
        raise RootError(f"{path} is inside the index {directory}; give a folder of articles")
    for root in roots:
        other = Path(root.path)
        if other in path.parents:
            raise RootError(
                f"{path} is inside {other}, which is indexed already; bring that up to date with: "
                f"pincite index --index {directory}"
            )
        if path in other.parents:
            raise RootError(
                f"{path} holds {other}, which is indexed by itself; drop that first: "
                f"pincite index --index {directory} --remove {other}"
            )


def _label(path: Path, roots: Sequence[Root]) -> str:
    """Return "" for the first root, else its name, numbered if ids of other roots begin so."""
    if not roots:
        return ""
    taken = {root.label for root in roots} | {UPLOADS}
    for root in roots:
        if not root.label and Path(root.path).is_dir():
            taken |= {child.name for child in Path(root.path).iterdir()}
    name = path.name or "root"
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}-{number}"
    return label
