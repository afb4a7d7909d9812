"""A file of finished questions, from which a stopped run is resumed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from qa.evaluation.question_result import QuestionResult


class Journal:
    """Append one line for each finished question; `done` holds those of an earlier process.

    `header` identifies the run: a file with another header is overwritten. A last line that
    was only half written is dropped, and its question is asked again.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        self.done: dict[str, QuestionResult] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = list(_whole_lines(path))
        if lines and lines[0] == header:
            for line in lines[1:]:
                result = QuestionResult.from_json(line)
                self.done[result.id] = result
        lines = [header, *(result.to_json() for result in self.done.values())]
        temporary = path.with_suffix(".new")
        temporary.write_text("".join(map(_line, lines)), encoding="utf-8")
        temporary.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def add(self, result: QuestionResult) -> None:
        """Append a finished question; it is kept even if the process is killed."""
        self._file.write(_line(result.to_json()))
        self._file.flush()

    def finish(self) -> None:
        """Delete the file, since the run is complete."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value) + "\n"


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a journal up to the first broken line."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                value = json.loads(line)
            except ValueError:
                return
            if not isinstance(value, dict) or not line.endswith("\n"):
                return
            yield value
