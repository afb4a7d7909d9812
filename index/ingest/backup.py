"""Back up an index while it is in use, and restore one over an index that is in use.

A backup is an index itself: a folder that every command can open. Every file is compared with its
digest while it is copied, so that damage is never backed up or restored silently.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import replace
from pathlib import Path

from index.checked_files import CheckedFile, FileDigest, digest_of
from index.errors import (
    DamagedError,
    FormatError,
    LockedError,
    NoIndexError,
    SettingError,
    StorageError,
)
from index.storage.check import check_index
from index.storage.folder_writer import remove_unused_files
from index.storage.fsync import (
    FOLDER_MODE,
    make_folder,
    sync_file,
    sync_tree,
    write_bytes,
)
from index.storage.manifest import (
    BM25,
    FEEDBACK_NAME,
    INCOMPLETE,
    SEGMENTS,
    UPLOADS,
    FilesRecord,
    Manifest,
    read_manifest,
    read_removed,
    write_removed,
)

_ATTEMPTS = 20
_NEW_UPLOADS = ".uploads-new"
_OLD_UPLOADS = ".uploads-old"


def back_up(directory: Path, target: Path) -> Manifest:
    """Copy the newest state of the index in `directory` to the new folder `target`.

    Nothing waits for it: files that a writer removes meanwhile are copied from the newer state.
    `target` cannot be opened until the copy is complete. If an earlier backup to `target` was
    interrupted, this one continues it.
    Raises SettingError if `target` holds anything else, DamagedError if a file is damaged,
    StorageError if one cannot be read or written.
    """
    _check_target(directory, target)
    manifest = read_manifest(directory)
    target.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    write_bytes(target / INCOMPLETE, b"")
    sync_file(target)
    for _ in range(_ATTEMPTS):
        try:
            files = {**manifest.digests, **_uploads(directory, manifest)}
            for name, digest in files.items():
                _copy(directory / name, target / name, digest)
            problem: Exception | None = None
        except (FileNotFoundError, DamagedError) as error:
            problem = error
        latest = read_manifest(directory)
        if (latest.created, latest.generation) == (manifest.created, manifest.generation):
            break
        manifest = latest
    else:
        raise LockedError(
            f"the index in {directory} keeps changing; back it up when nothing is writing it"
        )
    if problem is not None:
        raise problem
    for path in sorted(target.rglob("*"), reverse=True):
        # Left from a state that a writer has replaced meanwhile.
        name = path.relative_to(target).as_posix()
        if path.is_file() and name != INCOMPLETE and name not in files:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    with contextlib.suppress(FileNotFoundError):
        write_bytes(target / FEEDBACK_NAME, (directory / FEEDBACK_NAME).read_bytes())
    sync_tree(target)
    manifest.write(target)
    sync_file(target.parent)
    (target / INCOMPLETE).unlink()
    sync_file(target)
    return manifest


def restore(backup: Path, directory: Path) -> Manifest:
    """Make the index in `directory` what it was when `backup` was made, in one commit.

    Readers keep their state until they refresh. Call it under the write lock. Uploads that the
    backup does not have are removed; votes are taken from it only if there are none. Raises
    DamagedError, with nothing changed, if the backup is damaged.
    """
    for damage in check_index(backup).damaged:
        raise DamagedError(backup / damage.path, damage.problem)
    manifest = read_manifest(backup)
    number = _next_number(directory, manifest)
    names = {entry.name: f"{number}-{n}" for n, entry in enumerate(manifest.segments)}
    paths = {f"{SEGMENTS}/{old}": f"{SEGMENTS}/{new}" for old, new in names.items()}
    if manifest.bm25:
        paths[manifest.bm25] = f"{BM25}/{number}"
    digests = {}
    for name, digest in manifest.digests.items():
        folder = next((old for old in paths if name.startswith(f"{old}/")), None)
        if folder is not None:
            new = paths[folder] + name.removeprefix(folder)
            _copy(backup / name, directory / new, digest)
            digests[new] = digest
    for folder in paths.values():
        sync_tree(directory / folder)
    removed_name = files_name = None
    if manifest.removed:
        removed = read_removed(backup / manifest.removed, manifest.digests[manifest.removed])
        removed_name = f"removed-{number}.json"
        write_removed(directory / removed_name, {names[old]: ids for old, ids in removed.items()})
        digests[removed_name] = digest_of(directory / removed_name)
    if manifest.files:
        files_name = f"files-{number}.json"
        _copy(backup / manifest.files, directory / files_name, manifest.digests[manifest.files])
        digests[files_name] = manifest.digests[manifest.files]
    for folder in (SEGMENTS, BM25, "."):
        if (directory / folder).is_dir():
            sync_file(directory / folder)
    restored = replace(
        manifest,
        generation=number,
        segments=tuple(replace(entry, name=names[entry.name]) for entry in manifest.segments),
        removed=removed_name,
        files=files_name,
        bm25=manifest.bm25 and f"{BM25}/{number}",
        digests=digests,
    )
    _replace_uploads(backup, directory, manifest)
    restored.write(directory)
    if not (directory / FEEDBACK_NAME).exists() and (backup / FEEDBACK_NAME).exists():
        write_bytes(directory / FEEDBACK_NAME, (backup / FEEDBACK_NAME).read_bytes())
    shutil.rmtree(directory / _OLD_UPLOADS, ignore_errors=True)
    remove_unused_files(directory, restored)
    return restored


def _check_target(directory: Path, target: Path) -> None:
    if directory == target or directory in target.parents:
        raise SettingError(f"{target} is inside the index; name a folder outside it")
    is_usable = not target.exists() or (
        target.is_dir() and ((target / INCOMPLETE).exists() or not any(target.iterdir()))
    )
    if not is_usable:
        raise SettingError(f"{target} is not an empty folder; name a new one")


def _copy(source: Path, target: Path, digest: FileDigest) -> None:
    """Copy a file unless it has been copied already. Raises OSError or DamagedError."""
    if target.exists() and digest_of(target) == digest:
        return
    make_folder(target.parent)
    with target.open("wb") as copy:
        copy.writelines(CheckedFile(source, digest).parts())


def _uploads(directory: Path, manifest: Manifest) -> dict[str, FileDigest]:
    """Return the digests of uploaded files, by their paths relative to the index."""
    if not manifest.files:
        return {}
    try:
        record = FilesRecord.read(directory / manifest.files, manifest.digests[manifest.files])
    except StorageError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise error.__cause__ from None
        raise
    return record.upload_digests()


def _replace_uploads(backup: Path, directory: Path, manifest: Manifest) -> None:
    """Put the uploads of a backup in the place of the present ones."""
    new = directory / _NEW_UPLOADS
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(directory / _OLD_UPLOADS, ignore_errors=True)
    for name, digest in _uploads(backup, manifest).items():
        _copy(backup / name, new / Path(name).relative_to(UPLOADS), digest)
    if new.is_dir():
        sync_tree(new)
    if (directory / UPLOADS).is_dir():
        (directory / UPLOADS).rename(directory / _OLD_UPLOADS)
    if new.is_dir():
        new.rename(directory / UPLOADS)


def _next_number(directory: Path, manifest: Manifest) -> int:
    """Return a generation after those of the backup, of the present index and of its files."""
    numbers = [manifest.generation]
    with contextlib.suppress(NoIndexError, FormatError):
        numbers.append(read_manifest(directory).generation)
    for folder in (SEGMENTS, BM25):
        if (directory / folder).is_dir():
            starts = (path.name.split("-")[0] for path in (directory / folder).iterdir())
            numbers += [int(start) for start in starts if start.isdecimal()]
    return max(numbers) + 1
