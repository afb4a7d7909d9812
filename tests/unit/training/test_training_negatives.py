"""Questions edited so that their paragraph does not answer them."""

from __future__ import annotations

import random

from training.data import LabelledQuestion
from training.negatives import edit, names, swap_number, turn_word

CONTEXT = (
    "Ilse Brandt founded the Kessel Society in 1952 to protect the marshes. The society bought "
    "its first reserve near Aldmoor, with money from 340 members. By 1960 Tomas Reed led the "
    "largest of its groups, which counted wading birds every winter along the coast."
)


def question(
    text: str, answer: str, context: str = CONTEXT, title: str = "Kessel"
) -> LabelledQuestion:
    start = context.index(answer)
    return LabelledQuestion(text, "squad", title, text, context, ((start, start + len(answer)),))


def test_a_number_is_swapped_but_never_for_the_answer() -> None:
    item = question("How many members did it have in 1952?", "340")
    for seed in range(40):
        edited = swap_number(item, random.Random(seed))
        assert edited is not None
        assert "1952" not in edited
        assert "340" not in edited


def test_an_edit_changes_the_question() -> None:
    item = question("Who led the largest of the groups of Kessel Society in 1960?", "Tomas Reed")
    edited = {edit(item, ("Harbour Trust",), random.Random(seed)) for seed in range(30)}
    edited.discard(None)
    assert len(edited) > 3
    assert item.question not in edited


def test_a_word_is_replaced_by_its_opposite() -> None:
    item = question("Who led the largest group?", "Tomas Reed")
    assert turn_word(item, random.Random(1)) == "Who led the smallest group?"


def test_names_exclude_the_first_word_of_a_sentence() -> None:
    assert names("When did Tomas Reed move? Money came later from Aldmoor.") == [
        "Tomas Reed",
        "Aldmoor",
    ]
