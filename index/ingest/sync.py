"""Bring the index up to date with the files of its roots.

Each root is scanned and compared with what the index knows of it, which changes nothing. Then the
differences are applied. If there are many, they are committed in parts, each of which leaves the
index consistent: what is committed stays when the rest is cancelled or the process is killed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from index.errors import CancelledError, RootError
from index.ingest.diff import Difference, diff
from index.ingest.roots import UPLOADS_ROOT, root_path
from index.ingest.scan import TIME_RESOLUTION_NS, RootScan, scan_root
from index.ingest.transaction import Transaction
from index.parsing.article import EXTRACTOR_VERSION
from index.parsing.coverage import coverage_warning
from index.parsing.metadata import change_metadata, read_changes
from index.parsing.pool import ParseFailure, ParseResult, ParseTask, parse_files
from index.parsing.registry import supported_formats
from index.segmentation.language import looks_english
from index.storage.manifest import Files, FilesRecord, FileState, Root
from index.storage.snapshot import Snapshot
from index.types import Article

CHECKPOINT_CHUNKS = 4096
"""Chunks after which a part is committed: some minutes of encoding."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A file that is not in the index, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rename:
    """An article whose file was renamed; its text is the same."""

    old: str
    new: str


@dataclass(frozen=True)
class SyncReport:
    """The result of a sync, as article ids.

    `skipped` lists all unreadable files of the synced roots, including those known before;
    `warnings` are sentences for the user. `unsupported` counts the files that no parser reads, by
    suffix.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()
    warnings: tuple[str, ...] = ()
    unsupported: Mapping[str, int] = field(default_factory=dict)


def sync_roots(
    transaction: Transaction,
    all_roots: Sequence[Root],
    selected: Sequence[Root],
    *,
    verify: bool = False,
    prune: bool = False,
    retry: bool = False,
) -> SyncReport:
    """Bring the `selected` roots up to date, and commit if anything is different.

    `verify` hashes every file; `retry` parses files again that gave no article. A part is
    committed after `CHECKPOINT_CHUNKS` chunks. Raises RootError, before anything is changed, if a
    root is missing or suddenly empty; with `prune`, its articles are removed instead.
    """
    base, record = transaction.base, transaction.base.files()
    plans = []
    for root in selected:
        plan = _plan_root(transaction, root, record, verify=verify, retry=retry)
        # Uploads are removed one by one, so their folder may become empty.
        if not prune and (root != UPLOADS_ROOT or not plan.scan.exists):
            plan.check_articles_present()
        plans.append(plan)

    # Files that are still to be applied have their known state, so a commit at any time is
    # consistent, and the next sync finds what remains.
    states = {plan.scan.root.path: {**plan.known, **plan.difference.unchanged} for plan in plans}

    def checkpoint() -> None:
        if transaction.rows >= CHECKPOINT_CHUNKS:
            transaction.checkpoint(files=_partial_record(record, states), roots=all_roots)

    try:
        report = _apply(transaction, plans, states, checkpoint)
    except CancelledError:
        if transaction.checkpoints:
            raise CancelledError("indexing was cancelled; what was complete is kept") from None
        raise

    missing = {plan.scan.root for plan in plans if not plan.scan.exists}
    roots = tuple(root for root in all_roots if root not in missing)
    files = _final_record(record, plans, states)
    is_complete = {root.path for root in selected} >= {
        path for path, known in record.files.items() if known
    }
    extractor = EXTRACTOR_VERSION if is_complete else base.manifest.extractor
    before = (record, base.manifest.roots, base.manifest.extractor)
    if transaction.has_changes or (files, roots, extractor) != before:
        transaction.commit(files=files, roots=roots, extractor=extractor)
    copies = copy_warnings(files, {*report.added, *report.changed})
    unsupported = sum((Counter(plan.scan.unsupported) for plan in plans), Counter[str]())
    return replace(report, warnings=(*report.warnings, *copies), unsupported=unsupported)


@dataclass(frozen=True, slots=True)
class _RootPlan:
    """A scanned root, what was known of its files, and the difference between the two."""

    scan: RootScan
    known: Mapping[str, FileState]
    difference: Difference

    @property
    def names_to_parse(self) -> list[str]:
        """The new, changed and renamed files, in the order of the scan."""
        difference = self.difference
        names = {*difference.added, *difference.changed, *difference.renamed}
        return [name for name in self.scan.files if name in names]

    def check_articles_present(self) -> None:
        """Raise RootError if the root is missing, suddenly empty, or new without any article."""
        path, difference = self.scan.path, self.difference
        if not self.scan.exists:
            if not self.known:
                raise RootError(f"there is no file or folder {path}; check the path")
            raise RootError(
                f"{path} was indexed and is missing now; bring it back, or let its "
                "articles go with --prune"
            )
        if self.names_to_parse or difference.unchanged:
            return
        articles = sum(file.article is not None for file in self.known.values())
        if articles:
            raise RootError(
                f"{path} held {articles} articles and is empty now; bring them back, or let them "
                "go with --prune"
            )
        if not self.known:
            raise RootError(f"{path} holds no articles ({supported_formats()})")


def _plan_root(
    transaction: Transaction, root: Root, record: FilesRecord, *, verify: bool, retry: bool
) -> _RootPlan:
    base = transaction.base
    path = root_path(base.directory, root)
    known = record.files.get(root.path, {})
    scan = scan_root(
        root,
        path,
        known,
        last_sync=record.synced.get(root.path, 0),
        verify=verify,
        exclude=base.directory if path in base.directory.parents else None,
        on_file=lambda count: transaction.report_scan(count, max(count, len(known))),
    )
    difference = diff(
        known,
        scan.files,
        unlisted=scan.unlisted,
        # Another version of the parsers may extract another text.
        reparse=base.manifest.extractor != EXTRACTOR_VERSION,
        retry=retry,
    )
    return _RootPlan(scan, known, difference)


def _apply(
    transaction: Transaction,
    plans: Sequence[_RootPlan],
    states: Mapping[str, dict[str, FileState]],
    after_file: Callable[[], None],
) -> SyncReport:
    """Remove, parse and add articles as planned, and update `states` file by file."""
    taken_ids = _taken_ids(transaction.base, plans)
    tasks = [
        ParseTask(plan.scan.path_of(name), plan.scan.article_id(name), plan.scan.files[name].size)
        for plan in plans
        for name in plan.names_to_parse
    ]
    transaction.total = len(tasks)
    reports = []
    with closing(parse_files(tasks, transaction.report)) as results:
        parsing = zip(tasks, results, strict=True)
        for plan in plans:
            files = states[plan.scan.root.path]
            unchanged = [file.article for file in plan.difference.unchanged.values()]
            reports.append(SyncReport(unchanged=tuple(filter(None, unchanged))))
            for name in plan.difference.removed:
                removed = files.pop(name).article
                if removed is not None:
                    transaction.remove(removed)
                    reports.append(SyncReport(removed=(removed,)))
            for name in plan.names_to_parse:
                task, parse = next(parsing)
                before = files.pop(plan.difference.renamed.get(name, name), None)
                files[name], report = apply_file(
                    transaction,
                    plan.scan.files[name],
                    task.article_id,
                    before,
                    taken_id(task.article_id) if task.article_id in taken_ids else parse(),
                )
                reports.append(report)
                taken_ids.add(task.article_id)
                transaction.advance()
                after_file()
            reports.append(SyncReport(skipped=tuple(_skips(plan.scan, files))))
    return merge_reports(reports)


def _taken_ids(base: Snapshot, plans: Sequence[_RootPlan]) -> set[str]:
    """Return the ids of articles that stay: of other files, and of texts in no file."""
    freed = {
        file.article
        for plan in plans
        for name, file in plan.known.items()
        if file.article and name not in plan.difference.unchanged
    }
    return base.ids() - freed


def taken_id(article_id: str) -> ParseFailure:
    """Return the failure of a file whose id another article has."""
    # The other article may be removed, so the file is parsed again at the next sync.
    reason = f"another article already has its id, {article_id!r}; rename the file"
    return ParseFailure(reason, is_transient=True)


def apply_file(
    transaction: Transaction,
    file: FileState,
    article_id: str,
    before: FileState | None,
    result: ParseResult,
) -> tuple[FileState, SyncReport]:
    """Add the article of a new, changed or renamed file, in place of the one it had `before`."""
    old_id = before.article if before is not None else None
    if before is not None:
        file = replace(file, corrections=before.corrections)
    if old_id is not None and (isinstance(result, ParseFailure) or old_id != article_id):
        transaction.remove(old_id)
    if isinstance(result, ParseFailure):
        # Without a hash, the file is parsed again at each sync.
        sha256 = "" if result.is_transient else file.sha256
        state = replace(file, sha256=sha256, reason=result.reason)
        return state, SyncReport(removed=() if old_id is None else (old_id,))
    state = replace(file, article=article_id)
    if file.corrections:
        metadata = change_metadata(result.metadata, read_changes(file.corrections))
        result = replace(result, metadata=metadata)
    if old_id == article_id and _is_stored(transaction.base, result):
        return state, SyncReport(unchanged=(article_id,))
    transaction.add(result)
    warnings: tuple[str, ...] = ()
    if not looks_english(result):
        warnings = (
            f"{article_id} does not look English; the search and the answers are made for English",
        )
    if sparse := coverage_warning(result):
        warnings += (sparse,)
    if old_id is None:
        return state, SyncReport(added=(article_id,), warnings=warnings)
    if old_id == article_id:
        return state, SyncReport(changed=(article_id,), warnings=warnings)
    return state, SyncReport(renamed=(Rename(old_id, article_id),), warnings=warnings)


def _is_stored(base: Snapshot, article: Article) -> bool:
    return article.id in base and base.article(article.id) == article


def _skips(scan: RootScan, files: Mapping[str, FileState]) -> list[Skip]:
    """Return the folders of a root that cannot be listed, then its files without an article."""
    return [
        Skip(
            str(scan.path_of(folder)),
            f"the folder cannot be listed ({reason}); what was indexed from it is kept",
        )
        for folder, reason in sorted(scan.unlisted.items())
    ] + [
        Skip(str(scan.path_of(name)), file.reason)
        for name, file in sorted(files.items())
        if file.reason
    ]


def merge_reports(reports: Sequence[SyncReport]) -> SyncReport:
    """Return one report of all changes, with sorted ids."""
    return SyncReport(
        added=tuple(sorted(id for report in reports for id in report.added)),
        changed=tuple(sorted(id for report in reports for id in report.changed)),
        renamed=tuple(rename for report in reports for rename in report.renamed),
        removed=tuple(sorted(id for report in reports for id in report.removed)),
        unchanged=tuple(sorted(id for report in reports for id in report.unchanged)),
        skipped=tuple(skip for report in reports for skip in report.skipped),
        warnings=tuple(warning for report in reports for warning in report.warnings),
    )


def copy_warnings(record: FilesRecord, new_ids: Collection[str]) -> list[str]:
    """Return a warning for each of the `new_ids` whose file has the same bytes as another's."""
    if not new_ids:
        return []
    articles_by_hash: dict[str, list[str]] = {}
    for files in record.files.values():
        for file in files.values():
            if file.article and file.sha256:
                articles_by_hash.setdefault(file.sha256, []).append(file.article)
    warnings = []
    for articles in articles_by_hash.values():
        first, *others = sorted(articles, key=lambda article: (article in new_ids, article))
        warnings += [
            f"{other} is a copy of {first}; as sources of an answer they count as one"
            for other in others
            if other in new_ids
        ]
    return sorted(warnings)


def _partial_record(record: FilesRecord, states: Files) -> FilesRecord:
    """Return the record for a checkpoint.

    It keeps the times of the last syncs, so the next one compares files as this one did.
    """
    files = {path: dict(sorted(known.items())) for path, known in states.items() if known}
    return FilesRecord({**record.files, **files}, record.synced)


def _final_record(record: FilesRecord, plans: Sequence[_RootPlan], states: Files) -> FilesRecord:
    files, synced = dict(record.files), dict(record.synced)
    for scan in (plan.scan for plan in plans):
        path = scan.root.path
        if not scan.exists:
            files.pop(path, None)
            synced.pop(path, None)
            continue
        states_now = dict(sorted(states[path].items()))
        before = record.synced.get(path, 0) - TIME_RESOLUTION_NS
        now = scan.started - TIME_RESOLUTION_NS
        # A new time is worth a commit only if something changed, or if it saves hashing.
        if states_now != record.files.get(path) or any(
            before <= file.modified < now for file in states_now.values()
        ):
            synced[path] = scan.started
        if states_now or path in files or scan.root != UPLOADS_ROOT:
            files[path] = states_now
    return FilesRecord(files, synced)
