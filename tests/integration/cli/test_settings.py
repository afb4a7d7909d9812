"""Defaults from `pincite.toml`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.cli.main import main, parser

ARTICLE = "The mill\n\nThe mill at Ashford was built in 1841.\n"
QUESTION = "When was the mill at Ashford built?"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with one article."""
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "mill.txt").write_text(ARTICLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "pincite.toml").write_text(text)


def test_commands_use_the_defaults_of_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        folder,
        '[ask]\nmin-confidence = 0\n[defaults]\nindex = "archive"\nreader = "sentence"\n'
        "min-confidence = 1\njson = true\n",
    )
    assert main(["index", "articles"]) == 0
    assert (folder / "archive" / "manifest.json").is_file()
    capsys.readouterr()
    assert main(["ask", QUESTION]) == 0
    assert "1841" in json.loads(capsys.readouterr().out)["text"]
    assert main(["ask", QUESTION, "--min-confidence", "1", "--index", "archive"]) == 3
    args = parser().parse_args(["eval", "set.jsonl"])
    assert (args.index, args.reader) == (Path("archive"), "sentence")


def test_a_set_with_its_own_articles_needs_no_index_of_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, '[defaults]\nindex = "archive"\n')
    answers = [{"text": "1841", "answer_start": 31}]
    paragraph = {"context": ARTICLE, "qas": [{"id": "1", "question": QUESTION, "answers": answers}]}
    data = {"data": [{"title": "Mill", "paragraphs": [paragraph]}]}
    (folder / "set.json").write_text(json.dumps(data))
    assert main(["eval", "set.json", "--check"]) == 0
    assert main(["eval", "set.json", "--check", "--index", "other"]) == 2
    assert "brings its own articles; leave out --index" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("index = 'a'", "'index' is no command; write options below [defaults]"),
        ("[asks]\nmode = 'strict'", "'asks' is no command"),
        ("[ask]\nmod = 'strict'", "[ask] has no option 'mod'; choose from: after, article"),
        ("[defaults]\nnothing = 1", "[defaults] has no option 'nothing'"),
        ("[ask]\nmode = 'loose'", "[ask] mode is 'loose'; choose from: balanced, strict, always"),
        ("[ask]\nmin-confidence = 2", "[ask] min-confidence is 2: '2' is not a number from 0 to 1"),
        ("[ask]\njson = 'yes'", "[ask] json is 'yes'; write true or false"),
        ("[ask]\nmode = ['strict']", "[ask] mode is ['strict']; give one value"),
        ("[ask", "pincite.toml cannot be read"),
    ],
)
def test_a_wrong_setting_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    write(folder, text)
    assert main(["ask", QUESTION]) == 2
    assert words in capsys.readouterr().err
