"""Error handling of the command line: unusual file names, missing folders, bad paths."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from index.library import Library, SyncProgress
from qa.cli.main import main
from qa.cli.output import QuestionProgressBar, SyncProgressBar, print_json, report_wait
from qa.indexes import private_indexes

TEXT = "The harbour opened in May. Ships came at once.\n"


def run_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    status = main([*map(str, arguments), "--json"])
    output = capsys.readouterr()
    return status, json.loads(output.out) if output.out else None, output.err


def make_folder(path: Path, *names: str) -> Path:
    path.mkdir()
    for number, name in enumerate(names):
        (path / name).write_text(f"Report {number}.\n\n{TEXT}")
    return path


def test_a_file_name_that_is_not_utf_8_is_indexed_and_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder(tmp_path / "articles", "plain.txt")
    odd = folder / os.fsdecode(b"caf\xe9.txt")
    odd.write_text("The kiosk sells thirty papers a day to riders.\n")
    store = tmp_path / "index"
    status, counts, _ = run_json(capsys, "index", folder, "--index", store)
    assert (status, counts["added"], counts["skipped"]) == (0, 2, [])
    _, listed, _ = run_json(capsys, "articles", "--index", store)
    assert [one["id"] for one in listed] == ["caf\\xe9.txt", "plain.txt"]
    assert Path(listed[0]["path"]).exists()
    _, found, _ = run_json(capsys, "search", "Who sells papers?", "-k", "1", "--index", store)
    assert found["passages"][0]["citation"]["article"] == "caf\\xe9.txt"
    status, answer, _ = run_json(capsys, "ask", "How many papers are sold?", "--index", store)
    assert status in (0, 3)
    assert answer["nearest"][0]["citation"]["title"] in ("caf\\xe9", "plain")


def test_json_output_is_valid_in_any_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    value = {"text": "¶ 5 — Calderón", "path": "caf\udce9.txt"}
    for encoding in ("utf-8", "ascii", "cp1252"):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding, write_through=True))
        print_json(value)
        assert json.loads(raw.getvalue().decode(encoding)) == value


def test_control_characters_in_names_are_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder(tmp_path / "articles", "red\x1b[31m.txt")
    (folder / "gone\x1b[2J.txt").write_text("")
    store = str(tmp_path / "index")
    for arguments in (
        ["index", str(folder), "--index", store],
        ["articles", "--index", store],
        ["articles", "show", "red\x1b[31m.txt", "--index", store],
        ["articles", "show", "none\x1b[31m.txt", "--index", store],
        ["search", "When did the harbour open?", "--index", store],
    ):
        main(arguments)
        output = capsys.readouterr()
        assert output.out + output.err
        assert "\x1b" not in output.out + output.err


def test_prune_removes_the_articles_of_a_missing_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = make_folder(tmp_path / "kept", "one.txt")
    gone = make_folder(tmp_path / "gone", "two.txt", "three.txt")
    store = tmp_path / "index"
    run_json(capsys, "index", kept, gone, "--index", store)
    gone.rename(tmp_path / "elsewhere")
    status, nothing, message = run_json(capsys, "index", gone, "--index", store)
    assert (status, nothing) == (1, None)
    assert "was indexed and is missing now" in message
    status, counts, _ = run_json(capsys, "index", gone, "--prune", "--index", store)
    assert (status, counts["removed"], counts["articles"]) == (0, 2, 1)


def test_a_folder_can_be_removed_while_another_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = make_folder(tmp_path / "first", "one.txt")
    second = make_folder(tmp_path / "second", "two.txt", "three.txt")
    store = tmp_path / "index"
    run_json(capsys, "index", first, second, "--index", store)
    first.rename(tmp_path / "away")
    status, counts, _ = run_json(capsys, "index", "--remove", second, "--index", store)
    assert (status, counts["removed"], counts["articles"]) == (0, 2, 1)
    status, counts, _ = run_json(capsys, "index", "--remove", first, "--index", store)
    assert (status, counts["removed"], counts["articles"]) == (0, 1, 0)


def test_no_index_is_created_for_a_folder_without_articles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = make_folder(tmp_path / "empty")
    assert main(["index", str(empty), "--index", str(tmp_path / "index")]) == 1
    assert "holds no articles" in capsys.readouterr().err
    assert main(["ask", "Who?", "--index", str(tmp_path / "index")]) == 1
    assert "there is no index" in capsys.readouterr().err


def test_an_unsupported_file_is_refused_before_an_index_is_created(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.json").write_text("{}", encoding="utf-8")
    index = tmp_path / "index"
    assert main(["index", str(tmp_path / "notes.json"), "--index", str(index)]) == 2
    assert "notes.json: unsupported format; use one of .txt" in capsys.readouterr().err
    assert not index.exists()


def test_another_encoder_is_refused_for_an_existing_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ["--index", str(tmp_path / "index")]
    assert main(["index", str(make_folder(tmp_path / "articles", "one.txt")), *index]) == 0
    assert main(["index", *index, "--encoder", str(tmp_path / "no-model")]) == 1
    assert "no-model" in capsys.readouterr().err


def test_an_invalid_port_in_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "abc")
    with pytest.raises(SystemExit) as stop:
        main(["chat"])
    assert stop.value.code == 2
    assert "invalid port 'abc'; give a number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.usefixtures("private_cache")
def test_a_missing_private_index_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for action in ("clear", "list"):
        assert main(["cache", action, str(tmp_path)]) == 2
        assert "there is no private index of" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["index", "articles", "--index", "articles/one.txt/index"], 1),
        (
            ["eval", "questions.jsonl", "--articles", "articles", "--run-file", "nowhere/run.txt"],
            2,
        ),
    ],
)
def test_paths_that_cannot_be_written_get_a_message(
    arguments: list[str],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_folder(tmp_path / "articles", "one.txt")
    question = {"id": "1", "question": "Where are whales?", "answers": [], "evidence": []}
    (tmp_path / "questions.jsonl").write_text(json.dumps(question) + "\n")
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == status
    message = capsys.readouterr().err
    assert message.startswith("pincite: ")
    assert arguments[-1].split("/")[0] in message


def test_a_private_index_of_an_emptied_folder_is_an_error_but_listed(
    tmp_path: Path, private_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_folder(tmp_path / "articles", "one.txt", "two.txt")
    run_json(capsys, "articles", "--articles", folder)
    for path in folder.iterdir():
        path.unlink()
    status, nothing, message = run_json(capsys, "articles", "--articles", folder)
    assert (status, nothing) == (1, None)
    assert "holds no readable articles" in message
    (folder / "locked.pdf").write_bytes(b"%PDF-1.4 nothing more")
    _, nothing, message = run_json(capsys, "articles", "--articles", folder)
    assert "broken PDF" in message
    # Its private index is still listed, so that it can be deleted.
    assert str(folder) in {one.source for one in private_indexes()}
    listed = {one.path for one in private_indexes()}
    assert set((private_cache / "indexes").iterdir()) == listed


def test_the_process_that_holds_the_lock_is_printed_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(3):
        report_wait("waiting for process 12 (indexing, since 10:00:00)")
    assert capsys.readouterr().err.count("process 12") == 1


def test_the_progress_bar_counts_the_chunks_of_a_long_article(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with SyncProgressBar() as progress:
        assert progress is not None
        progress(SyncProgress("encoding", 0, 1, 1024))
    assert "1,024 chunks" in terminal.getvalue()


@pytest.mark.parametrize(("seconds", "lines"), [(0, ["1 of 1,000", "2 of 1,000"]), (3600, [])])
def test_questions_are_counted_in_lines_without_a_terminal(
    seconds: float, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with QuestionProgressBar(seconds) as progress:
        progress(1, 1000)
        progress(2, 1000)
    assert capsys.readouterr().err.splitlines() == [f"{line} questions" for line in lines]


def test_an_added_text_with_a_lone_surrogate_can_be_found(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "index")
    added = library.add("The kiosk \ud83d sells thirty papers a day.", title="Kiosk \ud83d")
    hits = library.snapshot().search_words("kiosk papers", 3)
    assert [library.snapshot().chunk(hit.row).article for hit in hits] == [added.id]


def test_an_empty_index_gives_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("The mill stands still.", encoding="utf-8")
    index = ["--index", str(tmp_path / "index")]
    assert main(["index", str(tmp_path / "notes"), *index]) == 0
    assert main(["index", "--remove", str(tmp_path / "notes"), *index]) == 0
    for command in (["articles"], ["ask", "What stands still?"], ["search", "mill"]):
        capsys.readouterr()
        main([*command, *index])
        output = capsys.readouterr().out
        assert "The index has no articles. Add some with: pincite index PATH" in output
