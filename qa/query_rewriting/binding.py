"""Decide whether the antecedent of a pronoun is in its own question."""

from __future__ import annotations

import re

from index.segmentation.lexicon import (
    AUXILIARIES,
    PEOPLE,
    PHRASE_BREAKS,
    PREPOSITIONS,
    QUESTION_WORDS,
    VERBS,
)
from qa.query_rewriting.conversation import PRONOUNS
from qa.query_rewriting.noun_phrases import Phrase, Token, noun_phrases

_PLEONASTIC = re.compile(
    r"\b(?:is|was|isn't|wasn't|has|had|be|been) it (?:been )?(?:\w+ )?\w+ (?:that|to|when|if)\b|"
    r"\bit (?:is|was) (?:\w+ )?\w+ (?:that|to)\b|\bit (?:takes?|took|costs?) .*\bto\b|"
    r"\bwhat was it like\b|\bit (?:possible|true|necessary|impossible|difficult|easy|clear)\b|"
    r"\b(?:is|was) it (?:ok|because|that|when)\b|\bma(?:de|kes?|king) it\b|\bit been since\b|"
    r"\bit (?:discovered|announced|decided|said|revealed|believed|called (?:when|if))\b|"
    r"\bit (?:actually |usually )?take\b.*\bto\b|\bit become \w+ (?:for|that|to)\b|"
    r"\bit (?:has|can) be(?:en)? \w+ that\b|\bwhen it comes to\b|\bit was necessary for\b|"
    r"\bdoes it mean\b|\bis it about\b",
    re.IGNORECASE,
)


def is_possessive(words: tuple[Token, ...], i: int) -> bool:
    """Return whether pronoun `i` is a possessive: "his", and "her" before a noun."""
    word = words[i].folded
    if word in ("his", "its", "their", "theirs", "hers"):
        return True
    following = words[i + 1].folded if i + 1 < len(words) else ""
    if word == "it's":
        return following not in PHRASE_BREAKS
    return word == "her" and bool(following) and following not in PHRASE_BREAKS - {"own", "first"}


def is_bound(question: str, words: tuple[Token, ...], i: int, group: str) -> bool:
    """Return whether the antecedent of pronoun `i` is in the question, or it has none."""
    word = words[i]
    if group == "it" and _PLEONASTIC.search(question):
        return True
    if (
        i == 0
        and word.folded == "it"
        and any(other.folded in QUESTION_WORDS for other in words[2:])
    ):
        return True  # "It is one of five areas with teams of what sport?"
    phrases = noun_phrases(question)
    before = [p for p in phrases if p.start + len(p.text) <= word.start]
    clause = "," in question[: word.start]
    fronted, verb = _front(words)
    if not clause and i == verb + 1 and words[verb].folded in AUXILIARIES:
        # "What songs did they", "When was his": the subject; "Which band has its" is not.
        return words[verb].folded in ("has", "have", "had") and fronted and is_possessive(words, i)
    if any(other.folded in ("who", "whose") for other in words[1:i]) and group != "it":
        return True  # "a being who has purified his mind"
    if fronted and i > verb and words[verb].folded not in AUXILIARIES:
        # "Which explorer sailed his ship", "Who said he knew"; but not "Who ordered it".
        following = words[i + 1].folded if i + 1 < len(words) else ""
        is_subject = following in AUXILIARIES or following in VERBS
        asks_who = words[0].folded == "who"
        if (is_possessive(words, i) or is_subject) and not (asks_who and group == "it"):
            return True
        before = [p for p in before if p.start > words[verb].start]
    if word.folded == "it" and i and words[i - 1].folded in PREPOSITIONS:
        # "the evidence for it": evidence is not its own evidence.
        before = [p for p in before if p.start + len(p.text) < words[i - 1].start - 1]
    if any(_agrees(p, group) for p in before):
        return True
    comma = question.find(",", word.end)
    after = [p for p in phrases if p.start > word.start]
    if i <= 4 and comma >= 0 and any(p.start > comma and _agrees(p, group) for p in after):
        return True  # "In her youth, where did Patti LuPone live?"
    # "Which of her teachers discovered Beyonce": the name comes later.
    return group in ("he", "she") and any(p.is_person for p in after)


def _front(words: tuple[Token, ...]) -> tuple[bool, int]:
    """Return whether a question opens with a phrase for the answer ("which band", "who"), and the
    index of its first auxiliary or verb."""
    opening = next((i for i, word in enumerate(words[:3]) if word.folded in QUESTION_WORDS), None)
    if opening is None:
        return False, 0
    asked = words[opening].folded
    for i in range(opening + 1, len(words)):
        plain = i == opening + 1 and asked in ("what", "which") and words[i].folded in VERBS
        if plain or words[i].folded in AUXILIARIES or words[i].folded in ALL_PRONOUNS:
            return i > opening + 1 or asked == "who", i
        if asked == "who" or (words[i].folded in VERBS and i > opening + 1):
            return True, i
    return False, 0


ALL_PRONOUNS = frozenset(form for forms in PRONOUNS.values() for form in forms)


def _agrees(phrase: Phrase, group: str) -> bool:
    someone = not phrase.is_name and (
        phrase.head in PEOPLE
        or (len(phrase.head) > 4 and phrase.head.endswith(("er", "or", "ist", "ian")))
    )
    if group in ("he", "she"):
        other = {"he": "f", "she": "m"}[group]
        young = any(word in PEOPLE for word in phrase.words)
        return (phrase.is_name and phrase.gender != other) or someone or young
    if group == "they":
        several = any(word in PEOPLE for word in phrase.words)
        return phrase.is_plural or phrase.is_group or phrase.is_name or several
    return not (phrase.is_person and phrase.gender) and (
        not phrase.is_plural or phrase.is_name or phrase.is_group
    )
