"""Fixtures: a counting encoder, an empty index, and folders of articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.embedding.encoder import Encoder
from index.library import Library
from index.settings import EmbeddingMode
from tests.helpers.library import CountingEncoder, write


@pytest.fixture
def encoder(real_encoder: Encoder) -> CountingEncoder:
    return CountingEncoder(real_encoder)


@pytest.fixture
def library(tmp_path: Path, encoder: CountingEncoder) -> Library:
    """An empty index."""
    return Library.create(tmp_path / "index", encoder=encoder, embedding_mode=EmbeddingMode.TEXT)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three small articles, old enough not to be hashed again."""
    path = tmp_path / "articles"
    path.mkdir()
    write(path / "harbour.txt", "The harbour of Lisbon was dredged in 1887 by a Dutch firm.")
    write(path / "north" / "bridge.txt", "Engineers closed the Halden bridge after a storm.")
    write(path / "orchard.txt", "Pears from the orchard won a medal in Ghent.")
    return path


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of ten articles, each with a unique word."""
    folder = tmp_path / "many"
    for number in range(10):
        write(folder / f"version{number}.txt", f"The version of article {number} is v{number}x.")
    return folder
