"""The names, numbers and kind of answer that a question holds."""

from __future__ import annotations

import pytest

from qa.language.words import (
    Expected,
    asks_for_several,
    content_words,
    could_answer,
    expected_answer,
    mentions,
    names_and_numbers,
    only_asks,
    stem,
    subjects,
)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who trains the agents in San Luis Potosi?", ["San Luis Potosi"]),
        ("Is the C.I.A. in Mexico?", ["C.I.A.", "Mexico"]),
        ("Which U.S. agency runs SCENIC?", ["U.S.", "SCENIC"]),
        ("Did Calderón's party lose in 2012?", ["Calderón", "2012"]),
        ("How was $1.4 billion spent?", ["$1.4 billion"]),
        ("what was it about?", []),
        ("Who is Mr. Calderón?", ["Calderón"]),
        ("Did Álvaro Uribe visit Łódź?", ["Álvaro Uribe", "Łódź"]),
        ("What's Quetzalcoatl?", ["Quetzalcoatl"]),
        ("Isn't it illegal?", []),
        ("Didn't Mexico agree?", ["Mexico"]),
        ("Describe Camp Pendleton", ["Camp Pendleton"]),
        ("HOW MANY PEOPLE DIED IN 2009?", ["2009"]),
        ("NATO?", ["NATO"]),
        ("What happened in May?", ["May"]),
        ("Where is Mount St. Helens?", ["Mount St", "Helens"]),
    ],
)
def test_names_and_numbers(question: str, names: list[str]) -> None:
    assert names_and_numbers(question) == names


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many agents died?", Expected.NUMBER),
        ("Can you tell me how many agents died?", Expected.NUMBER),
        ("Do you know who ordered the raid?", Expected.PERSON),
        ("Do you know the way?", Expected.YES_NO),
        ("When Calderón took office, how many soldiers were there?", Expected.NUMBER),
        ("After the raid, did they flee?", Expected.YES_NO),
        ("When did he die, and who was there?", Expected.DATE),
        ("In what year did it start?", Expected.DATE),
        ("In 2011, did it start?", Expected.YES_NO),
        ("Isn't it over?", Expected.YES_NO),
        ("Won't they come?", Expected.YES_NO),
        ("At what time did it start?", Expected.TIME),
        ("What time of year is it?", Expected.ANY),
        ("How high is the tower?", Expected.NUMBER),
        ("How high blood pressure is treated?", Expected.ANY),
        ("What is the number one cause?", Expected.ANY),
        ("What was the Age of Discovery?", Expected.ANY),
        ("What official language is spoken?", Expected.ANY),
        ("What time zone is it in?", Expected.ANY),
        ("What was the number of the dead?", Expected.NUMBER),
        ("Which president signed it?", Expected.PERSON),
        ("Through which river did they come?", Expected.PLACE),
        ("When did it start?", Expected.DATE),
        ("Who ordered it?", Expected.PERSON),
        ("Where was he caught?", Expected.PLACE),
        ("Did the navy take part?", Expected.YES_NO),
        ("What did he say?", Expected.ANY),
        ("What did he say when he was asked?", Expected.ANY),
        ("Who was president when the treaty was signed?", Expected.PERSON),
        ("How many men were there when he came?", Expected.NUMBER),
    ],
)
def test_expected_answer(question: str, expected: Expected) -> None:
    assert expected_answer(question) is expected


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Who were the five officials?", True),
        ("Which two rivers meet there?", True),
        ("What countries provide instructors?", True),
        ("Name all members of the band.", True),
        ("Name the author of Ulysses", False),
        ("Which of the two rivers is longer?", False),
        ("What was the capital after World War 2?", False),
        ("What happened at 5 pm?", False),
        ("Who was the mayor?", False),
        ("What happened in two years?", False),
        ("Which country has 5 million people?", False),
        ("How many rivers are there?", False),
    ],
)
def test_several_things_are_asked_for(question: str, several: bool) -> None:
    assert asks_for_several(question) is several


def test_a_time_of_day_is_no_date() -> None:
    assert could_answer(Expected.TIME, "about 2:30 p.m.")
    assert could_answer(Expected.TIME, "shortly after noon")
    assert could_answer(Expected.TIME, "13,000 years ago")
    assert not could_answer(Expected.TIME, "15 February 2011")


def test_a_question_is_about_its_content_words_as_written() -> None:
    assert subjects("Which team won the ice hockey final in Ulaanbaatar?") == [
        "team won",
        "ice hockey final",
        "Ulaanbaatar",
    ]
    assert subjects("Isn't Calderón's party illegal, and the party gone?") == [
        "Calderón party illegal",
        "party gone",
    ]
    assert subjects("How did 45,000 men of the U.S. Army cross?") == [
        "45,000 men",
        "U.S. Army cross",
    ]
    assert subjects("Who was it?") == []


def test_a_number_question_wants_a_number() -> None:
    assert could_answer(Expected.NUMBER, "It took four dozen interviews.")
    assert not could_answer(Expected.NUMBER, "It took a great deal of patience.")
    assert could_answer(Expected.DATE, "It began in late 2006.")
    assert not could_answer(Expected.DATE, "It began with 12 officers.")


@pytest.mark.parametrize(
    "text",
    [
        "1066",
        "in 476",
        "AD 79",
        "44 BC",
        "3000 B.C.",
        "next year",
        "Christmas Eve",
        "the 1990s",
        "9 a.m.",
        "noon",
        "early May",
        "a week later",
    ],
)
def test_dates_of_every_age_and_times_of_day_answer_when(text: str) -> None:
    assert could_answer(Expected.DATE, text)


@pytest.mark.parametrize("text", ["500 people", "the Mayor", "marijuana", "12"])
def test_other_words_and_numbers_do_not_answer_when(text: str) -> None:
    assert not could_answer(Expected.DATE, text)


@pytest.mark.parametrize(
    "text",
    [
        "fifteen",
        "seventy",
        "thousands of them",
        "none",
        "a trillion",
        "an hour",
        "a third",
        "every day",
    ],
)
def test_numbers_in_words_answer_how_many(text: str) -> None:
    assert could_answer(Expected.NUMBER, text)


@pytest.mark.parametrize(
    ("one", "other"),
    [("trains", "training"), ("agencies", "agency"), ("killed", "killing"), ("supplies", "supply")],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_content_words_leave_out_what_says_nothing() -> None:
    assert content_words("What is the name of Mexico's navy, the navy?") == ["mexico", "navy"]


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("President Caldron", True),
        ("Camp Pendelton", True),
        ("Calderón", True),
        ("Norway", False),
        ("1,400", False),
        ("CIA", False),
    ],
)
def test_a_misspelt_name_counts_as_mentioned(name: str, there: bool) -> None:
    text = "Felipe Calderón met Norman of the CIB and 1,500 others at Camp Pendleton."
    assert mentions(text, name) is there


def test_a_name_is_mentioned_when_all_its_words_are_in_any_form() -> None:
    assert mentions("Its wars in Mexico were two.", "Mexico War")
    assert not mentions("Its wars in Peru were two.", "Mexico War")


@pytest.mark.parametrize(
    "text", ["Quantico", "the CIA", "D.E.A.", "In Mexico", "Ana Ruiz", "the US", "Łódź"]
)
def test_a_name_can_answer_who_or_where_also_when_it_comes_first(text: str) -> None:
    assert could_answer(Expected.PLACE, text)


@pytest.mark.parametrize("text", ["The court", "two years", "He", "an officer", "TO US"])
def test_words_without_a_name_cannot(text: str) -> None:
    assert not could_answer(Expected.PERSON, text)


@pytest.mark.parametrize(
    "text", ["how far", "How many", "how many people", "who they were", "what"]
)
def test_words_to_ask_with_answer_nothing(text: str) -> None:
    assert only_asks(text)


@pytest.mark.parametrize(
    "text", ["The Who", "WHO", "What We Are", "13", "how to mend a net", "none"]
)
def test_names_and_tellings_are_more_than_asking(text: str) -> None:
    assert not only_asks(text)
