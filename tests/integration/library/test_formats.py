"""Indexes of released formats, each made by the version that was released."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from index.errors import FormatError
from index.library import Library
from index.storage.manifest import FORMAT
from tests import PROJECT
from tests.helpers.library import HashingEncoder

INDEXES = PROJECT / "tests" / "data" / "indexes"


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_index_of_format_2_is_kept_and_made_again_as_the_message_says(tmp_path: Path) -> None:
    old = Path(shutil.copytree(INDEXES / "format-2", tmp_path / "old"))
    before = contents(old)
    advice = (
        rf"format 2; this version of Pincite reads format {FORMAT}\. Make another index in a new "
        rf"folder: pincite index PATH --index OTHER \(index {old / 'uploads'} too"
    )
    for call in (Library.open, Library.check, lambda path: Library.restore(path, tmp_path / "x")):
        with pytest.raises(FormatError, match=advice):
            call(old)
    assert contents(old) == before
    library = Library.create(tmp_path / "new", encoder=HashingEncoder())
    library.sync(old / "uploads")
    assert library.article("ferry.txt").text == (old / "uploads" / "ferry.txt").read_text()
    assert library.snapshot().search_words("river", 5)
