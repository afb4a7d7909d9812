"""The folder of files that browsers have sent and that are not indexed yet, with a quota."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "pincite-uploads-"
_SWEEP_SECONDS = 60.0


class UploadedFiles:
    """A temporary folder, used by Gradio, of at most `quota` bytes. Thread-safe.

    Files older than `expiry` seconds are deleted, those of servers that were killed included.
    The folder is deleted when the process ends.
    """

    def __init__(self, quota: int, expiry: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        os.environ["GRADIO_TEMP_DIR"] = str(self.folder)
        self._quota = quota
        self._expiry = expiry
        self._lock = threading.Lock()
        self._arriving = 0
        atexit.register(shutil.rmtree, self.folder, ignore_errors=True)
        threading.Thread(target=self._sweep_regularly, name="uploads", daemon=True).start()

    @contextmanager
    def reserve(self) -> Iterator[tuple[int, Callable[[int], None]]]:
        """Yield how many bytes may arrive in a request, and a function that counts them."""
        arrived = 0

        def count(size: int) -> None:
            nonlocal arrived
            with self._lock:
                arrived += size
                self._arriving += size

        self.sweep()
        with self._lock:
            allowed = max(0, self._quota - self._arriving - _size(self.folder))
        try:
            yield allowed, count
        finally:
            with self._lock:
                self._arriving -= arrived

    def sweep(self) -> None:
        """Delete expired files."""
        oldest = time.time() - self._expiry
        for folder in self.folder.parent.glob(f"{_PREFIX}*"):
            for path in sorted(folder.rglob("*"), reverse=True):
                _delete_older(path, oldest)
            if folder != self.folder:
                _delete_older(folder, oldest)

    def _sweep_regularly(self) -> None:
        while self.folder.exists():
            time.sleep(_SWEEP_SECONDS)
            self.sweep()


def _delete_older(path: Path, oldest: float) -> None:
    """Delete a file or an empty folder that was last changed before `oldest`."""
    with contextlib.suppress(OSError):
        if path.lstat().st_mtime < oldest:
            path.rmdir() if path.is_dir() else path.unlink()


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if not path.is_dir():
                size += path.lstat().st_size
    return size
