"""The wording that the command line, the chat, exports and reports share.

Plain text without markup: the caller escapes it for HTML, Markdown or the terminal.
"""

from __future__ import annotations

from collections.abc import Sequence

NOT_ANSWERED = "The articles do not answer this."
UNSURE = "The articles may answer this, but no quote from them is certain enough."
SOURCES_DIFFER = "Sources differ"

_LEVELS = ((0.85, "Very likely right"), (0.65, "Likely right"), (0.4, "Possibly right"))


def refusal(*, is_unsure: bool) -> str:
    """Return the sentence for a refusal; `is_unsure` is `Answer.is_unsure`."""
    return UNSURE if is_unsure else NOT_ANSWERED


def looked_for(phrases: Sequence[str]) -> str:
    """Return the sentence that lists what was searched for (`Answer.key_phrases`)."""
    return f"Looked for: {', '.join(phrases)}."


def missing(names: Sequence[str]) -> str:
    """Return the sentence that lists one or more names no article has (`Answer.missing`)."""
    *others, last = [f"“{name}”" for name in names]
    return f"No article mentions {', '.join(others)}{' or ' if others else ''}{last}."


def nearest_passages(*, is_unsure: bool) -> str:
    """Return the heading of a refusal's nearest passages; `is_unsure` as for `refusal`."""
    return "Nearest passages" if is_unsure else "Nearest passages, which do not answer it"


def confidence_level(probability: float) -> str:
    """Return a probability, 0..1, in words."""
    return next((words for least, words in _LEVELS if probability >= least), "Uncertain")


def confidence(probability: float, *, is_calibrated: bool) -> str:
    """Return a probability, 0..1, in words and percent: "Likely right, 72%"."""
    note = "" if is_calibrated else " (a rough estimate)"
    return f"{confidence_level(probability)}, {round(100 * probability)}%{note}"


def recalibrated(votes: int) -> str:
    """Return the note for a confidence that votes changed (`Answer.recalibration`)."""
    return f"The percentage takes {votes:,} votes on earlier answers into account."


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: "1 question", "2 questions"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
