"""The question sets that the Benchmark tab finds, and the files that it refuses to open."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from qa.errors import QuestionSetError, RunError
from qa.feedback import FEEDBACK_NAME
from qa.web.benchmark.runs import BenchmarkRuns
from qa.web.benchmark.view import set_label
from qa.web.service import Service

LINE = json.dumps({"question": "Who feeds the goats?"}) + "\n"


@pytest.fixture
def runs(web_index: Path, tmp_path: Path) -> BenchmarkRuns:
    """The runs of a copy of the index, with question sets and other files next to it."""
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
    return BenchmarkRuns(Service(index))


def test_only_question_sets_are_found_in_and_next_to_the_index(runs: BenchmarkRuns) -> None:
    found = runs.find_sets()
    assert {path.name for path in found} >= {FEEDBACK_NAME, "mine.jsonl", "beir"}
    assert not {"run.json", "package.json", "notes.jsonl"} & {path.name for path in found}
    labels = [set_label(path, found) for path in found]
    assert "Votes given in the chat (feedback.jsonl)" in labels
    assert len(set(labels)) == len(labels)


def test_sets_next_to_the_articles_are_found(runs: BenchmarkRuns, web_articles: Path) -> None:
    path = web_articles / "goats.jsonl"
    path.write_text(LINE)
    try:
        assert path in runs.find_sets()
    finally:
        path.unlink()


def test_only_sets_in_the_list_are_read(runs: BenchmarkRuns, tmp_path: Path) -> None:
    hidden = tmp_path / "elsewhere"
    hidden.mkdir()
    (hidden / "set.jsonl").write_text(LINE)
    with pytest.raises(
        QuestionSetError, match=r"there is no question set '.*set\.jsonl'; choose one"
    ):
        runs.find_set(str(hidden / "set.jsonl"))


@pytest.mark.parametrize("name", ["../mine", "20260101-000000/../../mine", "", "mine", "x" * 300])
def test_only_saved_runs_are_opened(runs: BenchmarkRuns, name: str) -> None:
    with pytest.raises(RunError, match="there is no saved run"):
        runs.load(name)


def test_a_broken_run_is_not_listed_and_cannot_be_opened(runs: BenchmarkRuns) -> None:
    runs.folder.mkdir(parents=True)
    (runs.folder / "20260101-000000-torn.json").write_text("{")
    assert runs.saved_runs() == []
    with pytest.raises(RunError, match="not a saved run"):
        runs.load("20260101-000000-torn")
