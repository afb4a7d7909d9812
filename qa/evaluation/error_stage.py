"""Where a question was lost: the first stage after which the answer was gone."""

from __future__ import annotations

from enum import StrEnum

from qa.evaluation.gold import Gold, Trouble
from qa.evaluation.metrics import ParagraphKey


class Stage(StrEnum):
    """The stages in the order a question passes them."""

    NOT_EXTRACTED = "not_extracted"
    SET_ASIDE = "set_aside"
    NOT_RETRIEVED = "not_retrieved"
    BELOW_CUT = "below_cut"
    MISREAD = "misread"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The stage in words."""
        return _LABELS[self]


_LABELS = {
    Stage.NOT_EXTRACTED: "text not extracted",
    Stage.SET_ASIDE: "set aside",
    Stage.NOT_RETRIEVED: "not retrieved",
    Stage.BELOW_CUT: "retrieved below the reader's cut",
    Stage.MISREAD: "read wrongly",
    Stage.REFUSED: "refused",
}


def lost_at(
    gold: Gold,
    rank: int | None,
    read: frozenset[ParagraphKey],
    *,
    candidate_right: bool,
    candidate: bool,
    answered: bool,
) -> Stage | None:
    """The stage that lost an answerable question, None when it was answered right.

    `rank` is the first gold paragraph's, `read` the paragraphs the reader saw. An answer
    that is right although its evidence was lost on the way is not lost. A candidate that
    was wrong counts as read wrongly even where it was refused; a refusal without any
    candidate counts as refused.
    """
    if candidate_right:
        return None if answered else Stage.REFUSED
    if not gold.places:
        return Stage.NOT_EXTRACTED
    aside = any(trouble is Trouble.SET_ASIDE for _, trouble in gold.troubles)
    if rank is None:
        return Stage.SET_ASIDE if aside else Stage.NOT_RETRIEVED
    if not gold.keys & read:
        return Stage.BELOW_CUT
    return Stage.MISREAD if candidate else Stage.REFUSED
