"""One contract for all ways to store an index: each gives what the exact one gives."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from index.errors import LibraryError, NoIndexError, SettingError, UnknownArticleError
from index.filters import Filter
from index.library import Library
from index.parsing.article import make_article
from index.storage.snapshot import Hit, Snapshot
from index.types import Article
from tests import PROJECT
from tests.helpers.library import HashingEncoder, write
from tests.helpers.storages import KINDS, create

QUESTIONS = (
    "Which bridge was painted in 1933?",
    "Who paints the bridges over the Mardle?",
    "bridgge 44",  # misspelt
    "harbour harbours 7",  # two words with one stem
    "Müller's 1,500 crowns",
    "the of and",  # function words
    "zzzzqqqq",  # in no article
)

FILTERS = (
    Filter(publisher="harbour news"),
    Filter(author="anna muller", after=date(1930, 5, 1)),
    Filter(before=date(1910, 12, 31)),
    Filter(year=1944),
    Filter(path="news/[!1]?.txt"),
    Filter(title="bridge 7"),
    Filter(metadata={"desk": ["sport", "it's"]}),
    Filter(articles={"news/3.txt", "news/33.txt", "unknown"}, exclude={"news/3.txt"}),
    Filter(articles=set()),
    Filter(publisher="%"),
)


def article(number: int, text: str | None = None) -> Article:
    """Return an article of two or three chunks; numbers that differ by 60 have one text."""
    body = text or (
        f"Bridge number {number % 60} was painted in {1900 + number % 60}. "
        "It crosses the Mardle.\n\n"
        f"The painter Anna Müller came from the harbours. She was paid 1,500 crowns {number % 7}."
    )
    return make_article(
        body,
        f"news/{number}.txt",
        title=f"About bridge {number}",
        authors=["Anna Müller", "Jo Field"] if number % 2 else ["Field Anna"],
        publisher=("Harbour News", "The Sunday 100%")[number % 2],
        published=date(1900 + number % 60, 1 + number % 12, 1) if number % 3 else None,
        metadata={"desk": ("sport", "it's", "home")[number % 3]},
    )


@pytest.fixture(params=KINDS)
def pair(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Library, Library]:
    """The exact index and one of each kind, empty."""
    encoder = HashingEncoder()
    other = create(request.param, tmp_path / "compared", encoder, monkeypatch)
    return create("exact", tmp_path / "reference", encoder, monkeypatch), other


def hits_of(
    snapshot: Snapshot, search: Callable[[Snapshot], list[Hit]]
) -> list[tuple[object, float]]:
    hits = search(snapshot)
    return [
        (chunk, hit.score)
        for chunk, hit in zip(snapshot.chunks([hit.row for hit in hits]), hits, strict=True)
    ]


def assert_same(reference: Library, library: Library) -> None:
    """Compare the contents of two indexes, and what searches find in them."""
    expected, actual = reference.snapshot(), library.snapshot()
    assert actual.manifest.contents == expected.manifest.contents
    assert actual.ids() == expected.ids()
    assert actual.articles() == expected.articles()
    assert list(library) == list(reference)
    searches = [(None, question) for question in QUESTIONS]
    for keep in FILTERS:
        assert actual.count(keep) == expected.count(keep), keep
        searches += [(keep, question) for question in QUESTIONS[:2]]
    for keep, question in searches:
        vector = library.encoder.encode([question])[0]
        for search in (
            lambda one: one.search_vectors(vector, 8, keep),  # noqa: B023
            lambda one: one.search_words(question, 8, keep),  # noqa: B023
        ):
            found, wanted = hits_of(actual, search), hits_of(expected, search)
            scores = [score for _, score in wanted]
            # Similar words to a misspelt one are weighted differently.
            tolerance = 0.3 if "bridgge" in question else 1e-3
            assert [score for _, score in found] == pytest.approx(scores, abs=tolerance)
            # Equal scores may be cut off anywhere.
            certain = {chunk for chunk, score in wanted if score > scores[-1] + tolerance}
            assert certain <= {chunk for chunk, _ in found}
    words = " ".join(QUESTIONS)
    assert actual.correct_spelling(words) == expected.correct_spelling(words)
    for word in words.split():
        assert actual.has_word(word) == expected.has_word(word)


def test_every_kind_of_index_gives_the_same(pair: tuple[Library, Library]) -> None:
    for library in pair:
        library.add_articles(article(number) for number in range(70))
    assert_same(*pair)
    snapshot = pair[1].snapshot()
    row = snapshot.article_rows("news/3.txt")[0]
    ((chunk, whole),) = snapshot.passages([row])
    assert (chunk.article, whole) == ("news/3.txt", article(3))
    text = pair[1].encoder.encode([chunk.span.of(whole.text)])
    assert snapshot.vectors([row]).shape == text.shape
    (hit,) = snapshot.search_vectors(snapshot.vectors([row])[0], 1)
    assert hit.score == pytest.approx(1.0, abs=1e-5)


def test_every_kind_of_index_changes_the_same_way(pair: tuple[Library, Library]) -> None:
    for library in pair:
        library.add_articles(article(number) for number in range(40))
        library.remove("news/3.txt", "news/17.txt")
        library.add("A tunnel was dug instead.", id="news/5.txt", title="Tunnel")
        library.update("news/7.txt", publisher="Harbour News", year=1944)
        library.add_articles([article(39), article(40)])
        with pytest.raises(UnknownArticleError, match=r"'news/3\.txt'"):
            library.remove("news/3.txt")
        with pytest.raises(SettingError, match="is the id of two of the articles"):
            library.add_articles([article(50), article(51), article(50)])
        with pytest.raises(UnknownArticleError, match="no article has the id 'news/50"):
            library.article("news/50.txt")
        with pytest.raises(IndexError, match="row"):
            library.snapshot().chunk(10**9)
        with pytest.raises(SettingError, match="ask for at least 1"):
            library.snapshot().search_words("bridge", 0)
        with pytest.raises(SettingError, match="the vector has shape"):
            library.snapshot().search_vectors(library.encoder.encode(["x"])[0][:5], 3)
    assert_same(*pair)


def test_every_kind_of_index_follows_a_folder(
    pair: tuple[Library, Library], tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    for number in range(6):
        write(folder / f"{number}.txt", f"Bridge number {number} was painted in {1930 + number}.")
    for library in pair:
        assert len(library.sync(folder).added) == 6
    write(folder / "2.txt", "The bridge was replaced by a ferry.")
    (folder / "3.txt").unlink()
    (folder / "4.txt").rename(folder / "renamed.txt")
    reports = [library.sync() for library in pair]
    assert reports[0] == reports[1]
    assert_same(*pair)
    for library in pair:
        library.remove_root(folder)
    assert_same(*pair)


def found_articles(snapshot: Snapshot) -> set[str]:
    rows = [hit.row for hit in snapshot.search_words("bridge", 99)]
    return {chunk.article for chunk in snapshot.chunks(rows)}


def test_readers_are_not_disturbed_by_writers(pair: tuple[Library, Library]) -> None:
    library = pair[1]
    library.add_articles(article(number) for number in range(10))
    before, seen = library.snapshot(), set()
    reader = Library.open(library.address, encoder=library.encoder)
    stop, failures = threading.Event(), []

    def read() -> None:
        try:
            while not stop.is_set():
                reader.refresh()
                snapshot = reader.snapshot()
                found = found_articles(snapshot)
                assert found == snapshot.ids()
                seen.add(len(found))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(10, 13):
        library.add_articles([article(number)])
    library.remove("news/0.txt")
    stop.set()
    thread.join()
    assert not failures
    assert seen <= {10, 11, 12, 13}
    assert len(found_articles(before)) == 10
    assert before.article("news/0.txt") == article(0)
    assert len(library) == 12


def test_what_was_not_committed_is_gone(pair: tuple[Library, Library]) -> None:
    """A writer that fails, and one that is killed, leave the last state; the next one goes on."""
    for library in pair:
        library.add_articles(article(number) for number in range(5))
        with pytest.raises(LibraryError, match="an articles' file ends here"):
            library.add_articles(failing())
    killed = """
import os, sys
from index.library import Library
from tests.helpers.library import HashingEncoder
from tests.integration.library.test_storages import article
import index.ingest.transaction as transaction
transaction.BATCH_CHUNKS = 1
transaction.Transaction.commit = lambda *_, **__: os._exit(7)
library = Library.open(sys.argv[1], encoder=HashingEncoder())
library.add_articles(article(number) for number in range(20, 30))
"""
    run = subprocess.run(
        [sys.executable, "-c", killed, pair[1].address],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert run.returncode == 7
    assert_same(pair[0], Library.open(pair[1].address, encoder=pair[1].encoder))
    for library in pair:
        library.add_articles([article(20)])
    assert_same(*pair)


def failing():  # type: ignore[no-untyped-def]
    yield from map(article, range(10, 14))
    raise LibraryError("an articles' file ends here")


def test_lance_is_opened_by_its_address(tmp_path: Path) -> None:
    pytest.importorskip("lance")
    address = f"lance://{tmp_path}/news"
    with pytest.raises(NoIndexError, match=f"there is no index in {address}"):
        Library.open(address)
    with pytest.raises(SettingError, match="the store 'exact' is for an index in a folder"):
        Library.create(address, encoder=HashingEncoder(), store="exact")
    made = Library.create(address, encoder=HashingEncoder())
    assert repr(made) == f"<Library {address!r}, 0 articles>"
    with pytest.raises(SettingError, match="already holds an index"):
        Library.create(address, encoder=HashingEncoder())
    with pytest.raises(SettingError, match="is not the folder of an index"):
        Library.check(address)
    with pytest.raises(SettingError, match=r"unknown address s3://x; write lance:///FOLDER"):
        Library.open("s3://x")


def test_old_versions_of_lance_are_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lance = pytest.importorskip("lance")
    from datetime import timedelta

    from index.storage.lance import writer

    library = Library.create(f"lance://{tmp_path}/news", encoder=HashingEncoder())
    for number in range(3):
        library.add_articles([article(number)])
    table = lance.dataset(f"{tmp_path}/news/chunks.lance")
    assert set(table.tags.list()) == {f"generation-{number}" for number in range(4)}
    monkeypatch.setattr(writer, "KEPT", timedelta(0))
    library.add_articles([article(3)])
    table = lance.dataset(f"{tmp_path}/news/chunks.lance")
    assert set(table.tags.list()) == {"generation-4"}
    assert len(table.versions()) == 1
    assert len(Library.open(library.address)) == 4


def test_many_rows_get_an_index_of_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lance")
    from index.storage.lance import writer

    monkeypatch.setattr(writer, "INDEXED_ROWS", 300)
    encoder = HashingEncoder()
    library = create("lance", tmp_path, encoder, monkeypatch)
    exact = create("exact", tmp_path, encoder, monkeypatch)
    for one in (library, exact):
        one.add_articles(article(number) for number in range(200))
        one.add_articles(article(number) for number in range(200, 210))
    found = 0
    for vector in encoder.encode([f"bridge painted in {1900 + number}" for number in range(20)]):
        (best,) = exact.snapshot().search_vectors(vector, 1)
        (hit,) = library.snapshot().search_vectors(vector, 1)
        found += hit.score == pytest.approx(best.score, abs=1e-4)
    assert found >= 16, "the index is approximate, and scores are exact"
