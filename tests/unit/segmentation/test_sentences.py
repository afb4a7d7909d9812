"""Paragraphs are split into sentences that cover all their text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from index.segmentation.sentences import OVERLONG_LINE, lost_spaces, sentences
from index.types import Article, Span
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


def test_scripts_without_spaces_split_at_their_full_stops() -> None:
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


def test_touching_sentences_are_split_in_overlong_lines() -> None:
    text, parts = touching(OVERLONG_LINE)
    starts, place = [], 0
    for part in parts[:-1]:
        place += len(part)
        starts.append(place)
    assert lost_spaces(text, Span(0, len(text))) == starts
    found = split(text)
    assert "The map, at maps.example.org, is gone." in found
    assert {"“Never.”", "Officials kept silent about the raids."} <= set(found)


def test_short_lines_are_not_split_at_missing_spaces() -> None:
    text = "See the site example.Com and Node.Js for more."
    assert split(text) == [text]
    lines = (text + "\n") * OVERLONG_LINE
    assert lost_spaces(lines, Span(0, len(lines))) == []


def test_a_long_paragraph_without_a_stop_is_one_sentence() -> None:
    text = "word " * 20_000
    assert split(text) == [text.strip()]


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
    for paragraph in article.paragraphs:
        assert all(paragraph.span.contains(s) for s in sentences(article.text, paragraph.span))
