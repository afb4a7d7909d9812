"""A batch is encoded in the background while the next is parsed; its errors are raised."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import index.ingest.transaction
from index.embedding.encoder import Encoder
from index.errors import CancelledError, EncoderError
from index.library import Library, SyncProgress
from index.vector_stores.base import Vectors
from tests.helpers.library import CountingEncoder
from tests.integration.library.test_killed import check_index

ARTICLES = 10


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each article a batch."""
    monkeypatch.setattr(index.ingest.transaction, "FIRST_BATCH_CHARACTERS", 1)
    monkeypatch.setattr(index.ingest.transaction, "BATCH_CHUNKS", 1)


class WaitingEncoder(CountingEncoder):
    """An encoder that waits for `ready` before it encodes."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self.ready = threading.Event()

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        assert self.ready.wait(120), "nothing else is parsed while this is encoded"
        return super().encode(texts, progress=progress)


class FailingEncoder(CountingEncoder):
    """An encoder that fails on the article with a number."""

    def __init__(self, encoder: Encoder, number: int) -> None:
        super().__init__(encoder)
        self._broken = f"v{number}x"

    def encode(
        self, texts: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> Vectors:
        if any(self._broken in text for text in texts):
            raise EncoderError(f"no vector for {self._broken}")
        return super().encode(texts, progress=progress)


def batch_threads() -> list[str]:
    return [one.name for one in threading.enumerate() if one.name.startswith("batches")]


def is_unchanged(library: Library) -> bool:
    """Whether the index is empty, without leftover files or threads."""
    files = {path.name for path in library.path.rglob("*") if path.is_file()}
    assert files == {"lock", "manifest.json", "manifest-copy.json"}
    return len(Library.open(library.path)) == 0 and batch_threads() == []


def test_articles_are_parsed_while_a_batch_is_encoded(
    tmp_path: Path, many: Path, real_encoder: Encoder
) -> None:
    encoder = WaitingEncoder(real_encoder)

    def progress(step: SyncProgress) -> None:
        if step.phase == "encoding" and step.done == 1:
            encoder.ready.set()  # reported after the first article, which is being encoded

    library = Library.create(tmp_path / "index", encoder=encoder)
    library.sync(many, progress=progress)
    assert set(check_index(library.path, real_encoder)) == {
        f"version{n}.txt" for n in range(ARTICLES)
    }
    assert batch_threads() == []


def test_progress_never_decreases(library: Library, many: Path) -> None:
    steps: list[SyncProgress] = []
    library.sync(many, progress=steps.append)
    encoding = [step for step in steps if step.phase == "encoding"]
    assert [step.done for step in encoding] == sorted(step.done for step in encoding)
    assert [step.chunks for step in encoding] == sorted(step.chunks for step in encoding)
    assert (encoding[-1].done, encoding[-1].chunks) == (ARTICLES, ARTICLES)


@pytest.mark.parametrize("number", range(ARTICLES))
def test_a_batch_that_cannot_be_encoded_leaves_the_index_unchanged(
    tmp_path: Path, many: Path, real_encoder: Encoder, number: int
) -> None:
    library = Library.create(tmp_path / "index", encoder=FailingEncoder(real_encoder, number))
    with pytest.raises(EncoderError, match=f"no vector for v{number}x"):
        library.sync(many)
    assert is_unchanged(library)


def test_cancelling_at_any_time_stops_the_encoding(
    library: Library, many: Path, real_encoder: Encoder
) -> None:
    full: list[SyncProgress] = []
    Library.create(library.path.parent / "other", encoder=real_encoder).sync(
        many, progress=full.append
    )
    for limit in range(1, len(full) - 1):
        seen: list[SyncProgress] = []
        with pytest.raises(CancelledError, match="as it was before"):
            library.sync(many, progress=seen.append, cancelled=lambda: len(seen) >= limit)  # noqa: B023
        assert is_unchanged(library)
    library.sync(many)
    assert len(check_index(library.path, real_encoder)) == ARTICLES
