"""Files read before their turn, by processes of their own where there is much to read.

Reading a PDF or a web page is Python's own work, of which a process does one thing at a time;
encoding is not. So with many files the readers run beside, and a file that brings its reader
down, as a parser written in C can, costs itself only.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from index.cores import usable_cores
from index.readers import suffix_of
from index.readers.outcome import Outcome, Unread, outcome
from index.readers.worker import Worker, WorkerError

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
