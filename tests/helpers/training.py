"""A paragraph and a question about it, as the training's tests read them."""

from __future__ import annotations

from training.inputs import Example

CONTEXT = (
    "The bridge at Tamsel was drawn by Clara Imhof in four months, and it cost 640,000 marks. "
    "Most of that was lent by the district; the rest came from tolls on the old ferry."
)


def example(answer: str | None = "Clara Imhof", context: str = CONTEXT) -> Example:
    """Who drew the bridge, answered by `answer` or not at all."""
    place = (context.index(answer), context.index(answer) + len(answer)) if answer else None
    return Example("squad", "squad", "Tamsel bridge", "Who drew the bridge?", context, place)
