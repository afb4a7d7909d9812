"""The sentences about an answer that every interface shows."""

from __future__ import annotations

import pytest

from qa import wording


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["Ulaanbaatar"], "No article mentions “Ulaanbaatar”."),
        (["Orme", "1887", "Kelso"], "No article mentions “Orme”, “1887” or “Kelso”."),
    ],
)
def test_missing_names_are_listed_in_one_sentence(names: list[str], sentence: str) -> None:
    assert wording.missing(names) == sentence


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "Very likely right, 100%"),
        (0.85, "Very likely right, 85%"),
        (0.849, "Likely right, 85%"),
        (0.65, "Likely right, 65%"),
        (0.4, "Possibly right, 40%"),
        (0.0, "Uncertain, 0%"),
    ],
)
def test_confidence_is_given_in_words_and_percent(probability: float, words: str) -> None:
    assert wording.confidence(probability, is_calibrated=True) == words
    assert wording.confidence(probability, is_calibrated=False) == f"{words} (a rough estimate)"


def test_an_unsure_refusal_does_not_say_that_the_articles_have_no_answer() -> None:
    assert wording.refusal(is_unsure=False) == "The articles do not answer this."
    assert wording.refusal(is_unsure=True).startswith("Not sure enough")
    assert "do not answer" not in wording.refusal(is_unsure=True) + wording.NEAREST


def test_at_most_five_terms_are_listed_as_looked_for() -> None:
    assert wording.looked_for(["a", "b"]) == "Looked for: a, b."
    assert wording.looked_for(list("abcdefg")) == "Looked for: a, b, c, d, e."
