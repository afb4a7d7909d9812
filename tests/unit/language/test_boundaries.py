"""Spans end at the boundaries of words and numbers, and never split a pair."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from qa.language.boundaries import snap, whole_quotations

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
def texts_and_spans(draw: st.DrawFn) -> tuple[str, Span]:
    text = draw(TEXTS)
    start = draw(st.integers(0, len(text)))
    return text, Span(start, draw(st.integers(start, len(text))))


def chosen(text: str, words: str) -> str | None:
    start = text.index(words)
    span = snap(text, Span(start, start + len(words)), Span(0, len(text)))
    return span.of(text) if span else None


@given(texts_and_spans())
def test_no_end_is_inside_a_word_or_number(example: tuple[str, Span]) -> None:
    text, span = example
    found = snap(text, span, Span(0, len(text)))
    if found is None:
        return
    for end in (found.start, found.end):
        if 0 < end < len(text):
            assert not (text[end - 1].isalnum() and text[end].isalnum())
            assert not re.match(r"\d[.,]\d", text[max(0, end - 2) : end + 1])
            assert not re.match(r"\d[.,]\d", text[max(0, end - 1) : end + 2])


@given(texts_and_spans())
def test_brackets_and_curved_quotes_come_in_pairs(example: tuple[str, Span]) -> None:
    text, span = example
    found = snap(text, span, Span(0, len(text)))
    if found is None:
        return
    whole = found.of(text)
    for opening, closing in ("()", "[]", "“”"):
        # A text whose own pairs cross or are incomplete only has to be handled.
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


@given(texts_and_spans())
def test_snapping_again_changes_nothing_and_stays_inside(example: tuple[str, Span]) -> None:
    text, span = example
    bounds = Span(0, len(text))
    found = snap(text, span, bounds)
    if found is not None:
        assert bounds.contains(found)
        assert snap(text, found, bounds) == found


@pytest.mark.parametrize(
    ("text", "words", "whole"),
    [
        ("It cost $1.4 billion in all.", ".4 billion", "$1.4 billion"),
        ("His level was .08 percent.", ".08 percent", ".08 percent"),
        ("It cost $.50 then.", ".50", "$.50"),
        ("It cost 1,400€ then.", "1,400", "1,400€"),
        ("It cost 1,400 € then.", "1,400 €", "1,400 €"),
        ("Between 5 and €6 a day", "5 and €", "5 and"),
        ("It cost A$5 million.", "$5 million", "A$5 million"),
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
        ("Add 1/2 cup now.", "2 cup", "1/2 cup"),
        ("On 8/7/2011 they met.", "7/2011", "8/7/2011"),
        ("It cost 45 000 euros.", "000 euros", "45 000 euros"),
        ("It cost 12\u202f450 euros.", "450 euros", "12\u202f450 euros"),
        ("Flight 815 200 miles out", "815", "815"),
        ("She holds a Ph.D. in it.", "Ph", "Ph.D."),
        ("James Smith Jr. built it.", "James Smith Jr", "James Smith Jr."),
        ("They call it 'the old mill' there.", "call it 'the", "call it 'the old mill'"),
        ("In the '90s the boys' club won.", "boys", "boys"),
        ("It's the keepers' house.", "It's the keepers", "It's the keepers"),
        ("Get 'em out. The workers' union won.", "workers' union", "workers' union"),
        ("See www.bbc.co.uk now.", "www.bbc", "www.bbc.co.uk"),
    ],
)
def test_snap_examples(text: str, words: str, whole: str) -> None:
    assert chosen(text, words) == whole


@pytest.mark.parametrize(
    ("text", "sentence", "whole"),
    [
        (
            'He said: "It closed in 1999. It will be opened again." Nobody came.',
            'He said: "It closed in 1999.',
            'He said: "It closed in 1999. It will be opened again."',
        ),
        (
            'He said: "It closed in 1999. It will be opened again." Nobody came.',
            'It will be opened again."',
            "It will be opened again.",
        ),
        ("It stood. (It was rebuilt.) It fell.", "It stood.", "It stood."),
        ('The 6" pipe broke. The 5" pipe held.', 'The 6" pipe broke.', 'The 6" pipe broke.'),
    ],
)
def test_a_sentence_keeps_its_full_stop_but_no_half_quotation(
    text: str, sentence: str, whole: str
) -> None:
    start = text.index(sentence)
    bounds = Span(0, len(text))
    found = whole_quotations(text, Span(start, start + len(sentence)), bounds)
    assert found.of(text) == whole


@given(texts_and_spans())
def test_whole_quotations_stay_inside_the_bounds(example: tuple[str, Span]) -> None:
    text, span = example
    bounds = Span(0, len(text))
    found = whole_quotations(text, span, bounds)
    assert bounds.contains(found)
    if found != bounds:  # the result for a text with only half pairs
        assert whole_quotations(text, found, bounds) == found


def test_a_span_of_punctuation_alone_is_none() -> None:
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


def test_combining_marks_belong_to_their_letter() -> None:
    assert chosen("It was won by Jose\u0301, they said.", "Jose") == "Jose\u0301"
    assert chosen("यह हिन्दी है", "हिन") == "हिन्दी"


NAMES = (
    "/var/lib/redis/dump.rdb",
    "/etc/",
    "~/.config/app.toml",
    "./run.sh",
    "docs/guide/index.md",
    "C:\\Windows\\win.ini",
    "https://example.org/a/b.html?x=1&y=2#top",
    "ann.bee@mail.example.org",
    "--dry-run=client",
    "-v",
    "v2.3.1-rc.1",
    "3.11.4",
    "10.0.0.1:8080",
    "os.path.join()",
    "std::vector",
    "max_connections",
    "MY_HOME_DIR",
    "$HOME",
    "apps/v1/Deployment",
    "redis.conf",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "sentence", ["The value is {} here.", "Set {}.", "({}) is right, they say."]
)
def test_technical_names_are_never_cut(name: str, sentence: str) -> None:
    text = sentence.format(name)
    assert chosen(text, name) == name
    first = text.index(name)
    for start in range(first, first + len(name)):
        for end in range(start + 1, first + len(name) + 1):
            span = snap(text, Span(start, end), Span(0, len(text)))
            assert span is None or span.of(text) == name


@pytest.mark.parametrize(
    ("text", "words", "whole"),
    [
        ("The sea and/or the land.", "and", "and"),
        ("It sank - perhaps - at noon.", "perhaps", "perhaps"),
        ("She is well-known here.", "known", "known"),
        ("The boat was late.Nobody came.", "late", "late"),
        ("At 5 p.m. they met.", "5 p.m", "5 p.m."),
        ("From 3.5 to 4.5 tonnes.", "3.5", "3.5"),
        ("It was finished in 1913 ⁴ at last.", "1913 ⁴", "1913"),
        ("It was finished in 1913 ⁴.", "1913 ⁴.", "1913"),
        ("It was finished in 1913 ⁴ at last.", "⁴ at last", "at last"),
        ("It weighs 10⁶ kg.", "10", "10⁶"),
    ],
)
def test_prose_is_not_a_technical_name(text: str, words: str, whole: str) -> None:
    assert chosen(text, words) == whole
