"""Check every file of an index against its digest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.checked_files import CheckedFile, FileDigest
from index.errors import DamagedError, LockedError, NoIndexError, StorageError
from index.storage.manifest import (
    MANIFEST_COPY,
    MANIFEST_NAME,
    FilesRecord,
    Manifest,
    read_manifest,
)

_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Damage:
    """A damaged file of an index: its path relative to the index, and what is wrong with it."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How many files and bytes were checked, and which files are damaged.

    `manifest` is the one that was used, the copy if the first is damaged, None if both are.
    """

    files: int
    bytes: int
    damaged: tuple[Damage, ...]
    manifest: Manifest | None


def check_index(directory: Path) -> CheckReport:
    """Read every file of the index in `directory` and compare it with its digest.

    Uploaded files are compared with the hashes that they had when they were indexed. Writers are
    not disturbed. Raises NoIndexError if the folder has none, FormatError if it has another format,
    StorageError if a file cannot be read.
    """
    for _ in range(_ATTEMPTS):
        report = _check(directory)
        try:
            latest = read_manifest(directory)
        except DamagedError:
            return report
        used = report.manifest
        # A writer removes files of the old state.
        if used and (used.created, used.generation) == (latest.created, latest.generation):
            return report
    raise LockedError(
        f"the index in {directory} keeps changing; check it when nothing is writing it"
    )


def _check(directory: Path) -> CheckReport:
    damaged: list[Damage] = []
    manifests: list[Manifest] = []
    for name in (MANIFEST_NAME, MANIFEST_COPY):
        try:
            manifests.append(read_manifest(directory, name))
        except DamagedError as error:
            damaged.append(Damage(name, error.problem))
        except NoIndexError:
            if name == MANIFEST_NAME:
                raise
            # A new index may have been killed before it got one.
            if not manifests or manifests[0].generation:
                damaged.append(Damage(name, "it is missing"))
    files, total = 2, 0
    if not manifests:
        return CheckReport(files, total, tuple(damaged), None)
    manifest = manifests[0]
    for name, digest in manifest.digests.items():
        damaged += _problem(directory, name, digest)
        files, total = files + 1, total + digest.size
    if not any(damage.path == manifest.files for damage in damaged) and manifest.files:
        record = FilesRecord.read(directory / manifest.files, manifest.digests[manifest.files])
        for name, digest in record.upload_digests().items():
            damaged += _problem(directory, name, digest)
            files, total = files + 1, total + digest.size
    return CheckReport(files, total, tuple(damaged), manifest)


def _problem(directory: Path, name: str, digest: FileDigest) -> list[Damage]:
    """Return what is wrong with a file, if anything. Raises StorageError."""
    try:
        CheckedFile(directory / name, digest).check()
    except DamagedError as error:
        return [Damage(name, error.problem)]
    except (FileNotFoundError, NotADirectoryError):
        return [Damage(name, "it is missing")]
    except StorageError:
        raise
    except OSError as error:
        raise StorageError.of(error, directory / name) from error
    return []
