"""The folder of files that a browser has sent: its quota, and how long they stay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from qa.web.uploaded_files import UploadedFiles


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UploadedFiles:
    monkeypatch.setenv("GRADIO_TEMP_DIR", "restored after the test")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return UploadedFiles(1000, expiry=3600)


def add(folder: Path, name: str, size: int, age: float = 0) -> Path:
    path = folder / name / f"{name}.txt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x" * size)
    then = time.time() - age
    for changed in (path, path.parent):
        os.utime(changed, (then, then))
    return path


def test_files_and_what_is_arriving_count_against_the_quota(uploads: UploadedFiles) -> None:
    add(uploads.folder, "kept", 300)
    with uploads.reserve() as (allowed, count):
        first = allowed
        count(200)
        with uploads.reserve() as (second, _):
            assert first - second == 200
    with uploads.reserve() as (again, _):
        assert again == first


def test_expired_files_are_deleted_those_of_killed_servers_too(
    uploads: UploadedFiles, tmp_path: Path
) -> None:
    old, new = add(uploads.folder, "old", 10, age=3700), add(uploads.folder, "new", 10, age=3500)
    lost = add(tmp_path / "pincite-uploads-killed", "lost", 10, age=3700)
    other = add(tmp_path / "another-program", "file", 10, age=3700)
    uploads.sweep()
    assert (old.exists(), new.exists(), lost.exists(), other.exists()) == (
        False, True, False, True,
    )  # fmt: skip
