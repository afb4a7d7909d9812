"""A file that keeps every finished question, so that a stopped run can go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from qa.evaluation.question_result import Outcome


class Journal:
    """Appends one line for each finished question; reopening gives them back.

    `header` says what is being run. A journal with another header, another run's, is
    started anew. The last line may be half written after a stop; it is dropped and asked
    again.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        self.done: dict[str, Outcome] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = list(_whole_lines(path))
        if lines and lines[0] == header:
            for line in lines[1:]:
                outcome = Outcome.from_json(line)
                self.done[outcome.id] = outcome
        kept = [header, *(outcome.to_json() for outcome in self.done.values())]
        temporary = path.with_suffix(".new")
        temporary.write_text("".join(map(_line, kept)), encoding="utf-8")
        temporary.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def add(self, outcome: Outcome) -> None:
        """Keep a finished question; it survives the process, killed or not."""
        self._file.write(_line(outcome.to_json()))
        self._file.flush()

    def finish(self) -> None:
        """Delete the file: the run is complete."""
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
    """The objects of a journal up to the first line that is broken."""
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
