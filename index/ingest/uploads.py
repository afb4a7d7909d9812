"""Uploads: files stored inside the index, under the names that they were given."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from index.errors import ArticleError, SettingError
from index.ingest.sync import Skip
from index.parsing.pool import ParseFailure, try_parse_file
from index.parsing.registry import is_supported, supported_formats
from index.storage.fsync import make_folder, replace_bytes
from index.storage.manifest import UPLOADS, read_manifest

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
    directory: Path, files: Sequence[tuple[str, Path]]
) -> tuple[dict[str, Path], list[Skip]]:
    """Return the files that can be stored, by their stored names, and why the others cannot.

    `files` are names and present paths; of several with the same name the first is used. A file
    that would replace an upload is parsed, so that a broken file never replaces a good one.
    """
    selected: dict[str, Path] = {}
    skipped: list[Skip] = []
    for name, path in files:
        try:
            stored = upload_name(name)
            if stored in selected:
                raise SettingError(f"another file of this upload is called {stored} too; rename it")
            check_upload_conflicts(directory / UPLOADS, stored, selected)
            if (directory / UPLOADS / stored).exists():
                result = try_parse_file(path, stored)
                if isinstance(result, ParseFailure):
                    raise ArticleError(result.reason)
            if not path.is_file():
                raise ArticleError("the file was removed, or it is not a regular file")
        except (ArticleError, SettingError) as error:
            skipped.append(Skip(name, str(error)))
        else:
            selected[stored] = path
    return selected, skipped


@contextmanager
def stored_uploads(
    directory: Path, files: Mapping[str, bytes] | Mapping[str, Path]
) -> Iterator[None]:
    """Store files, given as bytes or paths to copy, in the uploads folder during the block.

    If the block raises an error before it has committed, the folder is restored; otherwise the
    files stay.
    """
    generation = read_manifest(directory).generation
    folder = directory / UPLOADS
    make_folder(folder)
    old_contents: dict[Path, bytes | None] = {}
    try:
        for name, data in files.items():
            path = folder / name
            make_folder(path.parent)
            old_contents[path] = path.read_bytes() if path.exists() else None
            replace_bytes(path, data if isinstance(data, bytes) else data.read_bytes())
        yield
    except BaseException:
        if read_manifest(directory).generation == generation:
            for path, contents in old_contents.items():
                if contents is None:
                    delete_upload(directory, path)
                else:
                    replace_bytes(path, contents)
        raise


def delete_upload(directory: Path, path: Path) -> None:
    """Delete the file of an upload, and its folders if they are empty then."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == directory / UPLOADS or not folder.is_relative_to(directory / UPLOADS):
            return
        try:
            folder.rmdir()
        except OSError:
            return  # it holds another upload
