"""Files that are kept inside the index: put there before they are indexed, taken back out
when that fails or is cancelled."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from index.errors import ArticleError, SettingError
from index.ingest.sync import Skip
from index.parsing.pool import ParseFailure, try_parse_file
from index.parsing.registry import is_supported, supported_formats
from index.storage.fsync import replace_bytes
from index.storage.manifest import UPLOADS, read_manifest


@contextmanager
def kept(directory: Path, files: Mapping[str, bytes] | Mapping[str, Path]) -> Iterator[None]:
    """Write files, by name, into the index's folder of uploads: bytes, or copies of files.

    Where the block fails before it has changed the index, the folder is as it was before.
    """
    state = read_manifest(directory).generation
    folder = directory / UPLOADS
    folder.mkdir(exist_ok=True)
    before: dict[Path, bytes | None] = {}
    try:
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            before[path] = path.read_bytes() if path.exists() else None
            replace_bytes(path, data if isinstance(data, bytes) else data.read_bytes())
        yield
    except BaseException:
        if read_manifest(directory).generation != state:
            raise
        for path, data_before in before.items():
            if data_before is None:
                discard(directory, path)
            else:
                replace_bytes(path, data_before)
        raise


def discard(directory: Path, path: Path) -> None:
    """Delete an upload's file, and the folders below that of uploads that are empty then."""
    path.unlink(missing_ok=True)
    for folder in path.parents:
        if folder == directory / UPLOADS or not folder.is_relative_to(directory / UPLOADS):
            return
        try:
            folder.rmdir()
        except OSError:
            return  # another upload lies in it


def usable(
    directory: Path, given: Sequence[tuple[str, Path]]
) -> tuple[dict[str, Path], list[Skip]]:
    """Which of the files `given`, as names and places, can be kept, and what the rest lack.

    Of several with one name the first is taken. A file that would replace another is read
    here already, so that a broken one never takes the place of a good one.
    """
    found: dict[str, Path] = {}
    skipped: list[Skip] = []
    for name, place in given:
        try:
            base = checked_upload(name)
            if base in found:
                raise SettingError(f"another file of this upload is called {base} too; rename it")
            check_free(directory / UPLOADS, base, found)
            if (directory / UPLOADS / base).exists():
                result = try_parse_file(place, base)
                if isinstance(result, ParseFailure):
                    raise ArticleError(result.reason)
            if not place.is_file():
                raise ArticleError("the file is not there any more, or is none")
        except (ArticleError, SettingError) as error:
            skipped.append(Skip(name, str(error)))
        else:
            found[base] = place
    return found, skipped


def check_free(uploads: Path, place: str, found: Mapping[str, Path]) -> None:
    """Raise SettingError where a file has the name of a folder, or the other way round.

    `uploads` is the folder of uploads, `place` a name in it, `found` what is to come with it.
    """
    folders = [str(folder) for folder in PurePosixPath(place).parents][:-1]
    for folder in folders:
        if folder in found or (uploads / folder).is_file():
            raise SettingError(f"{folder} is an uploaded file and no folder; rename the folder")
    if (uploads / place).is_dir() or any(other.startswith(f"{place}/") for other in found):
        raise SettingError(f"{place} is a folder of uploads already; rename the file")


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
    """The place, below the folder of uploads, that an upload called `name` gets, in NFC.

    Folders in a relative name are kept; of an absolute one only the file's own name is.
    Raises SettingError where it cannot be used, ArticleError for a kind that is not read.
    """
    whole = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = [part.strip() for part in whole.split("/")]
    if not parts[0] or ":" in parts[0]:
        # From the root of a disk: where the file lay is nobody's business here.
        parts = parts[-1:]
    for part in parts:
        if not part or part.startswith((".", "~$")) or not part.isprintable():
            raise SettingError(f"{name[:80]!r} cannot be a file's name here; rename the file")
        if len(os.fsencode(part)) > 200:
            raise SettingError(
                f"{part[:40]!r}… has {len(os.fsencode(part))} bytes, at most 200 can be used; "
                "shorten the name"
            )
    place = "/".join(parts)
    if len(os.fsencode(place)) > 500:
        raise SettingError(
            f"the name has {len(os.fsencode(place))} bytes with its folders, at most 500 can be "
            "used; shorten it or use fewer folders"
        )
    if not is_supported(Path(place)):
        raise ArticleError(f"{parts[-1]} is none of {supported_formats()}")
    return place
