"""What a question asks to be measured or counted, and whether a text gives it."""

from __future__ import annotations

import re

from index.segmentation.folding import fold_text
from index.segmentation.lexicon import NUMBER_WORDS
from index.types import Span
from qa.language.quantities import quantities
from qa.language.words import stems

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


_COUNTED = re.compile(r"\bhow many ((?:\S+ )?\S+)", re.IGNORECASE)
_COUNT_AND_NOUN = re.compile(
    rf"\b(?:\d[\d.,]*|(?:{'|'.join(NUMBER_WORDS)})\b)(?P<noun>(?:[ -][^\W\d_][\w'’-]*){{1,3}})",
    re.IGNORECASE,
)


def counts_something_else(question: str, sentence: str, answer: Span) -> bool:
    """Whether another number of a sentence counts what is asked for, and the answer does not.

    "How many contests" is not answered by the 25 of "87 contests of 25 agencies". `answer` is a
    span of the sentence. False where the question does not ask for a count.
    """
    asked = _COUNTED.search(question)
    if asked is None:
        return False
    counted = stems(asked[1])
    ours, others = 0, 0
    for match in _COUNT_AND_NOUN.finditer(sentence):
        shared = len(counted & stems(match["noun"]))
        if answer.start <= match.start() < answer.end:
            ours = max(ours, shared)
        else:
            others = max(others, shared)
    return others > ours
