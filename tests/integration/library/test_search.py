"""Searching a snapshot: by words with misspellings, by vectors, with filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.embedding.encoder import Encoder
from index.errors import SettingError, UnknownArticleError
from index.filters import Filter
from index.library import Library
from index.segmentation.chunking import ChunkSettings
from index.settings import EmbeddingMode
from index.storage.bm25 import BM25Settings
from index.storage.terms import searchable
from index.types import Metadata

TEXTS = {
    "visit": "President Felipe Calderón spoke at Camp Pendleton about O’Brien’s plan.",
    "code": "Under a programme called SCENIC the agency was training analysts in Bogotá.",
    "sums": "The U.S. budget rose to $1,500 million, of which 40 percent went to helicopters.",
    "river": "The river rose by two metres and the town of Montrouge was flooded.",
    "choir": "A choir sang in Montrouge on Sunday, and nobody was flooded.",
}


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, real_encoder: Encoder) -> Library:
    library = Library.create(
        tmp_path_factory.mktemp("searched") / "index",
        encoder=real_encoder,
        embedding_mode=EmbeddingMode.TEXT,
    )
    for name, text in TEXTS.items():
        library.add(text, id=name, title=f"About {name}")
    return library


def words(library: Library, question: str, **options: object) -> list[str]:
    hits = library.snapshot().search_words(question, 10, **options)  # type: ignore[arg-type]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(hit.score > 0 for hit in hits)
    return [library.snapshot().chunk(hit.row).article for hit in hits]


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("Camp Pendleton", "visit"),
        ("what is scenic?", "code"),
        ("SCENIC", "code"),
        ("calderon", "visit"),
        ("CALDERÓN", "visit"),
        ("Calderòn's visit", "visit"),
        ("caldaron", "visit"),
        ("Pendelton", "visit"),
        ("Who is OBrien?", "visit"),
        ("bogota", "code"),
        ("What do analysts train for?", "code"),
        ("1500", "sums"),
        ("$1,500", "sums"),
        ("the US budget", "sums"),
        ("helicoptor", "sums"),
        ("floods of the river", "river"),
    ],
)
def test_names_numbers_and_misspelled_words_are_found(
    searched: Library, question: str, article: str
) -> None:
    assert words(searched, question)[0] == article


def test_articles_without_a_word_of_the_question_are_not_found(searched: Library) -> None:
    assert words(searched, "Montrouge") in (["choir", "river"], ["river", "choir"])
    assert words(searched, "xyzzy qwortlebap") == []
    assert words(searched, "?!") == []
    assert words(searched, "") == []


def test_a_question_of_function_words_still_finds_something(searched: Library) -> None:
    assert "choir" in words(searched, "nobody and was on")


def test_spelling_correction_can_be_switched_off(searched: Library) -> None:
    off = BM25Settings(fuzzy=0)
    assert words(searched, "caldaron", settings=off) == []
    assert words(searched, "calderon", settings=off) == ["visit"]
    assert words(searched, "tan", settings=BM25Settings()) == [], "short words are not corrected"


def test_titles_are_searched_with_little_weight(searched: Library) -> None:
    assert words(searched, "choir")[0] == "choir"
    assert words(searched, "sums") == ["sums"]
    assert words(searched, "sums", settings=BM25Settings(title=0)) == []


def test_a_huge_k_returns_all_rows(searched: Library) -> None:
    vector = searched.encoder.encode(["the mill"])[0]
    assert len(searched.snapshot().search_vectors(vector, 10**30)) == len(searched)
    words = searched.snapshot().search_words("mill", 10**30)
    assert words == searched.snapshot().search_words("mill", len(searched))


@pytest.mark.parametrize("k", [0, -1])
def test_k_must_be_positive(searched: Library, k: int) -> None:
    with pytest.raises(SettingError, match=f"k is {k}"):
        searched.snapshot().search_words("river", k)
    with pytest.raises(SettingError, match=f"k is {k}"):
        searched.snapshot().search_vectors(np.zeros(384, dtype=np.float32), k)


def test_a_vector_of_the_wrong_shape_is_rejected(searched: Library) -> None:
    with pytest.raises(SettingError, match=r"shape \(3,\).*\(384,\)"):
        searched.snapshot().search_vectors(np.zeros(3, dtype=np.float32), 1)


def test_a_very_long_question_is_answered(searched: Library) -> None:
    question = " ".join(f"word{number}" for number in range(15_000)) + " SCENIC"
    assert words(searched, question)[0] == "code"


def test_unknown_rows_and_articles_are_errors(searched: Library) -> None:
    with pytest.raises(IndexError, match="got 5"):
        searched.snapshot().chunk(5)
    with pytest.raises(UnknownArticleError, match="'nobody'"):
        searched.article("nobody")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_asked(searched: Library, question: str) -> None:
    for hit in searched.snapshot().search_words(question, 3):
        assert 0 <= hit.row < len(TEXTS)


@given(st.text(max_size=200))
def test_searchable_text_is_not_longer(text: str) -> None:
    once = searchable(text)
    assert len(once) <= len(text)


def test_searchable_words() -> None:
    assert searchable("The U.S. paid 1,234,567") == "The US paid 1234567"
    assert searchable("Mexico’s O'Neill") == "Mexico ONeill"
    assert searchable("1,2 and 10,00") == "1,2 and 10,00"


# Filters


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, real_encoder: Encoder) -> Library:
    """303 articles on one subject, three of them by one publisher."""
    folder = tmp_path_factory.mktemp("many")
    library = Library.create(
        folder / "index", encoder=real_encoder, embedding_mode=EmbeddingMode.TEXT
    )
    for number in range(300):
        (folder / f"{number:03}.txt").write_text(f"Report {number} on the harbour of Lisbon.\n")
    library.sync(folder)
    for number in range(3):
        library.add(
            f"A harbour note, number {number}, from the gazette.",
            id=f"gazette/{number}",
            publisher="The Évora Gazette",
            authors=["João Peres", "Ana Lima"],
            published=date(2011, 3, number + 1),
        )
    return library


def test_a_filter_that_matches_one_percent_still_fills_k(many: Library) -> None:
    keep = Filter(publisher="evora gazette")
    vector = many.encoder.encode(["Report on the harbour of Lisbon"])[0]
    expected = {f"gazette/{number}" for number in range(3)}
    near = many.snapshot().search_vectors(vector, 3, filter=keep)
    assert {many.snapshot().chunk(hit.row).article for hit in near} == expected
    found = many.snapshot().search_words("Report on the harbour of Lisbon", 3, filter=keep)
    assert {many.snapshot().chunk(hit.row).article for hit in found} == expected
    assert len(many.snapshot().search_vectors(vector, 10, filter=keep)) == 3
    assert len(many.snapshot().search_words("harbour", 10, filter=keep)) == 3


@pytest.mark.parametrize(
    ("keep", "count"),
    [
        (Filter(), 303),
        (Filter(author="peres"), 3),
        (Filter(author="JOAO"), 3),
        (Filter(author="Per"), 0),
        (Filter(publisher="Gazette of Évora"), 0),
        (Filter(after=date(2011, 3, 2)), 2),
        (Filter(after=date(2011, 3, 2), before=date(2011, 3, 2)), 1),
        (Filter(before=date(2011, 3, 2), author="Lima"), 2),
        (Filter(articles=frozenset({"007.txt", "gazette/1", "none"})), 2),
        (Filter(articles=frozenset()), 0),
    ],
)
def test_filters_match_the_right_number_of_articles(
    many: Library, keep: Filter, count: int
) -> None:
    vector = many.encoder.encode(["harbour"])[0]
    assert len(many.snapshot().search_vectors(vector, 1000, filter=keep)) == count
    assert len(many.snapshot().search_words("harbour", 1000, filter=keep)) == count


def test_a_year_matches_if_any_of_its_days_does() -> None:
    metadata = Metadata(year=2011)
    assert Filter(after=date(2011, 6, 1)).matches("a", metadata)
    assert Filter(before=date(2011, 6, 1)).matches("a", metadata)
    assert not Filter(after=date(2012, 1, 1)).matches("a", metadata)
    assert not Filter(before=date(2010, 12, 31)).matches("a", metadata)
    assert not Filter(before=date(2010, 12, 31)).matches("a", Metadata())


def test_a_filter_with_after_later_than_before_is_rejected() -> None:
    with pytest.raises(SettingError, match="exchange the two"):
        Filter(after=date(2012, 1, 1), before=date(2011, 1, 1))


def test_vectors_are_in_the_order_of_the_rows(many: Library) -> None:
    rows = [302, 0, 5, 0, 301]
    vectors = many.snapshot().vectors(rows)
    assert vectors.shape == (5, 384)
    texts = []
    for chunk in many.snapshot().chunks(rows):
        texts.append(chunk.span.of(many.article(chunk.article).text))
    assert np.allclose(vectors, many.encoder.encode(texts), atol=1e-5)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert many.snapshot().vectors([]).shape == (0, 384)


@pytest.mark.parametrize("rows", [[302, 0, 5, 0, 301], range(303), [7], []])
def test_a_passage_is_its_chunk_and_its_article(many: Library, rows: Sequence[int]) -> None:
    snapshot = many.snapshot()
    for _ in range(2):  # read from the file, and as far as they are kept
        chunks = [chunk for chunk, _ in snapshot.passages(rows)]
        assert chunks == snapshot.chunks(rows) == [snapshot.chunk(row) for row in rows]
        for chunk, article in snapshot.passages(rows):
            assert article == snapshot.article(chunk.article)


def test_the_error_for_an_unknown_row_names_it(many: Library) -> None:
    for row in (303, -1):
        with pytest.raises(IndexError, match=f"rows run from 0 to 302, got {row}"):
            many.snapshot().vectors([0, row])


def test_the_title_is_encoded_with_the_text(tmp_path: Path, real_encoder: Encoder) -> None:
    library = Library.create(
        tmp_path / "index", encoder=real_encoder, embedding_mode=EmbeddingMode.SENTENCES
    )
    library.add("It was dredged.", title="The harbour")
    expected = real_encoder.encode(["The harbour\nIt was dredged."])
    assert np.allclose(library.snapshot().vectors([0]), expected, atol=1e-5)
    with pytest.raises(SettingError, match="unknown embedding mode 'headline'; choose"):
        Library.create(tmp_path / "other", encoder=real_encoder, embedding_mode="headline")


def test_headings_and_lead_in_are_encoded_and_searched_with_the_text(
    tmp_path: Path, real_encoder: Encoder
) -> None:
    (tmp_path / "boats.md").write_text(
        "---\ntitle: The harbour\n---\n\n## Ferries\n\nFerries sail all year.\n\n"
        "Bring these papers:\n\n- a ticket\n- a permit\n"
    )
    library = Library.create(
        tmp_path / "index", encoder=real_encoder, chunk_settings=ChunkSettings(merge_below=0)
    )
    library.sync(tmp_path / "boats.md")
    snapshot = library.snapshot()
    text = library.article("boats.md").text
    row = [c.span.of(text) for c in snapshot.chunks(range(snapshot.rows))].index("a permit")
    whole = "The harbour\nFerries\nBring these papers:\na permit"
    assert np.allclose(snapshot.vectors([row]), real_encoder.encode([whole]), atol=1e-5)
    assert snapshot.search_words("permit for ferries", 1)[0].row == row


@pytest.mark.parametrize(
    ("asked", "corrected"),
    [
        ("who was flooded in montruoge", "who was flooded in montrouge"),
        ("When was the twon floded?", "When was the twon flooded?"),  # one chunk has "town"
        ("Floded by what?", "Flooded by what?"),
        ("Who is Montrougo in the story?", "Who is Montrougo in the story?"),  # may be a name
        ("was montrouge flooding", "was montrouge flooding"),
        ("was 40 percnt of montroug3 spent?", "was 40 percnt of montroug3 spent?"),
    ],
)
def test_a_misspelt_word_becomes_the_word_that_the_index_has(
    searched: Library, asked: str, corrected: str
) -> None:
    assert searched.snapshot().correct_spelling(asked) == corrected


@pytest.mark.parametrize("asked", ["Juárez", "Jua\u0301rez", "Juarez", "cooperated", "harbour"])
def test_words_are_found_in_every_unicode_form(library: Library, asked: str) -> None:
    library.add("In Jua\u0301rez they coope\u00adrated with the har\u200bbour police.")
    assert len(library.snapshot().search_words(asked, 3)) == 1
