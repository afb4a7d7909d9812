"""What is put in the place of words that point back, and how it is written there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.query_rewriting.noun_phrases import Phrase


@dataclass(frozen=True, slots=True)
class Edit:
    """Words of a question, `text[start:end]`, and what stands for them."""

    start: int
    end: int
    text: str


def written(phrase: Phrase) -> str:
    """A phrase as it is put into a question: with "the" where it is one known thing."""
    if re.search(r"['’]s\b|['’] ", phrase.text) or not phrase.definite:
        return phrase.text
    return f"the {phrase.text}"


def possessive(text: str) -> str:
    return text + ("'" if text.endswith("s") and text.split()[-1].islower() else "'s")
