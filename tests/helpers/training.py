"""A training example for tests: a paragraph and a question about it."""

from __future__ import annotations

from training.inputs import Example, sentence_ranges

CONTEXT = (
    "The bridge at Tamsel was drawn by Clara Imhof in four months, and it cost 640,000 marks. "
    "Most of that was lent by the district; the rest came from tolls on the old ferry."
)


def example(answer: str | None = "Clara Imhof", context: str = CONTEXT) -> Example:
    """Return an example with the answer `answer`, or without one for None."""
    start = context.index(answer) if answer else 0
    short = ((start, start + len(answer)),) if answer else ()
    long = tuple(s for s in sentence_ranges(context) if short and s[0] <= start < s[1])
    question = "Who drew the bridge?"
    return Example("squad", "squad", "Tamsel bridge", question, context, short, long)
