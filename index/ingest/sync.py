"""Finding what has changed in the folders of articles, and bringing the index up to date.

First every root is looked at and nothing is changed; then the differences are applied, many of
them in parts, each of which leaves the index whole: what is done is kept when the rest is
stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import ArticleError, CancelledError
from index.ingest.roots import uploads_root
from index.ingest.scan import RACY, Seen, article_id, check_present, look
from index.ingest.transaction import Reporter, Transaction
from index.parsing.article import EXTRACTOR_VERSION
from index.parsing.pool import ParseFailure, ParseResult, ParseTask, parse_files
from index.segmentation.language import looks_english
from index.storage.manifest import UPLOADS, FilesRecord, FileState, Root
from index.storage.snapshot import Snapshot
from index.types import Article

PART = 4096
"""Chunks after which what has been read is committed: some minutes of encoding."""


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
    seen: list[Seen] = []
    dropped: list[Root] = []
    places = [(root, Path(root.path)) for root in chosen]
    uploaded, folder = uploads_root(base.directory)
    if uploads and (folder.is_dir() or record.files.get(uploaded.path)):
        places.append((uploaded, folder))
    for root, path in places:
        looked = look(base.directory, root, path, record, verify, report)
        # Uploads are taken away one by one, and the last may go as well; a folder that is gone
        # as a whole was hardly meant.
        if root.label != UPLOADS or not path.exists():
            check_present(looked, prune)
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
    changes.warnings += _copies(new, {*changes.added, *changes.changed})
    whole = {root.path for root, _ in places} >= {path for path, had in record.files.items() if had}
    extractor = EXTRACTOR_VERSION if whole else base.manifest.extractor
    old = (record, base.manifest.roots, base.manifest.extractor)
    if transaction.changes or (new, tuple(kept), extractor) != old:
        transaction.commit(files=new, roots=kept, extractor=extractor)
    return changes.report()


def _apply(
    transaction: Transaction,
    seen: Sequence[Seen],
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
    files = [
        ParseTask(place, article_id(looked.path, place, looked.root.label or None), state.size)
        for looked in seen
        for place, state in looked.read.values()
    ]
    transaction.total = len(files)
    with closing(parse_files(files, transaction.report)) as results:
        reading = zip(files, results, strict=True)
        for looked in seen:
            moved = _moved(looked)
            elsewhere = set(moved.values())
            for name in [name for name in looked.gone if name not in elsewhere]:
                file = looked.gone.pop(name)
                if file.article:
                    transaction.remove(file.article)
                    changes.removed.append(file.article)
            for name, (_, state) in looked.read.items():
                to_read, read = next(reading)
                before = looked.known.get(name) or looked.gone.pop(moved.get(name, ""), None)
                old = before.article if before else None
                if old is not None and name in moved:
                    transaction.remove(old)
                new = to_read.article_id
                looked.same[name] = _read(transaction, changes, read, state, new, old, claimed)
                claimed.add(new)
                transaction.advance()
                part()
            changes.skipped += _skipped(looked)
    return changes


def _skipped(looked: Seen) -> list[Skip]:
    """The folders of a root that cannot be listed, then its files that gave no article."""
    return [
        Skip(
            str(_place(looked, folder)),
            f"the folder cannot be listed ({reason}); what was indexed from it is kept",
        )
        for folder, reason in sorted(looked.unlisted.items())
    ] + [
        Skip(str(_place(looked, name)), file.reason)
        for name, file in sorted(looked.same.items())
        if file.reason
    ]


def _place(looked: Seen, name: str) -> Path:
    return looked.path if looked.path.is_file() else looked.path / name


def _claimed(base: Snapshot, seen: Sequence[Seen], record: FilesRecord) -> set[str]:
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


def _moved(looked: Seen) -> dict[str, str]:
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
    read: Callable[[], ParseResult],
    state: FileState,
    new: str,
    old: str | None,
    claimed: set[str],
) -> FileState:
    """Take in one new, changed or renamed file; `old` is its article's id so far."""
    if new in claimed:  # by another one, which may go
        article: ParseResult = ParseFailure(
            f"another article already has its id, {new!r}; rename the file", is_transient=True
        )
    else:
        article = read()
    if isinstance(article, ParseFailure):
        if old is not None:
            transaction.remove(old)
            changes.removed.append(old)
        # Without its bytes' digest it is tried again at each sync.
        sha256 = "" if article.is_transient else state.sha256
        return FileState(state.size, state.modified, sha256, None, article.reason)
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


def _copies(record: FilesRecord, read: set[str]) -> list[str]:
    """Warnings of the articles among `read` whose file has the bytes of another one."""
    if not read:
        return []
    same: dict[str, list[str]] = {}
    for files in record.files.values():
        for file in files.values():
            if file.article and file.sha256:
                same.setdefault(file.sha256, []).append(file.article)
    told = []
    for articles in same.values():
        first, *others = sorted(articles, key=lambda article: (article in read, article))
        told += [
            f"{other} is a copy of {first}; as sources of an answer they count as one"
            for other in others
            if other in read
        ]
    return sorted(told)


def _equal(base: Snapshot, article: Article) -> bool:
    return article.id in base and base.article(article.id) == article


def _record_so_far(record: FilesRecord, seen: Sequence[Seen]) -> FilesRecord:
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


def _new_record(record: FilesRecord, seen: Sequence[Seen], dropped: Sequence[Root]) -> FilesRecord:
    files, synced = dict(record.files), dict(record.synced)
    for looked in seen:
        path = looked.root.path
        if looked.root in dropped:
            files.pop(path, None)
            synced.pop(path, None)
            continue
        names = dict(sorted(looked.same.items()))
        before, now = record.synced.get(path, 0) - RACY, looked.started - RACY
        # A new time is worth a commit only when something changed, or it spares hashing.
        if names != record.files.get(path) or any(
            before <= file.modified < now for file in names.values()
        ):
            synced[path] = looked.started
        if names or path in files or looked.root.label != UPLOADS:
            files[path] = names
    return FilesRecord(files, synced)
