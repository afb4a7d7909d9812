"""The comparison with other systems: its input texts and its table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.peers.__main__ import columns, compared, prepared, table
from bench.peers.systems.pincite import index, opened


def _set(path: Path, *paragraphs: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"data": [{"paragraphs": list(paragraphs)}]}), encoding="utf-8")


def _question(words: str, *, impossible: bool = False) -> dict[str, Any]:
    return {"question": words, "is_impossible": impossible}


LIGHTHOUSE = "The lighthouse on the cape was lit in 1871 and burned whale oil for nine years."
FERRY = "A ferry crosses the strait twice a day, carrying sixty cars and four hundred people."


def test_each_text_is_one_line_and_each_question_names_its_text(tmp_path: Path) -> None:
    _set(
        tmp_path / "squad2_dev_half/dev-v2.0.json",
        {"context": "Tin\nis  soft.", "qas": [_question("Who?", impossible=True)]},
        {"context": LIGHTHOUSE, "qas": [_question("When was it lit?")]},
    )
    _set(
        tmp_path / "covid_qa/200423_covidQA.json",
        {"context": f"A heading\n\n{FERRY}\n\n{LIGHTHOUSE}", "qas": []},
    )
    inputs = prepared(tmp_path, questions=5, articles=1)
    assert inputs["texts"] == ["Tin is soft.", LIGHTHOUSE, FERRY]
    assert inputs["questions"] == [{"question": "When was it lit?", "text": 1}]


def test_pincite_returns_the_number_of_the_text(tmp_path: Path) -> None:
    texts = [f"{LIGHTHOUSE} It is number {number} of the coast." for number in range(60)]
    texts[57] = FERRY
    index(texts, "", tmp_path / "index")
    search = opened("", tmp_path / "index")
    assert search("How many cars does the ferry carry?", 3)[0] == 57


def test_the_best_of_the_others_decides_each_column() -> None:
    def system(seconds: float, recall: float) -> dict[str, list[dict[str, float]]]:
        took = {"seconds": seconds, "processor_seconds": seconds, "peak_mb": 100.0}
        first = {"first": seconds, "processor_seconds": seconds}
        asked = {"p50": seconds, "p95": seconds, "recall@5": recall}
        return {
            "index": [{**took, "texts": 10.0}],
            "first": [first, {**first, "first": 50.0}, first],
            "search": [{**took, **asked}],
        }

    found = {
        "pincite": columns(system(2.0, 0.9)),
        "slow": columns(system(8.0, 0.8)),
        "better": columns(system(4.0, 0.95)),
    }
    bounds = {bound.figure.partition(":")[0]: bound for bound in compared(found)}
    assert bounds["cold start, s"].value == 0.5  # of the median, not of the mean
    assert bounds["cold start, s"].kept
    assert bounds["search p50, ms"].value == 0.5
    assert bounds["texts a second"].value == 2.0
    assert not bounds["recall@5"].kept
    assert "| recall@5 | 0.9 | 0.8 | 0.95 |" in table(found)
