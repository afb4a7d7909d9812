"""The command line: output, JSON keys, exit statuses and messages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from index.errors import SettingError
from index.filters import Filter
from index.library import Library
from qa import Retriever
from qa.cli.main import main, parser
from tests import PROJECT
from tests.helpers.library import write

QUESTION = "How long is the training course at the police school in San Luis Potosí?"

CITATION_KEYS = {
    "article", "path", "title", "authors", "publisher", "published", "year", "url", "paragraph",
    "paragraphs", "page", "paragraph_text", "start", "end", "quote", "link", "source_link",
}  # fmt: skip


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    status = main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_ask_answers_with_the_articles_own_words(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, output = run_json(capsys, "ask", QUESTION, "--index", str(seeds_index))
    assert status == 0
    assert output["answered"] is True
    assert 0.0 <= output["confidence"] <= 1.0
    first = output["citations"][0]
    assert first.keys() >= CITATION_KEYS
    assert first["quote"] == output["text"]
    assert first["article"] == "academy-san-luis-potosi.txt"
    assert "seven weeks" in output["sentence"]
    assert main(["articles", "show", first["article"], "--index", str(seeds_index), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["text"][first["start"] : first["end"]] == first["quote"]
    assert any(first["quote"] in paragraph["text"] for paragraph in shown["paragraphs"])


def test_ask_shows_sources_that_differ_newest_first(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How much is the Merida Initiative worth?"
    assert main(["ask", question, "--index", str(seeds_index)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Sources differ:")
    first, second = (shown.index(f"{words}\n") for words in ("$1.9 billion", "$1.4 billion"))
    assert first < shown.index("2013-05-02") < second < shown.index("2009-11-16")
    shares = [int(share) for share in re.findall(r"right, (\d\d)%\n", shown)]
    assert len(shares) == 2
    # They cannot both be right.
    assert sum(shares) <= 100


def test_ask_refuses_what_the_articles_do_not_answer(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "Which team won the ice hockey final in Ulaanbaatar?"
    status, output = run_json(capsys, "ask", question, "--index", str(seeds_index))
    assert status == 3
    assert (output["answered"], output["text"], output["citations"]) == (False, None, [])
    assert output["nearest"]
    assert "Ulaanbaatar" in output["missing"]
    assert main(["ask", question, "--index", str(seeds_index)]) == 3
    assert "No article mentions “Ulaanbaatar”" in capsys.readouterr().out


def test_ask_prints_quote_paragraph_and_article_id(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "--index", str(seeds_index)]) == 0
    shown = capsys.readouterr().out
    assert "seven weeks" in shown
    assert "¶" in shown
    assert "[academy-san-luis-potosi.txt]" in shown


def test_search_lists_passages_in_order(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, output = run_json(capsys, "search", QUESTION, "-k", "4", "--index", str(seeds_index))
    assert status == 0
    scores = [passage["score"] for passage in output["passages"]]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    for passage in output["passages"]:
        assert passage["text"] == passage["citation"]["quote"]
        assert passage["tokens"] > 0
        assert passage["citation"]["paragraph"] == passage["citation"]["paragraphs"][0]


def test_filters_restrict_the_search(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only = "boomerang-raids.txt"
    _, output = run_json(
        capsys, "search", QUESTION, "-k", "3", "--article", only, "--index", str(seeds_index)
    )
    assert {passage["citation"]["article"] for passage in output["passages"]} == {only}
    assert len(output["passages"]) == 3


def test_articles_lists_the_metadata(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, output = run_json(capsys, "articles", "--index", str(seeds_index))
    assert [one["id"] for one in output] == sorted(one["id"] for one in output)
    assert {Path(one["id"]).suffix for one in output} == {".txt", ".md", ".html", ".pdf", ".docx"}
    assert all(one["title"] and one["year"] and one["paragraphs"] > 3 for one in output)


def test_index_names_files_it_cannot_read_and_pages_with_little_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, index = tmp_path / "papers", tmp_path / "index"
    folder.mkdir()
    for name in ("a.adoc", "b.adoc", "c.xyz", ".hidden.adoc"):
        (folder / name).write_text("words")
    links = "".join(f"<li><a href=x>{number} other things to see</a></li>" for number in range(90))
    (folder / "menu.html").write_text(f"<nav><ul>{links}</ul></nav><p>The ferry sails at noon.</p>")
    status, output = run_json(capsys, "index", str(folder), "--index", str(index))
    assert (status, output["added"], output["unsupported"]) == (0, 1, {".adoc": 2, ".xyz": 1})
    assert re.search(
        r"of menu\.html only 2\d of [\d,]+ characters are searched", output["warnings"][0]
    )
    assert main(["index", "--index", str(index)]) == 0
    assert "Not read, no parser for them: 2 .adoc, 1 .xyz" in capsys.readouterr().out


def test_index_reads_records_whose_fields_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    news, store = tmp_path / "news.jsonl", str(tmp_path / "index")
    news.write_text('{"id": 1, "body": "The harbour opened in May."}\n')
    status, output = run_json(capsys, "index", str(news), "--index", store, "--map", "text=body")
    assert (status, output["imported"], output["articles"]) == (0, 1, 1)
    assert main(["index", str(news), "--index", store]) == 1
    assert "line 1: no 'text' among its fields: id, body" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["index", str(news), "--map", "story=body"])
    assert "'story=body' is not FIELD=NAME with one of the fields text" in capsys.readouterr().err


def test_index_adds_files_and_reports_skipped_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "harbour.txt").write_text("The harbour opened in May. Ships came at once.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (folder / "empty.txt").write_text("")
    store = str(tmp_path / "index")
    status, output = run_json(capsys, "index", str(folder), "--index", store)
    assert status == 0
    assert output["added"] == 1
    assert {Path(skip["path"]).name for skip in output["skipped"]} == {"broken.pdf", "empty.txt"}
    assert all(skip["reason"] for skip in output["skipped"])
    status, output = run_json(capsys, "index", "--index", store)
    assert (output["added"], output["unchanged"]) == (0, 1)
    (folder / "harbour.txt").unlink()
    (folder / "broken.pdf").unlink()
    (folder / "empty.txt").unlink()
    assert main(["index", "--index", store]) == 1
    assert "--prune" in capsys.readouterr().err


def test_left_out_files_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.txt").write_text("The ferry sails at noon.\n")
    (tmp_path / "articles" / "torn.pdf").write_bytes(b"%PDF-1.4 torn")
    source = ["--index", str(tmp_path / "index")]
    assert main(["index", str(tmp_path / "articles"), *source]) == 0
    capsys.readouterr()
    status, output = run_json(capsys, "articles", "--left-out", *source)
    assert status == 0
    assert [skip["path"] for skip in output] == [str(tmp_path / "articles" / "torn.pdf")]
    assert main(["articles", "--left-out", *source]) == 0
    shown = capsys.readouterr().out
    assert output[0]["reason"] in shown
    (tmp_path / "articles" / "torn.pdf").unlink()
    assert main(["index", *source]) == 0
    capsys.readouterr()
    assert main(["articles", "--left-out", *source]) == 0
    assert capsys.readouterr().out == "No file was left out.\n"


def test_the_articles_option_writes_only_to_the_cache(
    tmp_path: Path, private_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "harbour.txt").write_text("The harbour opened in May. Ships came at once.\n")
    status, output = run_json(
        capsys, "ask", "When did the harbour open?", "--articles", str(folder)
    )
    assert status == 0
    assert "May" in output["text"]
    assert [path.name for path in folder.iterdir()] == ["harbour.txt"]
    status, kept = run_json(capsys, "cache")
    assert str(folder) in [one["source"] for one in kept]
    assert all(Path(one["path"]).is_relative_to(private_cache) for one in kept)
    run_json(capsys, "cache", "clear", str(folder))
    _, kept = run_json(capsys, "cache")
    assert str(folder) not in [one["source"] for one in kept]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["ask", "Who?", "--index", "nowhere"], 1, "pincite index"),
        (["ask", "  ", "--index", "nowhere"], 2, "the question is empty"),
        (["ask", "why " * 25_000, "--index", "nowhere"], 2, "100,000 characters"),
        (["search", "Who?", "-k", "0", "--index", "nowhere"], 2, "k is 0"),
        (["index", "no-such-folder"], 2, "no-such-folder does not exist"),
        (["ask", "Who?", "--articles", "no-such-folder"], 1, "no-such-folder"),
        (["articles", "show"], 2, "needs the id"),
    ],
)
def test_errors_have_a_message_and_a_status(
    arguments: list[str],
    status: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == status
    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""
    assert "Traceback" not in output.err


def test_an_unknown_article_is_named(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["articles", "show", "nothing.txt", "--index", str(seeds_index)]) == 1
    assert "nothing.txt" in capsys.readouterr().err


def test_an_uncertain_refusal_offers_the_best_guess(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "How many people have been killed in the drug war?"
    source = ["--index", str(seeds_index)]
    status, output = run_json(capsys, "ask", question, "--min-confidence", "0.99", *source)
    assert (status, output["answered"]) == (3, False)
    assert output["confidence"] < 0.99
    assert output["answerable"] >= max(0.5, output["confidence"])
    assert output["unsure"] is True
    assert main(["ask", question, "--min-confidence", "0.99", *source]) == 3
    refused = capsys.readouterr().out
    assert refused.startswith("Not sure enough")
    assert "use --mode always instead of --min-confidence" in refused
    assert main(["ask", question, "--mode", "always", *source]) == 0
    assert re.search(r"(likely right|Possibly right|Uncertain), \d\d%\n", capsys.readouterr().out)


def test_a_lower_unanswerable_share_raises_the_confidence(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--index", str(seeds_index)]
    found = [
        run_json(capsys, "ask", QUESTION, "--unanswerable", share, *source)[1]["confidence"]
        for share in ("0", "0.1", "0.3", "0.8")
    ]
    assert found == sorted(set(found), reverse=True)
    assert found[2] == run_json(capsys, "ask", QUESTION, *source)[1]["confidence"]
    assert main(["ask", QUESTION, "--reader", "sentence", "--unanswerable", "0.1", *source]) == 2
    assert "the sentence reader's confidence is not a probability" in capsys.readouterr().err


@pytest.mark.parametrize(
    "option",
    [
        ["--after", "soon"],
        ["--min-confidence", "2"],
        ["--unanswerable", "1"],
        ["--unanswerable", "half"],
        ["--k"],
    ],
)
def test_bad_options_are_usage_errors(
    option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["ask", "Who?", *option])
    assert "usage: pincite" in capsys.readouterr().err


def test_filters_that_match_nothing_get_a_message(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ["--index", str(seeds_index)]
    assert main(["ask", QUESTION, "--article", "nope.txt", *source]) == 1
    assert (
        "no article has the id 'nope.txt'; pincite articles lists them" in capsys.readouterr().err
    )
    assert main(["ask", QUESTION, "--publisher", "Nobody", *source]) == 3
    assert "No article matches the filters. To see authors, publishers" in capsys.readouterr().out
    assert main(["search", QUESTION, "--before", "1900-01-01", *source]) == 0
    assert "No passages found. No article matches the filters" in capsys.readouterr().out


def test_article_ids_must_be_a_list(seeds_index: Path) -> None:
    retriever = Retriever.open(seeds_index)
    with pytest.raises(SettingError, match=r"articles is 'news'; give it in a list: \['news'\]"):
        retriever.retrieve(QUESTION, filter=Filter(articles="news"))


def test_every_command_has_a_full_help() -> None:
    commands = next(
        action for action in parser()._actions if getattr(action, "choices", None)
    ).choices
    assert commands is not None
    assert {"index", "ask", "search", "articles", "eval", "chat", "cache"} <= set(commands)
    for name in commands:
        output = commands[name].format_help()  # type: ignore[index,call-overload]
        assert len(output) > 300, name
        assert "%%" not in output, name


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"pincite {version('pincite')}\n"


def test_the_installed_command_runs_quietly_in_a_pipe(seeds_index: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "qa", "search", QUESTION, "-k", "3", "--index", str(seeds_index)],
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    assert "seven weeks" in run.stdout
    assert run.stderr == ""


def test_own_fields_and_other_metadata_narrow_a_search(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library.create(tmp_path / "index")
    library.add("The harbour opened in May.", id="news/harbour", metadata={"desk": "local"})
    library.add("The harbour won the cup.", title="Cup", id="sport/cup", metadata={"desk": "sport"})
    index = ["--index", str(tmp_path / "index")]
    for options, expected in (
        (["--field", "desk=sport"], ["sport/cup"]),
        (["--field", "desk=sport", "--field", "desk=local"], ["news/harbour", "sport/cup"]),
        (["--path", "news/*"], ["news/harbour"]),
        (["--title", "cup"], ["sport/cup"]),
        (["--year", "2011"], []),
        (["--exclude", "sport/cup"], ["news/harbour"]),
    ):
        _, output = run_json(capsys, "search", "the harbour", *index, *options)
        found = [passage["citation"]["article"] for passage in output["passages"]]
        assert sorted(found) == expected
    assert output["passages"][0]["citation"]["metadata"] == {"desk": ["local"]}
    with pytest.raises(SystemExit):
        main(["search", "the harbour", *index, "--field", "desk"])
    assert "invalid field 'desk'; write NAME=VALUE" in capsys.readouterr().err


def test_watch_follows_a_folder_until_it_is_stopped(tmp_path: Path) -> None:
    write(tmp_path / "articles" / "harbour.txt", "The harbour of Lisbon was dredged in 1887.")
    process = subprocess.Popen(
        [sys.executable, "-m", "pincite", "watch", "articles", "--index", "kept"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal: a shell lets what it starts in the background ignore Ctrl+C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1 articles in kept: 1 added\n"
    # A file that is being written could be read half.
    write(tmp_path / "ferry.txt", "The ferry to Elba sank in 1911.")
    (tmp_path / "ferry.txt").rename(tmp_path / "articles" / "ferry.txt")
    assert process.stdout.readline() == "2 articles in kept: 1 added\n"
    process.send_signal(signal.SIGINT)
    printed, messages = process.communicate(timeout=120)
    assert (process.returncode, printed) == (0, "")
    assert "watching 1 articles in kept (stop with Ctrl+C)" in messages
    assert messages.endswith("pincite: stopped\n")


def test_watch_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Library.create(tmp_path / "empty")
    assert main(["watch", "--index", str(tmp_path / "empty")]) == 1
    assert "follows no folder; name one: pincite watch PATH" in capsys.readouterr().err


def test_an_index_of_the_earlier_encoder_stays_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    articles, old, new = tmp_path / "articles", str(tmp_path / "old"), str(tmp_path / "new")
    write(articles / "mill.txt", "The mill\n\nThe mill at Ashford grinds rye.\n")
    earlier = "all-MiniLM-L6-v2"
    assert main(["index", str(articles), "--index", old, "--encoder", earlier]) == 0
    assert main(["index", str(articles), "--index", new]) == 0
    assert "earlier default" not in capsys.readouterr().err
    assert main(["index", "--index", old]) == 0
    assert "made with the earlier default encoder all-MiniLM-L6-v2" in capsys.readouterr().err
    assert Library.open(old).encoder.name == earlier
    assert Library.open(new).encoder.name == "pincite-minilm-l6"
    status, found = run_json(capsys, "search", "Where is rye ground?", "--index", old)
    assert (status, found["passages"][0]["citation"]["title"]) == (0, "The mill")
