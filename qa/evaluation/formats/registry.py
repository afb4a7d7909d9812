"""Registry of question-set formats: how each is recognised and read.

A format is declared here and nowhere else. To add one to this package, write a function
`read(source: QuestionSetSource) -> QuestionSet` and add a `QuestionSetFormat` to `BUILT_IN`.
A program adds one for its own process with `register_format`; another package adds one through
an entry point that names a `QuestionSetFormat`:

    [project.entry-points."pincite.question_sets"]
    csv = "my_package.question_sets:CSV"
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from index.plugins import load_plugins
from qa.errors import QuestionSetError
from qa.evaluation.formats.beir import read_beir
from qa.evaluation.formats.files import QuestionSetSource
from qa.evaluation.formats.long_answers import is_long_answers, read_long_answers
from qa.evaluation.formats.pairs import is_pairs, read_pairs
from qa.evaluation.formats.pincite import read_pincite
from qa.evaluation.formats.squad import read_squad
from qa.evaluation.formats.trec import read_trec
from qa.questions import QuestionSet

ENTRY_POINTS = "pincite.question_sets"
"""The entry point group in which other packages declare formats."""


@dataclass(frozen=True, slots=True)
class QuestionSetFormat:
    """A format of question sets.

    `name` is stored in a run's JSON; `description` lists the format in messages. `is_match` says
    whether a file or folder has the format, and `read` reads it; `read` raises QuestionSetError,
    which names file, line and reason, for a malformed one.
    """

    name: str
    description: str
    is_match: Callable[[QuestionSetSource], bool]
    read: Callable[[QuestionSetSource], QuestionSet]


def _is_squad(source: QuestionSetSource) -> bool:
    """Whether a file is one JSON object with `data`, rather than one object a line."""
    if not source.start.startswith("{"):
        return False
    first_line = source.start.split("\n", 1)[0]
    try:
        first = json.loads(first_line)
    except ValueError:
        # The first line is not a whole object: pretty-printed JSON, or a broken JSON line.
        return '"data"' in source.start[:2000] or first_line.strip() == "{"
    return isinstance(first, dict) and "data" in first and "question" not in first


BUILT_IN = (
    QuestionSetFormat("beir", "a BEIR folder", lambda source: source.path.is_dir(), read_beir),
    QuestionSetFormat(
        "trec",
        "TREC topics with judgments",
        lambda source: source.qrels is not None or source.start.startswith("<"),
        read_trec,
    ),
    QuestionSetFormat("squad", "SQuAD JSON", _is_squad, read_squad),
    QuestionSetFormat(
        "long answers", "JSON lines with long answers", is_long_answers, read_long_answers
    ),
    QuestionSetFormat(
        "pincite", "JSON lines", lambda source: source.start.startswith("{"), read_pincite
    ),
    QuestionSetFormat(
        "pairs", "a JSON array or CSV with question and answer", is_pairs, read_pairs
    ),
)

_registered: dict[str, QuestionSetFormat] = {}


def register_format(question_set_format: QuestionSetFormat) -> None:
    """Add a format for this process; it is tried before the built-in ones.

    Raises QuestionSetError if another format has its name; registering the same one again does
    nothing.
    """
    name = question_set_format.name
    known = {built_in.name: built_in for built_in in BUILT_IN} | _registered
    if known.get(name, question_set_format) != question_set_format:
        raise QuestionSetError(f"the question-set format {name!r} exists already; choose another")
    _registered[name] = question_set_format


@cache
def _from_entry_points() -> list[QuestionSetFormat]:
    """Return the formats of other packages."""
    return load_plugins(ENTRY_POINTS, QuestionSetFormat)


def _all_formats() -> Iterator[QuestionSetFormat]:
    yield from _registered.values()
    yield from _from_entry_points()
    yield from BUILT_IN


def read_question_set(
    path: str | Path,
    *,
    qrels: str | Path | None = None,
    documents: str | Path | None = None,
    split: str = "test",
) -> QuestionSet:
    """Read a question set from a file or folder, recognising its format by its content.

    `qrels` and `documents` are the judgments and documents of TREC topics; for a BEIR folder
    `qrels` names another file of judgments than `qrels/<split>.tsv`. Raises QuestionSetError,
    which names the file, the line and the reason, when the set is missing, malformed or of an
    unknown format.
    """
    source = QuestionSetSource(
        Path(path).expanduser(),
        Path(qrels).expanduser() if qrels else None,
        Path(documents).expanduser() if documents else None,
        split,
    )
    if not source.path.exists():
        raise QuestionSetError(f"{path}: no such file or folder; name a question set")
    if files := _question_files(source.path):
        is_set = [_has_questions(file) for file in files]
        left_out = [
            file for file, has_questions in zip(files, is_set, strict=True) if not has_questions
        ]
        merged = _merged(source.path, [file for file in files if file not in left_out])
        warnings = (
            f'{file}: its first line has no "question"; the file is left out' for file in left_out
        )
        return replace(merged, warnings=(*warnings, *merged.warnings))
    for known in _all_formats():
        if known.is_match(source):
            return replace(known.read(source), format=known.name)
    if not source.start:
        raise QuestionSetError(f"{path}: the file is empty; write one question per line")
    formats = ", ".join(known.description for known in _all_formats())
    raise QuestionSetError(
        f"{path}, line 1: unknown question-set format; it starts with {source.start[:40]!r}; the "
        f"formats are: {formats}"
    )


def read_question_sets(
    paths: Sequence[str | Path],
    *,
    qrels: str | Path | None = None,
    documents: str | Path | None = None,
) -> QuestionSet:
    """Read one question set, or several files of JSON lines as one set.

    Raises QuestionSetError as `read_question_set` does, and where several are given of which one
    brings its own articles or an id is in two.
    """
    if len(paths) == 1:
        return read_question_set(paths[0], qrels=qrels, documents=documents)
    if qrels or documents:
        raise QuestionSetError(
            f"{paths[0]} and {len(paths) - 1} more: judgments and documents belong to one question "
            "set; name one"
        )
    files = [Path(path).expanduser() for path in paths]
    return _merged(Path(os.path.commonpath([file.absolute() for file in files])), files)


def _question_files(folder: Path) -> list[Path]:
    """Return the files of JSON lines in a folder that is not a BEIR set, by name."""
    if not folder.is_dir() or any((folder / f"{n}.jsonl").exists() for n in ("corpus", "queries")):
        return []
    return sorted(folder.glob("*.jsonl"))


def _merged(path: Path, files: Sequence[Path]) -> QuestionSet:
    """Return the questions of several files as one set; `path` names the set."""
    parts: list[QuestionSet] = []
    where: dict[str, Path] = {}
    digest = hashlib.sha256()
    for file in files:
        part = read_question_set(file)
        if part.articles is not None or part.retrieval_only:
            raise QuestionSetError(
                f"{file} is a set of its own ({part.format}) and cannot be read together with "
                "other files; name it alone"
            )
        for question in part.questions:
            if question.id in where:
                raise QuestionSetError(
                    f"{file}: id {question.id!r} was used in {where[question.id]}; ids of files "
                    "that are read together must differ"
                )
            where[question.id] = file
        parts.append(part)
        digest.update(part.key.encode())
    if not parts:
        raise QuestionSetError(f"{path}: no file has questions; write one JSON object per line")
    return QuestionSet(
        path,
        tuple(question for part in parts for question in part.questions),
        digest.hexdigest(),
        warnings=tuple(warning for part in parts for warning in part.warnings),
        format=", ".join(dict.fromkeys(part.format for part in parts)),
    )


def _has_questions(file: Path) -> bool:
    """Whether the first line of a file is not an object without `question`."""
    try:
        first = json.loads(QuestionSetSource(file).start.split("\n", 1)[0])
    except ValueError:
        return True
    return not isinstance(first, dict) or "question" in first
