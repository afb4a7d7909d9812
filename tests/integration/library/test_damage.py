"""Damage on disk is named; it never changes what is found, and is repaired from the articles."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from index.errors import DamagedError
from index.library import Library
from index.settings import StoreSetting
from index.vector_stores.ivf import IVFStore
from tests.helpers.damage import differences, everything, flips, searched_files
from tests.helpers.library import HashingEncoder, write

QUESTIONS = ["bridge painted 1904", "the tunnel under the river", "medal in Ghent", "brigde"]


def articles(folder: Path) -> Path:
    """Write articles of several sentences."""
    for number in range(12):
        write(
            folder / f"bridge{number}.txt",
            f"Bridge number {number} was painted in {1900 + number}. It cost ${number}.9 million.",
            "Pears from the orchard won a medal in Ghent. The harbour was dredged.",
        )
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with two segments, removed articles, an added text, an upload and both stores."""
    path = tmp_path_factory.mktemp("damage")
    folder = articles(path / "articles")
    library = Library.create(path / "index", encoder=HashingEncoder())
    library.sync(folder)
    library.add("The tunnel under the river was dug by hand. It took nine years.", id="tunnel")
    library.add_upload("ferry.txt", b"The ferry crossed the river in 1911. It sank.\n")
    (folder / "bridge3.txt").unlink()
    library.sync()
    return path


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Path:
    """A copy of that index."""
    return shutil.copytree(made / "index", tmp_path / "index")


def test_no_flipped_bit_changes_what_is_found(made: Path) -> None:
    index = made / "index"
    whole = everything(index, QUESTIONS)
    outcomes: Counter[str] = Counter()
    for path, bit in flips(index, 220, seed=27):
        name = f"bit {bit} of {path.relative_to(index)}"
        if path.parent.name == "uploads":
            (damage,) = Library.check(index).damaged
            assert damage.path == "uploads/ferry.txt"
            continue
        outcome = differences(index, QUESTIONS, whole)
        if isinstance(outcome, DamagedError):
            assert outcome.path.name == path.name, name
            outcome = "named"
        outcomes[outcome] += 1
        assert outcome != "silent", f"{name} changed an answer"
    assert outcomes["named"] > 190
    assert everything(index, QUESTIONS) == whole
    assert len(searched_files(index)) > 15


@pytest.mark.parametrize(
    "name", ["articles.db", "vectors.faiss", "sentences.int8", "meta.json", "files", "removed"]
)
@pytest.mark.parametrize("is_missing", [False, True], ids=["changed", "missing"])
def test_a_repair_makes_what_is_damaged_again(index: Path, name: str, is_missing: bool) -> None:
    whole = everything(index, QUESTIONS)
    path = searched_files(index)[name][0]
    data = path.read_bytes()
    path.unlink()
    if not is_missing:
        path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    with pytest.raises(DamagedError, match=r"is damaged: .*pincite repair"):
        everything(index, QUESTIONS)
    (damage,) = Library.check(index).damaged
    assert damage.path == path.relative_to(index).as_posix()
    report = Library.repair(index, encoder=HashingEncoder())
    assert report.damaged == (damage,)
    assert report.kept + report.reread >= 12
    assert Library.check(index).damaged == ()
    ids = {article.id for article in Library.open(index).articles()}
    added = {"tunnel"} if name != "articles.db" or ids >= {"tunnel"} else set()
    assert ids == {f"bridge{n}.txt" for n in range(12) if n != 3} | {"uploads/ferry.txt"} | added
    if name not in ("articles.db", "removed"):
        assert report.problems == ()
        assert everything(index, QUESTIONS)[0] == whole[0]
    if name == "articles.db" and not added:
        assert "1 articles that were added as texts could not be recovered" in report.problems


def test_a_repair_uses_the_copy_of_a_damaged_manifest(index: Path) -> None:
    whole = everything(index, QUESTIONS)
    (index / "manifest.json").write_bytes(b"{}")
    with pytest.raises(DamagedError, match=r"manifest\.json is damaged.*pincite repair"):
        Library.open(index)
    assert Library.repair(index, encoder=HashingEncoder()).problems == ()
    assert everything(index, QUESTIONS) == whole
    for name in ("manifest.json", "manifest-copy.json"):
        (index / name).write_bytes(b"{}")
    with pytest.raises(DamagedError, match=r"delete .* and make the index again"):
        Library.repair(index, encoder=HashingEncoder())


def test_an_intact_index_is_not_changed(index: Path) -> None:
    before = (index / "manifest.json").stat().st_ino
    report = Library.check(index)
    assert report.damaged == ()
    assert report.files > 20
    assert Library.repair(index).kept == 0
    assert (index / "manifest.json").stat().st_ino == before


def test_a_commit_does_not_hide_damage_of_files_that_it_keeps(index: Path) -> None:
    """The files of a BM25 generation are linked into the next one."""
    library = Library.open(index, encoder=HashingEncoder())
    for path in searched_files(index)["bm25.store"]:
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(DamagedError, match="differs from its digest"):
        library.add("Another text about a lighthouse.", id="lighthouse")
    assert Library.check(index).damaged


def test_a_file_shortened_under_a_reader_is_named(index: Path) -> None:
    """A file that is mapped would kill the process with SIGBUS."""
    library = Library.open(index, encoder=HashingEncoder())
    for paths in searched_files(index).values():
        for path in paths:
            with path.open("r+b") as file:
                file.truncate(0)
    snapshot = library.snapshot()
    vector = library.encoder.encode(["the bridge"])[0]
    for read in (
        lambda: snapshot.search_vectors(vector, 3),
        lambda: snapshot.vectors([0]),
        lambda: snapshot.sentence_cosines([0, 1], vector),
        lambda: snapshot.article("bridge0.txt").text,
        lambda: snapshot.search_words("bridge", 3),
    ):
        with pytest.raises(DamagedError, match="is damaged"):
            read()


def test_a_shortened_approximate_index_is_still_searched(tmp_path: Path) -> None:
    for number in range(IVFStore().min_rows):
        write(tmp_path / "many" / f"{number}.txt", f"Bridge number {number} was painted.")
    library = Library.create(tmp_path / "index", encoder=HashingEncoder(), store=StoreSetting.IVFPQ)
    library.sync(tmp_path / "many")
    snapshot = Library.open(tmp_path / "index").snapshot()
    vector = library.encoder.encode(["Bridge number 77"])[0]
    before = snapshot.search_vectors(vector, 3)
    with next((tmp_path / "index").rglob("store-ivfpq")).open("r+b") as file:
        file.truncate(100)
    assert snapshot.search_vectors(vector, 3) == before
    with pytest.raises(DamagedError, match="has 100 bytes instead of"):
        Library.open(tmp_path / "index")
