"""The type of answer that a question asks for."""

from __future__ import annotations

import pytest

from qa.language.question_type import (
    AnswerType,
    answer_type,
    is_list_question,
    is_question_phrase,
    matches_type,
)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many agents died?", AnswerType.NUMBER),
        ("Can you tell me how many agents died?", AnswerType.NUMBER),
        ("Do you know who ordered the raid?", AnswerType.PERSON),
        ("Do you know the way?", AnswerType.YES_NO),
        ("When Calderón took office, how many soldiers were there?", AnswerType.NUMBER),
        ("After the raid, did they flee?", AnswerType.YES_NO),
        ("When did he die, and who was there?", AnswerType.DATE),
        ("In what year did it start?", AnswerType.DATE),
        ("In 2011, did it start?", AnswerType.YES_NO),
        ("Isn't it over?", AnswerType.YES_NO),
        ("Won't they come?", AnswerType.YES_NO),
        ("At what time did it start?", AnswerType.TIME),
        ("What time of year is it?", AnswerType.ANY),
        ("How high is the tower?", AnswerType.NUMBER),
        ("How high blood pressure is treated?", AnswerType.ANY),
        ("What is the number one cause?", AnswerType.ANY),
        ("What was the Age of Discovery?", AnswerType.ANY),
        ("What official language is spoken?", AnswerType.ANY),
        ("What time zone is it in?", AnswerType.ANY),
        ("What was the number of the dead?", AnswerType.NUMBER),
        ("Which president signed it?", AnswerType.PERSON),
        ("Through which river did they come?", AnswerType.PLACE),
        ("When did it start?", AnswerType.DATE),
        ("Who ordered it?", AnswerType.PERSON),
        ("Where was he caught?", AnswerType.PLACE),
        ("Did the navy take part?", AnswerType.YES_NO),
        ("What did he say?", AnswerType.ANY),
        ("What did he say when he was asked?", AnswerType.ANY),
        ("Who was president when the treaty was signed?", AnswerType.PERSON),
        ("How many men were there when he came?", AnswerType.NUMBER),
    ],
)
def test_answer_type_follows_the_question_word(question: str, expected: AnswerType) -> None:
    assert answer_type(question) is expected


@pytest.mark.parametrize(
    ("question", "is_list"),
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
def test_list_questions_are_recognized(question: str, is_list: bool) -> None:
    assert is_list_question(question) is is_list


def test_a_day_does_not_answer_at_what_time() -> None:
    assert matches_type("about 2:30 p.m.", AnswerType.TIME)
    assert matches_type("shortly after noon", AnswerType.TIME)
    assert matches_type("13,000 years ago", AnswerType.TIME)
    assert not matches_type("15 February 2011", AnswerType.TIME)


def test_number_and_date_questions_need_a_number_or_date() -> None:
    assert matches_type("It took four dozen interviews.", AnswerType.NUMBER)
    assert not matches_type("It took a great deal of patience.", AnswerType.NUMBER)
    assert matches_type("It began in late 2006.", AnswerType.DATE)
    assert not matches_type("It began with 12 officers.", AnswerType.DATE)


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
def test_dates_of_any_era_and_times_of_day_match_date(text: str) -> None:
    assert matches_type(text, AnswerType.DATE)


@pytest.mark.parametrize("text", ["500 people", "the Mayor", "marijuana", "12"])
def test_other_words_and_numbers_do_not_match_date(text: str) -> None:
    assert not matches_type(text, AnswerType.DATE)


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
def test_spelled_out_numbers_match_number(text: str) -> None:
    assert matches_type(text, AnswerType.NUMBER)


@pytest.mark.parametrize(
    "text", ["Quantico", "the CIA", "D.E.A.", "In Mexico", "Ana Ruiz", "the US", "Łódź"]
)
def test_a_name_matches_place_even_at_the_start(text: str) -> None:
    assert matches_type(text, AnswerType.PLACE)


@pytest.mark.parametrize("text", ["The court", "two years", "He", "an officer", "TO US"])
def test_text_without_a_name_does_not_match_person(text: str) -> None:
    assert not matches_type(text, AnswerType.PERSON)


@pytest.mark.parametrize(
    "text", ["how far", "How many", "how many people", "who they were", "what"]
)
def test_question_phrases_are_recognized(text: str) -> None:
    assert is_question_phrase(text)


@pytest.mark.parametrize(
    "text", ["The Who", "WHO", "What We Are", "13", "how to mend a net", "none"]
)
def test_names_and_statements_are_not_question_phrases(text: str) -> None:
    assert not is_question_phrase(text)
