"""Set raised digits apart from the numbers and words that they follow.

The digits of an exponent and of a footnote mark are raised on the page; as plain digits, 10⁶ would
be 106 and 1913⁴ the year 19134.
"""

from __future__ import annotations

import re

_RAISED = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
RAISED_DIGITS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
_DIGITS = re.compile(r"[+−-]?\d{1,4}(?:[,–-]\d{1,3})*")
_AFTER_PROSE = re.compile(r"(?:\d{3}|[^\W\d_]{3}|[.,;:!?%)\]”’\"»])$")


def superscript(raised: str, before: str, *, is_note: bool = False) -> str:
    """Return raised text as it is to be written after `before`.

    Digits become superscript characters. Those of a note are set apart by a space: where the
    format says so (`is_note`), and after a mark of punctuation, a word, or a number of three
    digits or more, since a base or a unit is shorter. Other text is returned unchanged.
    """
    digits = raised.strip()
    if not _DIGITS.fullmatch(digits):
        return raised
    is_apart = is_note or _AFTER_PROSE.search(before) is not None
    gap = " " if is_apart and before and not before[-1].isspace() else ""
    return gap + digits.translate(_RAISED)
