"""Votes on answers become a question set."""

from __future__ import annotations

import json
import math
import multiprocessing
from pathlib import Path

import pytest

from index.library import Library
from index.types import Span
from qa import feedback
from qa.answer import Recalibration
from qa.errors import QuestionSetError
from qa.evaluation.formats import read_question_set
from qa.evaluation.question_set_check import find_problems
from qa.feedback import ArticleWords, Reason, VotedAnswer

ARTICLES = {
    "pier.txt": "The pier\n\nThe pier at Dunmore was built by Elsie Varga in 1911.\n\n"
    "It burnt down in 1954 and was never rebuilt.\n",
    "band.txt": "The band\n\nThe brass band of Dunmore plays on the sands in 1954 uniforms.\n",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("feedback")
    (folder / "articles").mkdir()
    for name, text in ARTICLES.items():
        (folder / "articles" / name).write_text(text)
    made = Library.create(folder / "index")
    made.sync(folder / "articles")
    return made


def words_of(library: Library, article_id: str, words: str) -> ArticleWords:
    article = library.article(article_id)
    start = article.text.index(words)
    found = feedback.words_at(article, Span(start, start + len(words)))
    assert found is not None
    return found


def test_votes_form_a_valid_question_set(library: Library, tmp_path: Path) -> None:
    pier = words_of(library, "pier.txt", "Elsie Varga")
    for entry in (
        feedback.confirmation("Who built the pier?", [pier]),
        feedback.complaint("Who paints the pier?", Reason.UNANSWERABLE),
        feedback.complaint(
            "When did it burn?", Reason.WORDS, words_of(library, "pier.txt", "1954")
        ),
    ):
        path = feedback.append(tmp_path, entry)
    questions = read_question_set(path)
    assert [q.answers for q in questions.questions] == [("Elsie Varga",), (), ("1954",)]
    assert questions.questions[0].evidence[0].text == pier.article.paragraphs[1].span.of(
        pier.article.text
    )
    assert find_problems(questions, library) == []


def test_a_later_vote_replaces_an_earlier_one(library: Library, tmp_path: Path) -> None:
    pier = words_of(library, "pier.txt", "Elsie Varga")
    feedback.append(tmp_path, feedback.confirmation("Who built  the pier?", []))
    feedback.append(tmp_path, feedback.confirmation("Who left?", []))
    path = feedback.append(tmp_path, feedback.confirmation("who built the pier?", [pier]))
    assert [q.answers for q in read_question_set(path).questions] == [(), ("Elsie Varga",)]
    feedback.append(tmp_path, feedback.withdrawal("Who left?"))
    assert [q.question for q in read_question_set(path).questions] == ["who built the pier?"]


def test_a_complaint_without_a_right_answer_is_saved_but_not_measured(tmp_path: Path) -> None:
    path = feedback.append(tmp_path, feedback.complaint("Who swam?", Reason.PLACE))
    with pytest.raises(QuestionSetError, match=r"1 complaint has no right answer yet .*Who swam"):
        read_question_set(path)
    feedback.append(tmp_path, feedback.confirmation("Who sank?", []))
    questions = read_question_set(path)
    assert [q.question for q in questions.questions] == ["Who sank?"]
    assert "Who swam?" in questions.warnings[0]
    # Once it is known, it is measured, and nothing is left to warn of.
    feedback.append(tmp_path, feedback.complaint("Who swam?", Reason.UNANSWERABLE))
    assert len(read_question_set(path).questions) == 2
    assert read_question_set(path).warnings == ()


def test_a_duplicate_id_in_a_handwritten_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text('{"id": "a", "question": "Who?"}\n{"id": "a", "question": "When?"}\n')
    with pytest.raises(QuestionSetError, match="line 2: id 'a' was used on line 1"):
        read_question_set(path)
    path.write_text('{"id": "a", "question": "W?"}\n{"id": "a", "question": "W?", "voted": "x"}\n')
    with pytest.raises(QuestionSetError, match="id 'a' was used"):
        read_question_set(path)


def test_typed_words_are_found_regardless_of_case_and_accents(library: Library) -> None:
    snapshot = library.snapshot()
    found = feedback.find_words("elsie  VARGA", snapshot, [])
    assert found is not None
    assert (found.article.id, found.words) == ("pier.txt", "Elsie Varga")
    assert feedback.find_words("Elsie Vargas of Dunmore", snapshot, []) is None
    # Of several matches, one in the given paragraphs comes first.
    for article_id, number in (("band.txt", 2), ("pier.txt", 3)):
        found = feedback.find_words("1954", snapshot, [(article_id, number)])
        assert found is not None
        assert (found.article.id, found.paragraph.number) == (article_id, number)


def test_words_across_paragraphs_are_refused(library: Library) -> None:
    article = library.article("pier.txt")
    assert feedback.words_at(article, Span(0, len(article.text))) is None
    assert feedback.words_at(article, Span(3, 3)) is None


def _vote(folder: Path, person: int) -> None:
    for number in range(25):
        feedback.append(
            folder, feedback.confirmation(f"Question {person}-{number}? {'é' * 400}", [])
        )


def test_concurrent_votes_are_all_saved(tmp_path: Path) -> None:
    people = [multiprocessing.Process(target=_vote, args=(tmp_path, person)) for person in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    assert len(read_question_set(tmp_path / feedback.FEEDBACK_NAME).questions) == 100


@pytest.mark.parametrize("torn", ['{"id": "vote-x", "ques', "x" * 10_000])
def test_an_incomplete_line_is_removed(tmp_path: Path, torn: str) -> None:
    path = feedback.append(tmp_path, feedback.confirmation("Who rang?", []))
    with path.open("a") as file:
        file.write(torn)
    feedback.append(tmp_path, feedback.confirmation("Who sang?", []))
    lines = path.read_text().splitlines()
    assert [json.loads(line)["question"] for line in lines] == ["Who rang?", "Who sang?"]


FIT = Recalibration("reader 1", votes=40, shift=-0.5)


def voted(
    question: str, confidence: float, *, is_right: bool, fit: Recalibration = FIT
) -> dict[str, object]:
    shown = feedback.shown(confidence, fit, is_right=is_right)
    return {**feedback.confirmation(question, []), **shown}


def test_votes_on_shown_answers_count_once_and_without_the_shift(tmp_path: Path) -> None:
    for entry in (
        feedback.confirmation("Who came before?", []),
        voted("Who rang?", 0.5, is_right=True),
        voted("Who sang?", 0.9, is_right=True),
        voted("who  rang?", 0.5, is_right=False),
        voted("Who swam?", 0.5, is_right=True, fit=Recalibration("reader 2")),
        voted("Who sank?", 0.5, is_right=True),
        feedback.withdrawal("Who sank?"),
    ):
        path = feedback.append(tmp_path, entry)
    rang, sang = feedback.voted_answers(path, "reader 1")
    assert rang == VotedAnswer(0.5, is_right=False)
    assert sang.is_right
    assert sang.log_odds == pytest.approx(math.log(9) + 0.5)
    assert len(read_question_set(path).questions) == 4


@pytest.mark.parametrize(
    "damage",
    [
        b"[]",
        b"{",
        b"7",
        b'"voted"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"voted": 1}',
        b'{"voted": 1, "id": "a", "shown": 7}',
        *(
            b'{"voted": 1, "id": "a", "shown": {"fit": "reader 1", "right": true, %s}}' % numbers
            for numbers in (
                b'"confidence": 1.0, "shift": 0',
                b'"confidence": 1e999, "shift": 0',
                b'"confidence": NaN, "shift": 0',
                b'"confidence": 0.5, "shift": 1e999',
                b'"confidence": 0.5, "shift": 1%s' % (b"0" * 400),
                b'"confidence": 0.5, "shift": null',
                b'"confidence": 0.5',
                b'"right": 1, "confidence": 0.5, "shift": 0',
            )
        ),
    ],
)
def test_a_damaged_line_is_left_out(tmp_path: Path, damage: bytes) -> None:
    path = feedback.append(tmp_path, voted("Who rang?", 0.5, is_right=True))
    path.write_bytes(damage + b"\n" + path.read_bytes() + damage)
    assert feedback.voted_answers(path, "reader 1") == [VotedAnswer(0.5, is_right=True)]
