"""Many articles are committed in parts, each consistent; the next sync continues from there."""

from __future__ import annotations

from pathlib import Path

import pytest

import index.ingest.sync
from index.embedding.encoder import Encoder
from index.errors import CancelledError
from index.library import Library, Rename
from tests.helpers.library import CountingEncoder, write
from tests.integration.library.test_killed import assert_no_unused_files, check_index


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.ingest.sync, "CHECKPOINT_CHUNKS", 3)


class Interrupt:
    """Raises KeyboardInterrupt when more than `after` articles were parsed."""

    def __init__(self, after: int) -> None:
        self.after = after

    def __call__(self, progress: object) -> None:
        if getattr(progress, "done", 0) > self.after and progress.phase == "encoding":  # type: ignore[attr-defined]
            raise KeyboardInterrupt


@pytest.mark.parametrize("after", [1, 4, 7, 9])
def test_committed_parts_stay_and_the_next_sync_adds_the_rest(
    library: Library, many: Path, encoder: CountingEncoder, real_encoder: Encoder, after: int
) -> None:
    with pytest.raises(KeyboardInterrupt):
        library.sync(many, progress=Interrupt(after))
    done = Library.open(library.path, encoder=encoder)
    assert len(done) == 3 * (after // 3)
    assert len(done.manifest.roots) == (1 if len(done) else 0)
    if len(done):
        check_index(library.path, real_encoder)
        assert_no_unused_files(done)
    before = {item.id: item.hash for item in done.articles()}
    encoder.take_texts()
    report = done.sync(many)
    assert len(encoder.take_texts()) == 10 - len(before), "nothing is encoded twice"
    assert len(report.added) == 10 - len(before)
    assert set(report.unchanged) == set(before)
    assert set(check_index(library.path, real_encoder)) == {f"version{n}.txt" for n in range(10)}
    assert done.sync(many).added == ()


def test_the_error_of_a_cancelled_sync_says_what_the_index_holds(
    library: Library, many: Path
) -> None:
    steps: list[object] = []
    with pytest.raises(CancelledError, match="what was complete is kept"):
        library.sync(many, progress=steps.append, cancelled=lambda: len(steps) > 19)
    with pytest.raises(CancelledError, match="as it was before"):
        Library.open(library.path).sync(many, cancelled=lambda: True)


def test_renames_changes_and_removals_in_parts(
    library: Library, many: Path, real_encoder: Encoder
) -> None:
    library.sync(many)
    for number in range(10):
        source = many / f"version{number}.txt"
        if number < 5:
            source.rename(many / f"moved{number}.txt")
        elif number < 9:
            write(source, f"The version of article {number} is new.", age=1800)
        else:
            source.unlink()
    for after in (1, 4, 6):
        try:
            Library.open(library.path).sync(many, progress=Interrupt(after))
        except KeyboardInterrupt:
            found = check_index(library.path, real_encoder)
            numbers = [name[-5] for name in found]
            assert sorted(numbers)[:9] == list("012345678"), "an article is there once, always"
            assert len(set(numbers)) == len(numbers)
    report = library.sync(many)
    assert {path.name for path in many.iterdir()} == set(check_index(library.path, real_encoder))
    assert not report.removed
    assert all(isinstance(rename, Rename) for rename in report.renamed)
