"""Reading question sets, holding out articles, and dropping overlaps with the test set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.data import (
    HELD_OUT,
    clean_title,
    load_sets,
    overlapping,
    raw_objects,
    read_qed,
    read_squad,
)

RIVER = (
    "The ferry across the Orla ran twice a day until the bridge at Tamsel was opened to "
    "carts and walkers in the spring of 1931."
)


def squad_file(path: Path, title: str, context: str, qas: list[dict[str, Any]]) -> Path:
    entry = {"title": title, "paragraphs": [{"context": context, "qas": qas}]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"data": [entry]}), encoding="utf-8")
    return path


def qa(number: int, question: str, *answers: tuple[str, int]) -> dict[str, Any]:
    labels = [{"text": text, "answer_start": start} for text, start in answers]
    return {
        "id": f"q{number}",
        "question": question,
        "answers": labels,
        "is_impossible": not labels,
    }


def qed_object(number: int, context: str, spans: list[list[int]]) -> dict[str, Any]:
    return {
        "example_id": number,
        "title_text": "Orla",
        "question_text": "when was the bridge opened",
        "paragraph_text": context,
        "answer_spans": spans,
    }


def test_questions_with_a_wrong_offset_are_dropped(tmp_path: Path) -> None:
    start = RIVER.index("1931")
    path = squad_file(
        tmp_path / "set.json",
        "Orla",
        RIVER,
        [qa(1, "When?", ("1931", start)), qa(2, "When?", ("1931", start - 1)), qa(3, "Who?")],
    )
    questions = read_squad(path, "squad")
    assert [(q.id, [RIVER[s:e] for s, e in q.answers]) for q in questions] == [
        ("q1", ["1931"]),
        ("q3", []),
    ]


def test_json_objects_over_several_lines_are_all_read() -> None:
    values = [{"a": 1, "text": "brace } in a string"}, {"a": 2}]
    text = "\n".join(json.dumps(value, indent=2) for value in values) + "\n\n"
    assert list(raw_objects(text)) == values


def test_qed_lists_of_answers_and_invalid_ranges_are_dropped(tmp_path: Path) -> None:
    single, many, outside = [[4, 9]], [[4, 9], [21, 25]], [[4, 4000]]
    path = tmp_path / "nq-train-00-qed.jsonlines"
    objects = [qed_object(n, RIVER, spans) for n, spans in enumerate((single, many, outside))]
    path.write_text("\n".join(json.dumps(o) for o in objects), encoding="utf-8")
    assert [(q.id, q.answers) for q in read_qed(path)] == [("0", ((4, 9),))]


def test_twelve_shared_words_overlap_and_eleven_do_not() -> None:
    words = RIVER.split()
    twelve = "Elsewhere it is reported that " + " ".join(words[3:15]) + " and so on."
    eleven = "Elsewhere it is reported that " + " ".join(words[3:14]) + " and so on."
    assert overlapping({twelve, eleven}, {RIVER}) == {twelve}


def test_overlap_ignores_case_and_the_spaces_before_punctuation() -> None:
    spaced = RIVER.upper().replace(".", " .").replace("1931", "1931 ,")
    assert overlapping({spaced}, {RIVER}) == {spaced}


def test_load_sets_drops_overlaps_and_holds_articles_out(tmp_path: Path) -> None:
    train = tmp_path / "data" / "train"
    other = "A cooperative of nine weavers bought the old mill in Hirsau and kept its wheel."
    squad_file(train / "squad_train_slice.json", "Hirsau", other, [qa(1, "Who?", ("nine", 17))])
    squad_file(train / "squad2_train_slice.json", HELD_OUT[0], other + " Two.", [qa(2, "Why?")])
    overlap = "In short : " + RIVER
    objects = [qed_object(1, overlap, [[16, 21]]), qed_object(2, "Nothing shared here.", [[0, 7]])]
    (train / "nq-train-00-qed.jsonlines").write_text(
        "\n".join(json.dumps(o, indent=1) for o in objects), encoding="utf-8"
    )
    (train / "qed-dev.jsonlines").write_text("", encoding="utf-8")
    squad_file(tmp_path / "data" / "squad2_dev_half" / "dev-v2.0.json", "Orla", RIVER, [qa(9, "?")])
    sets = load_sets(tmp_path)
    assert sets.dropped == {overlap}
    assert [q.id for q in sets.qed] == ["2"]
    assert [q.title for q in sets.squad] == ["Hirsau"]
    assert [q.title for q in sets.held] == [HELD_OUT[0]]


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("Spectre_(2015_film)", "Spectre"), ("Saint_Barth%C3%A9lemy", "Saint Barthélemy")],
)
def test_titles_are_cleaned(raw: str, clean: str) -> None:
    assert clean_title(raw) == clean
