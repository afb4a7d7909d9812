"""Properties of parsers that hold for any text."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleError
from index.parsing import docx, html, markdown, plaintext
from index.parsing.article import make_article
from index.parsing.blocks import Block
from index.parsing.rules.classify import classify
from index.parsing.rules.layout import paragraphs, split_lost_spaces
from index.segmentation.sentences import OVERLONG_LINE
from index.types import Kind, Span

PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "\r\n", "\n\n", "\n", "\u2028", "\x0c", "\t", "  ", "1. lol said", "2. Ola said...",
            "By Ann Bee\n", "© 2013, The Daily Post", "e\u0301a\u0308", "👩‍🚀🏳️‍🌈", "12 comments:\n",
            "A sentence that ends here.“Another begins”", 'said so."Then we left.',
            "<script>x</script>",
            "# Heading\n", "| a | b |\n", "Monday, March 7, 2011\n", "word " * 60, "unbroken" * 150,
        ]
    ),
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=25).map("".join)


def _check(text: str, blocks: list[Block]) -> None:
    end = 0
    for block in blocks:
        words = block.span.of(text)
        assert block.span.start >= end
        assert words
        assert words == words.strip()
        end = block.span.end
    assert end <= len(text)


@settings(deadline=None)
@given(TEXTS)
def test_plain_text_is_unchanged_and_its_paragraphs_are_in_order(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    try:
        source = plaintext.parse(data)
    except ArticleError:
        return
    assert source.text == text.removeprefix("\ufeff")
    _check(source.text, list(source.blocks))
    kinds, _ = classify(source.text, source.blocks, source.metadata)
    assert len(kinds) == len(source.blocks)


@settings(deadline=None)
@given(TEXTS)
def test_every_visible_character_is_in_a_paragraph(text: str) -> None:
    blocks = paragraphs(text)
    outside, end = [], 0
    for block in blocks:
        outside.append(text[end : block.span.start])
        end = block.span.end
    outside.append(text[end:])
    assert not any(c.isprintable() and not c.isspace() for c in "".join(outside))


@settings(deadline=None)
@given(TEXTS)
def test_markdown_and_html_blocks_are_slices_of_their_text(text: str) -> None:
    for parser in (markdown, html):
        try:
            source = parser.parse(text.encode("utf-8", "replace"))
        except ArticleError:
            continue
        _check(source.text, list(source.blocks))


@settings(deadline=None)
@given(
    st.text(alphabet="ab.”“\"'AB )!?5 ", min_size=OVERLONG_LINE + 1, max_size=OVERLONG_LINE + 300)
)
def test_splitting_at_lost_spaces_keeps_every_character(line: str) -> None:
    pieces = split_lost_spaces(line, Span(0, len(line)))
    assert "".join(piece.of(line) for piece in pieces) == line
    assert all(len(piece) > 0 for piece in pieces)


@settings(deadline=None)
@given(st.lists(st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1), max_size=8))
def test_docx_paragraphs_round_trip(lines: list[str]) -> None:
    from docx import Document

    document = Document()
    for line in lines:
        document.add_paragraph(line)
    out = io.BytesIO()
    document.save(out)
    source = docx.parse(out.getvalue())
    assert source.text == "\n\n".join(line.strip() for line in lines if line.strip())


@settings(deadline=None)
@given(TEXTS)
def test_make_article_classifies_every_paragraph_as_body(text: str) -> None:
    try:
        article = make_article(text, "x")
    except ArticleError:
        return
    assert article.text == text
    assert all(paragraph.kind is Kind.BODY for paragraph in article.paragraphs)


def test_parsing_is_deterministic_and_writes_no_files(tmp_path: Path) -> None:
    from tests.helpers.parsing import FIXTURES, parse_fixture

    for path in sorted(FIXTURES.glob("*.txt")):
        first, second = parse_fixture(path.name), parse_fixture(path.name)
        assert (first, first.hash) == (second, second.hash)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["blog-repost.txt", "one-line-body.txt"])
def test_the_text_of_a_fixture_is_the_file_unchanged(name: str) -> None:
    from tests.helpers.parsing import FIXTURES, parse_fixture

    assert parse_fixture(name).text == (FIXTURES / name).read_text(encoding="utf-8")
