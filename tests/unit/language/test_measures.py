"""Whether a text gives what a question asks to be measured."""

from __future__ import annotations

import pytest

from qa.language.measures import gives_measure


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
