"""Uploads of several files: readable ones are added, and cancelling undoes everything."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.errors import CancelledError, LibraryError, StorageError
from index.library import Library, SyncPhase, SyncProgress
from index.storage.manifest import UPLOADS, Manifest
from tests.helpers.library import HashingEncoder
from tests.integration.library.killed_indexing import die_at_step


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


def test_the_encoding_of_what_was_read_is_reported(
    real_encoder: Encoder, tmp_path: Path, files_folder: Path
) -> None:
    lines = (f"Barge {number} took {number * 7} crates to quay {number}." for number in range(400))
    (files_folder / "barges.txt").write_text("\n\n".join(lines))
    library = Library.create(tmp_path / "index", encoder=real_encoder)
    seen: list[SyncProgress] = []
    library.add_uploads([("barges.txt", files_folder / "barges.txt")], progress=seen.append)
    steps = [step for step in seen if step.phase is SyncPhase.EMBEDDING]
    assert steps
    assert all(0 <= step.done < step.total for step in steps)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert {step.total for step in steps} == {steps[0].total}


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


def test_a_failed_commit_brings_the_old_upload_back(
    library: Library, files_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add_upload("otters.txt", b"The first text about otters.")
    uploads = library.path / UPLOADS

    def full(_manifest: Manifest, _directory: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Manifest, "write", full)
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            library.add_uploads(dropped(files_folder))
        with pytest.raises(StorageError, match="the disk is full; free some space"):
            library.remove("uploads/otters.txt")
    assert stored_files(library) == ["otters.txt"]
    assert (uploads / "otters.txt").read_bytes() == b"The first text about otters."
    assert not list(library.path.glob("staging-*"))
    assert library.sync().unchanged == ("uploads/otters.txt",)


def test_an_upload_on_a_full_disk_changes_nothing(
    library: Library, files_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add_upload("otters.txt", b"The first text about otters.")

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("index.ingest.staging.write_bytes", full)
        with pytest.raises(LibraryError, match=r"cannot be stored .*No space left on device"):
            library.add_uploads(dropped(files_folder))
    assert stored_files(library) == ["otters.txt"]
    assert not list(library.path.glob("staging-*"))


@pytest.mark.parametrize("kind", ["add", "remove"])
def test_a_killed_change_of_the_uploads_is_complete_or_undone(
    tmp_path: Path, files_folder: Path, kind: str
) -> None:
    # This encoder has no threads, which a forked process would lack.
    library = Library.create(tmp_path / "index", encoder=HashingEncoder())
    library.add_upload("otters.txt", b"The first text about otters.")
    library.add_upload("deep/owls.txt", b"Owls sleep in the barn.")
    old = contents(library)
    new = dict(old)
    if kind == "add":
        new["uploads/otters.txt"] = "Otters came back to the river Ash in spring."
        new["uploads/bees.md"] = "# Bees\n\nBees left the old mill in autumn."
    else:
        del new["uploads/deep/owls.txt"]
    outcomes = []
    for step in range(1, 100, 4):
        child = os.fork()
        if child == 0:
            die_at_step(step)
            try:
                if kind == "add":
                    library.add_uploads(dropped(files_folder))
                else:
                    library.remove("uploads/deep/owls.txt")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        report = library.sync()
        assert (report.added, report.changed, report.removed, report.skipped) == ((), (), (), ())
        assert contents(library) in (old, new)
        assert {article.id for article in library.articles()} == set(contents(library))
        outcomes.append(contents(library) == new)
        if outcomes[-1]:
            break
    assert outcomes[-1]
    assert len(outcomes) > 3, "it was killed at several steps before the commit"


def contents(library: Library) -> dict[str, str]:
    """Return the text of each stored file, by the id of its article."""
    return {
        path.relative_to(library.path).as_posix(): path.read_text().strip()
        for path in (library.path / UPLOADS).rglob("*")
        if path.is_file()
    }
