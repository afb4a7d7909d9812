"""`--fail-under recall@5=0.9`: a bound on a figure, for other people's CI."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qa.errors import RunError


class BoundError(RunError, ValueError):
    """A bound is written wrongly, or names a figure that the run does not have."""


_LOWER_IS_BETTER = ("false_", "differ_rate", "ece", "aurc")
"""How the names of those figures of abstention begin."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure, by its dotted key or its last part where that is unique, and its minimum."""

    figure: str
    minimum: float

    @classmethod
    def parse(cls, text: str) -> Bound:
        """`recall@5=0.9` as a bound. Raises BoundError."""
        name, equals, value = text.rpartition("=")
        try:
            minimum = float(value)
        except ValueError:
            minimum = math.nan
        if not equals or not name.strip() or not math.isfinite(minimum):
            raise BoundError(f"{text!r} is no bound; write FIGURE=NUMBER, such as recall@5=0.9")
        return cls(name.strip(), minimum)

    def check(self, names: Iterable[str]) -> None:
        """Raise BoundError where none of the figures that a run may have is meant, or several, or
        one that is better the lower it is."""
        key, _ = _one(dict.fromkeys(names), self.figure)
        if key.removeprefix("abstention.").startswith(_LOWER_IS_BETTER):
            raise BoundError(f"{key} is better the lower it is; a minimum for it guards nothing")

    def failure(self, summary: Mapping[str, Any]) -> str | None:
        """Why the run fails this bound, None when it holds.

        A figure that is undefined for these questions fails. Raises BoundError when the run
        has no such figure, or several.
        """
        key, value = _one(dotted(summary), self.figure)
        if value is None:
            return f"{key} is undefined for these questions, {self.minimum:g} was asked for"
        if value < self.minimum:
            return f"{key} is {value:.4f}, below {self.minimum:g}"
        return None


def _one(values: Mapping[str, float | None], name: str) -> tuple[str, float | None]:
    if name in values:
        return name, values[name]
    matching = [key for key in values if key.endswith("." + name)]
    if len(matching) > 1:
        # `f1` means that of the answers, before the reader's own.
        exact = [key for key in matching if key == f"answers.{name}"]
        matching = exact or matching
    if len(matching) == 1:
        return matching[0], values[matching[0]]
    if matching:
        raise BoundError(f"{name!r} could be any of: {', '.join(matching)}")
    raise BoundError(f"there is no figure {name!r}; the figures are: {', '.join(values)}")


SECTIONS = ("retrieval", "answers", "citations", "abstention", "reader")
"""The parts of a summary that hold figures with intervals."""


def dotted(summary: Mapping[str, Any]) -> dict[str, float | None]:
    """Every figure of a run under its dotted key, such as `retrieval.recall@5`."""
    found: dict[str, float | None] = {}

    def walk(prefix: str, value: Mapping[str, Any]) -> None:
        for name, one in value.items():
            key = f"{prefix}.{name}"
            if isinstance(one, Mapping):
                if name != "oracle":
                    walk(key, one)
            elif one is None or isinstance(one, int | float):
                found[key] = one

    for section in SECTIONS:
        if section in summary:
            walk(section, summary[section])
    return found


__all__ = ["SECTIONS", "Bound", "BoundError", "dotted"]
