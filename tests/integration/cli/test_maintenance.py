"""`pincite check` and `pincite repair`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from index.errors import EncoderError
from index.library import Library
from qa.cli.main import main
from tests.helpers.library import HashingEncoder, write


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of two articles."""
    folder = tmp_path / "articles"
    write(folder / "bridge.txt", "The bridge was painted in 1904. It cost $1.9 billion.")
    write(folder / "pears.txt", "Pears won a medal in Ghent. The orchard is gone.")
    Library.create(tmp_path / "index", encoder=HashingEncoder()).sync(folder)
    return tmp_path / "index"


def flip(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"$1.9", b"$1.8") if b"$1.9" in data else data[:-1] + b"?")


def test_check_reports_a_changed_digit(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--index", str(index)]) == 0
    assert "all are whole" in capsys.readouterr().out
    flip(index / "segments" / "1" / "articles.db")
    assert main(["check", "--index", str(index), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["damaged"] == [
        {"path": "segments/1/articles.db", "problem": "its content differs from its digest"}
    ]
    assert main(["articles", "show", "bridge.txt", "--index", str(index)]) == 1
    printed = capsys.readouterr()
    assert "1.8" not in printed.out
    assert "articles.db is damaged: its content differs from its digest" in printed.err
    assert "delete" not in printed.err.lower()
    assert main(["index", "--verify", "--index", str(index)]) == 1
    assert "articles.db is damaged" in capsys.readouterr().err


def test_repair_needs_the_encoder_of_the_index(index: Path) -> None:
    flip(index / "segments" / "1" / "articles.db")
    with pytest.raises(EncoderError, match="hashing"):
        Library.repair(index)


def test_repair_from_the_command_line(
    web_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = shutil.copytree(web_index, tmp_path / "index")
    assert main(["repair", "--index", str(index)]) == 0
    assert "nothing to repair" in capsys.readouterr().out
    flip(next(index.glob("bm25/*/*.term")))
    assert main(["repair", "--index", str(index), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kept"] == len(Library.open(index))
    assert report["problems"] == []
    assert main(["check", "--index", str(index)]) == 0
