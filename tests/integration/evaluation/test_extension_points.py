"""Extension points of the evaluation: metrics and question-set formats added from outside."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.cli.main import main
from qa.errors import MetricError, QuestionSetError
from qa.evaluation import metrics
from qa.evaluation.formats import (
    QuestionSetFormat,
    QuestionSetSource,
    read_question_set,
    register_format,
    registry,
)
from qa.evaluation.formats.files import content_key
from qa.evaluation.metrics import Metric, register_metric
from qa.questions import Evidence, Question, QuestionSet
from tests.helpers.question_sets import HARBOUR, write_squad

WORDS = Metric(
    "answers.words",
    name="answer length in words",
    definition="Number of words, over the questions that were answered.",
    value=lambda result: len((result.text or "").split()) if result.answered else None,
    is_tested=True,
    decimals=1,
)
SLOWEST = Metric(
    "speed.slowest",
    name="slowest answer in milliseconds",
    definition="Time of the slowest answer.",
    aggregate=lambda results, _: lambda _: float(max(r.answer_ms for r in results)),
    is_higher_better=False,
)


@pytest.fixture
def added_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_registered", dict(metrics._registered))
    register_metric(WORDS)
    register_metric(SLOWEST)


@pytest.mark.usefixtures("added_metrics", "private_cache")
def test_a_registered_metric_is_reported_compared_and_guarded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved, page = tmp_path / "run.json", tmp_path / "run.html"
    arguments = ["eval", str(write_squad(tmp_path / "set.json")), "--reader", "sentence"]
    arguments += ["--always-answer"]
    outputs = ["--save", str(saved), "--html", str(page)]
    assert main([*arguments, *outputs, "--fail-under", "words=2"]) == 0
    table = capsys.readouterr().out
    run = json.loads(saved.read_text())
    words = [len(result["text"].split()) for result in run["per_question"]]
    mean = sum(words) / len(words)
    assert run["answers"]["words"] == pytest.approx(mean)
    low, high = run["intervals"]["answers.words"]
    assert f"  {WORDS.name:<40}{mean:6.1f}  [{low:.1f}, {high:.1f}]" in table
    # After the built-in metrics of its section; a new section comes after the built-in ones.
    built_in = ["exact_match", "f1", "right_of_shown", "answered_right"]
    assert list(run["answers"]) == [*built_in, "words"]
    assert table.index("Abstention") < table.index("\nSpeed\n  slowest answer in milliseconds")
    shown = page.read_text()
    assert f"{mean:.1f}" in shown
    assert WORDS.definition in shown
    assert main(["compare", str(saved), str(saved)]) == 0
    assert "answers: answer length in words" in capsys.readouterr().out
    assert main(["compare", str(saved), str(saved), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["figures"]["answers.words"]
    assert (row["difference"], row["p"]) == (0.0, 1.0)
    assert main([*arguments, "--fail-under", "answers.words=100"]) == 1
    assert f"answers.words is {mean:.4f}, below 100" in capsys.readouterr().err
    assert main([*arguments, "--fail-under", "speed.slowest=1"]) == 1
    assert "lower is better for speed.slowest" in capsys.readouterr().err


@pytest.mark.usefixtures("added_metrics")
def test_a_metric_key_is_registered_once() -> None:
    register_metric(WORDS)
    with pytest.raises(MetricError, match=r"metric 'answers\.f1' exists already"):
        register_metric(Metric("answers.f1", "F1", "Another F1.", lambda result: result.f1))


@pytest.mark.parametrize(
    ("key", "message"),
    [("words", "give a section and a name"), ("config.words", "the section is none of")],
)
def test_a_metric_key_has_a_section_that_is_free(key: str, message: str) -> None:
    with pytest.raises(MetricError, match=message):
        Metric(key, "words", "Words.", lambda result: result.f1)


def test_a_metric_is_a_mean_or_an_aggregate_and_only_means_are_tested() -> None:
    with pytest.raises(MetricError, match="give one of value and aggregate"):
        Metric("answers.words", "words", "Words.")
    with pytest.raises(MetricError, match="only a metric with a value can be tested"):
        Metric("a.b", "b", "B.", aggregate=lambda *_: None, is_tested=True)


def _read_csv(source: QuestionSetSource) -> QuestionSet:
    questions = [
        Question(
            id=str(number),
            question=row["question"],
            answers=(row["answer"],),
            evidence=(Evidence(row["article"], row["answer"]),),
        )
        for number, row in enumerate(csv.DictReader(io.StringIO(source.text)), start=1)
    ]
    return QuestionSet(source.path, tuple(questions), content_key(source.path))


CSV = QuestionSetFormat(
    "csv", "CSV with a header", lambda source: source.path.suffix == ".csv", _read_csv
)


@pytest.fixture
def csv_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(registry, "_registered", {})
    register_format(CSV)
    path = tmp_path / "set.csv"
    path.write_text("question,answer,article\nWho kept the lighthouse?,Ana Ruiz,harbour.txt\n")
    return path


def test_a_registered_format_is_recognised(csv_set: Path, tmp_path: Path) -> None:
    questions = read_question_set(csv_set)
    assert questions.format == "csv"
    assert [(question.question, question.answers) for question in questions.questions] == [
        ("Who kept the lighthouse?", ("Ana Ruiz",))
    ]
    assert read_question_set(write_squad(tmp_path / "set.json")).format == "squad"
    (tmp_path / "prose").write_text("What is this?")
    with pytest.raises(QuestionSetError, match="the formats are: CSV with a header, a BEIR folder"):
        read_question_set(tmp_path / "prose")


@pytest.mark.usefixtures("private_cache")
def test_a_registered_format_is_evaluated(
    csv_set: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "harbour.txt").write_text(f"{HARBOUR}\n")
    arguments = ["eval", str(csv_set), "--articles", str(articles), "--reader", "sentence"]
    assert main([*arguments, "--json"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert run["config"]["format"] == "csv"
    assert run["retrieval"]["recall@1"] == 1.0


@pytest.mark.usefixtures("csv_set")
def test_a_format_name_is_registered_once() -> None:
    register_format(CSV)
    with pytest.raises(QuestionSetError, match="format 'squad' exists already"):
        register_format(QuestionSetFormat("squad", "", CSV.is_match, CSV.read))


@pytest.fixture
def plugin_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed package that declares a metric, a format, and one of each that is wrong."""
    (tmp_path / "my_plugin.py").write_text(
        "from qa.evaluation.formats import QuestionSetFormat\n"
        "from qa.evaluation.metrics import Metric\n"
        "METRIC = Metric('answers.ones', 'ones', 'Ones.', lambda result: 1.0)\n"
        "FORMAT = QuestionSetFormat('mine', 'mine', lambda source: False, None)\n"
    )
    info = tmp_path / "my_plugin-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-plugin\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[pincite.metrics]\nones = my_plugin:METRIC\nother = my_plugin:FORMAT\n"
        "[pincite.question_sets]\nmine = my_plugin:FORMAT\nabsent = my_plugin:ABSENT\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(metrics, "_registered", dict(metrics._registered))
    caches = (metrics._register_plugins, registry._from_entry_points)
    for cache in caches:
        cache.cache_clear()
    yield
    sys.modules.pop("my_plugin", None)
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("plugin_package")
def test_plugins_are_found_and_wrong_ones_logged(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert "answers.ones" in metrics.all_metrics()
    assert "it is a QuestionSetFormat; it must be a Metric" in caplog.text
    (tmp_path / "prose").write_text("What is this?")
    with pytest.raises(QuestionSetError, match="the formats are: mine, a BEIR folder"):
        read_question_set(tmp_path / "prose")
    assert "cannot load the plugin absent = my_plugin:ABSENT" in caplog.text
