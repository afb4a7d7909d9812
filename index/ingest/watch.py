"""Watch the folders and files that an index follows, and sync those that change."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from index.errors import LibraryError, LockedError, RootError, StorageError

Roots = Collection[Path]

_QUIET_MS = 500
"""How long nothing may change before changes are synced, so that a copied folder is one change."""

_LONGEST_MS = 10_000
"""How long changes that do not pause are collected."""

_CHECK_MS = 1000
"""How often roots that appeared, disappeared or were added are looked for."""

_RETRY_SECONDS = 10.0
"""When to sync again what could not be synced."""


def watch_roots(
    roots: Callable[[], Roots],
    sync: Callable[[Roots], object],
    stop: threading.Event,
    *,
    exclude: Path,
    on_error: Callable[[LibraryError], None],
) -> None:
    """Call `sync` with all roots, and then with those that change, until `stop` is set.

    `roots` returns the roots as they are now. What `sync` cannot do is tried again: `on_error` is
    called with each new reason, but not where another process writes. A root that is missing
    delays no other. Changes below the folder `exclude` do not count. Raises StorageError where the
    system cannot watch so many folders.
    """
    pending: set[Path] = set()
    due, reported = 0.0, ""
    for changed in _changed_roots(roots, stop, exclude):
        pending |= changed
        if not pending or (not changed and time.monotonic() < due):
            continue
        errors = _sync(sync, pending)
        pending = set(errors)
        due = time.monotonic() + _RETRY_SECONDS
        for error in dict.fromkeys(errors.values()):
            if str(error) not in reported and not isinstance(error, LockedError):
                on_error(error)
        reported = "\n".join(map(str, errors.values()))


def _sync(sync: Callable[[Roots], object], roots: Roots) -> dict[Path, LibraryError]:
    """Sync roots, one by one if one of them is not available; return what failed, and why."""
    try:
        sync(roots)
    except RootError as error:
        if len(roots) == 1:
            return dict.fromkeys(roots, error)
        return {path: error for root in roots for path, error in _sync(sync, [root]).items()}
    except LibraryError as error:
        return dict.fromkeys(roots, error)
    return {}


def _changed_roots(
    roots: Callable[[], Roots], stop: threading.Event, exclude: Path
) -> Iterator[set[Path]]:
    """Yield the roots that changed, about once a second and empty if none did.

    All of them are yielded first, and whenever one was added, appeared or disappeared.
    """
    from watchfiles import watch

    while not stop.is_set():
        all_roots = set(roots())
        present = set(filter(_exists, all_roots))
        try:
            is_new = True
            for changes in watch(
                *present,
                watch_filter=None,
                debounce=_LONGEST_MS,
                step=_QUIET_MS,
                stop_event=stop,
                rust_timeout=_CHECK_MS,
                yield_on_timeout=True,
                ignore_permission_denied=True,
            ):
                paths = {Path(path) for _, path in changes}
                # What changed before the watch began is found by a sync of everything.
                yield all_roots if is_new else _containing(paths, present, exclude)
                is_new = False
                # A root that was replaced, as editors do with a file, is another one to watch.
                if paths & present or set(roots()) != all_roots:
                    break
                if set(filter(_exists, all_roots)) != present:
                    break
        except FileNotFoundError:
            continue  # a root disappeared meanwhile
        except OSError as error:
            raise StorageError(
                f"the folders cannot be watched: {error}; raise the limit (sysctl "
                "fs.inotify.max_user_watches), or set WATCHFILES_FORCE_POLLING=1"
            ) from error


def _containing(paths: Roots, roots: Roots, exclude: Path) -> set[Path]:
    """Return the roots in which one of the paths may be that of an article."""
    return {
        root
        for path in paths
        for root in roots
        if path.is_relative_to(root)
        and not path.is_relative_to(exclude)
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # not reachable at the moment
        return False
