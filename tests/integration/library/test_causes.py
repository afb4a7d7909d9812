"""What is not damage has its own name, and nobody is told to delete an index."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import DamagedError, NewerFormatError, StorageError
from index.library import Library
from tests.helpers.library import HashingEncoder, write


@pytest.fixture
def made(tmp_path: Path) -> Library:
    """An index with a file of every kind but votes."""
    folder = tmp_path / "articles"
    for number in range(3):
        write(folder / f"bridge{number}.txt", f"Bridge {number} was painted. It is of iron.")
    library = Library.create(tmp_path / "index", encoder=HashingEncoder(), lock_timeout=0)
    library.sync(folder)
    library.add_upload("boats/ferry.txt", b"The ferry crossed the river. It sank.\n")
    (folder / "bridge0.txt").unlink()
    library.sync(folder)
    return library


def error_without_rights(call: Callable[[], object]) -> str:
    """Call in a process without rights, and return the type and message of the error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        found = "no error"
        try:
            if os.getuid() == 0:
                os.setegid(65534)
                os.seteuid(65534)
            call()
        except BaseException as error:
            found = f"{type(error).__name__}: {error}"
        os.write(writing, found.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return text


@pytest.mark.parametrize("name", ["manifest.json", "articles.db", "meta.json", "vectors.faiss", ""])
def test_the_files_of_another_user_are_not_called_damaged(made: Library, name: str) -> None:
    for path in made.path.parents:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o011 != 0o011:
            path.chmod(mode | 0o011)
    made.path.chmod(0o755 if name else 0o700)
    for path in made.path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if path.name == name:
            path.chmod(0)
    if name and os.getuid() != 0:
        pytest.skip("the owner of a file can always give itself access")
    message = error_without_rights(lambda: Library.open(made.path).articles())
    assert message.startswith("StorageError")
    assert "permission denied; use the account that owns the index" in message
    assert "keep it" in message
    assert "delete" not in message.lower()


def test_a_full_disk_is_called_full(made: Library) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    state = made.manifest.state
    # A limit on the size of files stands in for a disk that fills up.
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        with pytest.raises(StorageError, match=r"full|larger than the system allows|disk failed"):
            made.add("A long text about a lighthouse. " * 300, id="lighthouse")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert Library.open(made.path).manifest.state == state
    assert Library.check(made.path).damaged == ()
    made.add("A long text about a lighthouse.", id="lighthouse")


def test_too_many_open_files_are_named(made: Library) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 2, limits[1]))
    try:
        with pytest.raises(StorageError, match="too many open files"):
            Library.open(made.path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    Library.open(made.path)


def test_an_index_of_a_newer_version_is_kept(made: Library) -> None:
    replace(made.manifest, format=99).write(made.path)
    for use in (Library.open, Library.check, Library.repair):
        with pytest.raises(
            NewerFormatError, match=r"format 99.*Install the newer version"
        ) as caught:
            use(made.path)
        assert "delete" not in str(caught.value).lower()
        assert not isinstance(caught.value, DamagedError)


def test_all_files_have_the_rights_of_the_folder(made: Library) -> None:
    def modes() -> set[tuple[bool, int]]:
        files = [path for path in made.path.rglob("*") if path.suffix != ".lock"]
        return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in files}

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    assert modes() == {(True, 0o700), (False, 0o600)}
    for path in (made.path, *made.path.rglob("*")):
        path.chmod(0o750 if path.is_dir() else 0o640)
    made.add("Another text about a bridge.", id="another")
    made.add_upload("raft.txt", b"A raft crossed the river in 1913.\n")
    assert modes() == {(True, 0o750), (False, 0o640)}
