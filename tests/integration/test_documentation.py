"""The documentation shows what the program does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = [
    path
    for path in PROJECT.rglob("*.md")
    if not {"seeds", ".venv", "build", "node_modules", "tests"}
    & set(path.relative_to(PROJECT).parts)
]
_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


def _run(arguments: list[str]) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "pincite", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout


def _transcripts() -> list[tuple[str, str]]:
    blocks = re.findall(r"^```\n(\$ .*?)^```$", README, re.DOTALL | re.MULTILINE)
    shown = "".join(blocks).split("$ .venv/bin/pincite ")[1:]
    return [(command, output) for command, _, output in (text.partition("\n") for text in shown)]


@pytest.mark.parametrize(("command", "shown"), _transcripts())
def test_a_transcript_in_the_readme_is_what_the_command_prints(command: str, shown: str) -> None:
    printed = _run(shlex.split(command))
    # An ellipsis on a line of its own stands for lines that are left out.
    pieces = [piece.strip("\n") for piece in re.split(r"^\s*…\n", shown, flags=re.MULTILINE)]
    position = 0
    for piece in pieces:
        found = printed.find(piece, position)
        assert found >= 0, f"not printed: {piece}\n\nprinted:\n{printed}"
        position = found + len(piece)


def test_the_python_example_in_the_readme_runs() -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "¶" in run.stdout


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text(encoding="utf-8")):
        address, _, _ = target.partition("#")
        if address and not re.match(r"[a-z]+:", address):
            assert (page.parent / address).exists(), f"{target} does not exist"


def test_every_command_is_documented() -> None:
    commands = re.findall(r"^    (\w+) {2,}", _run(["--help"]), re.MULTILINE)
    assert len(commands) >= 8
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for command in commands:
        assert re.search(rf"\bpincite {command}\b", text), f"no page shows pincite {command}"
