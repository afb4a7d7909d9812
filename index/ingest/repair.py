"""Repair a damaged index: keep what equals its digest, and make the rest again from the articles.

Everything that is kept is written anew in one commit; vectors are reused, so that only lost
articles are encoded again. Used under the write lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import DamagedError
from index.ingest.roots import UPLOADS_ROOT, root_path
from index.ingest.transaction import ProgressReporter, Transaction
from index.storage.check import CheckReport, Damage
from index.storage.folder_snapshot import FolderSnapshot, open_segment
from index.storage.folder_writer import FolderWriter, remove_unused_files
from index.storage.location import FolderLocation
from index.storage.manifest import (
    MANIFEST_NAME,
    SEGMENTS,
    FilesRecord,
    FileState,
    Manifest,
    read_removed,
)
from index.storage.segment import intact_articles
from index.types import Article

if TYPE_CHECKING:
    from index.embedding.encoder import Encoder


@dataclass(frozen=True, slots=True)
class RepairReport:
    """The result of a repair.

    `damaged` are the files that were damaged, `kept` counts articles whose stored text was intact,
    `reread` those that were read from their files again. `problems` are sentences about what could
    not be made again; without any, the index is whole.
    """

    damaged: tuple[Damage, ...] = ()
    kept: int = 0
    reread: int = 0
    problems: tuple[str, ...] = ()


def keep_intact(
    directory: Path,
    report: CheckReport,
    manifest: Manifest,
    encoder: Callable[[], Encoder],
    reporter: ProgressReporter | None = None,
) -> tuple[int, tuple[str, ...]]:
    """Commit a state with all intact articles of a damaged index.

    Returns their number, and sentences about what cannot be made again. The next sync reads the
    files of all other articles.
    """
    damaged = {damage.path for damage in report.damaged}
    problems = []
    removed = {}
    if manifest.removed in damaged:
        problems.append(
            "the list of removed articles was damaged; an article that was added as a text and "
            "removed again may be back"
        )
    elif manifest.removed:
        path = directory / manifest.removed
        removed = read_removed(path, manifest.digests[manifest.removed])
    intact = tuple(
        entry
        for entry in manifest.segments
        if not any(name.startswith(f"{SEGMENTS}/{entry.name}/") for name in damaged)
    )
    kept: dict[str, Article] = {}
    for entry in manifest.segments:
        gone = removed.get(entry.name, frozenset())
        if entry in intact:
            segment = open_segment(directory, entry, manifest.digests)
            found = [segment.article(one.number) for one in segment.entries]
        else:
            found = intact_articles(directory / SEGMENTS / entry.name)
        kept.update((article.id, article) for article in found if article.id not in gone)
    known = _known_files(directory, manifest, damaged)
    if manifest.removed in damaged and manifest.files not in damaged:
        listed = FilesRecord(known, {}).ids()
        kept = {
            article_id: article
            for article_id, article in kept.items()
            if article.path is None or article_id in listed
        }
    record = _record(directory, manifest, damaged, known, kept)
    lost = sum(entry.articles for entry in manifest.segments) - sum(map(len, removed.values()))
    lost -= len(kept) + sum(
        state.article is not None and state.article not in kept
        for files in known.values()
        for state in files.values()
    )
    if lost > 0 and manifest.removed not in damaged and manifest.files not in damaged:
        problems.append(f"{lost} articles that were added as texts could not be recovered")
    base = FolderSnapshot(
        directory,
        replace(
            manifest,
            segments=intact,
            removed=None,
            bm25=None,
            files=None,
            contents="",
            digests={
                name: digest
                for name, digest in manifest.digests.items()
                if any(name.startswith(f"{SEGMENTS}/{entry.name}/") for entry in intact)
            },
        ),
    )
    remove_unused_files(directory, manifest)
    writer = FolderWriter(base, clean=False)
    writer.remove_all()
    transaction = Transaction(FolderLocation(directory), base, encoder, reporter, writer=writer)
    transaction.total = len(kept)
    try:
        for article in kept.values():
            transaction.add(article)
            transaction.advance()
        transaction.commit(files=record)
    except BaseException:
        transaction.rollback()
        raise
    return len(kept), tuple(problems)


def _known_files(
    directory: Path, manifest: Manifest, damaged: set[str]
) -> dict[str, dict[str, FileState]]:
    """Return the states of all source files, none if the record of them is damaged."""
    if manifest.files is None or manifest.files in damaged:
        return {}
    path = directory / manifest.files
    return FilesRecord.read(path, manifest.digests[manifest.files]).files


def _record(
    directory: Path,
    manifest: Manifest,
    damaged: set[str],
    known: dict[str, dict[str, FileState]],
    kept: dict[str, Article],
) -> FilesRecord:
    """Return the record of the files whose articles are kept; others are read at the next sync."""
    if manifest.files is None or manifest.files not in damaged:
        return FilesRecord(
            {
                root: {
                    name: state
                    for name, state in files.items()
                    if state.article is None or state.article in kept
                }
                for root, files in known.items()
            },
            {},
        )
    files: dict[str, dict[str, FileState]] = {}
    for article in kept.values():
        for root, name in _location(directory, manifest, article):
            # Without a hash, the file is read again at the next sync.
            files.setdefault(root, {})[name] = FileState(0, 0, "", article.id)
    return FilesRecord(files, {})


def _location(directory: Path, manifest: Manifest, article: Article) -> Iterator[tuple[str, str]]:
    """Yield the root of an article's file and its path there; nothing for an added text."""
    if article.path is None:
        return
    path = Path(article.path)
    for root in (UPLOADS_ROOT, *manifest.roots):
        folder = root_path(directory, root)
        if path == folder or folder in path.parents:
            yield root.path, path.name if path == folder else path.relative_to(folder).as_posix()
            return


def unusable(directory: Path) -> DamagedError:
    """Return the error for an index whose manifest and copy are both damaged."""
    error = DamagedError(directory / MANIFEST_NAME, "its copy is damaged as well")
    error.args = (
        f"{directory / MANIFEST_NAME} and its copy are damaged, and nothing else says what the "
        f"index held. Keep its uploads folder if there is one, delete {directory}, and make the "
        f"index again: pincite index PATH --index {directory}",
    )
    return error
