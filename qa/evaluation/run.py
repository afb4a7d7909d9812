"""A finished run: its figures and every question's result, saved as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qa.errors import RunError
from qa.evaluation.question_result import QuestionResult


@dataclass(frozen=True)
class Run:
    """A finished run: its figures, as `pincite eval --json` prints them, and every result."""

    summary: dict[str, Any]
    results: tuple[QuestionResult, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the figures and, under `per_question`, every question's result."""
        return {**self.summary, "per_question": [one.to_json() for one in self.results]}

    def save(self, path: str | Path) -> None:
        """Write the run to a file, atomically."""
        path = Path(path)
        temporary = path.with_name(path.name + ".new")
        # A question may hold lone surrogates, which UTF-8 cannot encode; ASCII escapes can.
        temporary.write_text(json.dumps(self.to_json()), encoding="ascii")
        temporary.replace(path)

    @classmethod
    def load(cls, path: str | Path) -> Run:
        """Load a saved run. Raises RunError when the file is not one."""
        path = Path(path)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            results = tuple(QuestionResult.from_json(one) for one in data.pop("per_question"))
        except OSError as error:
            raise RunError(f"{path}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"{path}: not a saved run; make one with: pincite eval QUESTIONS --save {path.name}"
            ) from error
        return cls(data, results)
