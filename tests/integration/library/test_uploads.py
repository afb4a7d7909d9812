"""Several uploads at once: all that can be read come in, and a cancelled upload leaves no trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import CancelledError
from index.library import Library
from index.storage.manifest import UPLOADS


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder of files that somebody drops."""
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


def kept_files(library: Library) -> list[str]:
    folder = library.path / UPLOADS
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_what_can_be_read_comes_in_and_the_rest_is_named_with_reasons(
    library: Library, given: Path
) -> None:
    seen = []
    report = library.add_uploads(dropped(given), progress=seen.append)
    assert report.added == ("uploads/bees.md", "uploads/otters.txt")
    reasons = {skip.path: skip.reason for skip in report.skipped}
    assert set(reasons) == {"broken.pdf", "photo.png", "bees.md"}
    assert "is called bees.md too" in reasons["bees.md"]
    assert kept_files(library) == ["bees.md", "otters.txt"]
    assert {progress.phase for progress in seen} >= {"encoding"}
    # Nothing is left to be done or to be complained about.
    assert library.sync().skipped == ()
    assert len(library) == 2


def test_a_cancelled_upload_leaves_the_index_and_its_files_as_they_were(
    library: Library, given: Path
) -> None:
    library.add_upload("otters.txt", b"The first text about otters.")
    state, text = library.manifest.state, library.article("uploads/otters.txt").text
    calls = []

    def cancelled() -> bool:
        calls.append(1)
        return len(calls) > 3

    with pytest.raises(CancelledError, match="as it was before"):
        library.add_uploads(dropped(given), cancelled=cancelled)
    assert kept_files(library) == ["otters.txt"]
    library.refresh()
    assert (library.manifest.state, library.article("uploads/otters.txt").text) == (state, text)
    assert (library.path / UPLOADS / "otters.txt").read_bytes() == b"The first text about otters."


def test_a_broken_file_never_replaces_a_good_one(library: Library, given: Path) -> None:
    library.add_upload("otters.txt", b"The first text about otters.")
    (given / "otters.txt").write_bytes(b"")
    report = library.add_uploads([("otters.txt", given / "otters.txt")])
    assert [skip.path for skip in report.skipped] == ["otters.txt"]
    assert library.article("uploads/otters.txt").text == "The first text about otters."


def test_a_file_that_is_gone_costs_only_itself(library: Library, given: Path) -> None:
    report = library.add_uploads([("otters.txt", given / "otters.txt"), ("x.txt", given / "x.txt")])
    assert report.added == ("uploads/otters.txt",)
    assert [(skip.path, skip.reason) for skip in report.skipped] == [
        ("x.txt", "the file was removed, or it is not a regular file")
    ]
