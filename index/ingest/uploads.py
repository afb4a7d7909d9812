"""Uploads: files stored inside the index, under the names that they were given."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePosixPath

from index.errors import ArticleError, SettingError
from index.ingest.staging import Staging
from index.ingest.sync import (
    Skip,
    SyncReport,
    apply_file,
    copy_warnings,
    merge_reports,
    taken_id,
)
from index.ingest.transaction import Transaction
from index.parsing.article import read_bytes
from index.parsing.pool import ParseFailure, ParseTask, parse_files
from index.parsing.registry import is_supported, supported_formats
from index.storage.manifest import UPLOADS, FilesRecord, FileState

MAX_PART_BYTES = 200
"""Bytes of the longest file or folder name."""

MAX_NAME_BYTES = 500
"""Bytes of the longest name with its folders."""


def upload_name(name: str) -> str:
    """Return the name under which an upload is stored, in NFC, relative to the uploads folder.

    A relative name keeps its folders; of an absolute one only the last part is used. Raises
    SettingError for a name that cannot be used, ArticleError for an unsupported format.
    """
    parts = [
        part.strip() for part in unicodedata.normalize("NFC", name.replace("\\", "/")).split("/")
    ]
    if not parts[0] or ":" in parts[0]:
        # An absolute path tells where the file is on its owner's disk, which is private.
        parts = parts[-1:]
    for part in parts:
        if not part or part.startswith((".", "~$")) or not part.isprintable():
            raise SettingError(f"{name[:80]!r} cannot be a file's name here; rename the file")
        if len(os.fsencode(part)) > MAX_PART_BYTES:
            raise SettingError(
                f"{part[:40]!r}… has {len(os.fsencode(part))} bytes, at most {MAX_PART_BYTES} can "
                "be used; shorten the name"
            )
    stored = "/".join(parts)
    if len(os.fsencode(stored)) > MAX_NAME_BYTES:
        raise SettingError(
            f"the name has {len(os.fsencode(stored))} bytes with its folders, at most "
            f"{MAX_NAME_BYTES} can be used; shorten it or use fewer folders"
        )
    if not is_supported(Path(stored)):
        raise ArticleError(f"{parts[-1]} is none of {supported_formats()}")
    return stored


def check_upload_conflicts(uploads: Path, name: str, others: Collection[str] = ()) -> None:
    """Raise SettingError if `name` would be both a file and a folder.

    `uploads` is the uploads folder, `others` the names that are stored together with this one.
    """
    for folder in map(str, list(PurePosixPath(name).parents)[:-1]):
        if folder in others or (uploads / folder).is_file():
            raise SettingError(f"{folder} is an uploaded file, not a folder; rename the folder")
    if (uploads / name).is_dir() or any(other.startswith(f"{name}/") for other in others):
        raise SettingError(f"{name} is a folder of uploads already; rename the file")


def select_uploads(
    uploads: Path, files: Sequence[tuple[str, Path | bytes]]
) -> tuple[dict[str, Path | bytes], list[Skip]]:
    """Return the files whose names can be used, by their stored names, and why the others cannot.

    `files` are names, and present paths or contents; of several with the same name the first is
    used. `uploads` is the uploads folder.
    """
    selected: dict[str, Path | bytes] = {}
    skipped: list[Skip] = []
    for name, source in files:
        try:
            stored = upload_name(name)
            if stored in selected:
                raise SettingError(f"another file of this upload is called {stored} too; rename it")
            check_upload_conflicts(uploads, stored, selected)
        except (ArticleError, SettingError) as error:
            skipped.append(Skip(name, str(error)))
        else:
            selected[stored] = source
    return selected, skipped


def store_uploads(
    transaction: Transaction, files: Sequence[tuple[str, Path | bytes]], *, all_or_none: bool
) -> SyncReport:
    """Copy files into the uploads folder and commit their articles.

    A file is parsed outside that folder first, and moved in only if it is an article. The others
    are reported as skipped; with `all_or_none`, the first raises ArticleError instead. An upload
    of the same name is replaced. Raises LibraryError, with nothing changed, if the files cannot
    be stored.
    """
    base = transaction.base
    selected, skipped = select_uploads(base.directory / UPLOADS, files)
    staging = Staging(base.directory, base.manifest)
    tasks, states = [], {}
    for name, source in selected.items():
        try:
            data = source if isinstance(source, bytes) else _read_regular_file(source)
        except ArticleError as error:
            skipped.append(Skip(name, str(error)))
            continue
        path = staging.add(name, data)
        tasks.append(ParseTask(path, f"{UPLOADS}/{name}", len(data)))
        modified = path.stat().st_mtime_ns
        states[name] = FileState(len(data), modified, hashlib.sha256(data).hexdigest(), None)
    record = base.files()
    known = dict(record.files.get(UPLOADS, {}))
    transaction.total = len(tasks)
    reports, accepted = [], []
    with closing(parse_files(tasks, transaction.report)) as results:
        for (name, state), parse in zip(states.items(), results, strict=True):
            result = parse()
            if name not in known and f"{UPLOADS}/{name}" in base:
                result = taken_id(f"{UPLOADS}/{name}")
            if isinstance(result, ParseFailure):
                if all_or_none:
                    raise ArticleError(f"{PurePosixPath(name).name}: {result.reason}")
                skipped.append(Skip(name, result.reason))
            else:
                article = replace(result, path=str(base.directory / UPLOADS / name))
                known[name], report = apply_file(
                    transaction, state, article.id, known.get(name), article
                )
                reports.append(report)
                accepted.append(name)
            transaction.advance()
    report = merge_reports([*reports, SyncReport(skipped=tuple(skipped))])
    if accepted:
        staging.move_in(accepted)
        record = FilesRecord({**record.files, UPLOADS: dict(sorted(known.items()))}, record.synced)
        transaction.commit(files=record)
    copies = copy_warnings(record, {*report.added, *report.changed})
    return replace(report, warnings=(*report.warnings, *copies))


def _read_regular_file(path: Path) -> bytes:
    if not path.is_file():
        raise ArticleError("the file was removed, or it is not a regular file")
    return read_bytes(path)
