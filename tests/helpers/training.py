"""A training example for tests: a paragraph and a question about it."""

from __future__ import annotations

from training.inputs import Example

CONTEXT = (
    "The bridge at Tamsel was drawn by Clara Imhof in four months, and it cost 640,000 marks. "
    "Most of that was lent by the district; the rest came from tolls on the old ferry."
)


def example(answer: str | None = "Clara Imhof", context: str = CONTEXT) -> Example:
    """Return an example with the answer `answer`, or without one for None."""
    answer_range = (context.index(answer), context.index(answer) + len(answer)) if answer else None
    return Example("squad", "squad", "Tamsel bridge", "Who drew the bridge?", context, answer_range)
