"""Indexes with approximate vector stores, and with one from outside this package."""

from __future__ import annotations

import resource
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.errors import FormatError, SettingError
from index.filters import Filter
from index.library import Library
from index.settings import EmbeddingMode
from index.storage.segment import store_path
from index.vector_stores import registry
from index.vector_stores.ivf import IVFStore
from tests.helpers.library import HashingEncoder, write
from tests.helpers.vectors import HALF_STORE


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """An index with the store `ivfpq` and just enough articles for it."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(IVFStore().min_rows + 50):
        (folder / f"{number:04}.txt").write_text(f"Bridge number {number} was painted.\n")
    library = Library.create(
        folder / ".index",
        encoder=HashingEncoder(),
        embedding_mode=EmbeddingMode.TEXT,
        store="ivfpq",
    )
    library.sync(folder)
    return library


def test_a_store_from_outside_gives_the_hits_of_the_exact_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_by_name", dict(registry._by_name))
    registry.register_store(HALF_STORE)
    folder, encoder = tmp_path / "articles", HashingEncoder()
    for number in range(60):
        write(folder / f"{number}.txt", f"Bridge number {number} was painted in {1900 + number}.")
    exact, half = (
        Library.create(tmp_path / store, encoder=encoder, store=store)
        for store in ("exact", "half")
    )
    for library in (exact, half):
        library.sync(folder)
        library.add("The tunnel under the river was dug by hand.", id="tunnel")
        library.remove("tunnel")
    query = encoder.encode(["the bridge painted in 1933"])[0]
    for keep in (None, Filter(articles=frozenset({"3.txt", "33.txt", "40.txt"}))):
        snapshots = exact.snapshot(), Library.open(half.path).snapshot()
        expected, hits = (snapshot.search_vectors(query, 10, keep) for snapshot in snapshots)
        assert [hit.row for hit in hits] == [hit.row for hit in expected]
        scores = [hit.score for hit in expected]
        assert [hit.score for hit in hits] == pytest.approx(scores, abs=1e-3)
    assert {entry.store for entry in half.manifest.segments} == {"half"}
    assert len(list(half.path.glob("segments/*/store-half/vectors.npy"))) == 1
    # Elsewhere the store is unknown; back on a built-in one, the index opens everywhere.
    half.use_store("exact")
    assert not list(half.path.glob("segments/*/store-*"))
    exact.use_store("half")
    del registry._by_name["half"]
    Library.open(half.path)
    with pytest.raises(FormatError, match=r"unknown vector store 'half'; .*install the package"):
        Library.open(exact.path)


def test_changing_the_store_keeps_every_row(large: Library) -> None:
    segment = large.path / "segments" / large.manifest.segments[0].name
    vectors = large.snapshot().vectors(range(len(large)))
    query = large.encoder.encode(["Bridge number 77 was painted."])[0]
    before = Library.open(large.path).snapshot()
    for setting, store in (
        ("exact", "exact"),
        ("ivfpq", "ivfpq"),
        ("auto", "exact"),
        ("ivfpq", "ivfpq"),
    ):
        assert Library.open_or_create(large.path, store=setting).manifest.store == setting
        large.refresh()
        assert [entry.store for entry in large.manifest.segments] == [store]
        files = sorted(path.name for path in segment.glob("store-*"))
        assert files == ([] if store == "exact" else ["store-ivfpq"])
        assert np.array_equal(large.snapshot().vectors(range(len(large))), vectors)
        (hit,) = large.snapshot().search_vectors(query, 1)
        assert large.snapshot().chunk(hit.row).article == "0077.txt"
        (hit,) = before.search_vectors(query, 1)
        assert before.chunk(hit.row).article == "0077.txt", "an old snapshot stays readable"
    with pytest.raises(SettingError, match="unknown vector store 'fast'; choose one of: auto"):
        large.use_store("fast")


def test_a_changed_article_does_not_touch_the_large_segment(large: Library) -> None:
    name, folder = large.manifest.segments[0].name, Path(large.manifest.roots[0].path)
    file = store_path(large.path / "segments" / name, "ivfpq")
    before = (file.stat().st_ino, file.stat().st_mtime_ns)
    (folder / "0005.txt").write_text("Tunnel number 4321 was dug.\n")
    assert large.sync().changed == ("0005.txt",)
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == before
    assert [entry.store for entry in large.manifest.segments] == ["ivfpq", "exact"]
    old, new = large.encoder.encode(["Bridge 5", "Tunnel 4321"])
    snapshot = large.snapshot()
    assert snapshot.chunk(snapshot.search_vectors(new, 1)[0].row).article == "0005.txt"
    # The old text is no longer found, and a filter for its article finds the new one.
    assert snapshot.chunk(snapshot.search_vectors(old, 1)[0].row).article != "0005.txt"
    keep = Filter(articles=frozenset({"0005.txt", "0006.txt"}))
    hits = snapshot.search_vectors(old, 10, filter=keep)
    assert {snapshot.chunk(hit.row).article for hit in hits} == {"0005.txt", "0006.txt"}


def test_a_damaged_store_raises_format_error(large: Library) -> None:
    path = store_path(large.path / "segments" / large.manifest.segments[0].name, "ivfpq")
    data = path.read_bytes()
    for broken in (b"no", None):
        path.unlink(missing_ok=True)
        if broken is not None:
            path.write_bytes(broken)
        with pytest.raises(FormatError, match="is damaged"):
            Library.open(large.path)
    path.write_bytes(data)
    Library.open(large.path)


@pytest.mark.parametrize("where", ["index", "segment"])
def test_an_unknown_store_is_named(large: Library, where: str) -> None:
    manifest = large.manifest
    changed = replace(manifest, store="warp")
    if where == "segment":
        segments = (replace(manifest.segments[0], store="warp"), *manifest.segments[1:])
        changed = replace(manifest, segments=segments)
    changed.write(large.path)
    with pytest.raises(
        FormatError, match=r"unknown vector store 'warp'; .*auto, exact, ivfpq.*install the package"
    ):
        Library.open(large.path)
    manifest.write(large.path)


def test_a_broad_filter_finds_the_same_words_as_one_that_lists_articles(
    large: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Library.open(large.path).snapshot()
    kept = frozenset(name for name in snapshot.ids() if int(name[:4]) % 1000 >= 10)
    for question, k in (("bridge number 77", 5), ("which bridge was painted", 40), ("0077 3", 3)):
        found = []
        for many in (1_000, 10_000):
            monkeypatch.setattr("index.storage.folder_snapshot._MAX_QUERY_IDS", many)
            hits = snapshot.search_words(question, k, Filter(articles=kept))
            found.append([hit.score for hit in hits])
            assert {snapshot.chunk(hit.row).article for hit in hits} <= kept
        assert found[0] == found[1]
        assert len(found[0]) == k or question.startswith("0077")


def test_words_that_only_left_out_articles_hold_still_fill_k(
    large: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.storage.folder_snapshot._MAX_OVERFETCH", 0)
    snapshot = Library.open(large.path).snapshot()
    kept = frozenset(name for name in snapshot.ids() if name != "0077.txt")
    hits = snapshot.search_words("bridge 77", 3, Filter(articles=kept))
    assert len(hits) == 3
    assert "0077.txt" not in {snapshot.chunk(hit.row).article for hit in hits}


@pytest.mark.parametrize("missing", [10, 3000])
def test_a_disk_that_fills_up_leaves_the_index_as_it_was(large: Library, missing: int) -> None:
    """FAISS reports a failed write, but not one of the last bytes when it closes the file."""
    large.use_store("ivfpq")
    (written,) = large.path.glob("segments/*/store-ivfpq")
    size = written.stat().st_size
    large.use_store("exact")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing, limits[1]))
    try:
        with pytest.raises(OSError, match=r"not a complete FAISS index|is the disk full"):
            large.use_store("ivfpq")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert len(Library.open(large.path)) == len(large)
