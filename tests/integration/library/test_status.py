"""The state of the files behind an index: changed, missing, skipped."""

from __future__ import annotations

import os
import time
from pathlib import Path

from index.ingest.status import FileStatus, file_status, skipped_files
from index.library import Library
from tests.helpers.library import write


def state(library: Library, article: str) -> FileStatus:
    return file_status(library.snapshot(), library.article(article))


def test_a_file_is_unchanged_until_its_bytes_change(library: Library, folder: Path) -> None:
    library.sync(folder)
    harbour = folder / "harbour.txt"
    assert state(library, "harbour.txt") is FileStatus.UNCHANGED
    os.utime(harbour)  # touched, with the same bytes
    assert state(library, "harbour.txt") is FileStatus.UNCHANGED
    harbour.write_text("The harbour was never dredged.\n", encoding="utf-8")
    assert state(library, "harbour.txt") is FileStatus.CHANGED
    library.add("Another commit, of something else.", title="Else")
    assert state(library, "harbour.txt") is FileStatus.CHANGED
    library.sync()
    assert state(library, "harbour.txt") is FileStatus.UNCHANGED


def test_an_older_file_of_the_same_name_is_a_change(library: Library, folder: Path) -> None:
    library.sync(folder)
    time.sleep(0.05)
    other = folder.parent / "older.txt"
    write(other, "An older account of the orchard.", age=7200)
    other.replace(folder / "orchard.txt")
    assert state(library, "orchard.txt") is FileStatus.CHANGED


def test_a_deleted_file_is_missing_and_an_added_text_unchanged(
    library: Library, folder: Path
) -> None:
    library.sync(folder)
    (folder / "orchard.txt").unlink()
    assert state(library, "orchard.txt") is FileStatus.MISSING
    ferry = library.add("The ferry sails at noon.", title="Ferry")
    assert state(library, ferry.id) is FileStatus.UNCHANGED


def test_skipped_files_are_listed_with_their_reasons(library: Library, folder: Path) -> None:
    (folder / "torn.pdf").write_bytes(b"%PDF-1.4 torn")
    library.sync(folder)
    assert [skip.path for skip in skipped_files(library.snapshot().files())] == [
        str(folder / "torn.pdf")
    ]
    assert all(skip.reason for skip in skipped_files(library.snapshot().files()))
    (folder / "torn.pdf").unlink()
    library.sync()
    assert skipped_files(library.snapshot().files()) == []
