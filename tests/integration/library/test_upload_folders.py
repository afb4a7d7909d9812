"""Uploads with folders in their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import ArticleError, CancelledError, SettingError
from index.ingest.uploads import upload_name
from index.library import Library
from index.storage.manifest import UPLOADS


@pytest.fixture
def files_folder(tmp_path: Path) -> Path:
    """A folder of files to upload."""
    folder = tmp_path / "files_folder"
    folder.mkdir()
    (folder / "otters.txt").write_text("Otters came back to the river Ash in spring.")
    (folder / "bees.md").write_text("# Bees\n\nBees left the old mill in autumn.")
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    return folder


def test_folders_are_part_of_the_ids(library: Library, files_folder: Path) -> None:
    files = [
        ("trip/notes.md", files_folder / "bees.md"),
        ("trip/river/notes.md", files_folder / "otters.txt"),
        ("trip/river/torn.pdf", files_folder / "torn.pdf"),
    ]
    report = library.add_uploads(files)
    assert report.added == ("uploads/trip/notes.md", "uploads/trip/river/notes.md")
    assert [skip.path for skip in report.skipped] == ["trip/river/torn.pdf"]
    assert "Otters" in library.article("uploads/trip/river/notes.md").text
    assert library.sync().unchanged == report.added
    assert library.sync().skipped == ()


def test_removing_the_last_file_removes_its_folders(library: Library, files_folder: Path) -> None:
    library.add_uploads(
        [("a/b/one.md", files_folder / "bees.md"), ("a/two.txt", files_folder / "otters.txt")]
    )
    library.remove("uploads/a/b/one.md")
    assert not (library.path / UPLOADS / "a" / "b").exists()
    assert (library.path / UPLOADS / "a" / "two.txt").exists()
    library.remove("uploads/a/two.txt")
    assert list((library.path / UPLOADS).iterdir()) == []


def test_a_cancelled_upload_of_a_folder_leaves_nothing(
    library: Library, files_folder: Path
) -> None:
    with pytest.raises(CancelledError, match="as it was before"):
        library.add_uploads([("a/b/one.md", files_folder / "bees.md")], cancelled=lambda: True)
    assert not (library.path / UPLOADS).exists()


def test_a_file_and_a_folder_cannot_have_the_same_name(
    library: Library, files_folder: Path
) -> None:
    library.add_uploads(
        [("notes.md", files_folder / "bees.md"), ("deep.md/x.txt", files_folder / "otters.txt")]
    )
    report = library.add_uploads(
        [("notes.md/y.txt", files_folder / "otters.txt"), ("deep.md", files_folder / "bees.md")]
    )
    reasons = {skip.path: skip.reason for skip in report.skipped}
    assert "is an uploaded file, not a folder" in reasons["notes.md/y.txt"]
    assert "is a folder of uploads already" in reasons["deep.md"]
    assert len(library) == 2


@pytest.mark.parametrize("name", ["/etc/deep/x.txt", "C:\\deep\\x.txt", "//server/share/x.txt"])
def test_only_the_file_name_of_an_absolute_path_is_used(name: str) -> None:
    assert upload_name(name) == "x.txt"


@pytest.mark.parametrize(
    "name", ["../x.txt", "a/../x.txt", "a//x.txt", ".git/x.txt", "a/./x.txt", "a\nb/x.txt"]
)
def test_names_outside_the_uploads_folder_are_rejected(name: str) -> None:
    with pytest.raises(SettingError, match="cannot be a file's name"):
        upload_name(name)


def test_long_names_and_unsupported_formats_are_rejected() -> None:
    with pytest.raises(SettingError, match="with its folders, at most 500"):
        upload_name("/".join(["deep" * 20] * 20) + "/x.txt".lstrip("/"))
    with pytest.raises(ArticleError, match=r"photo\.png is none of"):
        upload_name("album/photo.png")
