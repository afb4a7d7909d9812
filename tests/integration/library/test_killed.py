"""After SIGKILL at any time, the index has its old or its new state."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.embedding.encoder import Encoder
from index.library import Library
from index.storage.manifest import FilesRecord
from tests import PROJECT
from tests.helpers.library import write

Run = Callable[[Library, Path, str, float], list[str]]


@pytest.fixture(scope="module")
def run(real_encoder: Encoder) -> Iterator[Run]:
    """Run syncs in a process that is killed; see `killed_indexing`."""
    real_encoder.encode(["The model is exported before it is needed."])
    single = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killed_indexing.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env={**os.environ, **single, "PYTHONPATH": str(PROJECT)},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    def order(library: Library, folder: Path, kind: str, number: float) -> list[str]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{library.path}\t{folder}\t{kind}\t{number}\n")
        process.stdin.flush()
        return process.stdout.readline().split()

    yield order
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()


def change(folder: Path, version: int) -> None:
    """Change, add, rename and delete files."""
    for number in range(4):
        write(
            folder / f"changed{number}.txt",
            f"Version v{version}x of article {number}.",
            f"A paragraph that stays, of article {number}.",
            age=10_000 - version,
        )
    write(folder / f"added{version}.txt", f"Added with v{version}x.", age=5_000)
    for old in folder.glob("moved*.txt"):
        old.rename(folder / f"moved{version}.txt")
    (folder / f"added{version - 2}.txt").unlink(missing_ok=True)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}


def check_index(path: Path, encoder: Encoder, *, encode: bool = False) -> dict[str, str]:
    """Return the articles' texts by id, after checking that all parts of the index agree."""
    library = Library.open(path, encoder=encoder)
    snapshot = library.snapshot()
    found = {entry.id: snapshot.article(entry.id).text for entry in snapshot.articles()}
    assert snapshot.files().ids() == set(found)
    live = {row for name in found for row in snapshot.article_rows(name)}
    by_words = {
        hit.row for hit in snapshot.search_words("version article added moved paragraph", 999)
    }
    assert by_words == live
    rows = sorted(live)
    vectors = snapshot.vectors(rows)
    assert {hit.row for hit in snapshot.search_vectors(vectors[0], 999)} == live
    if encode:
        spans = [(snapshot.article(c.article), c.span) for c in snapshot.chunks(rows)]
        again = encoder.encode([span.of(article.text) for article, span in spans])
        assert np.allclose(vectors, again, atol=1e-4)
    return found


def assert_no_unused_files(library: Library) -> None:
    manifest = Library.open(library.path).manifest
    kept = {"lock", "manifest.json", "manifest-copy.json", "segments", "bm25"}
    kept |= {manifest.files or "", manifest.removed or ""}
    assert {path.name for path in library.path.iterdir()} == kept - {""}
    segments = {entry.name for entry in manifest.segments}
    assert {path.name for path in (library.path / "segments").iterdir()} == segments
    assert [f"bm25/{path.name}" for path in (library.path / "bm25").iterdir()] == [manifest.bm25]


@pytest.fixture
def started(library: Library, tmp_path: Path) -> tuple[Library, Path]:
    folder = tmp_path / "killed"
    write(folder / "moved0.txt", "This article is moved about.")
    change(folder, 0)
    library.sync(folder)
    return library, folder


def test_killed_at_random_moments(
    started: tuple[Library, Path], run: Run, real_encoder: Encoder
) -> None:
    library, folder = started
    change(folder, 1)
    word, seconds = run(library, folder, "never", 0)
    assert word == "finished"
    chance, outcomes = random.Random(20111122), []
    for version in range(2, 10):
        old = texts(folder)
        change(folder, version)
        new = texts(folder)
        run(library, folder, "after", chance.uniform(0, 1.1 * float(seconds)))
        found = check_index(library.path, real_encoder)
        assert found in (old, new)
        outcomes.append(found == new)
        assert run(library, folder, "never", 0)[0] == "finished"
        assert check_index(library.path, real_encoder) == new
        assert_no_unused_files(library)
    assert not all(outcomes), "it was never killed in time"
    check_index(library.path, real_encoder, encode=True)


def test_killed_at_the_steps_of_a_commit(
    started: tuple[Library, Path], run: Run, real_encoder: Encoder
) -> None:
    library, folder = started
    old = texts(folder)
    change(folder, 1)
    new = texts(folder)
    outcomes = []
    for step in range(1, 200, 2):
        result = run(library, folder, "step", step)
        found = check_index(library.path, real_encoder)
        assert found in (old, new)
        outcomes.append(found == new)
        if result[0] == "finished" or found == new:
            break
    assert outcomes.index(True) > 5, "many steps come before the one that counts"
    assert run(library, folder, "never", 0)[0] == "finished"
    assert check_index(library.path, real_encoder, encode=True) == new
    # The steps after it only remove what is not needed any more.
    for step in range(1, 200):
        change(folder, step + 1)
        result = run(library, folder, "step", 2 * len(outcomes) + step)
        assert check_index(library.path, real_encoder) in (new, texts(folder))
        assert run(library, folder, "never", 0)[0] == "finished"
        new = texts(folder)
        assert check_index(library.path, real_encoder) == new
        assert_no_unused_files(library)
        if result[0] == "finished" or step >= 3:
            break


def test_killed_during_the_first_sync(tmp_path: Path, run: Run, real_encoder: Encoder) -> None:
    """The index is empty or has the whole folder."""
    folder = tmp_path / "killed"
    write(folder / "moved0.txt", "This article is moved about.")
    change(folder, 0)
    library = Library.create(tmp_path / "index", encoder=real_encoder)
    for step in (1, 5, 9, 12, 15, 18):
        run(library, folder, "step", step)
        found = Library.open(library.path)
        assert len(found) in (0, len(texts(folder)))
        if len(found) == 0:
            assert found.snapshot().search_words("version", 5) == []
            assert found.snapshot().files() == FilesRecord({}, {})
    assert run(library, folder, "never", 0)[0] == "finished"
    assert check_index(library.path, real_encoder) == texts(folder)
    assert_no_unused_files(library)
