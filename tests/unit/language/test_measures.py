"""Whether a text gives what a question asks to be measured or counted."""

from __future__ import annotations

import pytest

from index.types import Span
from qa.language.measures import counts_something_else, gives_measure


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How much did the bridge cost?", "640,000 marks", True),
        ("How much did the bridge cost?", "three weeks", False),
        ("How much did the bridge cost?", "12%", False),
        ("What was the budget of the festival?", "$2 million", True),
        ("What percentage of voters agreed?", "62 per cent", True),
        ("What percentage of voters agreed?", "$62", False),
        ("How long does the course last?", "seven weeks", True),
        ("How long is the tunnel?", "4 km", True),
        ("How long is the tunnel?", "$4 million", False),
        ("How old was she?", "41", True),
        ("How many people came?", "some 300", True),
        ("How many people came?", "half", False),
        ("How many days may it take?", "ten", True),
        ("How far is it?", "two hours", False),
        ("Who came?", "Clara Imhof", True),
        ("how much memory does a pod get", "512 MiB", True),
    ],
)
def test_a_text_gives_what_is_measured(question: str, text: str, expected: bool) -> None:
    assert gives_measure(question, text) == expected


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("How many prize contests did the agencies hold?", "87", False),
        ("How many prize contests did the agencies hold?", "25", True),
        ("How many agencies held contests?", "25", False),
        ("how many people came", "25", False),
        ("When were the contests held?", "25", False),
    ],
)
def test_a_number_beside_the_one_asked_for_counts_something_else(
    question: str, answer: str, expected: bool
) -> None:
    sentence = "The report lists 87 prize contests held by 25 federal agencies."
    start = sentence.index(answer)
    span = Span(start, start + len(answer))
    assert counts_something_else(question, sentence, span) == expected
