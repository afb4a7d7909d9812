"""One answer's evidence, where more or fewer of the questions have an answer.

How probable an answer is depends on how often the articles have one at all: the same words
convince less where most questions have none. Evidence is fitted at one such share and stated
for another by Bayes' rule, as long as questions of each kind look alike at both (prior shift;
Saerens, Latinne and Decaestecker 2002, equation 4).
"""

from __future__ import annotations

import math
from numbers import Real

from index.errors import SettingError

SUREST = 0.9
"""How often the surest words are right where the question has an answer: those of the surest
fifth of the held-out questions, by `training.calibrate`."""


def answered_at_all(right: float, answerable: float) -> float:
    """`answerable` (0..1), raised where `right` could not be as high otherwise.

    The two are estimated apart. Words are no surer than `SUREST` of an answer that is there; or
    where `right` is nearly that high itself, as likely to be wrong words as to have no answer.
    """
    return max(answerable, min(right / SUREST, math.sqrt(right)))


def at_share(probability: float, answerable: float, stated: float, wanted: float) -> float:
    """A probability, 0..1, of what only a question with an answer has, stated for another share.

    `answerable` (0..1, no lower) is the probability that the question has an answer. Both are
    stated for a share of questions without one, above 0 and below 1; `wanted`, from 0 to below
    1, is the share to state it for.
    """
    has, lacks = (1.0 - wanted) / (1.0 - stated), wanted / stated
    total = has * answerable + lacks * (1.0 - answerable)
    return has * probability / total if total > 0.0 else 0.0


def checked_share(share: object) -> float:
    """`share` as a number from 0 up to, but not, 1. Raises SettingError for anything else."""
    if isinstance(share, Real) and 0.0 <= float(share) < 1.0:
        return float(share)
    raise SettingError(
        f"the share of questions without an answer is {share!r}; give a number from 0 to below 1"
    )
