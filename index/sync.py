"""Finding what has changed in the folders of articles, and bringing the index up to date.

First every root is looked at and nothing is changed; then the differences are applied, many of
them in parts, each of which leaves the index whole: what is done is kept when the rest is
stopped. A file whose size and time are as they were is taken as unchanged, except when it
was written so shortly before the last sync that a later change could bear the same time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.articles import article_id, walk
from index.errors import ArticleError, CancelledError, RootError
from index.language import looks_english
from index.manifest import UPLOADS, FilesRecord, FileState, Root
from index.readers import EXTRACTOR_VERSION, SUFFIXES, read_article
from index.roots import uploads_root
from index.snapshot import Snapshot
from index.text import Article
from index.transaction import Reporter, Transaction

PART = 4096
"""Chunks after which what has been read is committed: some minutes of encoding."""

_RACY = 2_000_000_000
"""Nanoseconds; file systems keep times as coarse as two seconds (FAT)."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that is not in the index, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rename:
    """An article whose file has another name now; its text is the same."""

    old: str
    new: str


@dataclass(frozen=True)
class SyncReport:
    """What a sync did, as article ids. `skipped` lists all unreadable files of the roots synced,
    those known from before included; `warnings` are sentences for the user.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """One root as it is now: what stays, what must be read, what is gone."""

    root: Root
    path: Path
    known: dict[str, FileState]
    started: int
    same: dict[str, FileState] = field(default_factory=dict)
    read: dict[str, tuple[Path, FileState]] = field(default_factory=dict)
    gone: dict[str, FileState] = field(default_factory=dict)
    unlisted: dict[str, str] = field(default_factory=dict)

    def hides(self, name: str) -> bool:
        """Whether a file lies in a folder whose names cannot be read now."""
        return any(name.startswith(f"{folder}/") for folder in self.unlisted)


@dataclass(slots=True)
class _Changes:
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    renamed: list[Rename] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def report(self) -> SyncReport:
        return SyncReport(
            tuple(sorted(self.added)),
            tuple(sorted(self.changed)),
            tuple(self.renamed),
            tuple(sorted(self.removed)),
            tuple(sorted(self.unchanged)),
            tuple(self.skipped),
            tuple(self.warnings),
        )


def sync_roots(
    transaction: Transaction,
    everything: Sequence[Root],
    chosen: Sequence[Root],
    *,
    uploads: bool,
    verify: bool,
    prune: bool,
    report: Reporter,
    refuse: Path | None = None,
    in_parts: bool = True,
) -> SyncReport:
    """Bring the `chosen` roots up to date and commit, if anything is different.

    `in_parts` commits after every `PART` chunks too; else all is done or nothing. Raises
    RootError, before anything is changed, where a root is missing or suddenly empty; with
    `prune`, its articles are removed instead. Raises ArticleError where the file `refuse`
    cannot be read.
    """
    base = transaction.base
    record = base.files()
    # Text made by another extractor may differ, so every file is read again.
    again = base.manifest.extractor != EXTRACTOR_VERSION
    seen: list[_Seen] = []
    dropped: list[Root] = []
    places = [(root, Path(root.path)) for root in chosen]
    if uploads:
        places.append(uploads_root(base.directory))
    for root, path in places:
        looked = _look(base.directory, root, path, record, verify, report)
        if root.label != UPLOADS:
            _check_present(looked, prune)
            if not path.exists():
                dropped.append(root)
        seen.append(looked)

    def part() -> None:
        if in_parts and transaction.rows >= PART:
            transaction.checkpoint(files=_record_so_far(record, seen), roots=everything)

    try:
        changes = _apply(transaction, seen, record, again, part)
    except CancelledError:
        if transaction.parts:
            raise CancelledError("indexing was cancelled; what was complete is kept") from None
        raise
    for skip in changes.skipped:
        if refuse is not None and skip.path == str(refuse):
            raise ArticleError(f"{refuse.name}: {skip.reason}")
    kept = [root for root in everything if root not in dropped]
    new = _new_record(record, seen, dropped)
    whole = {root.path for root, _ in places} >= set(record.files)
    extractor = EXTRACTOR_VERSION if whole else base.manifest.extractor
    old = (record, base.manifest.roots, base.manifest.extractor)
    if transaction.changes or (new, tuple(kept), extractor) != old:
        transaction.commit(files=new, roots=kept, extractor=extractor)
    return changes.report()


def _check_present(looked: _Seen, prune: bool) -> None:
    path, found = looked.path, bool(looked.same or looked.read)
    held = any(file.article for file in looked.known.values())
    if not path.exists():
        if not looked.known and not prune:
            raise RootError(f"there is no file or folder {path}; check the path")
        if not prune:
            raise RootError(
                f"{path} was indexed and is missing now; bring it back, or let its "
                "articles go with --prune"
            )
    elif not found and held and not prune:
        raise RootError(
            f"{path} held {sum(1 for f in looked.known.values() if f.article)} articles and is "
            "empty now; bring them back, or let them go with --prune"
        )
    elif not found and not looked.known and not prune:
        raise RootError(f"{path} holds no articles ({', '.join(SUFFIXES)})")


def _look(
    directory: Path, root: Root, path: Path, record: FilesRecord, verify: bool, report: Reporter
) -> _Seen:
    """Compare a root with what is known of it. Reads files only to hash them."""
    known = record.files.get(root.path, {})
    # The clock of the file system and ours are the same on one machine.
    seen = _Seen(root, path, known, time.time_ns())
    settled = record.synced.get(root.path, 0) - _RACY
    start = len(str(path).rstrip("/")) + 1

    def unlisted(folder: Path, reason: str) -> None:
        seen.unlisted[str(folder)[start:]] = reason

    for number, place in enumerate(_files(path, directory, unlisted), start=1):
        report("scanning", number, max(number, len(known)))
        # Slicing is ten times as fast as `relative_to`, which counts with many files.
        name = str(place)[start:] or place.name
        try:
            status = place.stat()
        except OSError:
            continue  # removed since it was listed
        before = known.get(name)
        if (
            before is not None
            and not verify
            and before.sha256
            and (before.size, before.modified) == (status.st_size, status.st_mtime_ns)
            and before.modified < settled
        ):
            seen.same[name] = before
            continue
        digest = _sha256(place)
        state = FileState(status.st_size, status.st_mtime_ns, digest, None)
        if before is not None and digest and digest == before.sha256:
            seen.same[name] = FileState(
                state.size, state.modified, digest, before.article, before.reason
            )
        else:
            seen.read[name] = (place, state)
    for name, file in known.items():
        if name in seen.same or name in seen.read:
            continue
        # What cannot be looked at is not known to be gone.
        (seen.same if seen.hides(name) else seen.gone)[name] = file
    return seen


def _files(path: Path, directory: Path, unlisted: Callable[[Path, str], None]) -> Iterator[Path]:
    """The files of a root, without those of the index if it lies inside."""
    if not path.exists():
        return
    inside = path in directory.parents
    for place in walk(path, unlisted):
        if not (inside and directory in place.parents):
            yield place


def _sha256(path: Path) -> str:
    """The digest of a file's bytes, empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _apply(
    transaction: Transaction,
    seen: Sequence[_Seen],
    record: FilesRecord,
    again: bool,
    part: Callable[[], None],
) -> _Changes:
    """Read what must be read, and hand it to the transaction; `part` is called after each file.

    Fills each root's `same`, and takes from its `gone` what is dealt with.
    """
    changes, base = _Changes(), transaction.base
    for looked in seen:
        if again:
            for name in [name for name in looked.same if not looked.hides(name)]:
                looked.read[name] = (_place(looked, name), looked.same.pop(name))
        changes.unchanged += [f.article for f in looked.same.values() if f.article]
    claimed = _claimed(base, seen, record)
    transaction.total = sum(len(looked.read) for looked in seen)
    for looked in seen:
        moved = _moved(looked)
        elsewhere = set(moved.values())
        for name in [name for name in looked.gone if name not in elsewhere]:
            file = looked.gone.pop(name)
            if file.article:
                transaction.remove(file.article)
                changes.removed.append(file.article)
        for name, (place, state) in looked.read.items():
            before = looked.known.get(name) or looked.gone.pop(moved.get(name, ""), None)
            old = before.article if before else None
            if old is not None and name in moved:
                transaction.remove(old)
            new = article_id(looked.path, place, looked.root.label or None)
            looked.same[name] = _read(transaction, changes, place, state, new, old, claimed)
            claimed.add(new)
            transaction.advance()
            part()
        changes.skipped += [
            Skip(
                str(_place(looked, folder)),
                f"the folder cannot be listed ({reason}); what was indexed from it is kept",
            )
            for folder, reason in sorted(looked.unlisted.items())
        ]
        changes.skipped += [
            Skip(str(_place(looked, name)), file.reason)
            for name, file in sorted(looked.same.items())
            if file.reason
        ]
    return changes


def _place(looked: _Seen, name: str) -> Path:
    return looked.path if looked.path.is_file() else looked.path / name


def _claimed(base: Snapshot, seen: Sequence[_Seen], record: FilesRecord) -> set[str]:
    """The ids that files to be read may not take: those of other files, and of added texts."""
    of_files = {
        file.article for files in record.files.values() for file in files.values() if file.article
    }
    free = {
        file.article
        for looked in seen
        for name, file in looked.known.items()
        if file.article and name not in looked.same
    }
    texts = base.ids() - of_files
    return (of_files - free) | texts


def _moved(looked: _Seen) -> dict[str, str]:
    """New names of files that were renamed, with their old names: same bytes, old one gone."""
    homeless: dict[str, list[str]] = {}
    for name, file in sorted(looked.gone.items(), reverse=True):
        if file.article and file.sha256:
            homeless.setdefault(file.sha256, []).append(name)
    moved = {}
    for name, (_, state) in looked.read.items():
        if name not in looked.known and homeless.get(state.sha256):
            moved[name] = homeless[state.sha256].pop()
    return moved


def _read(
    transaction: Transaction,
    changes: _Changes,
    place: Path,
    state: FileState,
    new: str,
    old: str | None,
    claimed: set[str],
) -> FileState:
    """Read one new, changed or renamed file; `old` is its article's id so far."""
    reason = None
    article = None
    if new in claimed:
        reason = f"another article already has its id, {new!r}; rename the file"
    else:
        try:
            article = read_article(place, new)
        except ArticleError as error:
            reason = str(error)
        except Exception as error:  # a fault of a parser must cost one file, not the folder
            reason = f"broken: reading it failed with {type(error).__name__}: {error}"[:300]
            state = replace(state, sha256="")  # so that it is tried again at each sync
    if article is None:
        if old is not None:
            transaction.remove(old)
            changes.removed.append(old)
        return FileState(state.size, state.modified, state.sha256, None, reason)
    if old == new and _equal(transaction.base, article):
        changes.unchanged.append(new)
    else:
        transaction.add(article)
        if old is None:
            changes.added.append(new)
        elif old == new:
            changes.changed.append(new)
        else:
            changes.renamed.append(Rename(old, new))
        if not looks_english(article):
            changes.warnings.append(
                f"{new} does not look English; the search and the answers are made for English"
            )
    return FileState(state.size, state.modified, state.sha256, new)


def _equal(base: Snapshot, article: Article) -> bool:
    return article.id in base and base.article(article.id) == article


def _record_so_far(record: FilesRecord, seen: Sequence[_Seen]) -> FilesRecord:
    """What is known of the files when a part is committed.

    Those still to be read or to be removed stand there as they did, or not at all, and the
    time of the sync does not count yet: the next one finds them again.
    """
    files = dict(record.files)
    for looked in seen:
        waiting = {**looked.gone, **{n: f for n, f in looked.known.items() if n in looked.read}}
        names = {**waiting, **looked.same}
        if names:
            files[looked.root.path] = dict(sorted(names.items()))
    return FilesRecord(files, record.synced)


def _new_record(record: FilesRecord, seen: Sequence[_Seen], dropped: Sequence[Root]) -> FilesRecord:
    files, synced = dict(record.files), dict(record.synced)
    for looked in seen:
        path = looked.root.path
        if looked.root in dropped:
            files.pop(path, None)
            synced.pop(path, None)
            continue
        names = dict(sorted(looked.same.items()))
        before, now = record.synced.get(path, 0) - _RACY, looked.started - _RACY
        # A new time is worth a commit only when something changed, or it spares hashing.
        if names != record.files.get(path) or any(
            before <= file.modified < now for file in names.values()
        ):
            synced[path] = looked.started
        if names or path in files or looked.root.label != UPLOADS:
            files[path] = names
    return FilesRecord(files, synced)
