"""The options `--fail-under METRIC=MIN` and `--fail-over METRIC=MAX`: limits of a run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qa.errors import MetricError
from qa.evaluation.metrics import Metric
from qa.evaluation.summary import metric_values


@dataclass(frozen=True, slots=True)
class Limit:
    """A metric, by its key or the key's last part where that is unique, and its limit.

    The limit is the highest value if `is_maximum`, else the lowest.
    """

    metric: str
    value: float
    is_maximum: bool = False

    @classmethod
    def parse(cls, text: str, *, is_maximum: bool = False) -> Limit:
        """Parse `recall@5=0.9`. Raises MetricError."""
        name, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not equals or not name.strip() or not math.isfinite(value):
            example = "false_answer_rate=0.1" if is_maximum else "recall@5=0.9"
            raise MetricError(f"invalid limit {text!r}; write METRIC=NUMBER, such as {example}")
        return cls(name.strip(), value, is_maximum)

    def check(self, metrics: Mapping[str, Metric]) -> None:
        """Check that exactly one of these metrics has the name, and that it can have this limit.

        A minimum needs a metric where higher is better, a maximum one where lower is. Raises
        MetricError otherwise.
        """
        key = _resolve(metrics, self.metric)
        if metrics[key].is_higher_better == self.is_maximum:
            better, option = ("higher", "under") if self.is_maximum else ("lower", "over")
            raise MetricError(
                f"{better} is better for {key}; write --fail-{option} {self.metric}={self.value:g}"
            )

    def failure(self, summary: Mapping[str, Any]) -> str | None:
        """Return why a run exceeds this limit, None when it passes.

        A metric that is undefined for these questions fails. Raises MetricError when the run has
        no such metric, or several.
        """
        values = metric_values(summary)
        key = _resolve(values, self.metric)
        value = values[key]
        if value is None:
            limit = "maximum" if self.is_maximum else "minimum"
            return f"{key} is undefined for these questions; the {limit} is {self.value:g}"
        if self.is_maximum and value > self.value:
            return f"{key} is {value:.4f}, above {self.value:g}"
        if not self.is_maximum and value < self.value:
            return f"{key} is {value:.4f}, below {self.value:g}"
        return None


def _resolve(keys: Iterable[str], name: str) -> str:
    known = list(keys)
    if name in known:
        return name
    matching = [key for key in known if key.endswith("." + name)]
    # `f1` is that of the answers, not the reader's.
    matching = [key for key in matching if key == f"answers.{name}"] or matching
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise MetricError(f"ambiguous metric {name!r}; choose one of: {', '.join(matching)}")
    raise MetricError(f"unknown metric {name!r}; choose one of: {', '.join(known)}")
