"""Staging: changes of the uploads folder that belong to one commit of the index.

    staging-7/new/           files that wait outside the uploads folder until they are accepted
    staging-7/old/           uploads that generation 7 replaces or removes, set aside
    staging-7/names.json     the names of the new files, written before they are moved in

All moves are renames within the index, made before the commit, so that whatever can fail fails
while nothing is committed. Whether generation 7 was committed decides what becomes of the folder:
if it was, it is deleted; if not, all moves are undone, by this process or by the next writer.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from index.errors import LibraryError
from index.storage.fsync import make_folder, sync_file, sync_tree, write_bytes, write_json
from index.storage.manifest import UPLOADS, Manifest

STAGING = re.compile(r"staging-(\d+)")
"""The name of a staging folder; the number is the generation that it belongs to."""

_NAMES = "names.json"

log = logging.getLogger(__name__)


class Staging:
    """The staging folder of the commit after `manifest`. Used under the write lock only."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self._uploads = directory / UPLOADS
        self._folder = directory / f"staging-{manifest.generation + 1}"

    def add(self, name: str, data: bytes) -> Path:
        """Write a new file, and return its path. Raises LibraryError if that fails."""
        path = self._folder / "new" / name
        try:
            make_folder(path.parent)
            write_bytes(path, data)
        except OSError as error:
            raise _storage_error(name, error) from error
        return path

    def move_in(self, names: Iterable[str]) -> None:
        """Move new files into the uploads folder. Raises LibraryError if that fails."""
        names = sorted(names)
        write_json(self._folder / _NAMES, names)
        sync_tree(self._folder)
        sync_file(self._folder.parent)
        for name in names:
            target = self._uploads / name
            if target.exists():
                self.set_aside(name)
            _move(self._folder / "new" / name, target, name)

    def set_aside(self, name: str) -> None:
        """Move an upload out of the uploads folder. Raises LibraryError if that fails."""
        _move(self._uploads / name, self._folder / "old" / name, name)


def finish_staging(directory: Path, generation: int) -> None:
    """Complete or undo the changes of the uploads folder, as `generation` is what is committed.

    Call it under the write lock only. What cannot be moved now is left for the next writer.
    """
    folders = {
        int(match[1]): path
        for path in directory.iterdir()
        if (match := STAGING.fullmatch(path.name))
    }
    for number, folder in sorted(folders.items()):
        try:
            if number > generation:
                _undo(folder, directory / UPLOADS)
            _delete_empty_folders(directory / UPLOADS)
            shutil.rmtree(folder)
        except OSError as error:
            log.warning("cannot clear %s: %s; the next change tries again", folder, error)


def _undo(folder: Path, uploads: Path) -> None:
    names_file = folder / _NAMES
    try:
        names = json.loads(names_file.read_bytes()) if names_file.exists() else []
    except ValueError:  # the process was killed while writing it, before anything was moved
        names = []
    for name in names:
        if not (folder / "new" / name).exists():
            (uploads / name).unlink(missing_ok=True)
    for old in [path for path in (folder / "old").rglob("*") if path.is_file()]:
        name = str(old.relative_to(folder / "old"))
        _move(old, uploads / name, name)


def _move(source: Path, target: Path, name: str) -> None:
    try:
        make_folder(target.parent)
        for folder in list(target.parents)[1 : len(Path(name).parts) + 2]:
            sync_file(folder)  # it may hold a new folder
        source.replace(target)
        sync_file(target.parent)
        sync_file(source.parent)
    except OSError as error:
        raise _storage_error(name, error) from error


def _delete_empty_folders(uploads: Path) -> None:
    for folder in sorted(uploads.rglob("*/"), reverse=True):
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()


def _storage_error(name: str, error: OSError) -> LibraryError:
    return LibraryError(
        f"{name} cannot be stored or moved ({error.strerror or error}); the articles are as they "
        "were before. Check the disk's free space and the rights of the index folder"
    )
