"""Fixtures for all tests: shared data, an encoder, indexes and a running chat server."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from index.embedding.encoder import Encoder, load_encoder
from index.library import Library
from tests import PROJECT
from tests.helpers.chat_server import Chat, start_server
from tests.helpers.web import FOLDER

# No test is timed, so that a busy machine fails none.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of extra material; tests that need it are skipped, and counted, without it."""
    path = Path(os.environ.get("PINCITE_SHARED", PROJECT.parent / "shared"))
    if not path.is_dir():
        pytest.skip("no extra material: PINCITE_SHARED names no folder")
    return path


@pytest.fixture(scope="session", autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Use a temporary folder for private indexes instead of the user's cache."""
    path = tmp_path_factory.mktemp("cache")
    os.environ["PINCITE_CACHE"] = str(path)
    return path


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the project's own articles, by the real encoder, made once a run."""
    path = tmp_path_factory.mktemp("seeds") / "index"
    library = Library.create(path)
    report = library.sync(PROJECT / "seeds")
    assert not report.skipped
    return path


@pytest.fixture(scope="session")
def real_encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="session")
def web_articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of articles, some with difficult or hostile text."""
    path = tmp_path_factory.mktemp("web") / "articles"
    path.mkdir()
    for name, text in FOLDER.items():
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(text.encode("utf-8"))
    return path


@pytest.fixture(scope="session")
def web_index(web_articles: Path) -> Path:
    """An index of that folder, made with the real encoder."""
    path = web_articles.parent / "index"
    report = Library.create(path).sync(web_articles)
    assert not report.skipped
    return path


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def chat(web_articles: Path, web_index: Path) -> Iterator[Chat]:
    """A chat over that index on a free port, ready for questions."""
    running = start_server(web_index, web_articles)
    yield running
    running.process.terminate()
    running.process.wait(30)
