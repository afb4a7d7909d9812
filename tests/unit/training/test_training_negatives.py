"""Mined and generated questions that their paragraph does not answer."""

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


def test_cut_removes_only_the_answering_sentence() -> None:
    remainder = cut(question("Who founded the Kessel Society?", "Ilse Brandt"), least_words=10)
    assert remainder is not None
    assert "Ilse Brandt" not in remainder
    assert remainder.startswith("The society bought")


def test_cut_returns_none_if_the_answer_occurs_twice() -> None:
    twice = CONTEXT + " Ilse Brandt retired soon after."
    assert cut(question("Who founded it?", "Ilse Brandt", twice), least_words=10) is None


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


def test_mined_paragraphs_do_not_contain_the_answer() -> None:
    contexts = [
        CONTEXT,
        "The Kessel Society still counts wading birds each winter, mostly at low tide.",
        "In a letter Ilse Brandt wrote that she founded the Kessel Society almost by accident.",
        *(f"A paragraph about harvest number {n} in a far valley." for n in range(40)),
    ]
    questions = [question("Who founded the Kessel Society to count wading birds?", "Ilse Brandt")]
    questions += [
        question(f"Which harvest is it, {n}?", "paragraph", contexts[n + 3]) for n in range(40)
    ]
    questions += [question("What is still counted?", "wading birds", contexts[1])]
    questions += [question("Who wrote a letter?", "Ilse Brandt", contexts[2])]
    mined = [m["context"] for m in mine(questions, None) if m["id"] == questions[0].id]
    assert mined[0] == contexts[1]
    assert contexts[2] not in mined
    assert not any(answered_in(questions[0], str(context)) for context in mined)
