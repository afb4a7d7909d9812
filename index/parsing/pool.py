"""Parse files in worker processes, in parallel with the encoding of the files before them.

Parsing is Python code and uses one core; encoding releases the interpreter lock. With many files,
workers parse the next ones while the caller encodes. A parser that crashes, as one written in C
can, ends only its worker: that file is reported as a failure and the others are unaffected.
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
from index.errors import ArticleError, ParserError
from index.parsing.article import parse_file
from index.parsing.registry import Parser, parser_for
from index.types import Article

MAX_WORKERS = 4
"""Four workers parse faster than eight cores encode, and each takes memory."""

_MIN_SECONDS = 3.0
"""Estimated parsing time from which workers pay off: each takes about a second to start."""

_TASKS_PER_WORKER = 2
"""Files for each worker that are parsed, or being parsed, before the caller needs them."""

_MAX_ATTEMPTS = 2
"""Workers that a file is given to: the first may have crashed because of an earlier file."""

_POLL_SECONDS = 0.2
"""Time between two calls of `on_poll`."""

_NICE = 5
"""Niceness of a worker, so that questions asked meanwhile go first."""


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
    """Parse a file as `parse_file` does, and return any error as a `ParseFailure`."""
    try:
        return parse_file(path, article_id, parser)
    except ArticleError as error:
        return ParseFailure(str(error))
    except ParserError as error:
        return ParseFailure(str(error), is_transient=True)
    except Exception as error:  # a bug in a parser must not fail the whole folder
        reason = f"broken: parsing it failed with {type(error).__name__}: {error}"
        return ParseFailure(reason[:300], is_transient=True)


def parse_files(
    tasks: Sequence[ParseTask], on_poll: Callable[[], None], *, workers: int | None = None
) -> Generator[Callable[[], ParseResult], None, None]:
    """Yield, for each task in order, a function that returns its result.

    `workers` processes parse ahead of the caller; with 0, a file is parsed in this process when
    its function is called; None chooses a number by `worker_count`. `on_poll` is called
    regularly while a function waits for a worker; an exception it raises propagates. Close the
    generator to end the workers.
    """
    count = worker_count(tasks) if workers is None else workers
    if not count:
        yield from (partial(try_parse_file, task.path, task.article_id) for task in tasks)
        return
    with contextlib.closing(ParserPool(count)) as pool:
        remaining = iter(tasks)
        submitted = deque(map(pool.submit, islice(remaining, count * _TASKS_PER_WORKER)))
        while submitted:
            yield partial(_wait, submitted.popleft(), on_poll)
            submitted.extend(map(pool.submit, islice(remaining, 1)))


def worker_count(tasks: Sequence[ParseTask]) -> int:
    """Return how many workers to start: none for little work, else up to one for each core."""
    cores = usable_cores()
    if cores < 2:
        return 0
    seconds = 0.0
    for task in tasks:
        # A file that was added as a root may have any suffix; it is rejected, not parsed.
        if parser := parser_for(task.path):
            seconds += parser.cost_per_mb * task.size / 1e6
    return min(cores, MAX_WORKERS, len(tasks)) if seconds >= _MIN_SECONDS else 0


def _wait(future: Future[ParseResult], on_poll: Callable[[], None]) -> ParseResult:
    while True:
        try:
            return future.result(_POLL_SECONDS)
        except TimeoutError:
            on_poll()


class ParserPool:
    """A pool of workers. Each is started when first needed, and replaced when it has ended."""

    def __init__(self, size: int) -> None:
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
        exit_status = ""
        for _ in range(_MAX_ATTEMPTS):
            worker = self._idle.get()
            try:
                worker = worker or self._start_worker()
            except WorkerError:  # for example where Python is embedded in another program
                self._idle.put(None)
                return try_parse_file(task.path, task.article_id, parser)
            try:
                result = worker.parse(task.path, task.article_id, parser)
            except WorkerError as error:
                exit_status = str(error)
                with self._lock:
                    self._workers.discard(worker)
                self._idle.put(None)
            else:
                self._idle.put(worker)
                # A worker may be unable to import a parser that a program has registered.
                return result or try_parse_file(task.path, task.article_id, parser)
            if self._is_closed:
                break
        reason = f"broken: parsing it ended the worker process ({exit_status})"
        return ParseFailure(reason, is_transient=True)

    def _start_worker(self) -> Worker:
        worker = Worker()
        with self._lock:
            if self._is_closed:
                worker.kill()
            self._workers.add(worker)
        return worker

    def close(self) -> None:
        """End all workers at once, including those that are parsing."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._is_closed = True
            for worker in self._workers:
                worker.kill()
        self._threads.shutdown()
        for worker in self._workers:
            worker.close()


_COMMAND = "import sys; sys.path[:] = sys.argv[1:]; from index.parsing.pool import serve; serve()"
_READY = "ready"
_PIPE_ERRORS = (EOFError, OSError, pickle.UnpicklingError)
"""Errors of a pipe whose other end has ended or does not send pickles."""

_Request = tuple[Path, str, Parser | None]
_Response = ParseResult | None
"""None: the worker cannot import the parser."""


class WorkerError(Exception):
    """A worker could not be started, or has ended. Does not leave this module."""


class Worker:
    """A worker process. Used by one thread at a time; any thread may call `kill`."""

    def __init__(self) -> None:
        """Start the process. Raises WorkerError where Python cannot be started again."""
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            raise WorkerError(f"cannot start a worker process: {error}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._responses = self._process.stdin, self._process.stdout
        try:
            greeting = pickle.load(self._responses)
        except _PIPE_ERRORS as error:
            self.close()
            raise WorkerError("a worker process ended before it was ready") from error
        if greeting != _READY:
            self.close()
            raise WorkerError(f"a worker process began with {greeting!r}, not {_READY!r}")

    def parse(self, path: Path, article_id: str, parser: Parser | None) -> ParseResult | None:
        """Parse a file in the process, see `try_parse_file`; None if it cannot import the parser.

        Raises WorkerError, with how the process ended, when it ends meanwhile.
        """
        request: _Request = (path, article_id, parser)
        try:
            pickle.dump(request, self._requests)
            self._requests.flush()
            response: _Response = pickle.load(self._responses)
        except _PIPE_ERRORS as error:
            self.close()
            raise WorkerError(_exit_text(self._process.returncode)) from error
        return response

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
    threading.Thread(target=_receive, args=(requests,), daemon=True).start()
    response: str | _Response = _READY
    while True:
        pickle.dump(response, responses, pickle.HIGHEST_PROTOCOL)
        responses.flush()
        path, article_id, parser = requests.get()
        response = try_parse_file(path, article_id, parser) if _can_load(parser) else None


def _can_load(parser: Parser | None) -> bool:
    try:
        if parser is not None:
            parser.load()
    except ParserError:
        return False
    return True


def _receive(requests: SimpleQueue[_Request]) -> None:
    """Queue requests, and end this process when the parent ends, even while it is parsing."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            requests.put(pickle.load(sys.stdin.buffer))
    os._exit(0)
