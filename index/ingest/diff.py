"""Compare the files that an index knows with the present ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from index.storage.manifest import FileState


@dataclass(frozen=True, slots=True)
class Difference:
    """How the present files of a root differ from the known ones, by name.

    `renamed` maps new names to old ones. Each known file is in exactly one of `changed`,
    `unchanged`, `removed` and the old names in `renamed`; each present file is in exactly one of
    `added`, `changed`, `renamed` and `unchanged`, unless it had an article and is no longer a
    regular file, which counts as missing.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: Mapping[str, str]
    removed: tuple[str, ...]
    unchanged: Mapping[str, FileState]


def diff(
    known: Mapping[str, FileState],
    present: Mapping[str, FileState],
    *,
    unlisted: Collection[str] = (),
    reparse: bool = False,
    retry: bool = False,
) -> Difference:
    """Return how `present` differs from `known`.

    Files are compared by their hash and that of their sidecar; one without a hash could not be
    read and counts as changed. A new file with the hash of a missing one is renamed. Known files
    below the folders `unlisted` cannot be seen now, so they are unchanged. With `reparse`, all
    known files that are present count as changed; with `retry`, those that gave no article.
    """
    new: list[str] = []
    changed: list[str] = []
    unchanged: dict[str, FileState] = {}
    for name, file in present.items():
        before = known.get(name)
        if file.reason is not None:
            if before is None or before.article is None:
                unchanged[name] = file
        elif before is None:
            new.append(name)
        elif (
            reparse
            or (retry and before.reason)
            or not file.sha256
            or (file.sha256, file.sidecar) != (before.sha256, before.sidecar)
        ):
            changed.append(name)
        else:
            unchanged[name] = replace(before, size=file.size, modified=file.modified)
    hidden = tuple(f"{folder}/" for folder in unlisted)
    changed_names = set(changed)
    missing: list[str] = []
    for name, file in known.items():
        if name in unchanged or name in changed_names:
            continue
        if name.startswith(hidden):
            unchanged[name] = file
        else:
            missing.append(name)
    renamed = _renames(known, missing, present, new)
    old_names = set(renamed.values())
    return Difference(
        added=tuple(name for name in new if name not in renamed),
        changed=tuple(changed),
        renamed=renamed,
        removed=tuple(name for name in missing if name not in old_names),
        unchanged=unchanged,
    )


def _renames(
    known: Mapping[str, FileState],
    missing: Collection[str],
    present: Mapping[str, FileState],
    new: Collection[str],
) -> dict[str, str]:
    """Pair each new file with a missing article's file of the same bytes; new names to old ones."""
    missing_by_hash: dict[str, list[str]] = {}
    for name in sorted(missing, reverse=True):
        file = known[name]
        if file.article and file.sha256:
            missing_by_hash.setdefault(file.sha256, []).append(name)
    return {
        name: missing_by_hash[present[name].sha256].pop()
        for name in new
        if missing_by_hash.get(present[name].sha256)
    }
