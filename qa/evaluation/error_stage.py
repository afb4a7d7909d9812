"""Find the stage of the pipeline at which a question's answer was lost."""

from __future__ import annotations

from enum import StrEnum

from qa.evaluation.gold import EvidenceProblem, Gold
from qa.evaluation.scoring import ParagraphKey


class ErrorStage(StrEnum):
    """The stages, in the order a question passes them."""

    NOT_EXTRACTED = "not_extracted"
    SET_ASIDE = "set_aside"
    NOT_RETRIEVED = "not_retrieved"
    BELOW_CUT = "below_cut"
    MISREAD = "misread"
    NO_EVIDENCE = "no_evidence"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The stage's name for people."""
        return _LABELS[self]


_LABELS = {
    ErrorStage.NOT_EXTRACTED: "text not extracted",
    ErrorStage.SET_ASIDE: "set aside",
    ErrorStage.NOT_RETRIEVED: "not retrieved",
    ErrorStage.BELOW_CUT: "retrieved below the reader's cut",
    ErrorStage.MISREAD: "read wrongly",
    ErrorStage.NO_EVIDENCE: "wrong, without evidence to say where",
    ErrorStage.REFUSED: "refused",
}


def find_error_stage(
    gold: Gold,
    rank: int | None,
    read: frozenset[ParagraphKey],
    *,
    is_right: bool,
    has_candidate: bool,
    is_answered: bool,
) -> ErrorStage | None:
    """Return the stage that lost an answerable question, None when it was answered right.

    `rank` is the rank of the first gold paragraph (from 1), `read` the paragraphs that the reader
    read, `is_right` whether its best candidate is right. A right answer counts as right even if
    the gold paragraph was not retrieved. A wrong candidate counts as misread even if it was
    refused; a refusal without any candidate counts as refused. For a question without evidence,
    the stage of a wrong candidate is not known.
    """
    if is_right:
        return None if is_answered else ErrorStage.REFUSED
    if not gold.paragraphs and not gold.problems:
        return ErrorStage.NO_EVIDENCE if has_candidate else ErrorStage.REFUSED
    if not gold.paragraphs:
        return ErrorStage.NOT_EXTRACTED
    set_aside = any(problem is EvidenceProblem.SET_ASIDE for _, problem in gold.problems)
    if rank is None:
        return ErrorStage.SET_ASIDE if set_aside else ErrorStage.NOT_RETRIEVED
    if not gold.keys & read:
        return ErrorStage.BELOW_CUT
    return ErrorStage.MISREAD if has_candidate else ErrorStage.REFUSED
