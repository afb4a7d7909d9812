"""Files read before their turn, by processes of their own where there is much to read.

Reading a PDF or a web page is Python's own work, of which a process does one thing at a time;
encoding is not. So with many files the readers run beside, and a file that brings its reader
down, as a parser written in C can, costs itself only.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from index.embedding.cpu import usable_cores
from index.errors import ArticleError
from index.parsing.registry import read_article, suffix_of
from index.types import Article

_SECONDS_PER_MB = {".txt": 1.5, ".md": 1.5, ".html": 3.0, ".pdf": 6.0, ".docx": 0.5}
"""What reading a megabyte takes, roughly, by the kind of file (bench/README.md)."""

_WORTH = 3.0
"""Seconds of reading from which workers pay: each takes about one to start and to import."""

MOST = 4
"""Workers at most: they read faster then than eight cores encode, and each holds memory."""

_AHEAD = 2
"""Files for each worker that are read, or under way, before their turn."""

_TRIES = 2
"""Workers that a file is given to: the first may have been ended for what it read before."""

_LOOK_UP = 0.2
"""Seconds after which who waits for a file is called, to report or to give up."""


@dataclass(frozen=True, slots=True)
class ToRead:
    """A file, the id that its article gets, and its size in bytes."""

    path: Path
    article_id: str
    size: int


def read_ahead(
    files: Sequence[ToRead], waiting: Callable[[], None], *, workers: int | None = None
) -> Generator[Callable[[], Outcome], None, None]:
    """For each file, in order, what gives its outcome when called.

    `workers` processes read them (0: this one, when called); None chooses by what there is to
    read. `waiting` is called while a worker's outcome is waited for; what it raises goes on to
    the caller. Close the iterator: that ends the workers.
    """
    count = worth_starting(files) if workers is None else workers
    if not count:
        yield from (partial(outcome, file.path, file.article_id) for file in files)
        return
    readers = _Workers(count)
    try:
        left = iter(files)
        begun = deque(map(readers.begin, islice(left, count * _AHEAD)))
        while begun:
            yield partial(_waited, begun.popleft(), waiting)
            begun.extend(map(readers.begin, islice(left, 1)))
    finally:
        readers.end()


def worth_starting(files: Sequence[ToRead]) -> int:
    """How many workers these files are worth: none for few, one for each core for many."""
    cores = usable_cores()
    if cores < 2:
        return 0
    # A file named as a root may be of another kind; it is refused, not read.
    seconds = sum(
        file.size / 1e6 * _SECONDS_PER_MB.get(suffix_of(file.path), 0.0) for file in files
    )
    return min(cores, MOST, len(files)) if seconds >= _WORTH else 0


def _waited(future: Future[Outcome], waiting: Callable[[], None]) -> Outcome:
    while True:
        try:
            return future.result(_LOOK_UP)
        except TimeoutError:
            waiting()


class _Workers:
    """Some workers, each started when it is first needed, and again after it has ended."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="reading")
        self._free: SimpleQueue[Worker | None] = SimpleQueue()
        for _ in range(count):
            self._free.put(None)
        self._lock = threading.Lock()
        self._running: set[Worker] = set()
        self._ended = False

    def begin(self, file: ToRead) -> Future[Outcome]:
        """Have a file read as soon as a worker is free."""
        return self._threads.submit(self._read, file)

    def _read(self, file: ToRead) -> Outcome:
        ending = ""
        for _ in range(_TRIES):
            worker = self._free.get()
            try:
                worker = worker or self._started()
            except WorkerError:  # such as in a program that Python is only a part of
                self._free.put(None)
                return outcome(file.path, file.article_id)
            try:
                found = worker.read(file.path, file.article_id)
            except WorkerError as error:
                ending = str(error)
                with self._lock:
                    self._running.discard(worker)
                self._free.put(None)
            else:
                self._free.put(worker)
                return found
            if self._ended:
                break
        return Unread(f"broken: reading it ended the process that read it ({ending})", again=True)

    def _started(self) -> Worker:
        worker = Worker()
        with self._lock:
            if self._ended:
                worker.kill()
            self._running.add(worker)
        return worker

    def end(self) -> None:
        """Stop, whatever is being read."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._ended = True
            for worker in self._running:
                worker.kill()
        self._threads.shutdown()
        for worker in self._running:
            worker.close()


_START = "import sys; sys.path[:] = sys.argv[1:]; from index.parsing.pool import serve; serve()"
_READY = "ready"
_NICE = 5
"""How far a worker stands back for whoever asks a question meanwhile."""


_LOST = (EOFError, OSError, pickle.UnpicklingError)
"""What talking to a process that has ended, or says something else, raises."""


class WorkerError(Exception):
    """A worker could not be started, or has ended. For `index.parsing.pool` alone."""


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
        """See `index.parsing.pool`. Raises WorkerError when the process ends meanwhile."""
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


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file gave no article. `again`: a reader failed, and another may not."""

    reason: str
    again: bool = False


Outcome = Article | Unread


def outcome(path: Path, article_id: str) -> Outcome:
    """The article in a file, or why there is none: whatever is wrong costs that file only."""
    try:
        return read_article(path, article_id)
    except ArticleError as error:
        return Unread(str(error))
    except Exception as error:  # a fault of a parser, which must not cost the folder
        reason = f"broken: reading it failed with {type(error).__name__}: {error}"
        return Unread(reason[:300], again=True)
