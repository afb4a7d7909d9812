"""The folders an index follows: which are meant, whether they may be, what labels they get."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from index.errors import RootError
from index.storage.manifest import UPLOADS, Root


def uploads_root(directory: Path) -> tuple[Root, Path]:
    """The root that files uploaded into the index belong to, and where it lies."""
    return Root(UPLOADS, UPLOADS), directory / UPLOADS


def chosen_roots(
    directory: Path, roots: Sequence[Root], paths: Sequence[Path]
) -> tuple[list[Root], list[Root]]:
    """All roots after adding `paths`, and those of them to sync: all, when `paths` is empty.

    Raises RootError for a path inside or around the index or another root.
    """
    if not paths:
        return list(roots), list(roots)
    everything, chosen = list(roots), []
    for path in paths:
        place = path.expanduser().resolve()
        root = next((root for root in everything if root.path == str(place)), None)
        if root is None:
            _check_apart(directory, everything, place)
            root = Root(str(place), _label(place, everything))
            everything.append(root)
        if root not in chosen:
            chosen.append(root)
    return everything, chosen


def _check_apart(directory: Path, roots: Sequence[Root], place: Path) -> None:
    if place == directory or directory in place.parents:
        raise RootError(f"{place} lies in the index {directory} itself; give a folder of articles")
    for root in roots:
        other = Path(root.path)
        if other in place.parents:
            raise RootError(
                f"{place} lies in {other}, which is indexed already; bring that up to date with: "
                f"pincite index --index {directory}"
            )
        if place in other.parents:
            raise RootError(
                f"{place} holds {other}, which is indexed by itself; drop that first: "
                f"pincite index --index {directory} --remove {other}"
            )


def _label(place: Path, roots: Sequence[Root]) -> str:
    """Nothing for the first root, else its name, made different from what it could meet."""
    if not roots:
        return ""
    taken = {root.label for root in roots} | {UPLOADS}
    for root in roots:
        if not root.label and Path(root.path).is_dir():
            taken |= {place.name for place in Path(root.path).iterdir()}
    name = place.name or "root"
    label, number = name, 1
    while label in taken:
        number += 1
        label = f"{name}-{number}"
    return label
