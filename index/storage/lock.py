"""The write lock of an index: one writer at a time, which waiting writers name.

The operating system frees the lock when its holder ends for whatever reason. The text in the
file only describes the holder; it may be left over from one that was killed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from index.errors import LockedError
from index.storage.fsync import file_mode

LOCK_NAME = "lock"
_REPORT_SECONDS = 1.0


@contextmanager
def writer_lock(
    directory: Path,
    task: str,
    *,
    wait: float,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold the write lock of the index in `directory` while doing `task`.

    While another writer holds it, `on_wait` is called about once a second with a sentence that
    names the holder. Raises LockedError with the same sentence after `wait` seconds.
    """
    from filelock import FileLock, Timeout  # takes 0.05 s to import; reading needs no lock

    path = directory / LOCK_NAME
    lock = FileLock(path, mode=file_mode(directory))
    started = time.monotonic()
    timeout = 0.0
    while not lock.is_locked:
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            waited = time.monotonic() - started
            if waited >= wait:
                raise LockedError(
                    f"the index is being written by {_holder(path)}; waited {waited:.0f} s. "
                    "Try again when it has finished"
                ) from None
            if on_wait is not None:
                on_wait(f"waiting for {_holder(path)}")
            timeout = min(_REPORT_SECONDS, max(0.0, wait - waited))
    try:
        holder = {"pid": os.getpid(), "task": task, "since": datetime.now().isoformat()}
        path.write_text(json.dumps(holder), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text("", encoding="utf-8")
    finally:
        lock.release()


def _holder(path: Path) -> str:
    """Describe the process that holds the lock."""
    try:
        holder = json.loads(path.read_bytes())
        since = datetime.fromisoformat(holder["since"])
        return f"process {holder['pid']} ({holder['task']}, since {since:%H:%M:%S})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
