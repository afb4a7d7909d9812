"""Parsers from outside this package: entry points of other packages, and `register_parser`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import PROJECT
from tests.helpers.library import write

PLUGIN = """
from index.parsing.registry import Parser

PARSER = Parser((".log", ".logbook"), "logbook.parser", cost_per_mb=1000.0)
"""

MODULE = '''
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.types import Kind, Metadata

def parse(data: bytes) -> ParsedDocument:
    """One entry a line, "day | words"; the first line is the ship's name."""
    name, *entries = data.decode("utf-8").splitlines()
    builder = DocumentBuilder()
    builder.add(name, hint=Kind.HEADING, level=1)
    for entry in entries:
        day, _, words = entry.partition("|")
        builder.add(f"On {day.strip()} {words.strip()}")
    return builder.build(Metadata(title=name, authors=("Ann Bee",)))
'''

LOG = "The Heron\n3 May | the captain bought eleven barrels of herring in Aberlour."
PARSED = "The Heron\n\nOn 3 May the captain bought eleven barrels of herring in Aberlour."


def install(site: Path, name: str, entry_points: str, **modules: str) -> None:
    """Lay out an installed package as pip does: its modules and its metadata."""
    for module, source in modules.items():
        write(site / name / f"{module}.py", source)
    info = site / f"{name}-1.0.dist-info"
    write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    write(info / "entry_points.txt", f"[pincite.parsers]\n{entry_points}\n")


def python(*args: str, site: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in `folder` with the packages in `site`."""
    path = os.pathsep.join([str(PROJECT), str(site)])
    return subprocess.run(
        [sys.executable, *args],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages that holds a parser for .log files."""
    folder = tmp_path / "site"
    install(folder, "logbook", "logbook = logbook.plugin:PARSER", plugin=PLUGIN, parser=MODULE)
    write(folder / "logbook" / "__init__.py", "")
    return folder


SYNC_AND_SEARCH = """
from index import Library
from qa import Retriever

library = Library.create("store")
report = library.sync("articles")
print(report.added, report.skipped)
passage = Retriever(library).retrieve("Who bought herring?", k=1)[0]
print(passage.article.id, passage.article.metadata.authors, repr(passage.text))
"""


def test_files_of_an_installed_parser_are_indexed_and_found(tmp_path: Path, site: Path) -> None:
    write(tmp_path / "articles" / "heron.LOG", LOG)
    write(tmp_path / "articles" / "pears.txt", "Pears from the orchard won a medal.")
    done = python("-c", SYNC_AND_SEARCH, site=site, folder=tmp_path)
    assert done.stdout == (f"('heron.LOG', 'pears.txt') ()\nheron.LOG ('Ann Bee',) {PARSED!r}\n"), (
        done.stderr
    )


@pytest.mark.parametrize(
    ("name", "content"), [("heron.log", LOG), ("page.htm", f"<h1>The Heron</h1><p>{LOG}</p>")]
)
def test_the_command_line_indexes_a_single_file_of_every_suffix(
    tmp_path: Path, site: Path, name: str, content: str
) -> None:
    write(tmp_path / name, content)
    done = python("-m", "qa", "index", name, site=site, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    done = python("-m", "qa", "search", "herring", site=site, folder=tmp_path)
    assert "eleven barrels of herring" in done.stdout, done.stderr


BROKEN = (
    (
        "gone = no_such_package:PARSER",
        "cannot load the plugin gone = no_such_package",
    ),
    (
        "wrong = logbook.plugin:__name__",
        "ignoring the plugin wrong = logbook.plugin",
    ),
    ("taken = taken.plugin:PARSER", "another parser reads .txt files"),
    ("capitals = capitals.plugin:PARSER", "invalid suffix '.RST'"),
)


@pytest.mark.parametrize(("entry_point", "warning"), BROKEN)
def test_a_broken_plugin_is_reported_and_affects_nothing_else(
    tmp_path: Path, site: Path, entry_point: str, warning: str
) -> None:
    name = entry_point.split()[0]
    suffix = ".RST" if name == "capitals" else ".txt"
    declared = PLUGIN.replace('".log", ".logbook"', f'"{suffix}",').replace("logbook", name)
    install(site, name, entry_point, plugin=declared, parser=MODULE)
    code = (
        "from pathlib import Path; from index.parsing.registry import *; "
        "print(supported_formats(), parser_for(Path('a.txt')).module, "
        "parser_for(Path('a.logbook')).module, parser_for(Path('a.adoc')))"
    )
    done = python("-c", code, site=site, folder=tmp_path)
    assert done.stdout == (
        ".txt, .md, .html, .pdf, .docx, .epub, .odt, .rtf, .pptx, .xlsx, .eml, .rst, .csv, .vtt, "
        ".log index.parsing.plaintext logbook.parser None\n"
    ), done.stderr
    assert warning in done.stderr


def test_a_parser_whose_module_is_missing_skips_its_files(tmp_path: Path, site: Path) -> None:
    (site / "logbook" / "parser.py").unlink()
    write(tmp_path / "articles" / "heron.log", LOG)
    write(tmp_path / "articles" / "pears.txt", "Pears from the orchard won a medal.")
    done = python("-m", "qa", "index", "articles", site=site, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "heron.log" in done.stdout + done.stderr
    assert "cannot load the parser for .log files" in done.stdout + done.stderr


PARSE_IN_WORKERS = """
import sys
from pathlib import Path
from index.parsing.pool import ParseTask, parse_files
from index.parsing.registry import Parser, register_parser

{declaration}

tasks = [ParseTask(Path(name), name, 100) for name in ("heron.log", "pears.txt")]
for result in parse_files(tasks, lambda: None, workers=1):
    print(repr(result().text))
print("parsed here:", sorted({{"logbook.parser", "index.parsing.plaintext"}} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "declaration",
    [
        "",
        'register_parser(Parser((".log",), "logbook.parser"))',
        MODULE + 'register_parser(Parser((".log",), "__main__"))',
    ],
    ids=["entry point", "registered", "registered, in the script itself"],
)
def test_a_parser_that_workers_cannot_import_runs_in_process(
    tmp_path: Path, site: Path, declaration: str
) -> None:
    if declaration:
        (site / "logbook-1.0.dist-info" / "entry_points.txt").unlink()
    write(tmp_path / "heron.log", LOG)
    write(tmp_path / "pears.txt", "Pears won.")
    write(tmp_path / "script.py", PARSE_IN_WORKERS.format(declaration=declaration))
    done = python("script.py", site=site, folder=tmp_path)
    assert done.stdout == f"{PARSED!r}\n'Pears won.\\n'\nparsed here: []\n", done.stderr
