"""Uploads with folders in their names: kept in their ids, and gone with their last file."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import ArticleError, CancelledError, SettingError
from index.ingest.uploads import upload_name
from index.library import Library
from index.storage.manifest import UPLOADS


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A folder of files that somebody drops."""
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "otters.txt").write_text("Otters came back to the river Ash in spring.")
    (folder / "bees.md").write_text("# Bees\n\nBees left the old mill in autumn.")
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    return folder


def test_folders_stay_in_the_ids_and_one_name_may_stand_in_several(
    library: Library, given: Path
) -> None:
    files = [
        ("trip/notes.md", given / "bees.md"),
        ("trip/river/notes.md", given / "otters.txt"),
        ("trip/river/torn.pdf", given / "torn.pdf"),
    ]
    report = library.add_uploads(files)
    assert report.added == ("uploads/trip/notes.md", "uploads/trip/river/notes.md")
    assert [skip.path for skip in report.skipped] == ["trip/river/torn.pdf"]
    assert "Otters" in library.article("uploads/trip/river/notes.md").text
    assert library.sync().unchanged == report.added
    assert library.sync().skipped == ()


def test_the_last_file_takes_its_folders_with_it(library: Library, given: Path) -> None:
    library.add_uploads([("a/b/one.md", given / "bees.md"), ("a/two.txt", given / "otters.txt")])
    library.remove("uploads/a/b/one.md")
    assert not (library.path / UPLOADS / "a" / "b").exists()
    assert (library.path / UPLOADS / "a" / "two.txt").exists()
    library.remove("uploads/a/two.txt")
    assert list((library.path / UPLOADS).iterdir()) == []


def test_a_cancelled_folder_leaves_nothing(library: Library, given: Path) -> None:
    with pytest.raises(CancelledError, match="as it was before"):
        library.add_uploads([("a/b/one.md", given / "bees.md")], cancelled=lambda: True)
    assert list((library.path / UPLOADS).iterdir()) == []


def test_a_file_and_a_folder_of_one_name_are_kept_apart(library: Library, given: Path) -> None:
    library.add_uploads([("notes.md", given / "bees.md"), ("deep.md/x.txt", given / "otters.txt")])
    report = library.add_uploads(
        [("notes.md/y.txt", given / "otters.txt"), ("deep.md", given / "bees.md")]
    )
    reasons = {skip.path: skip.reason for skip in report.skipped}
    assert "is an uploaded file, not a folder" in reasons["notes.md/y.txt"]
    assert "is a folder of uploads already" in reasons["deep.md"]
    assert len(library) == 2


@pytest.mark.parametrize("name", ["/etc/deep/x.txt", "C:\\deep\\x.txt", "//server/share/x.txt"])
def test_where_a_file_lay_on_a_disk_is_not_kept(name: str) -> None:
    assert upload_name(name) == "x.txt"


@pytest.mark.parametrize(
    "name", ["../x.txt", "a/../x.txt", "a//x.txt", ".git/x.txt", "a/./x.txt", "a\nb/x.txt"]
)
def test_no_name_leads_out_of_the_uploads(name: str) -> None:
    with pytest.raises(SettingError, match="cannot be a file's name"):
        upload_name(name)


def test_the_whole_name_has_a_limit() -> None:
    with pytest.raises(SettingError, match="with its folders, at most 500"):
        upload_name("/".join(["deep" * 20] * 20) + "/x.txt".lstrip("/"))
    with pytest.raises(ArticleError, match=r"photo\.png is none of"):
        upload_name("album/photo.png")
