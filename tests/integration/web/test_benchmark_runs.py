"""Which question sets the Benchmark tab finds, and what it refuses to open."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from qa.errors import QuestionSetError, RunError
from qa.feedback import FEEDBACK_NAME
from qa.web.benchmark.runs import Bench
from qa.web.benchmark.view import set_label
from qa.web.service import Service

LINE = json.dumps({"question": "Who feeds the goats?"}) + "\n"


@pytest.fixture
def bench(web_index: Path, tmp_path: Path) -> Bench:
    """A bench over a copy of the index, with sets and other files about."""
    index = tmp_path / "index"
    shutil.copytree(web_index, index)
    (index / FEEDBACK_NAME).write_text(LINE)
    (tmp_path / "mine.jsonl").write_text(LINE)
    (tmp_path / "run.json").write_text(json.dumps({"questions": 1, "question": "?"}))
    (tmp_path / "package.json").write_text(json.dumps({"name": "goats"}))
    (tmp_path / "notes.jsonl").write_text("no JSON")
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    (beir / "queries.jsonl").write_text(LINE)
    return Bench(Service(index))


def test_sets_are_found_in_and_beside_the_index_and_nothing_else(bench: Bench) -> None:
    found = bench.sets()
    assert {path.name for path in found} >= {FEEDBACK_NAME, "mine.jsonl", "beir"}
    assert not {"run.json", "package.json", "notes.jsonl"} & {path.name for path in found}
    labels = [set_label(path, found) for path in found]
    assert "Votes given in the chat (feedback.jsonl)" in labels
    assert len(set(labels)) == len(labels)


def test_sets_beside_the_articles_are_found(bench: Bench, web_articles: Path) -> None:
    beside = web_articles / "beside.jsonl"
    beside.write_text(LINE)
    try:
        assert beside in bench.sets()
    finally:
        beside.unlink()


def test_only_sets_that_were_found_are_read(bench: Bench, tmp_path: Path) -> None:
    hidden = tmp_path / "elsewhere"
    hidden.mkdir()
    (hidden / "set.jsonl").write_text(LINE)
    with pytest.raises(QuestionSetError, match="none of the question sets found"):
        bench.chosen(str(hidden / "set.jsonl"))


@pytest.mark.parametrize("name", ["../mine", "20260101-000000/../../mine", "", "mine", "x" * 300])
def test_only_kept_runs_are_opened(bench: Bench, name: str) -> None:
    with pytest.raises(RunError, match="is no kept run"):
        bench.run(name)


def test_a_broken_run_is_passed_over_in_the_list_and_told_when_opened(bench: Bench) -> None:
    bench.folder.mkdir(parents=True)
    (bench.folder / "20260101-000000-torn.json").write_text("{")
    assert bench.runs() == []
    with pytest.raises(RunError, match="not a saved run"):
        bench.run("20260101-000000-torn")
