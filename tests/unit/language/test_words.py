"""Words, names and numbers of a question."""

from __future__ import annotations

import pytest

from index.segmentation.stemming import stem
from qa.language.words import (
    certain_names,
    content_words,
    key_phrases,
    names_and_numbers,
)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who trains the agents in San Luis Potosi?", ["San Luis Potosi"]),
        ("Is the C.I.A. in Mexico?", ["C.I.A.", "Mexico"]),
        ("Which U.S. agency runs SCENIC?", ["U.S.", "SCENIC"]),
        ("Did Calderón's party lose in 2012?", ["Calderón", "2012"]),
        ("How was $1.4 billion spent?", ["$1.4 billion"]),
        ("what was it about?", []),
        ("Who is Mr. Calderón?", ["Calderón"]),
        ("Did Álvaro Uribe visit Łódź?", ["Álvaro Uribe", "Łódź"]),
        ("What's Quetzalcoatl?", ["Quetzalcoatl"]),
        ("Isn't it illegal?", []),
        ("Didn't Mexico agree?", ["Mexico"]),
        ("Describe Camp Pendleton", ["Camp Pendleton"]),
        ("HOW MANY PEOPLE DIED IN 2009?", ["2009"]),
        ("NATO?", ["NATO"]),
        ("What happened in May?", ["May"]),
        ("Where is Mount St. Helens?", ["Mount St", "Helens"]),
    ],
)
def test_names_and_numbers(question: str, names: list[str]) -> None:
    assert names_and_numbers(question) == names


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Summarise everything", []),
        ("Summarise the visit to Ulaanbaatar in 1887", ["Ulaanbaatar", "1887"]),
        ("Requirements?", []),
        ("What Are The Main Requirements For 2013?", ["2013"]),
        ("NATO?", ["NATO"]),
        ("Karin Holt", ["Karin Holt"]),
        ("Who rang the bell of Lowtide?", ["Lowtide"]),
    ],
)
def test_a_capital_that_the_place_explains_makes_no_name(question: str, names: list[str]) -> None:
    assert certain_names(question) == names


def test_key_phrases_are_runs_of_content_words_as_written() -> None:
    assert key_phrases("Which team won the ice hockey final in Ulaanbaatar?") == [
        "team won",
        "ice hockey final",
        "Ulaanbaatar",
    ]
    assert key_phrases("Isn't Calderón's party illegal, and the party gone?") == [
        "Calderón party illegal",
        "party gone",
    ]
    assert key_phrases("How did 45,000 men of the U.S. Army cross?") == [
        "45,000 men",
        "U.S. Army cross",
    ]
    assert key_phrases("Who was it?") == []
    assert key_phrases("Explain the role of the DEA") == ["role", "DEA"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("trains", "training"), ("agencies", "agency"), ("killed", "killing"), ("supplies", "supply")],
)
def test_inflected_forms_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_content_words_leave_out_stop_words_and_repeats() -> None:
    assert content_words("What is the name of Mexico's navy, the navy?") == ["mexico", "navy"]
