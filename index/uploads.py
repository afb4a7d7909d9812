"""Files that are kept inside the index: put there before they are indexed, taken back out
when that fails or is cancelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from index.durable import replace_bytes
from index.errors import ArticleError, SettingError
from index.manifest import UPLOADS, read_manifest
from index.naming import checked_upload
from index.readers.outcome import Unread, outcome
from index.sync import Skip


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
                read = outcome(place, base)
                if isinstance(read, Unread):
                    raise ArticleError(read.reason)
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
