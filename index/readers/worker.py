"""A process that reads files for another one, which asks it over its standard input.

Not by `multiprocessing`: that runs the caller's own script once more in each process, which a
script without an `if __name__ == "__main__"` does not survive.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from queue import SimpleQueue

from index.readers.outcome import Outcome, outcome

_START = "import sys; sys.path[:] = sys.argv[1:]; from index.readers.worker import serve; serve()"
_READY = "ready"
_NICE = 5
"""How far a worker stands back for whoever asks a question meanwhile."""


_LOST = (EOFError, OSError, pickle.UnpicklingError)
"""What talking to a process that has ended, or says something else, raises."""


class WorkerError(Exception):
    """A worker could not be started, or has ended. For `index.readers.ahead` alone."""


class Worker:
    """The asking end of one such process. Used by one thread at a time; `kill` by any."""

    def __init__(self) -> None:
        """Raises WorkerError where this program cannot start Python once more."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            raise WorkerError(f"no process for reading could be started: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asked, self._told = self._process.stdin, self._process.stdout
        try:
            ready = pickle.load(self._told)
        except _LOST as error:
            self.close()
            raise WorkerError("a process for reading ended before it was ready") from error
        if ready != _READY:
            self.close()
            raise WorkerError(f"a process for reading began with {ready!r}")

    def read(self, path: Path, article_id: str) -> Outcome:
        """See `index.readers.outcome`. Raises WorkerError when the process ends meanwhile."""
        try:
            pickle.dump((path, article_id), self._asked)
            self._asked.flush()
            found: Outcome = pickle.load(self._told)
            return found
        except _LOST as error:
            self.close()
            raise WorkerError(_ending(self._process.returncode)) from error

    def kill(self) -> None:
        """End the process, whatever it is reading."""
        self._process.kill()

    def close(self) -> None:
        """End the process, and let go of it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._asked, self._told):
            with contextlib.suppress(OSError):  # what was not sent yet has nobody to go to
                pipe.close()


def _ending(status: int) -> str:
    """How a process ended, by its status, in words."""
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def serve() -> None:
    """Read the files asked for, pairs of path and id, until there is nobody who asks."""
    # An interrupt from the keyboard goes to this process too; the other one will end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints is no answer
    asked: SimpleQueue[tuple[Path, str]] = SimpleQueue()
    threading.Thread(target=_listen, args=(asked,), daemon=True).start()
    answer: str | Outcome = _READY
    while True:
        pickle.dump(answer, told, pickle.HIGHEST_PROTOCOL)
        told.flush()
        answer = outcome(*asked.get())


def _listen(asked: SimpleQueue[tuple[Path, str]]) -> None:
    """Take requests, and end the process with whoever makes them, whatever it is reading."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            asked.put(pickle.load(sys.stdin.buffer))
    os._exit(0)
