"""Files read by processes of their own: the same outcomes, and nothing but a file is ever lost."""

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
from index.parsing.pool import (
    MAX_WORKERS,
    ParseFailure,
    ParseResult,
    ParseTask,
    Worker,
    WorkerError,
    parse_files,
    worker_count,
)
from index.types import Article
from tests import PROJECT
from tests.helpers.library import write

SEEDS = PROJECT / "seeds"


def nothing() -> None:
    """What waits and never gives up."""


def outcomes(
    paths: list[Path], workers: int, waiting: Callable[[], None] = nothing
) -> list[ParseResult]:
    files = [ParseTask(path, path.name, path.stat().st_size) for path in paths]
    with closing(parse_files(files, waiting, workers=workers)) as found:
        return [read() for read in found]


@pytest.fixture
def mixed(tmp_path: Path) -> list[Path]:
    """Articles of every kind, and files that are none."""
    paths = sorted(path for path in SEEDS.rglob("*") if path.parent.name == "reports")
    write(tmp_path / "a.txt", "The harbour of Lisbon was dredged in 1887.")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing that a PDF has")
    (tmp_path / "empty.md").write_text("")
    write(tmp_path / "z.txt", "Pears from the orchard won a medal.")
    return [tmp_path / "a.txt", tmp_path / "broken.pdf", *paths, tmp_path / "empty.md",
            tmp_path / "z.txt", *sorted((SEEDS / "news").iterdir())]  # fmt: skip


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    """A file that never ends to whoever reads it: it stays open here, and nothing is written."""
    path = tmp_path / "endless.txt"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started."""
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *given, **named) -> None:  # type: ignore[no-untyped-def]
            super().__init__(*given, **named)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return started


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def test_the_outcomes_are_those_of_reading_here(mixed: list[Path]) -> None:
    here, ahead = outcomes(mixed, 0), outcomes(mixed, 2)
    assert ahead == here
    assert len(mixed) > 8
    assert [isinstance(one, Article) for one in here].count(True) == len(mixed) - 2
    assert [one.reason.split(":")[0] for one in here if isinstance(one, ParseFailure)] == [
        "broken PDF", "empty",
    ]  # fmt: skip


def test_a_sync_comes_to_the_same_index(
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


def test_a_file_that_ends_its_reader_costs_itself_only(
    tmp_path: Path, pipe: Path, watched: list[subprocess.Popen[bytes]]
) -> None:
    write(tmp_path / "before.txt", "The harbour of Lisbon was dredged in 1887.")
    write(tmp_path / "after.txt", "Pears from the orchard won a medal.")

    came: list[ParseResult] = []

    def end() -> None:
        if len(came) == 1:  # its reader is at the pipe, for ever, or is still being started
            for process in watched:
                if reads(process, pipe):
                    process.send_signal(signal.SIGSEGV)

    names = ("before.txt", pipe.name, "after.txt")
    files = [ParseTask(tmp_path / name, name, 100) for name in names]
    with closing(parse_files(files, end, workers=1)) as found:
        for read in found:
            came.append(read())
    first, lost, last = came
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert lost == ParseFailure(
        "broken: parsing it ended the worker process (SIGSEGV)", is_transient=True
    )
    # It was given to a second one before it was blamed, and what follows to a third.
    assert [process.returncode for process in watched] == [
        -signal.SIGSEGV, -signal.SIGSEGV, -signal.SIGKILL,
    ]  # fmt: skip


def reads(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Whether a process has that file open."""
    try:
        opened = [os.path.realpath(one) for one in Path(f"/proc/{process.pid}/fd").iterdir()]
    except OSError:
        return False
    return str(path) in opened


def test_a_worker_that_was_ended_while_it_was_free_costs_no_file(
    tmp_path: Path, watched: list[subprocess.Popen[bytes]]
) -> None:
    names = [f"{number}.txt" for number in range(6)]
    for name in names:
        write(tmp_path / name, "The harbour of Lisbon was dredged in 1887.")
    files = [ParseTask(tmp_path / name, name, 100) for name in names]
    with closing(parse_files(files, nothing, workers=1)) as found:
        assert isinstance(next(found)(), Article)
        assert isinstance(next(found)(), Article)
        time.sleep(0.5)  # it has read what it may read ahead
        watched[0].kill()
        assert all(isinstance(read(), Article) for read in found)
    assert len(watched) == 2


def test_who_gives_up_waiting_is_not_held_up_by_a_file(
    pipe: Path, watched: list[subprocess.Popen[bytes]]
) -> None:
    def cancel() -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        outcomes([pipe, pipe, pipe], 2, waiting=cancel)
    assert {process.returncode for process in watched} == {-signal.SIGKILL}


def test_a_sync_is_cancelled_while_a_file_is_read(
    tmp_path: Path, real_encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "articles"
    for name in ("a.txt", "b.txt", "c.txt"):
        write(folder / name, "The harbour of Lisbon was dredged in 1887.")
    library = Library.create(tmp_path / "index", encoder=real_encoder)
    monkeypatch.setattr("index.parsing.pool._MIN_SECONDS", 0.0)
    waited: list[float] = []

    def progress(step: SyncProgress) -> None:
        # The second has been looked at: now it becomes a file that never ends.
        if step.phase == "scanning" and step.done == 3:
            (folder / "b.txt").unlink()
            os.mkfifo(folder / "b.txt")
        if step.phase == "encoding" and step.done == 1:
            waited.append(time.monotonic())

    def cancelled() -> bool:
        return len(waited) > 2  # told several times that the first is done: it waits

    with pytest.raises(CancelledError, match="the index is as it was before"):
        library.sync(folder, progress=progress, cancelled=cancelled)
    assert len(library) == 0


def test_a_worker_ends_with_whoever_asks_it_whatever_it_reads(pipe: Path) -> None:
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
    """Whether that process is there, and not only still listed."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_script_without_a_guard_can_index_many_files(tmp_path: Path) -> None:
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
def test_where_python_cannot_be_started_again_files_are_read_here(
    mixed: list[Path], monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    here = outcomes(mixed, 0)
    monkeypatch.setattr(sys, "executable", python)
    with pytest.raises(WorkerError, match="worker process"):
        Worker()
    assert outcomes(mixed, 2) == here


def test_workers_are_started_for_much_to_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.parsing.pool.usable_cores", lambda: 2)

    def files(count: int, size: int, suffix: str) -> list[ParseTask]:
        return [ParseTask(Path(f"{n}{suffix}"), str(n), size) for n in range(count)]

    assert worker_count([]) == 0
    assert worker_count(files(19, 8_000, ".txt")) == 0
    assert worker_count(files(10, 100_000, ".pdf")) == 2
    assert worker_count(files(10, 100_000, ".PDF")) == 2
    assert worker_count(files(10, 100_000, ".txt")) == 0
    assert worker_count(files(1, 50_000_000, ".txt")) == 1


@pytest.mark.parametrize(("cores", "workers"), [(1, 0), (3, 3), (64, MAX_WORKERS)])
def test_there_is_a_worker_for_each_core_up_to_a_few(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
) -> None:
    monkeypatch.setattr("index.parsing.pool.usable_cores", lambda: cores)
    many = [ParseTask(Path(f"{n}.pdf"), str(n), 1_000_000) for n in range(100)]
    assert worker_count(many) == workers
