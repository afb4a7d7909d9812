"""Worker processes: the same results as in-process, and crashes fail one file only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.errors import CancelledError
from index.library import Library, SyncProgress
from index.parsing import pool
from index.parsing.pool import (
    MAX_WORKERS,
    ParseFailure,
    ParseResult,
    ParseTask,
    Worker,
    WorkerError,
    parse_files,
    try_parse_file,
    worker_count,
)
from index.types import Article
from tests import PROJECT
from tests.helpers.library import write

SEEDS = PROJECT / "seeds"


def keep_waiting() -> None:
    """An `on_poll` that never cancels."""


def parse_all(
    paths: list[Path], workers: int, on_poll: Callable[[], None] = keep_waiting
) -> list[ParseResult]:
    files = [ParseTask(path, path.name, path.stat().st_size) for path in paths]
    with closing(parse_files(files, on_poll, workers=workers)) as found:
        return [read() for read in found]


def parse_here(paths: list[Path]) -> list[ParseResult]:
    return [try_parse_file(path, path.name) for path in paths]


@pytest.fixture
def mixed(tmp_path: Path) -> list[Path]:
    """Files of every format, a broken one and an empty one."""
    paths = sorted(path for path in SEEDS.rglob("*") if path.parent.name == "reports")
    write(tmp_path / "a.txt", "The harbour of Lisbon was dredged in 1887.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing that a PDF has")
    (tmp_path / "empty.md").write_text("")
    write(tmp_path / "z.txt", "Pears from the orchard won a medal.")
    return [tmp_path / "a.txt", tmp_path / "broken.pdf", *paths, tmp_path / "empty.md",
            tmp_path / "z.txt", *sorted((SEEDS / "news").iterdir())]  # fmt: skip


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    """A named pipe that is open for writing, so that reading it blocks."""
    path = tmp_path / "endless.txt"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes started during the test."""
    pool._kept.close()
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]
            super().__init__(*args, **kwargs)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    return started


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "timed out"
        time.sleep(0.02)


def test_workers_give_the_same_results_as_parsing_in_process(mixed: list[Path]) -> None:
    in_process, in_workers = parse_here(mixed), parse_all(mixed, 2)
    assert in_workers == in_process
    assert len(mixed) > 8
    assert [isinstance(one, Article) for one in in_process].count(True) == len(mixed) - 2
    assert [one.reason.split(":")[0] for one in in_process if isinstance(one, ParseFailure)] == [
        "broken PDF", "empty",
    ]  # fmt: skip


def test_a_sync_with_workers_gives_the_same_index(
    tmp_path: Path, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(SEEDS / "reports", tmp_path / "articles")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing that a PDF has")
    one = Library.create(tmp_path / "one", encoder=real_encoder)
    without = one.sync(folder)
    monkeypatch.setattr("index.parsing.pool._MIN_SECONDS", 0.0)
    other = Library.create(tmp_path / "other", encoder=real_encoder)
    assert other.sync(folder) == without
    assert other.manifest.state == one.manifest.state
    assert [skip.reason.split(":")[0] for skip in without.skipped] == ["broken PDF"]
    assert [one.article(a.id) for a in one.articles()] == [
        other.article(a.id) for a in other.articles()
    ]


def test_a_file_that_crashes_its_worker_fails_alone(
    tmp_path: Path, pipe: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    write(tmp_path / "before.txt", "The harbour of Lisbon was dredged in 1887.")
    write(tmp_path / "after.txt", "Pears from the orchard won a medal.")

    results: list[ParseResult] = []

    def crash_worker() -> None:
        if len(results) == 1:  # the worker is blocked on the pipe, or is still starting
            for process in processes:
                if has_open(process, pipe):
                    process.send_signal(signal.SIGSEGV)

    names = ("before.txt", pipe.name, "after.txt")
    files = [ParseTask(tmp_path / name, name, 100) for name in names]
    with closing(parse_files(files, crash_worker, workers=1)) as found:
        for read in found:
            results.append(read())
    first, lost, last = results
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert lost == ParseFailure("broken: parsing it ended the worker process (SIGSEGV)")
    # A second worker tried the file too; a third parsed the next one, and is kept.
    assert [process.returncode for process in processes] == [
        -signal.SIGSEGV, -signal.SIGSEGV, None,
    ]  # fmt: skip


def has_open(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Whether a process has a file open."""
    try:
        opened = [os.path.realpath(one) for one in Path(f"/proc/{process.pid}/fd").iterdir()]
    except OSError:
        return False
    return str(path) in opened


def test_an_idle_worker_that_was_killed_is_replaced(
    tmp_path: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    names = [f"{number}.txt" for number in range(6)]
    for name in names:
        write(tmp_path / name, "The harbour of Lisbon was dredged in 1887.")
    files = [ParseTask(tmp_path / name, name, 100) for name in names]
    with closing(parse_files(files, keep_waiting, workers=1)) as found:
        assert isinstance(next(found)(), Article)
        assert isinstance(next(found)(), Article)
        time.sleep(0.5)  # it has parsed as far ahead as it may
        processes[0].kill()
        assert all(isinstance(read(), Article) for read in found)
    assert len(processes) == 2


def test_an_exception_while_waiting_ends_the_workers(
    pipe: Path, processes: list[subprocess.Popen[bytes]]
) -> None:
    def cancel() -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        parse_all([pipe, pipe, pipe], 2, on_poll=cancel)
    assert {process.returncode for process in processes} == {-signal.SIGKILL}


def test_a_sync_is_cancelled_while_a_file_is_parsed(
    tmp_path: Path, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "articles"
    for name in ("a.txt", "b.txt", "c.txt"):
        write(folder / name, "The harbour of Lisbon was dredged in 1887.")
    library = Library.create(tmp_path / "index", encoder=real_encoder)
    monkeypatch.setattr("index.parsing.pool._MIN_SECONDS", 0.0)
    waited: list[float] = []

    def progress(step: SyncProgress) -> None:
        # The second file has been scanned: replace it by a pipe that blocks.
        if step.phase == "scanning" and step.done == 3:
            (folder / "b.txt").unlink()
            os.mkfifo(folder / "b.txt")
        if step.phase == "encoding" and step.done == 1:
            waited.append(time.monotonic())

    def cancelled() -> bool:
        return len(waited) > 2  # several reports after the first file: waiting for the second

    with pytest.raises(CancelledError, match="the index is as it was before"):
        library.sync(folder, progress=progress, cancelled=cancelled)
    assert len(library) == 0


def test_a_worker_ends_with_its_parent_process(pipe: Path) -> None:
    code = f"""
import os, signal, threading, time
from pathlib import Path
from index.parsing.pool import Worker

worker = Worker()
threading.Thread(target=worker.parse, args=(Path({str(pipe)!r}), "endless", None)).start()
print(worker._process.pid, flush=True)
opened = Path("/proc", str(worker._process.pid), "fd")
while {str(pipe)!r} not in [os.path.realpath(one) for one in opened.iterdir()]:
    time.sleep(0.02)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=PROJECT)
    assert done.returncode == -signal.SIGKILL
    wait_for(lambda: not running(int(done.stdout)))


def running(pid: int) -> bool:
    """Whether a process is running and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_script_without_a_main_guard_can_use_workers(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import index.parsing.pool\n"
        "index.parsing.pool._MIN_SECONDS = 0.0\n"
        "from index.library import Library\n"
        f"library = Library.create({str(tmp_path / 'index')!r})\n"
        f"library.sync({str(SEEDS / 'news')!r})\n"
        "print('articles:', len(library))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert done.stdout == f"articles: {len(list((SEEDS / 'news').iterdir()))}\n", done.stderr


@pytest.mark.parametrize("python", ["/nowhere/python", "", "/bin/false"])
def test_files_are_parsed_in_process_where_no_worker_can_start(
    mixed: list[Path], monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    here = parse_here(mixed)
    monkeypatch.setattr(sys, "executable", python)
    with pytest.raises(WorkerError, match="worker process"):
        Worker()
    assert parse_all(mixed, 2) == here


def test_more_workers_are_started_for_enough_work_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.parsing.pool.usable_cores", lambda: 2)

    def files(count: int, size: int, suffix: str) -> list[ParseTask]:
        return [ParseTask(Path(f"{n}{suffix}"), str(n), size) for n in range(count)]

    assert worker_count([]) == 1
    assert worker_count(files(19, 8_000, ".txt")) == 1
    assert worker_count(files(10, 100_000, ".pdf")) == 2
    assert worker_count(files(10, 100_000, ".PDF")) == 2
    assert worker_count(files(10, 100_000, ".txt")) == 1
    assert worker_count(files(1, 50_000_000, ".txt")) == 1


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (3, 3), (64, MAX_WORKERS)])
def test_there_is_one_worker_per_core_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
) -> None:
    monkeypatch.setattr("index.parsing.pool.usable_cores", lambda: cores)
    many = [ParseTask(Path(f"{n}.pdf"), str(n), 1_000_000) for n in range(100)]
    assert worker_count(many) == workers
