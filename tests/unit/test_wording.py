"""The sentences about an answer that every interface shows."""

from __future__ import annotations

from datetime import date

import pytest

from index.filters import Filter
from index.types import Article, Metadata
from qa import wording
from qa.answer import Scope


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


@pytest.mark.parametrize(
    ("metadata", "authors", "published"),
    [
        (
            Metadata("Tides", ("Ines Okafor", "Paul Adeyemi"), published=date(2012, 3, 9)),
            "“Tides” is by Ines Okafor and Paul Adeyemi.",
            "“Tides” is dated 9 March 2012.",
        ),
        (Metadata("Tides", year=2012), "No author of “Tides” is known.", "“Tides” is dated 2012."),
        (Metadata(), "No author of the article is known.", "No date of the article is known."),
        (
            Metadata(authors=("A", "B", "C"), year=2012),
            "The article is by A, B and C.",
            "The article is dated 2012.",
        ),
    ],
)
def test_metadata_is_stated_as_far_as_it_is_known(
    metadata: Metadata, authors: str, published: str
) -> None:
    article = Article("a.txt", "", (), metadata)
    assert wording.authors(article) == authors
    assert wording.published(article) == published


@pytest.mark.parametrize(
    ("filter", "conditions"),
    [
        (Filter(publisher="Gazette"), "published by “Gazette”"),
        (Filter(author="Okafor", after=date(2012, 3, 9)), "by “Okafor”, from 9 March 2012 on"),
        (Filter(before=date(2012, 3, 9)), "until 9 March 2012"),
        (Filter(articles=["a.txt"]), "chosen one by one"),
        (Filter(title="Storm", year=2012), "called “Storm”, of 2012"),
        (Filter(metadata={"desk": ["sport", "news"]}), "with the desk “sport” or “news”"),
        (Filter(path="news/*", exclude=["a.txt"]), "at “news/*”, without those left out"),
    ],
)
def test_a_filter_is_described_with_how_many_articles_it_left(
    filter: Filter, conditions: str
) -> None:
    described = f"Asked 1 of 39 articles: {conditions}."
    assert wording.scope(Scope(filter, 1, 39)) == described
    undated = f"{described} Left out, with no known date: 2 articles."
    assert wording.scope(Scope(filter, 1, 39, undated=2)) == undated
