"""What a question asks to be measured (money, percent, time, size), and whether a text gives it."""

from __future__ import annotations

import re

from index.segmentation.folding import fold_text
from qa.language.quantities import quantities

_MONEY = "cost|costs|worth|price|priced|pay|pays|paid|spend|spent|charge|charged|earn|earned|budget"
_ASKED: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern), frozenset(kinds.split()))
    for pattern, kinds in (
        (rf"\bhow much\b[^?]*\b(?:{_MONEY}|money|dollars|euros|pounds|fine|fee|fees)\b", "money"),
        (
            r"\bwhat (?:(?:is|was|are|were) the )?(?:\w+ )?(?:price|cost|budget|salary|wage|fee|"
            r"fine)\b",
            "money",
        ),
        (r"\b(?:what|which) (?:\w+ )?(?:percent|percentage|per cent|proportion|fraction)\b", "%"),
        (r"\bhow long\b", "time years length"),
        (r"\bhow old\b", "years time"),
        (r"\bhow (?:far|tall|wide|deep)\b", "length"),
        (r"\bhow (?:heavy\b|much\b[^?]*\bweigh)", "mass"),
        (r"\bhow fast\b", "speed time"),
        (r"\bhow many (?:\w+ )?(?:seconds|minutes|hours|days|weeks)\b", "time years"),
        (r"\bhow many (?:\w+ )?(?:months|years|decades|centuries)\b", "years time"),
        (r"\bhow many (?:\w+ )?(?:miles|metres|meters|kilometres|kilometers|feet)\b", "length"),
    )
)
_COUNT = re.compile(r"\bhow many\b")
_NOT_COUNTED = frozenset(("money", "%", "clock"))


def gives_measure(question: str, text: str) -> bool:
    """Whether a text has a quantity of the kind that a question asks for.

    A number without a unit is of every kind, since the unit may stand elsewhere. True where the
    question asks for nothing that can be measured.
    """
    folded = fold_text(question)
    asked = next((kinds for pattern, kinds in _ASKED if pattern.search(folded)), None)
    if asked is not None:
        return any(q.kind in asked or not q.kind for q in quantities(text))
    if _COUNT.search(folded):
        return any(q.kind not in _NOT_COUNTED for q in quantities(text))
    return True
