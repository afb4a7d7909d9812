"""Names and numbers that a text mentions, in whatever form."""

from __future__ import annotations

import pytest

from qa.matching.mentions import mentions


@pytest.mark.parametrize(
    ("name", "mentioned"),
    [
        ("President Caldron", True),
        ("Camp Pendelton", True),
        ("Calderón", True),
        ("Norway", False),
        ("1,400", False),
        ("CIA", False),
    ],
)
def test_a_misspelled_name_counts_as_mentioned(name: str, mentioned: bool) -> None:
    text = "Felipe Calderón met Norman of the CIB and 1,500 others at Camp Pendleton."
    assert mentions(text, name) is mentioned


def test_a_name_is_mentioned_when_all_its_words_occur_in_any_form() -> None:
    assert mentions("Its wars in Mexico were two.", "Mexico War")
    assert not mentions("Its wars in Peru were two.", "Mexico War")


@pytest.mark.parametrize(
    ("text", "name", "mentioned"),
    [
        ("Agents of Customs and Border Protection came.", "CBP", True),
        ("The Federal Bureau of Investigation came.", "F.B.I.", True),
        ("The United Nations came.", "UN", True),
        ("Customs officers and border police protect it.", "CBP", False),
        ("Customs and Border Police came.", "CBP", True),
        ("The WHO warned of it.", "World Health Organization", True),
        ("The W.H.O. warned of it.", "World Health Organization", True),
        ("Who warned of it?", "World Health Organization", False),
        ("JS warned of it.", "John Sanders", False),
        ("The WHOLE crew warned of it.", "World Health Organization", False),
    ],
)
def test_an_acronym_is_mentioned_by_its_words_and_the_other_way_round(
    text: str, name: str, mentioned: bool
) -> None:
    assert mentions(text, name) is mentioned


@pytest.mark.parametrize(
    ("text", "number", "mentioned"),
    [
        ("Seven agents came.", "7", True),
        ("It cost 1,400 million dollars.", "$1.4 billion", True),
        ("Twenty percent left.", "20%", True),
        ("Seventeen agents came.", "7", False),
        ("It cost 1,400 million euros.", "$1.4 billion", False),
        ("Twenty left.", "20%", False),
    ],
)
def test_a_number_is_mentioned_in_any_spelling(text: str, number: str, mentioned: bool) -> None:
    assert mentions(text, number) is mentioned
