"""Made and mined questions that their paragraph does not answer."""

from __future__ import annotations

import random

from training.data import LabelledQuestion
from training.negatives import answered_in, cut, edit, mine, names, swap_number, turn_word

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


def test_cutting_leaves_the_other_sentences_and_not_the_answer() -> None:
    left = cut(question("Who founded the Kessel Society?", "Ilse Brandt"), least_words=10)
    assert left is not None
    assert "Ilse Brandt" not in left
    assert left.startswith("The society bought")


def test_nothing_is_cut_where_the_answer_stands_twice() -> None:
    twice = CONTEXT + " Ilse Brandt retired soon after."
    assert cut(question("Who founded it?", "Ilse Brandt", twice), least_words=10) is None


def test_a_number_moves_but_never_onto_the_answer() -> None:
    asked = question("How many members did it have in 1952?", "340")
    for seed in range(40):
        made = swap_number(asked, random.Random(seed))
        assert made is not None
        assert "1952" not in made
        assert "340" not in made


def test_an_edit_changes_the_question() -> None:
    asked = question("Who led the largest of the groups of Kessel Society in 1960?", "Tomas Reed")
    made = {edit(asked, ("Harbour Trust",), random.Random(seed)) for seed in range(30)}
    made.discard(None)
    assert len(made) > 3
    assert asked.question not in made


def test_a_word_is_turned_into_its_opposite() -> None:
    asked = question("Who led the largest group?", "Tomas Reed")
    assert turn_word(asked, random.Random(1)) == "Who led the smallest group?"


def test_names_do_not_include_a_sentence_opening() -> None:
    assert names("When did Tomas Reed move? Money came later from Aldmoor.") == [
        "Tomas Reed",
        "Aldmoor",
    ]


def test_mined_paragraphs_lack_the_answer_and_are_not_its_own() -> None:
    contexts = [
        CONTEXT,
        "The Kessel Society still counts wading birds each winter, mostly at low tide.",
        "In a letter Ilse Brandt wrote that she founded the Kessel Society almost by accident.",
        *(f"A paragraph about harvest number {n} in a far valley." for n in range(40)),
    ]
    asked = [question("Who founded the Kessel Society to count wading birds?", "Ilse Brandt")]
    asked += [
        question(f"Which harvest is it, {n}?", "paragraph", contexts[n + 3]) for n in range(40)
    ]
    asked += [question("What is still counted?", "wading birds", contexts[1])]
    asked += [question("Who wrote a letter?", "Ilse Brandt", contexts[2])]
    found = [m["context"] for m in mine(asked, None) if m["id"] == asked[0].id]
    assert found[0] == contexts[1]
    assert contexts[2] not in found
    assert not any(answered_in(asked[0], str(context)) for context in found)
