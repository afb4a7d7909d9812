"""The option `--fail-under METRIC=MIN`: minimums for continuous integration."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qa.errors import MetricError
from qa.evaluation.metrics import Metric
from qa.evaluation.summary import metric_values


@dataclass(frozen=True, slots=True)
class Minimum:
    """A metric, by its key or the key's last part where that is unique, and its lowest value."""

    metric: str
    value: float

    @classmethod
    def parse(cls, text: str) -> Minimum:
        """Parse `recall@5=0.9`. Raises MetricError."""
        name, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not equals or not name.strip() or not math.isfinite(value):
            raise MetricError(
                f"invalid minimum {text!r}; write METRIC=NUMBER, such as recall@5=0.9"
            )
        return cls(name.strip(), value)

    def check(self, metrics: Mapping[str, Metric]) -> None:
        """Check that exactly one of these metrics has the name, and that higher is better.

        Raises MetricError otherwise.
        """
        key = _resolve(metrics, self.metric)
        if not metrics[key].is_higher_better:
            raise MetricError(
                f"lower is better for {key}, so it cannot have a minimum; choose another metric"
            )

    def failure(self, summary: Mapping[str, Any]) -> str | None:
        """Return why a run fails this minimum, None when it passes.

        A metric that is undefined for these questions fails. Raises MetricError when the run has
        no such metric, or several.
        """
        values = metric_values(summary)
        key = _resolve(values, self.metric)
        value = values[key]
        if value is None:
            return f"{key} is undefined for these questions; the minimum is {self.value:g}"
        if value < self.value:
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
