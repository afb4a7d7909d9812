"""Uploads of several files: readable ones are added, and cancelling undoes everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import CancelledError
from index.library import Library
from index.storage.manifest import UPLOADS


@pytest.fixture
def files_folder(tmp_path: Path) -> Path:
    """A folder of files to upload."""
    folder = tmp_path / "dropped"
    (folder / "deep").mkdir(parents=True)
    (folder / "otters.txt").write_text("Otters came back to the river Ash in spring.")
    (folder / "bees.md").write_text("# Bees\n\nBees left the old mill in autumn.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 but not really")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    (folder / "deep" / "bees.md").write_text("Another file of that name.")
    return folder


def dropped(folder: Path) -> list[tuple[str, Path]]:
    return [(path.name, path) for path in sorted(folder.rglob("*.*")) if path.is_file()]


def stored_files(library: Library) -> list[str]:
    folder = library.path / UPLOADS
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_readable_files_are_added_and_the_others_skipped_with_reasons(
    library: Library, files_folder: Path
) -> None:
    seen = []
    report = library.add_uploads(dropped(files_folder), progress=seen.append)
    assert report.added == ("uploads/bees.md", "uploads/otters.txt")
    reasons = {skip.path: skip.reason for skip in report.skipped}
    assert set(reasons) == {"broken.pdf", "photo.png", "bees.md"}
    assert "is called bees.md too" in reasons["bees.md"]
    assert stored_files(library) == ["bees.md", "otters.txt"]
    assert {progress.phase for progress in seen} >= {"encoding"}
    # The next sync finds nothing to do or to skip.
    assert library.sync().skipped == ()
    assert len(library) == 2


def test_a_cancelled_upload_leaves_the_index_and_its_files_unchanged(
    library: Library, files_folder: Path
) -> None:
    library.add_upload("otters.txt", b"The first text about otters.")
    state, text = library.manifest.state, library.article("uploads/otters.txt").text
    calls = []

    def cancelled() -> bool:
        calls.append(1)
        return len(calls) > 3

    with pytest.raises(CancelledError, match="as it was before"):
        library.add_uploads(dropped(files_folder), cancelled=cancelled)
    assert stored_files(library) == ["otters.txt"]
    library.refresh()
    assert (library.manifest.state, library.article("uploads/otters.txt").text) == (state, text)
    assert (library.path / UPLOADS / "otters.txt").read_bytes() == b"The first text about otters."


def test_a_broken_file_never_replaces_a_good_one(library: Library, files_folder: Path) -> None:
    library.add_upload("otters.txt", b"The first text about otters.")
    (files_folder / "otters.txt").write_bytes(b"")
    report = library.add_uploads([("otters.txt", files_folder / "otters.txt")])
    assert [skip.path for skip in report.skipped] == ["otters.txt"]
    assert library.article("uploads/otters.txt").text == "The first text about otters."


def test_a_missing_file_is_skipped(library: Library, files_folder: Path) -> None:
    report = library.add_uploads(
        [("otters.txt", files_folder / "otters.txt"), ("x.txt", files_folder / "x.txt")]
    )
    assert report.added == ("uploads/otters.txt",)
    assert [(skip.path, skip.reason) for skip in report.skipped] == [
        ("x.txt", "the file was removed, or it is not a regular file")
    ]
