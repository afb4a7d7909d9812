"""The type of answer that a question asks for, and whether a text can be one."""

from __future__ import annotations

import re
from enum import StrEnum

from index.segmentation.folding import fold_text
from index.segmentation.lexicon import MONTH, NUMBER_WORDS, STOP_WORDS, WEEKDAY
from qa.language.words import CAPITALS, words


class AnswerType(StrEnum):
    """The type of answer that a question asks for."""

    NUMBER = "number"
    DATE = "date"
    TIME = "time of day"
    PERSON = "person"
    PLACE = "place"
    YES_NO = "yes/no"
    ANY = "any"


_PATTERNS: tuple[tuple[re.Pattern[str], AnswerType], ...] = (
    (
        re.compile(
            r"\bhow (?:(?:many|much|old|far|long|tall|large|big|often)\b|"
            r"(?:high|fast|heavy|wide|deep) (?:is|are|was|were|do|does|did|can|could|will|would)\b)"
        ),
        AnswerType.NUMBER,
    ),
    (
        re.compile(
            r"\bwhat (?:(?:is|are|was|were) the )?"
            r"(?:number|percentage|percent|amount|share|sum|age|fraction|proportion)\b(?! one\b)"
        ),
        AnswerType.NUMBER,
    ),
    (
        re.compile(r"\bwhat time\b(?! (?:of|period|frame|span|zone|signature|limit|slot|scale)\b)"),
        AnswerType.TIME,
    ),
    (
        re.compile(
            r"\bwhen\b(?! \w+ing)|\b(?:what|which) (?:year|month|day|date|decade|century)\b"
        ),
        AnswerType.DATE,
    ),
    (
        re.compile(
            r"\b(?:who|whom|whose)\b|"
            r"\b(?:what|which) (?:person|man|woman|president|official|author|actor|singer|"
            r"scientist)\b(?! \w+ (?:is|are|was|were|of)\b)"
        ),
        AnswerType.PERSON,
    ),
    (
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:city|country|state|town|place|region|province|nation|"
            r"county|island|village|river|continent)\b"
        ),
        AnswerType.PLACE,
    ),
    (
        # "Isn't it …?", "In 2011, did they …?"
        re.compile(
            r"^(?:(?:in|on|at|by|since|during|after|before)\b[^,?]{1,60}, )?"
            r"(?:(?:is|are|was|were|do|does|did|has|have|had|could|would|should|must)(?:n't)?|"
            r"can(?:'t|not)?|won't|will|may|might|shall|am)\b"
        ),
        AnswerType.YES_NO,
    ),
    (re.compile(r"\b(?:what|which|why|how)\b"), AnswerType.ANY),
)

_AGE = re.compile(r"\bAge of (?=[A-Z])")
_POLITE_OPENING = re.compile(
    r"^(?:please )?(?:(?:can|could|would|will) (?:you|someone|anyone)(?: please)? (?:tell|say|show)"
    r"(?: me| us)?|do(?:es)? (?:you|anyone|anybody|someone)(?: happen to)? know|tell (?:me|us)),? "
    r"(?=(?:\w+ )?(?:who|whom|whose|what|when|where|which|how|why)\b)"
)
_OPENING_CLAUSE = re.compile(
    r"^(?:(?:when|where)(?! (?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b)|"
    r"while|once|after|before|since|until|as|if) [^,?]{1,80}, "
    r"(?=(?:\w+ )?(?:who|whom|whose|what|when|where|which|how|why|is|are|was|were|do|does|did|has|"
    r"have|had|can|could|will|would)\b)"
)


def answer_type(question: str) -> AnswerType:
    """Return the type of answer that a question's wording asks for.

    The first question word decides: "who was president when it was signed" asks for a person.
    Polite openings and subordinate clauses in front of the question are skipped: "can you tell me
    who", "when he took office, how many".
    """
    # "Age of Discovery" does not ask for a number.
    folded = fold_text(_AGE.sub("era", question)).strip()
    folded = _OPENING_CLAUSE.sub("", _POLITE_OPENING.sub("", folded))
    matches = [
        (match.start(), kind) for pattern, kind in _PATTERNS if (match := pattern.search(folded))
    ]
    return min(matches, key=lambda item: item[0], default=(0, AnswerType.ANY))[1]


_COUNT = "two|three|four|five|six|seven|eight|nine|ten|both|[2-9]"
_LIST_QUESTION = re.compile(
    # "Who were the five officials", not "which of the two" nor "what happened in two years".
    rf"\b(?:which|what|who|name)\b(?:[^?]*\b(?:are|were|(?<!of )the|these|those|other|all))?"
    rf"(?: (?:first|last|main|other|major|largest|top|next))? (?:{_COUNT})\b "
    r"(?!years?\b|months?\b|days?\b|hours?\b|percent|million)|"
    r"\b(?:who|what) (?:are|were)\b|\b(?:name|list) (?:some|all)\b|"
    r"\bwhat (?:other )?(?:countries|cities|types|kinds|things|factors|groups|companies|states|"
    r"people|animals|areas|languages)\b"
)


def is_list_question(question: str) -> bool:
    """Return whether a question's wording asks for several items."""
    return bool(_LIST_QUESTION.search(fold_text(question)))


_COMPARISON = re.compile(
    r"\b(?:more|less|fewer|better|worse|first|last|most|least|"
    r"(?:larg|bigg|small|high|low|long|short|old|young|new|earli|lat|fast|slow|great|cheap)er)\b"
    r"[^?]*\bor\b"
)


def is_comparison(question: str) -> bool:
    """Return whether a question's wording asks which of two is more: "bigger, A or B?"."""
    return bool(_COMPARISON.search(fold_text(question)))


_DATE = re.compile(
    rf"\b(?:1\d|20)\d\ds?\b|\b{MONTH}|\b{WEEKDAY}|"
    # A year of up to three digits only as the whole text, or next to an era.
    r"^\W*(?:(?:in|by|since|until|before|after|about|around|circa|c|the|year)\W+)*[1-9]\d\d\W*$|"
    r"\b\d{1,4} (?:ad|bc|bce|ce|b\.c|a\.d)\b|\bad \d{1,4}\b|"
    r"\b(?:century|centuries|yesterday|today|tonight|tomorrow|christmas|easter|thanksgiving)\b|"
    r"\b(?:last|this|next) (?:week|month|year)\b|"
    r"\b(?:spring|summer|autumn|winter|noon|midnight|o'clock|ago|later|earlier)\b|"
    r"\b\d{1,2}\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b"
)
_TIME = re.compile(
    r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b|\b(?:noon|midday|midnight|o'clock|dawn|"
    r"dusk|sunrise|sunset|morning|afternoon|evening|night|half past|quarter (?:past|to))\b"
)
_DAY = re.compile(rf"\b{MONTH}|\b{WEEKDAY}")
_NUMBER = re.compile(
    rf"\d|\b(?:{'|'.join(NUMBER_WORDS)}|(?:dozen|hundred|thousand|million|billion|trillion)s|half|"
    r"twice|once|several|no|none|"
    r"(?:an?|every|each) (?:second|minute|hour|day|night|week|month|year|decade|century|third|"
    r"quarter|fifth)|hourly|daily|nightly|weekly|monthly|yearly|annually)\b"
)
_CAPITALIZED = re.compile(rf"(?<![.!?]\s)\b[{CAPITALS}][\w.]+")


def matches_type(text: str, expected: AnswerType) -> bool:
    """Return whether a text holds something of a type; always true for YES_NO and ANY."""
    if expected is AnswerType.NUMBER:
        return bool(_NUMBER.search(fold_text(text)))
    if expected is AnswerType.DATE:
        return bool(_DATE.search(fold_text(text)))
    if expected is AnswerType.TIME:
        # "At what time" may ask for a year or an age, but not for a day.
        folded = fold_text(text)
        return bool(_TIME.search(folded) or (_DATE.search(folded) and not _DAY.search(folded)))
    if expected in (AnswerType.PERSON, AnswerType.PLACE):
        # "The US" is a place, but in a headline all in capitals "US" may be the pronoun.
        has_case = not text.isupper() or len(text.split()) == 1
        return any(
            fold_text(match) not in STOP_WORDS or (has_case and match.isupper())
            for match in _CAPITALIZED.findall(text)
        )
    return True


_QUESTION_WORD = re.compile(r"(?:how|what|when|where|which|who|whom|whose|why)\b")
_QUESTION_WORD_AND_NOUN = re.compile(r"(?:how (?:many|much)|what|which|whose) \S+$")
_MEASURES = frozenset("far few little many much soon well".split())


def is_question_phrase(text: str) -> bool:
    """Return whether a text is only a question phrase: "how far", "who they were", "how many
    people".

    Of 40,649 training answers one is ("when it's done"). Names are not ("Who We Are", "WHO").
    """
    text_words = words(text)
    folded = " ".join(text_words)
    if text.isupper() or any(word[:1].isupper() for word in text.split()[1:]):
        return False
    return bool(_QUESTION_WORD_AND_NOUN.match(folded)) or (
        bool(_QUESTION_WORD.match(folded))
        and all(word in STOP_WORDS or word in _MEASURES for word in text_words)
    )
