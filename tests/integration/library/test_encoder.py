"""An index made with an encoder from outside this package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.embedding.encoder import Encoder
from index.errors import EncoderError, FormatError
from index.library import Library
from tests.helpers.library import HashingEncoder, write

HARBOUR = "The harbour of Lisbon was dredged in 1887. Its pilots went on strike."
ORCHARD = "Pears from the orchard won a medal in Ghent. The press was bought later."


@pytest.fixture
def library(tmp_path: Path) -> Library:
    write(tmp_path / "articles" / "harbour.txt", HARBOUR)
    write(tmp_path / "articles" / "orchard.txt", ORCHARD)
    library = Library.create(tmp_path / "index", encoder=HashingEncoder())
    library.sync(tmp_path / "articles")
    return library


def nearest_article(library: Library, question: str) -> str:
    snapshot = library.snapshot()
    (hit,) = snapshot.search_vectors(library.encoder.encode([question])[0], 1)
    return snapshot.chunk(hit.row).article


def test_an_encoder_from_outside_indexes_and_searches(library: Library) -> None:
    assert isinstance(library.encoder, Encoder)
    assert (library.manifest.encoder, library.manifest.dimensions) == ("hashing", 64)
    assert nearest_article(library, "Who dredged the harbour?") == "harbour.txt"
    snapshot, encoder = library.snapshot(), library.encoder
    (row,) = snapshot.article_rows("harbour.txt")
    question = encoder.encode(["strike of the pilots"])[0]
    best = encoder.encode(["Its pilots went on strike."])[0] @ question
    assert snapshot.sentence_cosines([row], question)[0] == pytest.approx(best, abs=0.01)


def test_it_is_passed_again_when_the_index_is_reopened(library: Library) -> None:
    for reopened in (
        Library.open(library.path, encoder=HashingEncoder()),
        Library.open_or_create(library.path, encoder=HashingEncoder()),
    ):
        reopened.add("A lighthouse keeper counted ships.", id=f"light-{len(reopened)}")
        assert nearest_article(reopened, "which medal did the pears win") == "orchard.txt"


def test_without_it_the_error_says_to_pass_it(library: Library) -> None:
    reopened = Library.open(library.path)
    assert len(reopened.snapshot().search_words("harbour", 1)) == 1, "BM25 needs no encoder"
    with pytest.raises(EncoderError, match=r"'hashing'.*pass it again: Library\.open\(.*encoder="):
        _ = reopened.encoder


def test_another_encoder_is_refused(library: Library) -> None:
    class Other(HashingEncoder):
        fingerprint = "f" * 64

    with pytest.raises(FormatError, match="was made with the encoder hashing"):
        Library.open(library.path, encoder=Other())


def test_vectors_are_those_of_the_encoder(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index", encoder=HashingEncoder())
    library.add("It was dredged.", title="The harbour")
    expected = HashingEncoder().encode(["The harbour\nIt was dredged."])
    assert np.allclose(library.snapshot().vectors([0]), expected, atol=1e-6)
