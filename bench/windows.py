"""Record the windows that a reader scores for a question, to run them alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from unittest.mock import patch

from qa.readers.span_model import RowScores, ShippedModel, TokenRow

Batches = list[list[TokenRow]]


def windows_of(read: Callable[[], object]) -> Batches:
    """Return the batches of windows that the network scores while `read` runs."""
    batches: Batches = []
    real = ShippedModel.scores

    def noted(model: ShippedModel, rows: Sequence[TokenRow]) -> list[RowScores]:
        batches.append(list(rows))
        return real(model, rows)

    with patch.object(ShippedModel, "scores", noted):
        read()
    return batches


def run(model: ShippedModel, batches: Batches) -> None:
    """Run the network on these batches alone."""
    for rows in batches:
        model.scores(rows)
