"""One answer's evidence, where more or fewer of the questions have an answer.

How probable an answer is depends on how often the articles have one at all: the same words
convince less where most questions have none. Evidence is fitted at one such share and stated
for another by Bayes' rule, as long as questions of each kind look alike at both (prior shift;
Saerens, Latinne and Decaestecker 2002, equation 4).
"""

from __future__ import annotations

from index.errors import SettingError


def at_share(right: float, answerable: float, stated: float, wanted: float) -> float:
    """The probability, 0..1, that an answer is right, where `wanted` of the questions have none.

    `right`, and `answerable` for the question having an answer, are the probabilities where
    that share is `stated`. Shares lie above 0 and below 1, but `wanted` may be 0.
    """
    # A right answer is one: estimates made apart may disagree a little.
    answerable = max(right, answerable)
    has, lacks = (1.0 - wanted) / (1.0 - stated), wanted / stated
    total = has * answerable + lacks * (1.0 - answerable)
    return has * right / total if total > 0.0 else 0.0


def checked_share(share: object) -> float:
    """`share` as a number from 0 up to, but not, 1. Raises SettingError for anything else."""
    if isinstance(share, int | float) and 0.0 <= share < 1.0:
        return float(share)
    raise SettingError(
        f"the share of questions without an answer is {share!r}; give a number from 0 to below 1"
    )
