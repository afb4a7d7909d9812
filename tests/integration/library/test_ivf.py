"""Approximate stores: what they find, what they are chosen for, and that choosing loses nothing."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding.encoder import Encoder
from index.errors import FormatError, SettingError
from index.filters import Filter
from index.library import Library
from index.settings import EmbeddingMode
from index.storage.segment import near_name
from index.vector_stores.base import Mask, Vectors
from index.vector_stores.flat import FaissFormat, FaissStore, engine
from index.vector_stores.ivf import ApproximateStore, Approximation, open_near, write_near
from index.vector_stores.registry import (
    APPROXIMATIONS,
    FROM_ROWS,
    LEAST_ROWS,
    chosen_store,
)

ROWS, DIMENSIONS = 6_000, 96


def clustered(seed: int, rows: int = ROWS, steepness: float = 1.0) -> Vectors:
    """Unit vectors about 60 subjects; the steeper, the fewer dimensions hold most variance."""
    random = np.random.default_rng(seed)
    scales = 1 / np.arange(1, DIMENSIONS + 1) ** steepness
    subjects = np.random.default_rng(0).normal(size=(60, DIMENSIONS)) * scales
    about = subjects[random.integers(60, size=rows)]
    vectors = about + 0.5 * random.normal(size=(rows, DIMENSIONS)) * scales
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> FaissStore:
    path = tmp_path_factory.mktemp("full") / "vectors"
    FaissFormat().write(path, [clustered(1)], DIMENSIONS)
    return FaissFormat().open(path)


@pytest.fixture(scope="module", params=APPROXIMATIONS)
def near(
    request: pytest.FixtureRequest, full: FaissStore, tmp_path_factory: pytest.TempPathFactory
) -> ApproximateStore:
    how = APPROXIMATIONS[request.param]
    path = tmp_path_factory.mktemp("near") / request.param
    write_near(path, full, how)
    return open_near(path, full, how)


def test_nearly_all_of_the_nearest_rows_are_found(near: ApproximateStore, full: FaissStore) -> None:
    found = 0
    for query in clustered(2, 100):
        rows, scores = near.search(query, 10)
        assert np.allclose(scores, full.vectors(rows) @ query, atol=1e-6)
        assert list(scores) == sorted(scores, reverse=True)
        found += len(set(rows) & set(full.search(query, 10)[0]))
    assert found >= 950


@pytest.mark.parametrize("steepness", [0.0, 0.5, 0.7])
def test_vectors_are_found_however_their_variance_is_spread(
    steepness: float, tmp_path: Path
) -> None:
    FaissFormat().write(tmp_path / "full", [clustered(1, ROWS, steepness)], DIMENSIONS)
    full = FaissFormat().open(tmp_path / "full")
    for name, how in APPROXIMATIONS.items():
        write_near(tmp_path / name, full, how)
        store = open_near(tmp_path / name, full, how)
        found = [
            len(set(store.search(query, 10)[0]) & set(full.search(query, 10)[0]))
            for query in clustered(2, 50, steepness)
        ]
        assert sum(found) >= 475, name


@pytest.mark.parametrize("how", APPROXIMATIONS.values(), ids=list(APPROXIMATIONS))
def test_an_approximation_has_the_same_bytes_each_time(
    how: Approximation, full: FaissStore, tmp_path: Path
) -> None:
    for name in ("once", "again"):
        write_near(tmp_path / name, full, how)
    assert (tmp_path / "once").read_bytes() == (tmp_path / "again").read_bytes()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    k=st.integers(1, 50),
    share=st.sampled_from([0.0, 0.0005, 0.01, 0.1, 0.5, 0.9, 1.0]),
    together=st.booleans(),
)
def test_a_filter_fills_k_with_rows_it_keeps(
    near: ApproximateStore, full: FaissStore, seed: int, k: int, share: float, together: bool
) -> None:
    random = np.random.default_rng(seed)
    query = clustered(seed % 1000, 1)[0]
    keep: Mask = random.random(ROWS) < share
    if together:  # all of them where the search looks last
        keep = np.zeros(ROWS, dtype=np.bool_)
        keep[np.argsort(full.vectors(np.arange(ROWS)) @ query)[: int(share * ROWS)]] = True
    rows, scores = near.search(query, k, keep)
    assert len(rows) == len(set(rows)) == len(scores) == min(k, int(keep.sum()))
    assert keep[rows].all()


def test_a_narrow_filter_finds_exactly_the_nearest(
    near: ApproximateStore, full: FaissStore
) -> None:
    keep = np.random.default_rng(3).random(ROWS) < 0.01
    for query in clustered(4, 20):
        assert np.array_equal(near.search(query, 10, keep)[0], full.search(query, 10, keep)[0])


def test_a_flat_file_is_what_faiss_writes(tmp_path: Path) -> None:
    vectors = clustered(5, 300)
    FaissFormat().write(tmp_path / "ours", [vectors[:100], vectors[100:]], DIMENSIONS)
    index = engine().IndexFlatIP(DIMENSIONS)
    index.add(vectors)
    engine().write_index(index, str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_the_store_is_chosen_by_size() -> None:
    assert chosen_store("auto", 0) == "exact"
    for name, least in FROM_ROWS.items():
        assert chosen_store("auto", least - 1) != name
        assert chosen_store("auto", least) == name
        assert chosen_store(name, LEAST_ROWS) == name
        assert chosen_store(name, LEAST_ROWS - 1) == "exact"
        assert chosen_store("exact", least) == "exact"


class _Pointing:
    """Vectors that follow from the text alone, quickly; everything else is the real encoder's."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self.max_tokens, self.fingerprint = encoder.max_tokens, encoder.fingerprint

    def fits(self, text: str) -> bool:
        return self._encoder.fits(text)

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            number = int("".join(filter(str.isdigit, text)) or 0)
            vectors[row] = np.random.default_rng(number % 10).normal(size=self.dimensions)
            vectors[row] += 0.5 * np.random.default_rng(number).normal(size=self.dimensions)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, real_encoder: Encoder) -> Library:
    """An approximate index of more articles than `LEAST_ROWS`."""
    folder = tmp_path_factory.mktemp("large")
    for number in range(LEAST_ROWS + 50):
        (folder / f"{number:04}.txt").write_text(f"Bridge number {number} was painted.\n")
    library = Library.create(
        folder / ".index",
        encoder=_Pointing(real_encoder),
        embedding_mode=EmbeddingMode.TEXT,
        store="ivfpq",
    )
    library.sync(folder)
    return library


def test_changing_the_store_keeps_every_row(large: Library) -> None:
    segment = large.path / "segments" / large.manifest.segments[0].name
    vectors = large.snapshot().vectors(range(len(large)))
    query = large.encoder.encode(["Bridge number 77 was painted."])[0]
    before = Library.open(large.path).snapshot()
    for setting, store in (
        ("exact", "exact"),
        ("ivf4", "ivf4"),
        ("auto", "exact"),
        ("ivf", "ivf"),
        ("ivfpq", "ivfpq"),
    ):
        assert Library.open_or_create(large.path, store=setting).manifest.store == setting
        large.refresh()
        assert [entry.store for entry in large.manifest.segments] == [store]
        files = sorted(path.name for path in segment.glob("near-*"))
        assert files == ([] if store == "exact" else [near_name(store)])
        assert np.array_equal(large.snapshot().vectors(range(len(large))), vectors)
        (hit,) = large.snapshot().search_vectors(query, 1)
        assert large.snapshot().chunk(hit.row).article == "0077.txt"
        (hit,) = before.search_vectors(query, 1)
        assert before.chunk(hit.row).article == "0077.txt", "a reader of the old state goes on"
    with pytest.raises(SettingError, match="unknown store 'fast'; choose one of: auto, exact"):
        large.use_store("fast")


def test_a_changed_article_does_not_touch_the_large_segment(large: Library) -> None:
    name, folder = large.manifest.segments[0].name, Path(large.manifest.roots[0].path)
    near = large.path / "segments" / name / near_name("ivfpq")
    before = (near.stat().st_ino, near.stat().st_mtime_ns)
    (folder / "0005.txt").write_text("Tunnel number 4321 was dug.\n")
    assert large.sync().changed == ("0005.txt",)
    assert (near.stat().st_ino, near.stat().st_mtime_ns) == before
    assert [entry.store for entry in large.manifest.segments] == ["ivfpq", "exact"]
    old, new = large.encoder.encode(["Bridge 5", "Tunnel 4321"])
    assert (
        large.snapshot().chunk(large.snapshot().search_vectors(new, 1)[0].row).article == "0005.txt"
    )
    # The old text is found no more, and the filter for its article finds the new one.
    assert (
        large.snapshot().chunk(large.snapshot().search_vectors(old, 1)[0].row).article != "0005.txt"
    )
    keep = Filter(articles=frozenset({"0005.txt", "0006.txt"}))
    hits = large.snapshot().search_vectors(old, 10, filter=keep)
    assert {large.snapshot().chunk(hit.row).article for hit in hits} == {"0005.txt", "0006.txt"}


def test_a_damaged_approximation_says_so(large: Library) -> None:
    path = large.path / "segments" / large.manifest.segments[0].name / near_name("ivfpq")
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
    path = large.path / "manifest.json"
    text = path.read_text()
    values = json.loads(text)
    (values if where == "index" else values["segments"][0])["store"] = "warp"
    path.write_text(json.dumps(values))
    with pytest.raises(
        FormatError, match=r"the store 'warp'; .* knows .*exact, ivfpq.* that made it"
    ):
        Library.open(large.path)
    path.write_text(text)


def test_a_broad_filter_finds_the_same_words_as_one_that_lists_articles(
    large: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = Library.open(large.path).snapshot()
    kept = frozenset(name for name in snapshot.ids() if int(name[:4]) % 1000 >= 10)
    for question, k in (("bridge number 77", 5), ("which bridge was painted", 40), ("0077 3", 3)):
        found = []
        for many in (1_000, 10_000):
            monkeypatch.setattr("index.storage.snapshot._MANY_IDS", many)
            hits = snapshot.search_words(question, k, Filter(articles=kept))
            found.append([hit.score for hit in hits])
            assert {snapshot.chunk(hit.row).article for hit in hits} <= kept
        assert found[0] == found[1]
        assert len(found[0]) == k or question.startswith("0077")


def test_words_that_only_left_out_articles_hold_still_fill_k(
    large: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.storage.snapshot._MOST_FOUND", 0)
    snapshot = Library.open(large.path).snapshot()
    kept = frozenset(name for name in snapshot.ids() if name != "0077.txt")
    hits = snapshot.search_words("bridge 77", 3, Filter(articles=kept))
    assert len(hits) == 3
    assert "0077.txt" not in {snapshot.chunk(hit.row).article for hit in hits}


@pytest.mark.parametrize("missing", [10, 3000])
def test_a_disk_that_fills_up_leaves_the_index_as_it_was(large: Library, missing: int) -> None:
    """The last bytes are lost at closing, without a word from FAISS; earlier ones with an error."""
    kind = "ivf" if large.manifest.store != "ivf" else "ivf4"
    large.use_store("exact")
    large.use_store(kind)
    (written,) = large.path.glob(f"segments/*/near-{kind}.faiss")
    size = written.stat().st_size
    large.use_store("exact")
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - missing, limits[1]))
    try:
        with pytest.raises(OSError, match=r"not a whole one|is the disk full"):
            large.use_store(kind)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert len(Library.open(large.path)) == len(large)
