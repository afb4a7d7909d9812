"""A watched index follows its folders: no sync is asked for."""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import LibraryError
from index.library import Library, Rename, Skip, SyncReport
from tests.helpers.library import write

TIMEOUT = 120
"""Seconds; a busy machine notices changes late."""


class Watching:
    """What a watch reported, in order."""

    def __init__(self) -> None:
        self._reports: queue.Queue[SyncReport | LibraryError] = queue.Queue()
        self.put = self._reports.put

    def report(self) -> SyncReport:
        """Return the next report, after waiting for it."""
        report = self._reports.get(timeout=TIMEOUT)
        assert isinstance(report, SyncReport), report
        return report

    def error(self) -> str:
        """Return the message of the next error, after waiting for it."""
        error = self._reports.get(timeout=TIMEOUT)
        assert isinstance(error, LibraryError), error
        return str(error)

    @property
    def is_empty(self) -> bool:
        """Whether everything that was reported has been taken."""
        return self._reports.empty()


@contextmanager
def watch(library: Library) -> Iterator[Watching]:
    """Watch the folders of an index in a thread."""
    stop, watching = threading.Event(), Watching()
    options = {"on_report": watching.put, "on_error": watching.put}
    thread = threading.Thread(target=library.watch, args=(stop,), kwargs=options)
    thread.start()
    try:
        yield watching
    finally:
        stop.set()
        thread.join(TIMEOUT)
        assert not thread.is_alive()


def test_changes_of_files_are_followed(library: Library, folder: Path) -> None:
    library.sync(folder)
    write(folder / "before.txt", "The lighthouse was painted red.")
    with watch(library) as watching:
        assert watching.report().added == ("before.txt",)
        write(folder / "new" / "ferry.txt", "The ferry to Elba sank in 1911.")
        assert watching.report().added == ("new/ferry.txt",)
        write(folder / "orchard.txt", "Plums from the orchard won nothing.", age=0)
        assert watching.report().changed == ("orchard.txt",)
        (folder / "orchard.txt").rename(folder / "plums.txt")
        assert watching.report().renamed == (Rename("orchard.txt", "plums.txt"),)
        shutil.rmtree(folder / "north")
        assert watching.report().removed == ("north/bridge.txt",)
    assert watching.is_empty
    assert [one.id for one in library.articles()] == [
        *("before.txt", "harbour.txt", "new/ferry.txt", "plums.txt"),
    ]


def test_a_single_file_is_followed_though_editors_replace_it(
    library: Library, tmp_path: Path
) -> None:
    file = tmp_path / "notes" / "diary.txt"
    write(file, "On Monday the mill was sold.")
    library.sync(file)
    with watch(library) as watching:
        for number in range(3):
            write(tmp_path / "edited.txt", f"On day {number} the mill was sold again.", age=0)
            (tmp_path / "edited.txt").replace(file)
            assert watching.report().changed == ("diary.txt",)
    assert library.article("diary.txt").text == "On day 2 the mill was sold again.\n"


def test_a_missing_folder_is_named_once_and_delays_no_other(
    library: Library, folder: Path, many: Path
) -> None:
    library.sync(folder, many)
    many.rename(many.with_name("away"))
    with watch(library) as watching:
        assert f"{many} was indexed and is missing now" in watching.error()
        write(folder / "ferry.txt", "The ferry to Elba sank in 1911.")
        assert watching.report().added == ("ferry.txt",)
        write(many.with_name("away") / "version10.txt", "The version of article 10 is v10x.")
        many.with_name("away").rename(many)
        assert watching.report().added == ("many/version10.txt",)
    assert watching.is_empty
    assert len(library) == 15


def test_a_folder_that_another_process_adds_is_followed_too(
    library: Library, folder: Path, many: Path
) -> None:
    library.sync(folder)
    with watch(library) as watching:
        Library.open(library.path).sync(many)
        write(many / "version10.txt", "The version of article 10 is v10x.")
        assert watching.report().added == ("many/version10.txt",)


def test_a_file_that_is_left_out_is_reported_once(library: Library, folder: Path) -> None:
    library.sync(folder)
    with watch(library) as watching:
        write(folder / "empty.txt", " ")
        (skip,) = watching.report().skipped
        assert isinstance(skip, Skip)
        assert skip.path.endswith("empty.txt")
        write(folder / "ferry.txt", "The ferry to Elba sank in 1911.")
        assert watching.report() == SyncReport(
            added=("ferry.txt",), unchanged=("harbour.txt", "north/bridge.txt", "orchard.txt")
        )


def test_an_index_inside_its_folder_is_not_watched(folder: Path) -> None:
    library = Library.create(folder / "index")
    library.sync(folder)
    with watch(library) as watching:
        library.add("The lighthouse was painted red.", id="lighthouse")
        write(folder / "ferry.txt", "The ferry to Elba sank in 1911.")
        assert watching.report().added == ("ferry.txt",)
    assert watching.is_empty


@pytest.mark.parametrize("name", [".draft.txt", ".git/notes.txt"])
def test_hidden_files_are_no_change(library: Library, folder: Path, name: str) -> None:
    library.sync(folder)
    with watch(library) as watching:
        write(folder / name, "Nobody reads this.")
        write(folder / "ferry.txt", "The ferry to Elba sank in 1911.")
        assert watching.report().added == ("ferry.txt",)
    assert watching.is_empty
