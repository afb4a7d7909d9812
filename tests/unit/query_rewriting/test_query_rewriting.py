"""Follow-up questions are completed from the conversation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.query_rewriting import Rewrite, Turn, rewrite_question
from qa.query_rewriting.noun_phrases import noun_phrases


def conversation(*turns: tuple[str, str | None]) -> list[Turn]:
    """Turns from questions and answers, each rewritten from those before it."""
    history: list[Turn] = []
    for question, answer in turns:
        standalone = rewrite_question(question, history).question
        title = "Wire Report" if answer is not None else None
        history.append(Turn(question, standalone, answer, title))
    return history


FLIGHTS = (
    ("When did the drone flights begin?", "in March 2011"),
    ("Who approved them?", "President Lucía Arriaga"),
)
TRAINING = (("How many agents did the army train in 2009?", "4,500"),)
MINISTER = (("Who is Teodoro Vela?", "the security minister"),)
RAID = (("What was Operation Cobalt?", "a raid on a warehouse outside Cuernavaca"),)


@pytest.mark.parametrize(
    ("before", "asked", "expected"),
    [
        # Pronouns: things, people, possessives, groups.
        (FLIGHTS[:1], "Who approved them?", "Who approved the drone flights?"),
        (RAID, "Who ordered it?", "Who ordered Operation Cobalt?"),
        (MINISTER, "Where was he born?", "Where was Teodoro Vela born?"),
        (MINISTER, "What was his first job?", "What was Teodoro Vela's first job?"),
        (MINISTER, "Who appointed him and his deputy?", None),
        # The answer to "who" is what the next question is about.
        (FLIGHTS, "When did she take office?", "When did President Lucía Arriaga take office?"),
        # The last question over again: another time, another body, another person.
        (TRAINING, "And in 2010?", "How many agents did the army train in 2010?"),
        (TRAINING, "2010?", None),
        (TRAINING, "What about the navy?", "How many agents did the navy train in 2009?"),
        (TRAINING, "And the navy?", "How many agents did the navy train in 2009?"),
        (
            (("What do the scouts eat for supper?", "beans"),),
            "And on Christmas Eve?",
            "What do the scouts eat for supper on Christmas Eve?",
        ),
        (
            (("Where is the deepest lake in the country?", "in Durango"),),
            "What about in the region?",
            "Where is the deepest lake in the region?",
        ),
        (TRAINING, "And in Belize?", "How many agents did the army train in 2009 in Belize?"),
        (
            (("How many agents did Guatemala train?", "900"),),
            "And in Belize?",
            "How many agents did Belize train?",
        ),
        # Another kind of thing, where only one thing was asked about.
        (
            (("How much is the Mérida Initiative worth?", "$1.4 billion"),),
            "What about drones?",
            "How much are drones worth?",
        ),
        (
            (*MINISTER, ("Where was he born?", "Puebla")),
            "And Renata Solís?",
            "Where was Renata Solís born?",
        ),
        # A question word alone.
        (
            (("Did the embassy know about the wiretaps?", "yes"),),
            "Why?",
            "Why did the embassy know about the wiretaps?",
        ),
        (
            (*MINISTER, ("When did he resign?", "in May")),
            "Why?",
            "Why did Teodoro Vela resign?",
        ),
        (FLIGHTS, "Why?", "Who approved the drone flights, and why?"),
        (
            (*MINISTER, ("Who helped him?", "a cousin")),
            "Who else?",
            "Who helped Teodoro Vela, and who else?",
        ),
        (
            (*MINISTER, ("How did he die?", "in a plane crash")),
            "When was that?",
            "When did Teodoro Vela die?",
        ),
        # Places and times of the last answer.
        (
            (("Where is Northern Command based?", "at Peterson in Colorado Springs"),),
            "Who lives there?",
            "Who lives in Colorado Springs?",
        ),
        (
            (*MINISTER, ("When was he minister?", "from 2003")),
            "What did he do at that time?",
            "What did Teodoro Vela do from 2003?",
        ),
        # A thing whose full name came before.
        (
            (("How large was the Mérida aid package?", "$1.4 billion"),),
            "Who signed the package?",
            "Who signed the Mérida aid package?",
        ),
        (
            (("How much is the Mérida Initiative worth?", "$1.4 billion"),),
            "And who launched it?",
            "Who launched the Mérida Initiative?",
        ),
        (
            (("How much is the blue house worth?", "80,000 marks"),),
            "Who lives in it?",
            "Who lives in the blue house?",
        ),
        # Nothing named at all.
        (MINISTER, "What else happened?", "What else happened (Teodoro Vela)?"),
        (MINISTER, "Did anyone resign?", "Did anyone resign (Teodoro Vela)?"),
        (MINISTER, "What does this article say?", "What does Teodoro Vela say?"),
        # Opening conjunctions are removed.
        (MINISTER, "And did he resign?", "Did Teodoro Vela resign?"),
    ],
)
def test_a_follow_up_is_completed(
    before: tuple[tuple[str, str | None], ...], asked: str, expected: str | None
) -> None:
    found = rewrite_question(asked, conversation(*before))
    if expected is not None:
        assert found.question == expected
    assert found.changed == (found.question != asked)


@pytest.mark.parametrize(
    "question",
    [
        "How many helicopters did the United States deliver in 2010?",
        "Which agency runs the vetted units in Guatemala?",
        "Did Renata Solís say that she would resign?",
        "Who ordered the killing of his own brother?",
        "Which country moved its embassy in 1998?",
        "In her speech, what did Renata Solís promise?",
        "Is it true that the cartel bought the mayor?",
        "What is the name of the treaty that ended the war?",
        "Why are pilots trained at Fort Rucker?",
        'Who said "we never asked them"?',
        "How many people live there in the town of Altar?",
        # Addressed to the program, not a question about the articles.
        "hello",
        "Are you sure?",
        "Thanks, great!",
    ],
)
@pytest.mark.parametrize("before", [FLIGHTS, TRAINING, MINISTER, RAID])
def test_a_complete_question_is_unchanged(
    question: str, before: tuple[tuple[str, str | None], ...]
) -> None:
    assert rewrite_question(question, conversation(*before)) == Rewrite(question, False)


def test_first_names_decide_between_he_and_she() -> None:
    history = conversation(
        ("Who is Teodoro Vela?", "the minister"),
        ("Who did he marry?", "Teresa Montes"),
    )
    assert (
        rewrite_question("Where was she born?", history).question == "Where was Teresa Montes born?"
    )
    assert (
        rewrite_question("Where was he born?", history).question == "Where was Teodoro Vela born?"
    )


def test_a_name_in_an_article_title_is_the_subject_once_mentioned() -> None:
    answered = Turn("Who led the raid?", "Who led the raid?", "Vela led it.", "Teodoro Vela")
    assert (
        rewrite_question("Where was he born?", [answered]).question
        == "Where was Teodoro Vela born?"
    )


def test_a_headline_is_not_a_name() -> None:
    headline = "Ministers Quarrel Over Border Drones"
    answered = Turn("Who objected?", "Who objected?", "the opposition", headline)
    found = rewrite_question("Why did they object?", [answered])
    assert "Quarrel" not in found.question


def test_added_words_exclude_those_of_the_question() -> None:
    found = rewrite_question("Where was he born?", conversation(*MINISTER))
    assert found.changed
    assert found.added == ("teodoro", "vela")


def test_a_subject_that_the_question_lacks_becomes_search_context() -> None:
    history = conversation(*MINISTER, ("Who followed him?", "Renata Solís"))
    found = rewrite_question("When did she resign?", history)
    assert found.question == "When did Renata Solís resign?"
    assert found.context == ("teodoro", "vela")


def test_rewritten_questions_can_be_followed_up() -> None:
    history = conversation(*TRAINING, ("And in 2010?", "3,000"), ("What about the navy?", "900"))
    assert history[-1].standalone == "How many agents did the navy train in 2010?"
    again = rewrite_question("And in 2011?", history)
    assert again.question == "How many agents did the navy train in 2011?"


@pytest.mark.parametrize("message", ["Really?", "ok, thanks", "Who are you?", "Are you sure?"])
def test_messages_to_the_program_are_skipped(message: str) -> None:
    history = conversation(*TRAINING, (message, None))
    found = rewrite_question("And in 2010?", history)
    assert found.question == "How many agents did the army train in 2010?"


def test_noun_phrases_distinguish_names_from_common_nouns() -> None:
    found = {
        phrase.text: phrase.is_name
        for phrase in noun_phrases(
            "Did the drug cartels attack General Vela of the Fourth Brigade?"
        )
    }
    assert found == {"drug cartels": False, "General Vela of the Fourth Brigade": True}


TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            "and what about the why did he she they it its their this that there then who ordered "
            "flights Vela Teodoro's in 2010 ? , . \" ( else any how many I U.S. “ ’ É".split()
        ),
        max_size=12,
    ).map(" ".join),
)
TURNS = st.builds(Turn, TEXTS, TEXTS, st.none() | TEXTS, st.none() | TEXTS)


@given(TEXTS, st.lists(TURNS, max_size=5))
def test_any_conversation_can_be_rewritten_deterministically(
    question: str, history: list[Turn]
) -> None:
    found = rewrite_question(question, history)
    assert found.changed == (found.question != question)
    assert found == rewrite_question(question, history)
    if not found.changed:
        assert not found.added


@given(TEXTS)
def test_a_first_question_is_unchanged(question: str) -> None:
    assert rewrite_question(question, []) == Rewrite(question, False)
