"""Sentences stand where a reader would put them, and nothing gets lost between them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from index.segmentation.sentences import (
    OVERLONG_LINE,
    article_sentences,
    sentences,
    touching_sentences,
)
from index.types import Article, Kind, Paragraph, Span
from tests.helpers.strategies import articles, paragraph_texts, untimed


def split(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    "expected",
    [
        ["The U.S. has sent drones.", "Nobody in the U.S. Senate knew."],
        ["The D.E.A. said so.", "Mr. Lee of the C.I.A. left on Dec. 15, 2010.", "He returned."],
        ["He works for the F.B.I.", "She does not."],
        ["“I saw it,” he said.", "“It was bad.”", "They left."],
        ['He said, "It is so."', "Then he went."],
        ['"Really?" he asked.', "“Stop!” she said."],
        ["Well... maybe.", "Wait…", "What?", "Really?!", "Yes."],
        ["Hello 😀.", "Next one!", "🎉 Done."],
        ["Gov. Rick Perry, Lt. Col. Jones and St. Louis agreed.", "So did Sen. Doe (D-Tex.)."],
        ["He said no.", "They read No. 5 of it.", "It cost $1.4 billion, up 3.5 percent."],
        ["They met at 5 p.m.", "Then he went west.", "Nobody lives in Utah.", "She read a book."],
        ["(He ran.)", "Then he stopped."],
    ],
)
def test_news_prose_splits_at_sentences(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_scripts_without_spaces_split_at_their_own_full_stop() -> None:
    expected = ["これは文です。", "「はい。」", "終わりですか？", "値は３．５です。"]
    assert split("".join(expected)) == expected


def test_a_wrapped_line_does_not_end_a_sentence() -> None:
    assert split("The first line goes\r\non here. Second.") == [
        "The first line goes\r\non here.",
        "Second.",
    ]


def touching(length: int) -> tuple[str, list[str]]:
    whole = [
        "Officials kept silent about the raids.",
        "“There was never a plan,” one of them said. “Never.”",
        'Others (who left) remember "a kind of map."',
        '"Nobody asked," one says.',
        "The map, at maps.example.org, is gone.",
        "It cost 3.5 million.",
    ]
    line = whole * (1 + length // sum(map(len, whole)))
    return "".join(line), line


def test_sentences_that_lost_their_spaces_are_parted_in_overlong_lines() -> None:
    text, parts = touching(OVERLONG_LINE)
    starts, place = [], 0
    for part in parts[:-1]:
        place += len(part)
        starts.append(place)
    assert touching_sentences(text) == starts
    found = split(text)
    assert "The map, at maps.example.org, is gone." in found
    assert {"“Never.”", "Officials kept silent about the raids."} <= set(found)


def test_short_lines_keep_what_touches() -> None:
    text = "See the site example.Com and Node.Js for more."
    assert split(text) == [text]
    assert touching_sentences((text + "\n") * OVERLONG_LINE) == []


def test_a_long_paragraph_without_a_stop_is_one_sentence() -> None:
    text = "word " * 20_000
    assert split(text) == [text.strip()]


def test_sentences_know_their_paragraph() -> None:
    text = "A heading\n\nOne came. Two went."
    paragraphs = (Paragraph(1, Span(0, 9), Kind.HEADING), Paragraph(2, Span(11, len(text))))
    found = article_sentences(Article("a.txt", text, paragraphs))
    assert [(s.paragraph, s.span.of(text)) for s in found] == [
        (1, "A heading"),
        (2, "One came."),
        (2, "Two went."),
    ]


@untimed
@given(paragraph_texts())
def test_sentences_cover_all_but_white_space_in_order(text: str) -> None:
    found = sentences(text, Span(0, len(text)))
    assert "".join("".join(s.of(text).split()) for s in found) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(s.of(text) and s.of(text) == s.of(text).strip() for s in found)


@untimed
@given(articles())
def test_sentences_lie_inside_their_paragraph(article: Article) -> None:
    for sentence in article_sentences(article):
        assert article.paragraphs[sentence.paragraph - 1].span.contains(sentence.span)
