"""Sentence vectors: the best sentence of each chunk, also after the index has changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.embedding.encoder import load_encoder
from index.errors import DamagedError
from index.library import Library
from index.settings import EmbeddingMode
from index.storage.sentence_vectors import (
    SentenceVectors,
    SentenceVectorWriter,
    quantize,
    sentence_spans,
)
from index.types import Article, Chunk, Kind, Paragraph, Span

RIVER = (
    "The ferry leaves at six. Its captain is Eva Sol. The river freezes every winter. "
    "Forty passengers fit on board."
)
HARVEST = "Pears are picked in autumn. The press was bought in 1954. Cider is sold in May."


def _best(library: Library, question: str) -> dict[str, float]:
    """Each article's best sentence cosine with a question, over all its rows."""
    snapshot = library.snapshot()
    vector = library.encoder.encode([question])[0]
    found = {}
    for summary in library.articles():
        rows = list(snapshot.article_rows(summary.id))
        found[summary.id] = float(np.nanmax(snapshot.sentence_cosines(rows, vector)))
    return found


def _expected(article: Article, question: str) -> float:
    """The same, by encoding every sentence again."""
    encoder = load_encoder()
    title = article.metadata.title
    texts = article.text.replace(". ", ".|").split("|")
    vectors = encoder.encode([f"{title}\n{one}" if title else one for one in texts])
    return float((vectors @ encoder.encode([question])[0]).max())


def test_the_best_cosine_equals_that_of_encoding_each_sentence(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    articles = [
        library.add(RIVER, title="Isla Gris", id="river"),
        library.add(HARVEST, title="Monte Alto", id="harvest"),
    ]
    question = "Who is the captain of the ferry?"
    expected = {article.id: _expected(article, question) for article in articles}
    assert _best(library, question) == pytest.approx(expected, abs=0.01)
    # Reopened, and after an article was replaced and another removed.
    library.add(HARVEST + " Nobody sails.", title="Monte Alto", id="harvest")
    again = Library.open(tmp_path / "index")
    assert _best(again, question)["river"] == pytest.approx(expected["river"], abs=0.01)
    library.remove("harvest")
    assert _best(Library.open(tmp_path / "index"), question).keys() == {"river"}


def _vectors(library: Library, article_id: str) -> np.ndarray:
    snapshot = library.snapshot()
    return snapshot.vectors(list(snapshot.article_rows(article_id)))


def test_the_vector_of_a_long_chunk_is_the_mean_of_its_sentences(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    parts = [f"Captain {number} of the ferry is called Eva Sol." for number in range(20)]
    (tmp_path / "river.md").write_text(f"# Isla Gris\n\n## The ferry\n\n{' '.join(parts)}\n")
    library.sync(tmp_path / "river.md")
    parts = ["Isla Gris", "The ferry", *parts]
    each = library.encoder.encode([f"Isla Gris\n{part}" for part in parts])
    mean = np.array([len(part) for part in parts], dtype=np.float32) @ each
    (summary,) = library.articles()
    (found,) = _vectors(library, summary.id)
    assert found == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


@pytest.mark.parametrize("words", ["The ferry leaves at six.", RIVER, "ferry " * 150 + "\n"])
def test_short_chunks_and_single_sentences_are_encoded_whole(tmp_path: Path, words: str) -> None:
    library = Library.create(tmp_path / "index")
    library.add(words, title="Isla Gris", id="river")
    text = f"Isla Gris\n{words.strip()}"
    assert _vectors(library, "river") == pytest.approx(library.encoder.encode([text]), abs=1e-6)


def test_merging_segments_keeps_the_sentences_of_each_article(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    for number in range(12):  # more segments than are kept unmerged
        text = f"House {number} is blue. Its owner number {number} keeps bees. It has a door."
        library.add(text, id=f"house-{number}")
    question = "Who keeps bees?"
    found = _best(library, question)
    assert len(library.snapshot().segments) < 12
    for article_id, cosine in found.items():
        assert cosine == pytest.approx(_expected(library.article(article_id), question), abs=0.01)


def test_an_index_without_sentence_vectors_returns_nan(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index", embedding_mode=EmbeddingMode.TEXT)
    library.add(RIVER, id="river")
    snapshot = library.snapshot()
    cosines = snapshot.sentence_cosines([0], library.encoder.encode(["ferry"])[0])
    assert np.isnan(cosines).all()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    writer = SentenceVectorWriter(tmp_path, 4)
    writer.add(quantize(np.eye(4, dtype=np.float32)))
    writer.finish()
    assert len(SentenceVectors(tmp_path, 1, 4).block(0)) == 4
    with pytest.raises(DamagedError, match="does not belong to 2 chunks"):
        SentenceVectors(tmp_path, 2, 4)
    vectors = tmp_path / "sentences.int8"
    vectors.write_bytes(vectors.read_bytes()[:-4])
    with pytest.raises(DamagedError, match="does not belong to 1 chunks"):
        SentenceVectors(tmp_path, 1, 4)


def test_rows_without_sentences_are_nan(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(7, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    writer = SentenceVectorWriter(tmp_path, 64)
    for block in (vectors[:3], vectors[:0], vectors[3:7]):
        writer.add(quantize(block))
    writer.finish()
    vectors_file = SentenceVectors(tmp_path, 3, 64)
    best = vectors_file.best_cosines([2, 1, 0], vectors[5])
    assert best[0] == pytest.approx(1.0, abs=0.01)
    assert np.isnan(best[1])
    assert best[2] == pytest.approx((vectors[:3] @ vectors[5]).max(), abs=0.01)


def test_headings_and_single_sentences_have_no_sentence_vectors() -> None:
    text = "A heading\n\nOne sentence. And another one."
    paragraphs = (
        Paragraph(1, Span(0, 9), Kind.HEADING),
        Paragraph(2, Span(11, len(text))),
    )
    article = Article("a", text, paragraphs)
    both = Chunk("a", Span(0, len(text)), (1, 2), 10)
    assert [span.of(text) for span in sentence_spans(article, both)] == [
        "One sentence.",
        "And another one.",
    ]
    cut = Chunk("a", Span(0, 24), (1, 2), 5)
    assert sentence_spans(article, cut) == []
