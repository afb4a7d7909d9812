"""Folded search finds equal words and returns their offsets in the original text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.segmentation.folding import find_folded, fold, fold_text
from tests.helpers.strategies import paragraph_texts, untimed

anything = st.one_of(st.text(), paragraph_texts())


@pytest.mark.parametrize(
    ("haystack", "needle", "found"),
    [
        ("President Calderón said", "CALDERON", "Calderón"),
        ("President Caldero\u0301n said", "calderon", "Caldero\u0301n"),
        ("President Calderon said", "Calderón", "Calderon"),
        ("He said “it’s over” — twice", '"it\'s over" - twice', "“it’s over” — twice"),
        ("one\r\n  two\u00a0three", "one two three", "one\r\n  two\u00a0three"),
        ("Die Straße", "STRASSE", "Straße"),
        ("co\u00adoper\u200bation", "cooperation", "co\u00adoper\u200bation"),
        ("ﬁnal Ⅷ", "final viii", "ﬁnal Ⅷ"),
        ("İstanbul", "istanbul", "İstanbul"),
        ("😀 yes", "YES", "yes"),
        ("a b", "  b ", "b"),
    ],
)
def test_equal_words_are_found_at_their_original_offsets(
    haystack: str, needle: str, found: str
) -> None:
    span = find_folded(haystack, needle)
    assert span is not None
    assert span.of(haystack) == found


@pytest.mark.parametrize(
    ("haystack", "needle"),
    [("one two", "onetwo"), ("abc", "d"), ("abc", ""), ("abc", " \n"), ("", "a"), ("ﬁx", "f")],
)
def test_absent_words_are_not_found(haystack: str, needle: str) -> None:
    assert find_folded(haystack, needle) is None


def test_search_can_start_at_an_offset() -> None:
    assert find_folded("Ja, ja", "JA", 1) is not None
    assert find_folded("Ja, ja", "JA", 1) == find_folded("xx, ja", "ja")


@untimed
@given(anything)
def test_every_folded_character_maps_to_its_origin(text: str) -> None:
    folded, origins = fold(text)
    assert len(folded) == len(origins)
    assert origins == sorted(origins)
    for character, origin in zip(folded, origins, strict=True):
        assert character in fold(text[origin])[0]
    assert "  " not in folded


@untimed
@given(anything)
def test_folding_twice_changes_nothing(text: str) -> None:
    folded, _ = fold(text)
    assert fold(folded)[0] == folded


@untimed
@given(anything)
def test_case_composition_and_white_space_do_not_matter(text: str) -> None:
    folded, _ = fold(text)
    assert fold(unicodedata.normalize("NFD", text))[0] == folded
    assert fold(" \r\n".join(text.split(" ")))[0] == folded or "\r" in text or "\n" in text


@untimed
@given(anything, st.data())
def test_any_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    part = text[start:end]
    span = find_folded(text, part)
    if not fold(part)[0].strip():
        assert span is None
        return
    assert span is not None
    assert fold(span.of(text))[0].strip() == fold(part)[0].strip()


@untimed
@given(anything)
def test_fold_text_equals_the_text_of_fold(text: str) -> None:
    assert fold_text(text) == fold(text)[0]
