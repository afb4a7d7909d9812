"""Parse files in worker processes, under limits, beside the encoding of the files before them.

A hostile or damaged file can keep a parser busy for hours, fill the memory or crash it. So every
file is parsed in a worker process with limits of time, memory and output. One that exceeds them,
or crashes, ends only its worker: that file is reported as a failure and the others are unaffected.

Parsing is Python code and uses one core; encoding releases the interpreter lock. With many files,
several workers parse the next ones while the caller encodes. A worker that is left idle is kept
for the next files.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from index.embedding.cpu import usable_cores
from index.errors import ArticleError, ParserError
from index.parsing.article import parse_file
from index.parsing.limits import (
    TIMER_SIGNAL,
    ParseLimits,
    limit_memory,
    peak_memory_mb,
    start_timer,
)
from index.parsing.registry import Parser, parser_for
from index.types import Article

MAX_WORKERS = 4
"""Four workers parse faster than eight cores encode, and each takes memory."""

_MIN_SECONDS = 3.0
"""Estimated parsing time from which more workers than one pay off."""

_TASKS_PER_WORKER = 2
"""Files for each worker that are parsed, or being parsed, before the caller needs them."""

_MAX_ATTEMPTS = 2
"""Workers that a file is given to: the first may have crashed because of an earlier file."""

_POLL_SECONDS = 0.2
"""Time between two calls of `on_poll`."""

_NICE = 5
"""Niceness of a worker, so that questions asked meanwhile go first."""

_SPENT_MB = 512
"""A worker that has held more memory than this is not used again, since it may keep it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ParseTask:
    """A file to parse, the id of its article, and its size in bytes."""

    path: Path
    article_id: str
    size: int


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """Why a file gave no article. `is_transient`: the same bytes may parse next time."""

    reason: str
    is_transient: bool = False


ParseResult = Article | ParseFailure


def try_parse_file(path: Path, article_id: str, parser: Parser | None = None) -> ParseResult:
    """Parse a file as `parse_file` does, without limits; return any error as a `ParseFailure`."""
    try:
        return parse_file(path, article_id, parser)
    except ArticleError as error:
        return ParseFailure(str(error))
    except ParserError as error:
        return ParseFailure(str(error), is_transient=True)
    except MemoryError:
        raise  # not a fault of the parser; the worker says which limit it was
    except Exception as error:  # a bug in a parser must not fail the whole folder
        reason = f"broken: parsing it failed with {type(error).__name__}: {error}"
        return ParseFailure(reason[:300], is_transient=True)


def parse_files(
    tasks: Sequence[ParseTask],
    on_poll: Callable[[], None],
    *,
    workers: int | None = None,
    limits: ParseLimits | None = None,
) -> Generator[Callable[[], ParseResult], None, None]:
    """Yield, for each task in order, a function that returns its result.

    `workers` processes parse ahead of the caller; None chooses a number by `worker_count`.
    `limits` are by default those of the environment. `on_poll` is called regularly while a
    function waits for a worker; an exception it raises propagates. Close the generator to end
    the workers that are parsing. Raises SettingError for an invalid limit in the environment.
    """
    if not tasks:
        return
    limits = limits or ParseLimits.from_environment()
    count = worker_count(tasks) if workers is None else workers
    with contextlib.closing(ParserPool(count, limits)) as pool:
        remaining = iter(tasks)
        submitted = deque(map(pool.submit, islice(remaining, count * _TASKS_PER_WORKER)))
        while submitted:
            yield partial(_wait, submitted.popleft(), on_poll)
            submitted.extend(map(pool.submit, islice(remaining, 1)))


def worker_count(tasks: Sequence[ParseTask]) -> int:
    """Return how many workers to start: one for little work, else up to one for each core."""
    seconds = 0.0
    for task in tasks:
        # A file that was added as a root may have any suffix; it is rejected, not parsed.
        if parser := parser_for(task.path):
            seconds += parser.cost_per_mb * task.size / 1e6
    return min(usable_cores(), MAX_WORKERS, len(tasks)) if seconds >= _MIN_SECONDS else 1


def _wait(future: Future[ParseResult], on_poll: Callable[[], None]) -> ParseResult:
    while True:
        try:
            return future.result(_POLL_SECONDS)
        except TimeoutError:
            on_poll()


class ParserPool:
    """A pool of workers. Each is started when first needed, and replaced when it has ended."""

    def __init__(self, size: int, limits: ParseLimits) -> None:
        self._limits = limits
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="parser")
        self._idle: SimpleQueue[Worker | None] = SimpleQueue()  # None: not started yet
        for _ in range(size):
            self._idle.put(None)
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._is_closed = False

    def submit(self, task: ParseTask) -> Future[ParseResult]:
        """Have a file parsed as soon as a worker is idle."""
        return self._threads.submit(self._parse, task)

    def _parse(self, task: ParseTask) -> ParseResult:
        parser = parser_for(task.path)
        limits = self._limits.for_size(task.size)
        exit_status = ""
        for _ in range(_MAX_ATTEMPTS):
            worker = self._idle.get()
            try:
                worker = worker or self._start_worker()
            except WorkerError as error:
                self._idle.put(None)
                if not error.is_lasting:
                    return ParseFailure(f"not parsed: {error}; try again", is_transient=True)
                _warn_once(str(error))
                return _parse_here(task, parser)
            try:
                result = worker.parse(task.path, task.article_id, parser, limits)
            except LimitError as error:
                self._discard(worker)
                return ParseFailure(f"{error}; it is read again when it changes")
            except WorkerError as error:
                exit_status = str(error)
                self._discard(worker)
            else:
                if worker.is_spent:
                    worker.close()
                    self._discard(worker)
                else:
                    self._idle.put(worker)
                # A worker may be unable to import a parser that a program has registered.
                return result or _parse_here(task, parser)
            if self._is_closed:
                break
        reason = f"broken: parsing it ended the worker process ({exit_status})"
        return ParseFailure(reason, is_transient=self._is_closed)

    def _start_worker(self) -> Worker:
        worker = _kept.take() or Worker()
        with self._lock:
            if self._is_closed:
                worker.kill()
            self._workers.add(worker)
        return worker

    def _discard(self, worker: Worker) -> None:
        with self._lock:
            self._workers.discard(worker)
        self._idle.put(None)

    def close(self) -> None:
        """End the workers that are parsing; an idle one is kept for the next pool."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._is_closed = True
            for worker in self._workers:
                if worker.is_parsing:
                    worker.kill()
        self._threads.shutdown()
        for worker in self._workers:
            if worker.is_spent or not _kept.put(worker):
                worker.close()


class _KeptWorker:
    """At most one idle worker, kept between pools. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: Worker | None = None

    def take(self) -> Worker | None:
        """Return the worker if it is running and can import what this process can."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None and not (worker.is_running and worker.python == _python()):
            worker.close()
            return None
        return worker

    def put(self, worker: Worker) -> bool:
        """Keep a worker, and return whether there was room for it."""
        with self._lock:
            if self._worker is not None or not worker.is_running:
                return False
            self._worker = worker
            return True

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def forget(self) -> None:
        """Leave the worker to the process that this one was forked from."""
        self._lock = threading.Lock()
        self._worker = None


_kept = _KeptWorker()
atexit.register(_kept.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_kept.forget)


def _python() -> tuple[str, ...]:
    """Return what decides which modules a worker can import."""
    return (sys.executable, *sys.path)


def _parse_here(task: ParseTask, parser: Parser | None) -> ParseResult:
    try:
        return try_parse_file(task.path, task.article_id, parser)
    except MemoryError:
        return ParseFailure("too large in memory", is_transient=True)


@cache
def _warn_once(reason: str) -> None:
    log.warning("%s; files are parsed in this process, without limits", reason)


_COMMAND = "import sys; sys.path[:] = sys.argv[1:]; from index.parsing.pool import serve; serve()"
_READY = "ready"
_PIPE_ERRORS = (EOFError, OSError, pickle.UnpicklingError)
"""Errors of a pipe whose other end has ended or does not send pickles."""

_LENGTH = struct.Struct("<Q")
"""The length of a response in bytes, which precedes it."""

_Request = tuple[Path, str, Parser | None, ParseLimits]


@dataclass(frozen=True, slots=True)
class _Response:
    """What a worker answers. `result` is None where it cannot import the parser.

    `exceeded` says which limit was exceeded, if one was. After `is_last` it has ended.
    """

    result: ParseResult | None = None
    exceeded: str = ""
    is_last: bool = False


class WorkerError(Exception):
    """A worker could not be started, or has ended. Does not leave this module.

    `is_lasting`: Python cannot be started here at all.
    """

    def __init__(self, message: str, *, is_lasting: bool = False) -> None:
        super().__init__(message)
        self.is_lasting = is_lasting


class LimitError(Exception):
    """A file exceeded a limit, and its worker has ended. Does not leave this module."""


class Worker:
    """A worker process. Used by one thread at a time; any thread may call `kill`."""

    def __init__(self) -> None:
        """Start the process. Raises WorkerError where Python cannot be started again."""
        self.python = _python()
        self.is_parsing = self.is_spent = False
        try:
            self._process = subprocess.Popen(
                [self.python[0], "-c", _COMMAND, *self.python[1:]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            # For example where Python is embedded in another program. A lack of memory passes.
            is_lasting = isinstance(error, (ValueError, FileNotFoundError, PermissionError))
            raise WorkerError(
                f"cannot start a worker process: {error}", is_lasting=is_lasting
            ) from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._responses = self._process.stdin, self._process.stdout
        try:
            greeting = self._receive()
        except _PIPE_ERRORS as error:
            self.close()
            raise WorkerError(
                "a worker process ended before it was ready",
                is_lasting=self._process.returncode >= 0,
            ) from error
        if greeting != _READY:
            self.close()
            raise WorkerError(
                f"a worker process began with {greeting!r}, not {_READY!r}", is_lasting=True
            )

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def parse(
        self,
        path: Path,
        article_id: str,
        parser: Parser | None,
        limits: ParseLimits | None = None,
    ) -> ParseResult | None:
        """Parse a file in the process, see `try_parse_file`; None if it cannot import the parser.

        Raises LimitError when the file exceeds a limit, and WorkerError, with how the process
        ended, when it ends meanwhile for another reason.
        """
        limits = limits or ParseLimits()
        request: _Request = (path, article_id, parser, limits)
        started = time.monotonic()
        watchdog = threading.Timer(limits.elapsed_seconds, self.kill)
        watchdog.daemon = True
        watchdog.start()
        self.is_parsing = True
        try:
            pickle.dump(request, self._requests)
            self._requests.flush()
            response = self._receive(limits.output_mb)
        except _PIPE_ERRORS as error:
            self.close()
            status = self._process.returncode
            if TIMER_SIGNAL is not None and status == -TIMER_SIGNAL:
                raise LimitError(
                    f"too slow: parsing it takes more than {limits.seconds:g} s of processor "
                    "time (PINCITE_PARSE_SECONDS)"
                ) from None
            if time.monotonic() - started >= limits.elapsed_seconds:
                raise LimitError(
                    f"too slow: parsing it takes more than {limits.elapsed_seconds:g} s "
                    "(PINCITE_PARSE_ELAPSED_SECONDS)"
                ) from None
            raise WorkerError(_exit_text(status)) from error
        finally:
            watchdog.cancel()
            self.is_parsing = False
        assert isinstance(response, _Response)
        self.is_spent = response.is_last
        if response.exceeded:
            self.close()
            raise LimitError(response.exceeded)
        return response.result

    def _receive(self, limit_mb: float = 1.0) -> object:
        """Receive a response. Raises EOFError if it is cut off, or larger than the limit."""
        (length,) = _LENGTH.unpack(_read(self._responses, _LENGTH.size))
        if length > limit_mb * 2**20 + 4096:
            raise EOFError
        return pickle.loads(_read(self._responses, length))

    def kill(self) -> None:
        """End the process, even while it is parsing."""
        self._process.kill()

    def close(self) -> None:
        """End the process, wait for it, and close its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._requests, self._responses):
            with contextlib.suppress(OSError):  # unsent data of a process that has ended
                pipe.close()


def _read(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _exit_text(status: int) -> str:
    """Describe the exit status of a process, such as "SIGSEGV" or "status 1"."""
    if status >= 0:
        return f"status {status}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-status).name
    return f"signal {-status}"


def serve() -> None:
    """Run a worker process: answer each request until the parent process ends."""
    # Ctrl-C goes to this process too; the parent decides when it ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not mix with the responses
    requests: SimpleQueue[_Request] = SimpleQueue()
    threading.Thread(target=_receive_requests, args=(requests,), daemon=True).start()
    _send(responses, pickle.dumps(_READY))
    is_last = False
    while not is_last:
        path, article_id, parser, limits = requests.get()
        limit_memory(limits.memory_mb)
        start_timer(limits.seconds)
        data, is_last = _answer(path, article_id, parser, limits)
        start_timer(0)
        _send(responses, data)


def _answer(
    path: Path, article_id: str, parser: Parser | None, limits: ParseLimits
) -> tuple[bytes, bool]:
    """Return a pickled response, and whether it is the last one."""
    try:
        result = try_parse_file(path, article_id, parser) if _can_load(parser) else None
        is_last = peak_memory_mb() > _SPENT_MB
        data = pickle.dumps(_Response(result, is_last=is_last), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        exceeded = (
            f"too large in memory: parsing it takes more than {limits.memory_mb:g} MB "
            "(PINCITE_PARSE_MEMORY_MB)"
        )
    else:
        if len(data) <= limits.output_mb * 2**20:
            return data, is_last
        exceeded = (
            f"too large: its article takes {len(data) / 2**20:.0f} MB, the limit is "
            f"{limits.output_mb:g} MB (PINCITE_PARSE_OUTPUT_MB)"
        )
    return pickle.dumps(_Response(exceeded=exceeded, is_last=True)), True


def _send(responses: IO[bytes], data: bytes) -> None:
    responses.write(_LENGTH.pack(len(data)) + data)
    responses.flush()


def _can_load(parser: Parser | None) -> bool:
    try:
        if parser is not None:
            parser.load()
    except ParserError:
        return False
    return True


def _receive_requests(requests: SimpleQueue[_Request]) -> None:
    """Queue requests, and end this process when the parent ends, even while it is parsing."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            requests.put(pickle.load(sys.stdin.buffer))
    os._exit(0)
