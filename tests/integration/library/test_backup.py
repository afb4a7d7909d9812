"""Backups are made and restored while an index is in use."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.errors import DamagedError, NoIndexError, SettingError
from index.library import Library
from tests.helpers.damage import everything
from tests.helpers.library import HashingEncoder, write

QUESTIONS = ["bridge painted", "the ferry"]


@pytest.fixture
def made(tmp_path: Path) -> Library:
    """An index with removed articles, an upload and votes."""
    folder = tmp_path / "articles"
    for number in range(4):
        write(folder / f"bridge{number}.txt", f"Bridge {number} was painted. It is of iron.")
    library = Library.create(tmp_path / "index", encoder=HashingEncoder())
    library.sync(folder)
    library.add_upload("ferry.txt", b"The ferry crossed the river in 1911. It sank.\n")
    (folder / "bridge0.txt").unlink()
    library.sync(folder)
    (library.path / "feedback.jsonl").write_text('{"id": "vote-1"}\n')
    return library


def test_a_backup_is_an_index(made: Library, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # the folder around it is everybody's
    made.backup(tmp_path / "copy")
    assert everything(tmp_path / "copy", QUESTIONS) == everything(made.path, QUESTIONS)
    assert Library.check(tmp_path / "copy").damaged == ()
    assert (tmp_path / "copy" / "feedback.jsonl").read_text() == '{"id": "vote-1"}\n'
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
    with pytest.raises(SettingError, match="is not an empty folder"):
        made.backup(tmp_path / "copy")
    with pytest.raises(SettingError, match="is inside the index"):
        made.backup(made.path / "copy")


def test_a_restore_over_an_index_in_use(made: Library, tmp_path: Path) -> None:
    before = everything(made.path, QUESTIONS)
    made.backup(tmp_path / "copy")
    made.add_upload("ferry.txt", b"Nothing crossed the river in 1912.\n")
    made.add_upload("raft.txt", b"A raft crossed the river in 1913.\n")
    made.add("The tunnel was dug.", id="tunnel")
    reader = Library.open(made.path, encoder=HashingEncoder())
    old = reader.snapshot().search_words("river tunnel", 5)
    Library.restore(tmp_path / "copy", made.path)
    assert reader.snapshot().search_words("river tunnel", 5) == old
    assert reader.refresh()
    assert "tunnel" not in reader
    assert "1911" in reader.article("uploads/ferry.txt").text
    found = everything(made.path, QUESTIONS)
    assert found == before
    uploads = [path.name for path in (made.path / "uploads").iterdir()]
    assert uploads == ["ferry.txt"]
    assert Library.check(made.path).damaged == ()
    report = reader.sync()
    assert (report.added, report.changed, report.removed) == ((), (), ())
    names = {path.name.split("-")[0] for path in (made.path / "segments").iterdir()}
    assert len(names) == 1, "what the restored state does not use is removed"


@pytest.mark.parametrize("state", ["missing", "damaged"])
def test_a_restore_needs_no_index(made: Library, tmp_path: Path, state: str) -> None:
    made.backup(tmp_path / "copy")
    path = tmp_path / "new"
    if state == "damaged":
        path = made.path
        (path / "manifest.json").write_bytes(b"?")
        (path / "manifest-copy.json").unlink()
    Library.restore(tmp_path / "copy", path)
    assert everything(path, QUESTIONS) == everything(tmp_path / "copy", QUESTIONS)


def test_a_damaged_backup_is_not_restored(made: Library, tmp_path: Path) -> None:
    made.backup(tmp_path / "copy")
    path = next((tmp_path / "copy").rglob("vectors.faiss"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    generation = made.manifest.generation
    with pytest.raises(DamagedError, match=r"vectors\.faiss is damaged"):
        Library.restore(tmp_path / "copy", made.path)
    assert Library.open(made.path).manifest.generation == generation
    with pytest.raises(NoIndexError, match="there is no index in"):
        Library.restore(tmp_path / "nothing", made.path)


def test_damage_is_not_backed_up(made: Library, tmp_path: Path) -> None:
    path = next(made.path.rglob("articles.db"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedError, match=r"articles\.db is damaged"):
        made.backup(tmp_path / "copy")
    with pytest.raises(NoIndexError, match="was broken off"):
        Library.open(tmp_path / "copy")


def test_half_a_backup_says_so_and_can_be_finished(made: Library, tmp_path: Path) -> None:
    path, copy = next(made.path.rglob("articles.db")), tmp_path / "copy"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    with pytest.raises(DamagedError, match=r"articles\.db is damaged"):
        made.backup(copy)
    for name in ("manifest.json", "manifest-copy.json"):
        for call in (Library.check, Library.open, lambda one: Library.restore(one, made.path)):
            with pytest.raises(NoIndexError, match="copy was broken off; finish it with: pincite"):
                call(copy)
        # A step further.
        (copy / name).write_bytes((made.path / name).read_bytes())
    path.write_bytes(data)
    made.backup(copy)
    assert Library.check(copy).damaged == ()
    assert everything(copy, QUESTIONS) == everything(made.path, QUESTIONS)


def test_backups_beside_a_writer_are_whole(made: Library, tmp_path: Path) -> None:
    stop = threading.Event()

    def write_on() -> None:
        number = 0
        while not stop.is_set():
            made.add(f"Text number {number} about a bridge.", id=f"text{number % 3}")
            number += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        for number in range(4):
            made.backup(tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
    for number in range(4):
        assert Library.check(tmp_path / f"copy{number}").damaged == ()
        assert everything(tmp_path / f"copy{number}", QUESTIONS)
