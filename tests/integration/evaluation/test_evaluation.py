"""Whole runs with a real index, encoder and reader on a small set."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from index.library import Library
from qa.chatbot import Chatbot
from qa.cli.main import main
from qa.errors import RunError
from qa.evaluation.compare import compare, comparison_table
from qa.evaluation.corpus_index import describe_library, index_corpus
from qa.evaluation.experiment import ExperimentOptions, run_experiment
from qa.evaluation.formats import read_question_set
from qa.evaluation.html_report import render_report
from qa.evaluation.question_set_check import find_problems
from qa.evaluation.run import Run
from qa.evaluation.runner import RunSettings, evaluate
from qa.evaluation.system import ChatbotSystem
from qa.evaluation.text_report import run_table
from qa.judging.prior import restate
from qa.retrieval.retriever import Retriever
from tests.helpers.question_sets import squad_content, write_beir, write_lines, write_squad


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def library(folder: Path, private_cache: Path) -> Library:
    questions = read_question_set(write_squad(folder / "squad.json"))
    assert questions.articles is not None
    assert private_cache.is_dir()
    return index_corpus(questions.articles, questions.path).library


@pytest.fixture(scope="module")
def run(folder: Path, library: Library) -> Run:
    questions = read_question_set(folder / "squad.json")
    system = ChatbotSystem(Chatbot(Retriever(library), reader="sentence"))
    return evaluate(questions, system, library, RunSettings(gold_paragraph=True))


@pytest.fixture(scope="module")
def always(folder: Path, library: Library) -> Run:
    questions = read_question_set(folder / "squad.json")
    system = ChatbotSystem(Chatbot(Retriever(library), reader="sentence"), always_answer=True)
    return evaluate(questions, system, library)


def test_the_summary_has_every_documented_key(run: Run) -> None:
    summary = run.summary
    assert (summary["questions"], summary["answerable"], summary["unanswerable"]) == (6, 4, 2)
    assert {"recall@1", "recall@5", "recall@10", "recall@20", "mrr@10", "ndcg@10"} <= set(
        summary["retrieval"]
    )
    assert {"exact_match", "f1"} <= set(summary["answers"])
    assert {"accuracy", "recall", "overlap"} <= set(summary["citations"])
    assert {
        "auroc", "auroc_right", "false_answer_rate", "false_refusal_rate",
        "coverage@0.8", "coverage@0.9", "ece", "aurc",
    } <= set(summary["abstention"])  # fmt: skip
    assert {"exact_match", "f1", "best_exact_match", "best_f1", "has_answer"} <= set(
        summary["reader"]
    )
    assert {"p50", "p95", "p99"} <= set(summary["latency_ms"])
    assert {"losses", "intervals", "config", "environment", "missing_gold"} <= set(summary)
    low, high = summary["intervals"]["retrieval.recall@1"]
    assert low <= summary["retrieval"]["recall@1"] <= high
    json.dumps(run.to_json(), allow_nan=False)


def test_every_gold_paragraph_is_retrieved(run: Run) -> None:
    assert run.summary["retrieval"]["recall@20"] == 1.0
    assert all(one.rank is not None for one in run.results if one.answerable)


def test_metrics_are_means_over_the_questions(run: Run) -> None:
    answerable = [one for one in run.results if one.answerable]
    answered = [one for one in answerable if one.answered]
    summary = run.summary
    assert summary["answers"]["f1"] == pytest.approx(sum(o.f1 for o in answerable) / 4)
    assert summary["citations"]["recall"] == pytest.approx(sum(o.cited for o in answerable) / 4)
    if answered:
        assert summary["citations"]["accuracy"] == pytest.approx(
            sum(o.cited for o in answered) / len(answered)
        )
    assert sum(summary["losses"].values()) == sum(one.is_lost for one in answerable)


def test_without_refusal_every_question_is_answered(always: Run) -> None:
    assert always.summary["abstention"]["false_answer_rate"] == 1.0
    assert always.summary["abstention"]["false_refusal_rate"] == 0.0
    assert all(one.answered for one in always.results)


def test_the_reader_alone_quotes_the_gold_paragraph(run: Run) -> None:
    texts = {p["context"] for a in squad_content()["data"] for p in a["paragraphs"]}
    read = [one for one in run.results if one.reader_text]
    assert read
    for one in read:
        assert any(str(one.reader_text) in text for text in texts)
        if one.answerable:
            assert str(one.reader_text) in one.gold[0]["paragraph_text"]


def test_calibration_is_also_measured_for_restated_confidences(
    run: Run, folder: Path, library: Library
) -> None:
    questions = read_question_set(folder / "squad.json")
    choices = ExperimentOptions(always_answer=True, unanswerable=0.5)
    half = run_experiment(questions, library, describe_library(library), choices)
    assert half.summary["config"]["unanswerable"] == 0.5
    abstention = half.summary["abstention"]
    assert abstention["ece_told@0.5"] == pytest.approx(abstention["ece@0.5"])
    assert abstention["ece_told@0.1"] != pytest.approx(abstention["ece@0.1"])
    assert "calibration error, restated for 10%" in run_table(half.summary, half.results)
    # The sentence reader does not estimate whether there is an answer.
    assert not [key for key in run.summary["abstention"] if key.startswith("ece_told")]
    lower = run_experiment(
        questions, library, describe_library(library), ExperimentOptions(unanswerable=0.1)
    )
    for one, other in zip(half.results, lower.results, strict=True):
        assert one.confidence < other.confidence
        moved = restate(one.confidence, one.has_answer or 0.0, 0.5, 0.1)
        assert moved == pytest.approx(other.confidence)


def test_the_oracle_threshold_is_labelled(run: Run) -> None:
    printed = run_table(run.summary, run.results)
    oracle = run.summary["abstention"]["oracle"]
    assert "Oracle threshold (tuned on this question set)" in printed
    assert f"{oracle['best_f1']:6.3f}" in printed
    assert "Oracle threshold (tuned on this question set)" in render_report(run)


def test_runs_stated_for_different_shares_are_compared(folder: Path, library: Library) -> None:
    questions = read_question_set(folder / "squad.json")
    one, other = (
        run_experiment(
            questions,
            library,
            describe_library(library),
            ExperimentOptions(unanswerable=share, gold_paragraph=True),
        )
        for share in (0.5, 0.1)
    )
    comparison = compare(one, other)
    assert comparison["figures"]["abstention.ece_told@0.3"]["difference"] == pytest.approx(0.0)
    assert comparison["config"]["unanswerable"] == [0.5, 0.1]
    assert comparison["figures"]["reader.has_answer.f1"]["p"] == 1.0
    assert "abstention: coverage at 80% precision (oracle)" in comparison_table(
        comparison, "a", "b"
    )


@pytest.mark.parametrize("figure", ["recal@5", "reader.f1"])
def test_a_minimum_for_an_unknown_metric_is_refused_before_the_run(
    figure: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["eval", str(folder / "squad.json"), "--fail-under", f"{figure}=0.5"])
    output = capsys.readouterr()
    assert status != 0
    assert f"unknown metric {figure!r}" in output.err
    assert output.out == ""


@pytest.mark.parametrize("figure", ["false_answer_rate", "ece_told@0.5", "abstention.aurc"])
def test_a_minimum_is_refused_where_lower_is_better(
    figure: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(folder / "squad.json"), "--fail-under", f"{figure}=0.5"]) != 0
    assert "lower is better for" in capsys.readouterr().err


@pytest.mark.usefixtures("private_cache")
@pytest.mark.parametrize(("maximum", "status"), [(-0.1, 1), (1, 0)])
def test_maximums_set_the_exit_status(
    maximum: float, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit = f"false_answer_rate={maximum}"
    arguments = ["eval", str(write_squad(tmp_path / "squad.json")), "--reader", "sentence"]
    assert main([*arguments, "--fail-over", limit]) == status
    assert ("above -0.1" in capsys.readouterr().err) == bool(status)


@pytest.mark.parametrize("option", ["--index", "--articles"])
def test_a_set_with_its_own_articles_takes_no_others(
    option: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(folder / "squad.json"), option, str(folder)]) == 2
    assert f"brings its own articles; leave out {option}" in capsys.readouterr().err


def test_a_saved_run_loads_unchanged(run: Run, tmp_path: Path) -> None:
    run.save(tmp_path / "run.json")
    assert Run.load(tmp_path / "run.json") == run


def test_a_file_that_is_not_a_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"questions": 3}')
    with pytest.raises(RunError, match=r"other\.json: not a saved run"):
        Run.load(tmp_path / "other.json")
    with pytest.raises(RunError, match="cannot be read"):
        Run.load(tmp_path / "absent.json")


def test_comparing_lists_changed_questions_and_none_for_the_same_run(run: Run, always: Run) -> None:
    same = compare(run, run)
    assert not same["changed"]["won"]
    assert not same["changed"]["lost"]
    assert all(row["difference"] == 0 for row in same["figures"].values())
    differing = compare(run, always)
    refused = {one.id for one in run.results if not one.answered and not one.answerable}
    assert refused <= {row["id"] for row in differing["changed"]["lost"]}
    assert "false answers" in comparison_table(differing, "a", "b")


def test_runs_of_different_sets_do_not_compare(run: Run) -> None:
    other = Run(run.summary, ())
    with pytest.raises(RunError, match="share no question"):
        compare(run, other)


def test_the_table_shows_metrics_intervals_and_errors(run: Run) -> None:
    shown = run_table(run.summary, run.results)
    assert "recall@5" in shown
    assert "Where" in shown
    assert "95% intervals" in shown


def test_missing_gold_is_counted_and_named(folder: Path, library: Library) -> None:
    path = write_lines(
        folder / "lost.jsonl",
        {
            "id": "gone",
            "question": "Who owns the orchard at Monte Alto?",
            "answers": ["Luis Paz"],
            "evidence": [{"article": "nowhere.txt", "text": "Luis Paz"}],
        },
        {
            "id": "other words",
            "question": "Who owns the orchard?",
            "answers": ["Luis Paz"],
            "evidence": [{"article": "Monte_Alto", "text": "LUIS PAZ"}],
        },
        {
            "id": "found",
            "question": "Who owns the orchard?",
            "answers": ["Luis Paz"],
            "evidence": [{"article": "Monte_Alto", "text": "Its owner,\n Luis  Paz"}],
        },
    )
    questions = read_question_set(path)
    assert [(p.question, p.reason) for p in find_problems(questions, library)] == [
        ("gone", "nowhere.txt: no such article ('Luis Paz')"),
        ("other words", "Monte_Alto: the text is not in the article ('LUIS PAZ')"),
    ]
    system = ChatbotSystem(Chatbot(Retriever(library), reader="sentence"))
    run = evaluate(questions, system, library)
    assert run.summary["missing_gold"]["questions"] == 2
    assert set(run.summary["missing_gold"]["named"]) == {"gone", "other words"}
    assert [one.rank is not None for one in run.results] == [False, False, True]


HOSTILE = '<script>alert(1)</script><img src="https://example.invalid/x.png">'


def test_the_report_escapes_texts_and_loads_nothing(
    folder: Path,
) -> None:
    context = f"Mayor Eva Sol said: {HOSTILE} on Friday."
    content: dict[str, Any] = {
        "data": [
            {
                "title": f"T {HOSTILE}",
                "paragraphs": [
                    {
                        "context": context,
                        "qas": [
                            {
                                "id": HOSTILE,
                                "question": f"Who said {HOSTILE}?",
                                "answers": [{"text": "Eva Sol", "answer_start": 6}],
                            }
                        ],
                    }
                ],
            }
        ]
    }
    path = folder / "hostile.json"
    path.write_text(json.dumps(content))
    questions = read_question_set(path)
    assert questions.articles is not None
    library = index_corpus(questions.articles, path).library
    system = ChatbotSystem(Chatbot(Retriever(library), reader="sentence"), always_answer=True)
    shown = render_report(evaluate(questions, system, library))
    assert shown.count("<script") == 1  # the page's own
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    assert "default-src 'none'" in shown
    for reference in ("src=", "href=", "@import", "url(", "fetch("):
        assert reference not in shown.replace(HOSTILE, "").replace("src=&#34;", "")


def test_the_report_lists_every_question_failures_first(run: Run) -> None:
    shown = render_report(run)
    assert shown.count("<details") == len(run.results)
    tones = [part.split('"', 1)[0] for part in shown.split('class="tag ')[1:]]
    assert tones == sorted(tones)  # bad before good
    assert shown.count("<svg") == 5


def test_a_beir_folder_reports_retrieval_only(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beir = write_beir(folder / "beir")
    run_file = folder / "run.txt"
    page = folder / "run.html"
    files = ["--run-file", str(run_file), "--html", str(page)]
    assert main(["eval", str(beir), "--json", *files]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["config"]["retrieval_unit"] == "document"
    assert "answers" not in found
    assert found["retrieval"]["recall@20"] == found["retrieval"]["recall@100"] == 1.0
    assert found["config"]["k"] == 100
    assert "Questions with a gold document among the first k" in page.read_text()
    lines = [line.split() for line in run_file.read_text().splitlines()]
    assert {len(line) for line in lines} == {6}
    assert [line[3] for line in lines if line[0] == "q1"] == ["1", "2", "3", "4"]


@pytest.mark.usefixtures("private_cache")
def test_answers_are_written_as_squad_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predictions, na_prob = tmp_path / "predictions.json", tmp_path / "na_prob.json"
    outputs = ["--predictions", str(predictions), "--na-prob", str(na_prob), "--json"]
    squad = str(write_squad(tmp_path / "squad.json"))
    assert main(["eval", squad, "--reader", "sentence", *outputs]) == 0
    results = json.loads(capsys.readouterr().out)["per_question"]
    shown = {one["id"]: one["text"] if one["answered"] else "" for one in results}
    assert json.loads(predictions.read_text()) == shown
    probabilities = json.loads(na_prob.read_text())
    assert probabilities.keys() == shown.keys()
    assert all(0 <= probability <= 1 for probability in probabilities.values())


def test_a_set_without_answers_has_no_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beir = str(write_beir(tmp_path / "beir"))
    assert main(["eval", beir, "--predictions", str(tmp_path / "predictions.json")]) == 2
    assert "has no answers; leave out --predictions" in capsys.readouterr().err


def test_minimums_set_the_exit_status(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beir = str(folder / "beir") if (folder / "beir").exists() else str(write_beir(folder / "beir"))
    assert main(["eval", beir, "--fail-under", "recall@20=1", "--fail-under", "mrr@10=0.1"]) == 0
    capsys.readouterr()
    assert main(["eval", beir, "--fail-under", "recall@1=0.99"]) == 1
    assert "retrieval.recall@1 is 0.7500, below 0.99" in capsys.readouterr().err
    assert main(["eval", beir, "--fail-under", "fame=1"]) == 1
    assert "unknown metric 'fame'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stop:
        main(["eval", beir, "--fail-under", "recall"])
    assert stop.value.code == 2


def test_a_missing_output_folder_is_refused_before_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    squad = str(folder / "squad.json")
    assert main(["eval", squad, "--save", str(folder / "absent" / "run.json")]) == 2
    assert "absent does not exist; create it" in capsys.readouterr().err


def test_a_limit_samples_questions_and_never_articles(
    folder: Path, library: Library, capsys: pytest.CaptureFixture[str]
) -> None:
    squad = str(folder / "squad.json")
    assert main(["eval", squad, "--limit", "2", "--json", "--reader", "sentence"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["questions"] == 2
    assert found["index"]["articles"] == len(library) == 3
    assert found["index"]["articles_added"] == 0  # the cached index serves again


def test_a_killed_run_goes_on_where_it_was(folder: Path, private_cache: Path) -> None:
    content = squad_content()
    asked = content["data"][0]["paragraphs"][0]["qas"]
    asked += [{**asked[1], "id": f"again {n}"} for n in range(60)]
    path = folder / "many.json"
    path.write_text(json.dumps(content))
    saved = folder / "many.run.json"
    command = [
        sys.executable, "-m", "qa", "eval", str(path),
        "--reader", "sentence", "--save", str(saved),
    ]  # fmt: skip
    environment = {**os.environ, "PINCITE_CACHE": str(private_cache)}
    runs = private_cache / "runs"
    before = set(runs.glob("*.jsonl"))
    stopped = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    journal: Path | None = None
    while stopped.poll() is None:
        journal = next(iter(set(runs.glob("*.jsonl")) - before), journal)
        if journal and journal.exists() and journal.read_bytes().count(b"\n") > 5:
            stopped.send_signal(signal.SIGKILL)
            break
        time.sleep(0.005)
    stopped.wait()
    assert stopped.returncode == -signal.SIGKILL
    assert journal is not None
    lines = journal.read_text(encoding="utf-8").split("\n")
    kept = [json.loads(line) for line in lines[1:-1]]
    # As if the machine had stopped in the middle of a line.
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"id": "half')
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    assert not journal.exists()
    finished = {one.id: one for one in Run.load(saved).results}
    assert len(finished) == 66
    for one in kept:
        # An answer that is taken over keeps the very time it took.
        assert finished[one["id"]].answer_ms == one["answer_ms"]


def test_lone_surrogates_in_a_question_set_are_evaluated(
    tmp_path: Path, private_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = squad_content()
    first = content["data"][0]
    first["title"] += " \ud800"
    first["paragraphs"][0]["qas"][0]["question"] += " \udfff"
    path, saved, shown = (tmp_path / name for name in ("half.json", "run.json", "run.html"))
    path.write_text(json.dumps(content))
    arguments = ["eval", str(path), "--reader", "sentence", "--save", str(saved)]
    assert main([*arguments, "--html", str(shown)]) == 0
    assert "recall@1" in capsys.readouterr().out
    assert "\udfff" in Run.load(saved).results[0].question
    assert private_cache.is_dir()


def test_an_answer_inside_another_word_does_not_count_as_contained(
    tmp_path: Path, library: Library
) -> None:
    line = {
        "id": "part",
        "question": "How many passengers?",
        "answers": ["orty passenger"],
        "evidence": [{"article": "Port_Vell", "text": "It carries forty passengers."}],
    }
    questions = read_question_set(write_lines(tmp_path / "part.jsonl", line))
    assert [problem.reason for problem in find_problems(questions, library)] == [
        "no gold paragraph contains an accepted answer ('orty passenger')"
    ]


def test_the_passages_that_a_reader_reads_are_among_those_it_gets(library: Library) -> None:
    system = ChatbotSystem(Chatbot(Retriever(library)))
    passages = system.retrieve("What?", 20)
    found = [*passages, *passages, *passages][: system.depth]
    assert system.passages_read(found) == found  # all are in the windows of a small library
    assert (
        ChatbotSystem(Chatbot(Retriever(library), reader="sentence")).passages_read(found)
        == found[:5]
    )


@pytest.mark.usefixtures("private_cache")
def test_a_folder_of_long_answer_sets_is_run_and_reported_by_kind_and_domain(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, sets = tmp_path / "articles", tmp_path / "sets"
    sets.mkdir()
    texts = {
        "coast/harbour.md": "# Harbour\n\nThe [harbour](x.md) was **dredged** in 1931.\n",
        "hills/orchard.md": "# Orchard\n\nThe orchard at Monte Alto grows pears.\n\n1. Pick.\n",
    }
    for name, text in texts.items():
        (articles / name).parent.mkdir(parents=True)
        (articles / name).write_text(text)
    asked: dict[str, Any] = {"answerable": True, "kind": "what", "short": []}
    write_lines(
        sets / "coast.jsonl",
        {
            **asked,
            "id": "c1",
            "question": "What happened to the harbour in 1931?",
            "domain": "coast",
            "article": "coast/harbour.md",
            "long": ["The [harbour](x.md) was **dredged** in 1931."],
        },
        {
            "id": "c2",
            "question": "Who sold the harbour?",
            "kind": "who",
            "domain": "coast",
            "article": "coast/harbour.md",
            "answerable": False,
            "near": "The harbour was dredged.",
        },
    )
    write_lines(
        sets / "hills.jsonl",
        {
            **asked,
            "id": "h1",
            "question": "What does the orchard at Monte Alto grow?",
            "domain": "hills",
            "article": "hills/orchard.md",
            "long": ["The orchard at Monte Alto grows pears."],
            "short": ["pears"],
        },
    )
    saved, page = tmp_path / "run.json", tmp_path / "run.html"
    arguments = ["eval", str(sets), "--articles", str(articles), "--reader", "sentence"]
    arguments += ["--always-answer", "--save", str(saved), "--html", str(page)]
    assert main([*arguments, "--fail-under", "answered_right=1"]) == 0
    table = capsys.readouterr().out
    run = json.loads(saved.read_text())
    assert run["missing_gold"]["questions"] == 0
    assert {one["id"]: one["right"] for one in run["per_question"]} == {
        "c1": True,
        "c2": False,
        "h1": True,
    }
    assert run["by_domain"]["coast"]["right_of_shown"] == 0.5
    assert list(run["by_kind"]) == ["what", "who"]
    assert "coast, who, unanswerable, confidence" in page.read_text()
    for heading in ("By kind", "By domain"):
        assert f"\n{heading}" in table
        assert f"<h2>{heading}</h2>" in page.read_text()
    assert main(["compare", str(saved), str(saved)]) == 0
    assert "right, of the answers shown" in capsys.readouterr().out
    files = [str(sets / "hills.jsonl"), str(sets / "coast.jsonl")]
    check = ["--articles", str(articles / "hills"), "--check"]
    assert main(["eval", *files, *check]) == 1
    assert "c1: coast/harbour.md: no such article" in capsys.readouterr().out
    assert main(["eval", files[0], *check]) == 0
