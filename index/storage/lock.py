"""One writer at a time: an operating-system lock with the holder's name in it.

The lock is `flock` on a file of its own, so the system frees it when the holder ends for
whatever reason; what the file says is only for people and may be left over.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from index.errors import LockedError

LOCK_NAME = "lock"
_POLL = 0.05
_REPEAT = 1.0


@contextmanager
def writer_lock(
    directory: Path,
    task: str,
    *,
    wait: float,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold the write lock of the index in `directory` while doing `task`.

    Where another holds it, `on_wait` is called about once a second with a sentence that
    names the holder; after `wait` seconds LockedError is raised with the same sentence.
    """
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _acquire(descriptor, wait, on_wait)
        holder = {"pid": os.getpid(), "task": task, "since": datetime.now().isoformat()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)  # closing frees the lock


def _acquire(descriptor: int, wait: float, on_wait: Callable[[str], None] | None) -> None:
    start = time.monotonic()
    told = -_REPEAT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            waited = time.monotonic() - start
        if waited >= wait:
            raise LockedError(
                f"the index is being written by {_holder(descriptor)}; waited {waited:.0f} s. "
                "Try again when it has finished"
            )
        if on_wait is not None and waited - told >= _REPEAT:
            told = waited
            on_wait(f"waiting for {_holder(descriptor)}")
        time.sleep(_POLL)


def _holder(descriptor: int) -> str:
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        since = datetime.fromisoformat(holder["since"])
        return f"process {holder['pid']} ({holder['task']}, since {since:%H:%M:%S})"
    except (ValueError, KeyError, TypeError):
        return "another process"
