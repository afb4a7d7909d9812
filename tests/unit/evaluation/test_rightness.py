"""Whether a shown answer is right, on answers as the reader shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.rightness import MAX_SENTENCES, is_right
from qa.questions import Question

SWITCH = (
    "On July 1, 2024, the Digital Analytics Program (DAP) will replace Universal Analytics (UA) "
    "with Google Analytics 4 (GA4)."
)
TOOLS = (
    "Google allows people to [opt out of Google Analytics](https://support.google.com/analytics) "
    "through a [browser extension](https://tools.google.com/dlpage/gaoptout) for many browsers."
)
STEPS = (
    "1. Download the [primary CSV dataset](https://api.gsa.gov/weekly-snapshot.csv).",
    "2. Open the data in a *spreadsheet program*.",
    "3. Apply filters to each column.",
)
REGISTER = (
    "All federal employees and contractors who work for a participating agency can register for "
    "access to DAP."
)


def question(*long: str, short: tuple[str, ...] = ()) -> Question:
    return Question("q", "?", answers=short or long, long=long, short=short)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("July 1, 2024", True),
        # Three of the four words are the answer's: F1 is 6/7.
        ("On July 1, 2024", True),
        # One of three words: F1 is 1/2.
        ("July", True),
        ("Google Analytics 4", False),
        # The answer and eleven more words: F1 is 6/18.
        ("July 1, 2024, the Digital Analytics Program (DAP) will replace Universal Analytics (UA)",
         False),
        # The whole sentence contains the answer.
        (SWITCH, True),
        (SWITCH.rstrip("."), True),
    ],
)  # fmt: skip
def test_a_short_answer_needs_the_accepted_words_and_few_others(shown: str, expected: bool) -> None:
    assert is_right(question(SWITCH, short=("July 1, 2024",)), shown, SWITCH) is expected


def test_the_words_of_a_short_answer_count_only_where_the_sentence_has_all_of_them() -> None:
    asked = question(SWITCH, short=("July 1, 2024",))
    assert not is_right(asked, "July 2024", "The program ends in July 2024, as planned.")
    assert is_right(asked, "July 1", "The program ends on July 1, 2024, as planned.")


def test_marks_of_the_source_do_not_count() -> None:
    shown = (
        "Google allows people to opt out of Google Analytics through a browser extension for "
        "many browsers."
    )
    asked = question(
        TOOLS, short=("[browser extension](https://tools.google.com/dlpage/gaoptout)",)
    )
    assert is_right(asked, "browser extension", shown)
    assert is_right(asked, shown, shown)
    assert is_right(question(TOOLS), shown, shown)


def test_whole_sentences_are_right_when_they_contain_the_answer_or_overlap_the_gold_ones() -> None:
    asked = question(REGISTER + " After a user fills out the form, the team grants access.",
                     short=("fills out the form",))  # fmt: skip
    # Seventeen gold words of 26 without the short answer.
    assert is_right(asked, REGISTER, REGISTER)
    assert not is_right(asked, SWITCH, SWITCH)


def test_an_answer_in_more_than_four_sentences_is_not_found() -> None:
    filler = "Agencies ask for many other things each and every single year. "
    asked = question(SWITCH, short=("July 1, 2024",))
    for count, expected in ((MAX_SENTENCES - 1, True), (MAX_SENTENCES, False)):
        shown = filler * count + SWITCH
        assert is_right(asked, shown, shown) is expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("Download the primary CSV dataset.", True),
        ("\n\n".join(STEPS), True),
        ("\n\n".join(STEPS[1:]), True),
        ("The easiest way to begin accessing the data is to:", False),
        # A single word of a step does not give the step.
        ("spreadsheet", False),
    ],
)
def test_without_short_answers_the_marked_words_overlap_a_run_of_gold_pieces(
    shown: str, expected: bool
) -> None:
    assert is_right(question(*STEPS), shown, STEPS[1]) is expected


@pytest.mark.parametrize(
    ("short", "sentence"),
    [
        ("Donna Haraway", "Donna Haraway’s 1985 Cyborg Manifesto founded the field."),
        ("Stack Exchange", "Another platform—Stack Exchange—has its own terms."),
        ("desktop", "Most visits were by mobile/desktop users."),
    ],
)
def test_a_possessive_or_a_dash_does_not_hide_an_answer(short: str, sentence: str) -> None:
    assert is_right(question(sentence, short=(short,)), short, sentence)


def test_a_number_is_not_found_inside_another() -> None:
    sentence = "The site had 8.5 million visits."
    assert not is_right(question("It has 8 pages.", short=("8",)), sentence, sentence)


def test_short_answers_are_accepted_one_by_one_and_together() -> None:
    sentence = "The polygraph was created by policeman John Larson, based on William Marston."
    asked = question(sentence, short=("policeman John Larson", "William Marston"))
    assert is_right(asked, "John Larson", sentence)
    assert is_right(asked, "policeman John Larson, based on William Marston", sentence)


def test_nothing_is_right_for_an_unanswerable_question() -> None:
    assert not is_right(Question("q", "?"), SWITCH, SWITCH)


def test_without_gold_pieces_an_f1_of_half_with_an_accepted_answer_is_right() -> None:
    asked = Question("q", "?", answers=("Ana Ruiz",))
    assert is_right(asked, "keeper Ana", "Its keeper Ana was there.")
    assert not is_right(asked, "Its lighthouse keeper was Ana", "Its lighthouse keeper was Ana.")


WORDS = st.lists(st.sampled_from(SWITCH.split()), min_size=1, max_size=12).map(" ".join)


@given(WORDS)
def test_the_gold_sentence_itself_is_always_right(short: str) -> None:
    # Also where the short answer has no word that counts, such as "(4)".
    assert is_right(question(SWITCH, short=(short,)), SWITCH, SWITCH)
    assert is_right(question(SWITCH), SWITCH, SWITCH)
