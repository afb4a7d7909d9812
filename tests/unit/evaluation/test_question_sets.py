"""Question sets: recognising their format, reading them, and error messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.errors import QuestionSetError
from qa.evaluation.formats import read_question_set
from qa.questions import Question, normalize_spacing, sample
from tests.helpers.question_sets import (
    DOCUMENTS,
    FERRY,
    HARBOUR,
    TOPICS,
    squad_content,
    write_beir,
    write_lines,
    write_squad,
)


def test_pincite_json_lines_are_recognised_by_content(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "set.data",
        {
            "id": "a",
            "question": " Who? ",
            "answers": ["Ana"],
            "evidence": [{"article": "x.txt", "text": "Ana"}],
        },
        "",
        {"id": "b", "question": "What for?", "answers": []},
    )
    found = read_question_set(path)
    assert found.format == "pincite"
    assert found.articles is None
    assert [(q.id, q.question, q.answerable) for q in found.questions] == [
        ("a", "Who?", True),
        ("b", "What for?", False),
    ]


def test_a_question_without_answers_is_unanswerable_and_gives_a_warning(tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "set.jsonl",
        {"id": "a", "question": "Who?", "answer": "Ana"},
        {"id": "b", "question": "What for?", "answers": []},
    )
    found = read_question_set(path)
    assert [q.answerable for q in found.questions] == [False, False]
    (warning,) = found.warnings
    assert warning.startswith('1 question has no "answers" and counts as not answered')
    assert "(a); write" in warning


def test_squad_contexts_become_articles_whose_spans_contain_the_answers(tmp_path: Path) -> None:
    found = read_question_set(write_squad(tmp_path / "any.txt"))
    assert found.format == "squad"
    assert found.articles is not None
    assert [article.id for article in found.articles] == ["Port_Vell", "Monte_Alto", "article 0003"]
    assert found.articles[0].metadata.title == "Port Vell"
    texts = {article.id: article for article in found.articles}
    for question in found.questions:
        for evidence in question.evidence:
            article = texts[evidence.article]
            assert evidence.span is not None
            assert evidence.paragraph is not None
            assert evidence.span.of(article.text) == evidence.text
            assert article.paragraphs[evidence.paragraph - 1].span.contains(evidence.span)


def test_a_context_with_a_line_break_is_several_paragraphs(tmp_path: Path) -> None:
    found = read_question_set(write_squad(tmp_path / "set.json"))
    assert found.articles is not None
    paragraphs = [p.span.of(found.articles[0].text) for p in found.articles[0].paragraphs]
    assert paragraphs == [HARBOUR, *FERRY.split("\n")]
    ferry = next(q for q in found.questions if q.id == "f1")
    assert [evidence.paragraph for evidence in ferry.evidence] == [3]


def test_impossible_questions_have_no_answers_but_an_origin(tmp_path: Path) -> None:
    found = read_question_set(write_squad(tmp_path / "set.json"))
    impossible = next(q for q in found.questions if q.id == "h3")
    assert not impossible.answerable
    assert not impossible.evidence
    assert impossible.origin is not None
    assert impossible.origin.paragraph == 1


def test_an_answer_at_a_wrong_offset_is_corrected_with_a_warning(tmp_path: Path) -> None:
    content = squad_content()
    content["data"][0]["paragraphs"][0]["qas"][1]["answers"][0]["answer_start"] += 3
    path = tmp_path / "set.json"
    path.write_text(json.dumps(content))
    found = read_question_set(path)
    keeper = next(q for q in found.questions if q.id == "h2")
    assert keeper.evidence[0].span is not None
    assert found.articles is not None
    assert keeper.evidence[0].span.of(found.articles[0].text) == "Ana Ruiz"
    assert any("1 answers are not at their answer_start" in w for w in found.warnings)


def test_pretty_printed_squad_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text(json.dumps(squad_content(), indent=2))
    assert read_question_set(path).format == "squad"


def test_a_beir_folder_has_documents_and_relevance_grades(tmp_path: Path) -> None:
    found = read_question_set(write_beir(tmp_path / "beir"))
    assert found.format == "beir"
    assert found.retrieval_only
    assert found.articles is not None
    assert [article.id for article in found.articles] == ["d1", "d2", "d3", "d4"]
    assert found.articles[3].text == "A title alone"
    grades = {q.id: {e.article: e.relevance for e in q.evidence} for q in found.questions}
    assert grades == {"q1": {"d1": 2, "d2": 1}, "q2": {"d3": 1}}


def test_trec_topics_with_other_numbers_are_joined_by_position(
    tmp_path: Path,
) -> None:
    (tmp_path / "topics").write_text(TOPICS)
    (tmp_path / "qrels").write_text("1 0 1 1\r\n2 0 2 1\r\n2 0 1 0\r\n")
    (tmp_path / "docs").write_text(DOCUMENTS)
    found = read_question_set(
        tmp_path / "topics", qrels=tmp_path / "qrels", documents=tmp_path / "docs"
    )
    assert found.format == "trec"
    assert [(q.id, q.question) for q in found.questions] == [
        ("1", "dredging of the harbour"),
        ("2", "pears and their owner"),
    ]
    assert [[e.article for e in q.evidence] for q in found.questions] == [["1"], ["2"]]
    assert found.articles is not None
    assert found.articles[0].metadata.title == "harbour & light"
    assert any("taken for query 1" in warning for warning in found.warnings)


def test_trec_topics_with_the_same_numbers_are_joined_by_id(tmp_path: Path) -> None:
    (tmp_path / "topics").write_text(TOPICS)
    (tmp_path / "qrels").write_text("12 0 2 1\n")
    found = read_question_set(tmp_path / "topics", qrels=tmp_path / "qrels")
    assert [(q.id, q.question) for q in found.questions] == [("12", "pears and their owner")]
    assert not found.warnings


@pytest.mark.parametrize(
    "content",
    [
        'Question,ANSWER,source\n"Who, then?",Ana,p. 3\n\n"What\nfor?",,\n',
        "\ufeffanswer;question\r\nAna;Who, then?\r\n ;What\nfor?".replace(
            "What\nfor?", '"What\nfor?"'
        ),
        'question\tanswer\nWho, then?\tAna\n"What\nfor?"\t\n',
        json.dumps(
            [
                {"question": "Who, then?", "answer": "Ana"},
                {"question": "What\nfor?", "answer": None},
            ],
            indent=1,
        ),
        json.dumps(
            [
                {"question": "Who, then?", "answers": ["Ana"]},
                {"question": "What\nfor?", "answers": []},
            ]
        ),
    ],
    ids=["comma", "semicolon", "tab", "answer", "answers"],
)
def test_pairs_of_question_and_answer_need_no_evidence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "set.data"
    path.write_text(content, encoding="utf-8", newline="")
    found = read_question_set(path)
    assert found.format == "pairs"
    assert [(q.id, q.question, q.answers, q.evidence) for q in found.questions] == [
        ("1", "Who, then?", ("Ana",), ()),
        ("2", "What\nfor?", (), ()),
    ]


def test_an_array_may_have_evidence_and_a_table_kinds(tmp_path: Path) -> None:
    array, table = tmp_path / "set.json", tmp_path / "set.csv"
    evidence = [{"article": "x.txt", "text": "Ana"}]
    array.write_text(json.dumps([{"question": "Who?", "answer": "Ana", "evidence": evidence}]))
    assert read_question_set(array).questions[0].evidence[0].article == "x.txt"
    table.write_text("id,question,answer,kind,domain\na,Who?,Ana,who,\n")
    (question,) = read_question_set(table).questions
    assert (question.id, question.kind, question.domain) == ("a", "who", "")


WRONG = {
    "entry no object": ('[{"question": "a?", "answer": ""}, 5]', r"entry 2: expected a JSON obj"),
    "array broken": ('[{"question": "a?"},\n', r"line 2: not JSON"),
    "array empty": ("[]", r"no question in it"),
    "no answer": ('[{"question": "a?"}]', r'entry 1: "answer" is missing; leave it empty'),
    "answer a number": ('[{"question": "a?", "answer": 5}]', r'entry 1: "answer" must be a string'),
    "row too long": ("question,answer\na?,b,c\n", r"line 2: found 3 fields where .* has 2"),
    "row without question": ("question,answer\n,b\n", r'line 2: "question" must be'),
    "row id twice": ("id,question,answer\n1,a?,b\n1,c?,d\n", r"line 3: id '1' was used before"),
    "broken JSON": ('{"question": "a?"}\n{"question": \n', r"line 2: not JSON"),
    "a list": ('{"question": "a?"}\n[1]\n', r"line 2: expected a JSON object, found a list"),
    "no question": (
        '{"question": "a?"}\n\n{"id": "b"}\n',
        r'line 3: "question" must be a non-empty string',
    ),
    "answers no list": ('{"question": "a?", "answers": "x"}', r'line 1: "answers" must be a list'),
    "no evidence": ('{"question": "a?", "answers": ["x"]}', r'line 1: .* needs "evidence"'),
    "empty answer": ('{"question": "a?", "answers": [" "]}', r"line 1: .* empty string"),
    "evidence no object": (
        '{"question": "a?", "answers": ["x"], "evidence": ["y"]}',
        r'line 1: an "evidence" must be an object, found a string',
    ),
    "id twice": (
        '{"id": "a", "question": "a?"}\n{"id": "a", "question": "b?"}',
        r"line 2: id 'a' was used on line 1",
    ),
    "prose": (
        "What is this?\n",
        r"line 1: unknown question-set format.* a BEIR folder, TREC .*, SQuAD JSON, JSON lines",
    ),
    "empty": (" \n", r"the file is empty"),
    "topics alone": (TOPICS, r"line 1: TREC topics .* --qrels FILE"),
    "squad without data": ('{"data": 5}', r'"data" must be a list, found a number'),
    "squad broken": ('{"data": [\n  {"title": ]}', r"line 2: not JSON"),
    "squad context": (
        '{"data": [{"paragraphs": [{"context": 1}]}]}',
        r'data\[0\]\.paragraphs\[0\]: "context" must be a non-empty string',
    ),
    "squad offset": (
        '{"data": [{"paragraphs": [{"context": "c", "qas": [{"question": "q?", '
        '"answers": [{"text": "c", "answer_start": "0"}]}]}]}]}',
        r'qas\[0\]: an answer needs "text" and an integer "answer_start"',
    ),
}


@pytest.mark.parametrize(("content", "reason"), WRONG.values(), ids=WRONG)
def test_errors_name_file_and_reason(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "wrong.set"
    path.write_text(content)
    with pytest.raises(QuestionSetError, match=rf"wrong\.set.*{reason}"):
        read_question_set(path)


def test_an_encoding_error_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_bytes(b'{"question": "a?"}\n{"question": "caf\xe9?"}\n')
    with pytest.raises(QuestionSetError, match=r"line 2: not UTF-8 \(byte 0xe9\)"):
        read_question_set(path)


def test_a_missing_file_and_a_folder_without_corpus_are_errors(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetError, match="no such file or folder"):
        read_question_set(tmp_path / "absent.jsonl")
    with pytest.raises(QuestionSetError, match=r"needs corpus\.jsonl"):
        read_question_set(tmp_path)


def test_an_error_in_judgments_names_the_line(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir")
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q1\td9\tmuch\n")
    with pytest.raises(QuestionSetError, match=r"test\.tsv, line 6: expected query, document"):
        read_question_set(folder)


def test_a_judged_query_without_wording_is_an_error(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir")
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q9\td1\t1\n")
    with pytest.raises(QuestionSetError, match="'q9' is judged but has no wording"):
        read_question_set(folder)


def test_a_missing_relevant_document_gives_a_warning(tmp_path: Path) -> None:
    folder = write_beir(tmp_path / "beir")
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q1\td9\t1\n")
    assert read_question_set(folder).warnings == ("1 relevant document is not in the corpus: d9",)


def test_a_sample_depends_on_the_seed_but_not_on_the_order() -> None:
    questions = [Question(str(number), "?") for number in range(50)]
    drawn = sample(questions, 10, seed=3)
    assert len(drawn) == 10
    assert list(drawn) == sorted(drawn, key=lambda q: int(q.id))
    assert {q.id for q in sample(questions[::-1], 10, seed=3)} == {q.id for q in drawn}
    assert {q.id for q in sample(questions, 10, seed=4)} != {q.id for q in drawn}
    assert sample(questions, None) == sample(questions, 99) == tuple(questions)
    with pytest.raises(ValueError, match="at least 1 question"):
        sample(questions, 0)


def test_normalize_spacing_folds_only_white_space_and_composition() -> None:
    assert normalize_spacing("Caldero\u0301n\n  said") == normalize_spacing("Calder\u00f3n said")
    assert normalize_spacing("Said") != normalize_spacing("said")
