"""Answers are compared by meaning: dates, quantities, names and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.matching.agreement import Relation, can_contradict, relation, same_answer


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("$1.4 billion", "1,400 million dollars"),
        ("US$2 million", "two million dollars"),
        ("80 percent", "80%"),
        ("twenty-five", "25"),
        ("two dozen", "24"),
        ("45 000", "45,000"),
        ("half of the voters", "50 percent of the voters"),
        ("three quarters", "75%"),
        ("25/12/2011", "25 December 2011"),
        ("12\u202f450", "12,450"),
        ("one and a half million", "1.5 million"),
        ("two and a half years", "30 months"),
        ("US", "U.S."),
        ("a billion", "1,000 million"),
        ("Aug. 7, 2011", "2011-08-07"),
        ("7 August 2011", "August 7, 2011"),
        ("in December 2009", "December 2009"),
        ("the Mexican Navy", "Mexican navy"),
        ("Calderón", "calderon"),
        ("C.I.A.", "CIA"),
        ("$5m", "5 million dollars"),
        ("5m dollars", "$5 million"),
        ("1.5m refugees", "1.5 million"),
        ("1.5m", "1.5 metres"),
        ("2,5 million euros", "€2.5 million"),
        ("€3bn", "3 billion euros"),
        ("half a million dollars", "$500,000"),
        ("one hundred and twenty people", "120"),
        ("one million two hundred thousand", "1.2 million"),
        ("two weeks", "14 days"),
        ("seven weeks", "seven"),
        ("No. 5", "5"),
        ("Season five", "season five episode Aqua"),
        ("the twenty-first", "21st"),
        ("one-third", "a third"),
        ("C$100", "100 Canadian dollars"),
        ("1.4 billion American dollars", "$1.4 billion"),
        ("minus 40 degrees", "-40 degrees"),
        ("6.30pm", "6:30 p.m."),
        ("2½ years", "2.5 years"),
        ("10 km²", "10 square kilometres"),
        ("50 cents", "$0.50"),
        (".08 percent", "0.08 percent"),
        ("an hour", "60 minutes"),
        ("a year", "12 months"),
        ("on August 7", "August 7"),
        ("25 square kilometres (9.7 sq mi)", "25 square kilometres"),
    ],
)
def test_spelling_variants_are_equal(first: str, second: str) -> None:
    assert relation(first, second) is Relation.EQUAL
    assert relation(second, first) is Relation.EQUAL


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("nearly 45,000", "45,000"),
        ("more than 35,000 people", "35,000"),
        ("August 2011", "7 August 2011"),
        ("Calderón", "President Felipe Calderón"),
        ("the navy", "the Mexican navy"),
        ("no more than 500", "500"),
        ("30 kilometres long", "19 miles"),
        ("the U.S.", "the United States"),
        ("the 1990s", "in 1995"),
        ("the 19th century", "7 August 1851"),
        ("DEA", "Drug Enforcement Administration"),
        ("F. Calderón", "Felipe Calderón"),
        ("President Calderón", "Felipe Calderón"),
        ("Mr. Calderón", "President Felipe Calderón"),
        ("Barack Obama", "President Obama"),
        ("between 40,000 and 50,000", "45,000"),
        ("8/7/2011", "August 7, 2011"),
        ("American agents", "U.S. agents"),
        ("5 to 10 minutes", "7 minutes"),
        ("John Smith", "John Smith of New York"),
        ("NASA scientists", "scientists at Nasa"),
        ("a third of them", "33 percent"),
        ("August 7, near the border", "on August 7 after a long chase"),
        ("General Petraeus", "Gen. David Petraeus"),
        ("Prime Minister Cameron", "David Cameron"),
        ("Secretary of State Clinton", "Hillary Clinton"),
        ("former President Calderón", "Felipe Calderón"),
        ("Mexican President Calderón", "Felipe Calderón"),
        ("Mrs May", "Theresa May"),
        ("Said", "Edward Said"),
        ("Great Britain", "Britain"),
        ("St. Petersburg", "the city of Saint Petersburg"),
        ("Northern Mexico", "in the mountains of northern Mexico"),
        ("USA", "the United States"),
        ("President Álvarez", "Luis Álvarez"),
        ("40 to 50 million", "45 million"),
        ("$5 to $10 million", "$7 million"),
        ("Nearly 45,000", "45,000 in Mexico"),
        ("Nearly 45,000 troops", "Roughly 45,000 troops"),
        ("60 mph", "97 km/h"),
    ],
)
def test_a_vaguer_answer_supports_a_more_precise_one(first: str, second: str) -> None:
    assert relation(first, second) is Relation.SUPPORTS
    assert relation(second, first) is Relation.SUPPORTS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("45,000", "35,000"),
        ("$1.4 billion", "$1.5 billion"),
        ("2009", "2010"),
        ("7 August 2011", "8 August 2011"),
        ("Genaro García Luna", "Felipe Calderón"),
        ("the army", "the navy"),
        ("World War I", "World War II"),
        ("the 1990s", "2001"),
        ("the 19th century", "the 1920s"),
        ("the early 1990s", "the late 1990s"),
        ("US", "UK"),
        ("J. Calderón", "Felipe Calderón"),
        ("A. Calderón", "Felipe Calderón"),
        ("a 1.5m wall", "1.5 million metres"),
        ("1.5m", "$1.5"),
        ("Julia", "Julian"),
        ("Mary", "Mark"),
        ("Mayor", "May"),
        ("not guilty", "guilty"),
        ("before the war", "after the war"),
        ("early 2011", "late 2011"),
        ("since 1990", "until 1990"),
        ("vitamin A", "vitamin B"),
        ("more than 500", "fewer than 500"),
        ("30 kilometres", "30 miles"),
        ("30 minutes", "30 hours"),
        ("€5 million", "$5 million"),
        ("5 million pesos", "5 million dollars"),
        ("$5m", "$5bn"),
        ("5%", "$5"),
        ("-5", "5"),
        ("9 a.m. every day", "9 p.m."),
        ("increased 5 percent", "fell 5 percent"),
        ("two men", "two women"),
        ("40 men and 20 women", "20 men and 40 women"),
        ("Formula One", "Air Force One"),
        ("Highway 11", "Bus 11"),
        ("half a million dollars", "$1 million"),
        ("President Fox", "President Calderón"),
        ("Governor Bush", "President Bush"),
        ("Mr. Smith", "Mrs. Smith"),
        ("8/7/2011", "12/25/2011"),
        ("25/12/2011", "August 9, 2011"),
        ("half", "50"),
        ("three quarters of the staff", "75 staff"),
        ("half percent", "50 percent"),
        ("half brother", "50"),
        ("nearly half of them", "more than 50 percent of them"),
        ("5 to 10 minutes", "7 hours"),
        ("between $10 and $20", "€15"),
        ("2-5", "3"),
        ("rose from 5 to 10", "7"),
        ("Latin Americans", "the United States"),
        ("Boeing 747 400", "747,400"),
        ("Mexico", "New Mexico"),
        ("the navy and Mexican intelligence agency", "U.S. agencies"),
        ("between 40,000 and 50,000", "55,000"),
        ("the first half", "50 percent"),
        ("half an hour", "50 percent"),
        ("two and a half years", "two years"),
        ("$5 million in August 2011", "$8 million in August 2011"),
        ("Felipe Calderón on August 7", "John Smith on August 7"),
        ("9 a.m. on August 7", "5 p.m. on August 7"),
        ("August 7-9", "August 7-12"),
        ("7 May 2010 to 9 June 2010", "7 May 2010 to 30 August 2010"),
        ("one-third of the voters", "one-fifth of the voters"),
        ("two-thirds of voters", "two voters"),
        ("three-fifths", "three"),
        ("the twenty-third", "the twenty-fifth"),
        ("C$100", "$100"),
        ("HK$100 million", "$100 million"),
        ("minus 40", "40"),
        (".5", "5"),
        ("25 people a day", "25 people a week"),
        ("$5 a month", "$5 yearly"),
        ("60 mph", "60 km/h"),
        ("30 tons", "30 kilograms"),
        ("10 square miles", "10 miles"),
        ("the spring of 2009", "the autumn of 2009"),
        ("first quarter of 2011", "third quarter of 2011"),
        ("before 1990", "1990"),
        ("a profit of $5 million", "a loss of $5 million"),
        ("5 percent higher", "5 percent lower"),
        ("the Gulf of Mexico", "Mexico"),
        ("University of California", "California"),
        ("500 to 1 million", "300"),
        ("General Motors", "Ford Motors"),
        (
            "the mine is one of the safest of the country since it has two exits and a new lift",
            "the town hall is unsafe because only one of its two lifts works on most of the days",
        ),
    ],
)
def test_different_answers_differ(first: str, second: str) -> None:
    assert relation(first, second) is Relation.DIFFERENT
    assert not same_answer(second, first)


def test_a_measure_with_its_conversion_agrees_with_either() -> None:
    assert same_answer("25 square kilometres (9.7 sq mi)", "about 9.7 square miles")
    assert not same_answer("25 square kilometres (9.7 sq mi)", "30 square kilometres")


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_relation_is_symmetric(first: str, second: str) -> None:
    assert relation(first, second) is relation(second, first)


@given(st.text(max_size=60))
def test_every_answer_equals_itself(answer: str) -> None:
    assert relation(answer, answer) is Relation.EQUAL


def test_a_short_answer_and_a_sentence_cannot_contradict() -> None:
    long = "December 2009 soldiers closed in with armoured vehicles while others slid down ropes"
    assert not can_contradict("December 2009", long)


def test_only_quantities_of_one_kind_can_contradict() -> None:
    assert can_contradict("30 kilometres", "30 miles")
    assert can_contradict("5 million pesos", "5 million dollars")
    assert can_contradict("seven", "eight weeks")
    assert not can_contradict("seven", "$8")
    assert not can_contradict("9 a.m.", "nine")
    assert can_contradict("100 Canadian dollars", "$90")
    assert can_contradict("$1.4 billion", "1.4 billion")


def test_a_day_without_a_year_does_not_contradict_a_year() -> None:
    assert not can_contradict("August 7", "2011")
    assert can_contradict("August 2010", "2011")
