"""What every test shares: where the extra material is, when there is any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of extra material; tests that need it are skipped, and counted, without it."""
    path = Path(os.environ.get("PINCITE_SHARED", PROJECT.parent / "shared"))
    if not path.is_dir():
        pytest.skip("no extra material: PINCITE_SHARED names no folder")
    return path


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Private indexes of this run go into a folder of its own, never the user's."""
    path = tmp_path_factory.mktemp("cache")
    os.environ["PINCITE_CACHE"] = str(path)
    return path


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the project's own articles, by the real encoder, made once a run."""
    from index.library import Library

    path = tmp_path_factory.mktemp("seeds") / "index"
    library = Library.create(path)
    report = library.sync(PROJECT / "seeds")
    assert not report.skipped
    return path
