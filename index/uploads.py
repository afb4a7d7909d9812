"""Files that are kept inside the index: put there before they are indexed, taken back out
when that fails or is cancelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from index.durable import replace_bytes
from index.errors import ArticleError, SettingError
from index.manifest import UPLOADS
from index.naming import checked_upload
from index.readers import read_article
from index.sync import Skip


@contextmanager
def kept(directory: Path, files: Mapping[str, bytes] | Mapping[str, Path]) -> Iterator[None]:
    """Write files, by name, into the index's folder of uploads: bytes, or copies of files.

    Where the block fails, the folder is as it was before.
    """
    folder = directory / UPLOADS
    folder.mkdir(exist_ok=True)
    before: dict[Path, bytes | None] = {}
    try:
        for name, data in files.items():
            path = folder / name
            before[path] = path.read_bytes() if path.exists() else None
            replace_bytes(path, data if isinstance(data, bytes) else data.read_bytes())
        yield
    except BaseException:
        for path, data_before in before.items():
            if data_before is None:
                path.unlink(missing_ok=True)
            else:
                replace_bytes(path, data_before)
        raise


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
            if (directory / UPLOADS / base).exists():
                read_article(place, base)
        except (ArticleError, SettingError) as error:
            skipped.append(Skip(name, str(error)))
        else:
            found[base] = place
    return found, skipped
