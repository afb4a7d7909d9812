"""Ends of spans land between words, outside of numbers, and never split a pair."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text import Span
from qa.snapping import snap

PIECES = st.sampled_from(
    [
        "ferry",
        "Calderón",
        "1,400",
        "$1.4",
        "3.5%",
        "U.S.",
        "don’t",
        "Reed’s",
        "well-known",
        "(",
        ")",
        "[",
        "]",
        "“",
        "”",
        '"',
        " ",
        " ",
        " ",
        ", ",
        ". ",
        "‘",
        "’",
        "–",
        "1985–90",
        "国境",
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=25).map("".join)


@st.composite
def places(draw: st.DrawFn) -> tuple[str, Span]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    return text, Span(start, draw(st.integers(start, len(text))))


def chosen(text: str, words: str) -> str | None:
    start = text.index(words)
    span = snap(text, Span(start, start + len(words)), Span(0, len(text)))
    return span.of(text) if span else None


@given(places())
def test_neither_end_is_inside_a_word_or_a_number(place: tuple[str, Span]) -> None:
    text, span = place
    found = snap(text, span, Span(0, len(text)))
    if found is None:
        return
    for end in (found.start, found.end):
        if 0 < end < len(text):
            assert not (text[end - 1].isalnum() and text[end].isalnum())
            assert not re.match(r"\d[.,]\d", text[max(0, end - 2) : end + 1])
            assert not re.match(r"\d[.,]\d", text[max(0, end - 1) : end + 2])


@given(places())
def test_brackets_and_curved_quotes_are_whole_pairs(place: tuple[str, Span]) -> None:
    text, span = place
    found = snap(text, span, Span(0, len(text)))
    if found is None:
        return
    whole = found.of(text)
    for opening, closing in ("()", "[]", "“”"):
        # Text whose own pairs cross or lack a half is only asked not to fail.
        if _balanced(text):
            assert whole.count(opening) == whole.count(closing)


def _balanced(text: str) -> bool:
    waiting: list[str] = []
    pairs = {"(": ")", "[": "]", "“": "”"}
    for character in text:
        if character in pairs:
            waiting.append(pairs[character])
        elif character in pairs.values() and (not waiting or waiting.pop() != character):
            return False
    return not waiting and text.count('"') % 2 == 0 and not set(text) & set('‘’"')


@given(places())
def test_snapping_again_changes_nothing_and_stays_inside(place: tuple[str, Span]) -> None:
    text, span = place
    bounds = Span(0, len(text))
    found = snap(text, span, bounds)
    if found is not None:
        assert bounds.holds(found)
        assert snap(text, found, bounds) == found


@pytest.mark.parametrize(
    ("text", "words", "whole"),
    [
        ("It cost $1.4 billion in all.", ".4 billion", "$1.4 billion"),
        ("They met in the U.S. in May.", "the U.S", "the U.S."),
        ("He reached Aldmoor.", "Aldmoor.", "Aldmoor"),
        ("A rise of 12,500 birds", "12", "12,500"),
        ("She called it “the long wait” twice.", "“the long", "the long"),
        ("The bank (once a mill) closed.", "bank (once", "bank (once a mill)"),
        ("The bank (once a mill) closed.", "mill)", "mill"),
        ('He said "never again" and left.', 'said "never', 'said "never again"'),
        ("Reed’s boat sank.", "Reed", "Reed"),
        ("They didn’t come.", "didn", "didn’t"),
        ("About 85% agreed.", "85", "85%"),
        ("The 19th regiment", "19", "19th"),
    ],
)
def test_what_is_proposed_becomes_whole(text: str, words: str, whole: str) -> None:
    assert chosen(text, words) == whole


def test_a_span_of_marks_alone_is_nothing() -> None:
    assert chosen("Yes – (and) no.", "– (") is None


@pytest.mark.parametrize(
    ("text", "words", "kept"),
    [
        ("The average is -45 degrees.", "45", "-45"),
        ("It fell to −89.2 degrees.", "89.2 degrees", "−89.2 degrees"),
        ("They lost -$5 million.", "$5 million", "-$5 million"),
        ("At night (–5 °C) it froze.", "5", "–5"),
        ("Ten to 10-20 percent.", "20", "20"),
        ("The MiG-21 flew.", "21", "21"),
        ("- 5 apples", "- 5 apples", "5 apples"),
    ],
)
def test_a_minus_sign_belongs_to_its_number(text: str, words: str, kept: str) -> None:
    assert chosen(text, words) == kept


def test_accents_written_apart_belong_to_their_letter() -> None:
    assert chosen("It was won by Jose\u0301, they said.", "Jose") == "Jose\u0301"
    assert chosen("यह हिन्दी है", "हिन") == "हिन्दी"
