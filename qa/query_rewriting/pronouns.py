"""What "he", "she", "they" and "it" stand for, by agreement, role and how lately it was named."""

from __future__ import annotations

import re
from collections.abc import Callable

from qa.query_rewriting.binding import bound, owns
from qa.query_rewriting.conversation import PRONOUNS, Conversation
from qa.query_rewriting.edits import Edit, possessive, written
from qa.query_rewriting.noun_phrases import Phrase, tokens


def pronouns(question: str, talk: Conversation) -> list[Edit]:
    """The first pronoun of each kind that points out of the question, told by name."""
    words = tokens(question)
    found: list[Edit] = []
    done: set[str] = set()
    for i, word in enumerate(words):
        for group, forms in PRONOUNS.items():
            if word.folded not in forms or group in done or word.text == "IT":
                continue
            done.add(group)  # once named, the later ones point inside the question
            if bound(question, words, i, group):
                continue
            meant = _antecedent(question, group, talk)
            if meant is None:
                continue
            text = written(meant)
            if owns(words, i):
                text = possessive(text)
            elif word.folded.endswith(("'s", "'re")):
                text += " is" if word.folded.endswith("'s") else " are"
            found.append(Edit(word.start, word.end, text))
    return found


def _antecedent(question: str, group: str, talk: Conversation) -> Phrase | None:
    present = {token.folded.removesuffix("'s") for token in tokens(question)}

    def fits(phrase: Phrase) -> bool:
        return not set(phrase.words) <= present

    if group in ("he", "she"):
        return _person(group, talk, fits)
    if group == "they":
        return _several(talk, fits)
    return thing(talk, fits)


Fits = Callable[[Phrase], bool]


def _person(group: str, talk: Conversation, fits: Fits) -> Phrase | None:
    other = {"he": "f", "she": "m"}[group]

    def may(phrase: Phrase) -> bool:
        return phrase.person and phrase.gender != other and fits(phrase)

    earlier = talk.meant.get(group)
    taken = talk.meant.get({"he": "she", "she": "he"}[group])
    subject = talk.subject
    if taken is not None and subject is not None and taken.head == subject.head:
        subject = None
    said = [p for _, p in talk.answered(2) if may(p)]
    if taken is not None:
        said = [p for p in said if p.head != taken.head]
    now = [p for p in said if _asks_who(talk) and p.text in (talk.last.answer or "")]
    known = [p for p in (earlier, subject) if p is not None and may(p)]
    asked = [p for _, p in talk.asked() if may(p) and (taken is None or p.head != taken.head)]
    ordered = [*known, *now] if talk.titled else [*now, *known]
    return next(iter([*ordered, *asked, *said]), None)


def _asks_who(talk: Conversation) -> bool:
    return bool(re.match(r"(?:and |but |so )?(?:who|whom)\b", talk.last.question, re.IGNORECASE))


def _several(talk: Conversation, fits: Fits) -> Phrase | None:
    subject = talk.subject
    human = subject is not None and subject.head in talk.he_or_she
    earlier = talk.meant.get("they")
    plural = [p for ago, p in talk.asked(1) if p.plural and not p.name and fits(p)]
    if subject is not None and not human and not subject.gender and fits(subject):
        return subject
    if plural:
        return plural[0]
    if earlier is not None and fits(earlier):
        return earlier
    groups = [
        p for _, p in [*talk.answered(1), *talk.asked(2)] if (p.group or p.plural) and fits(p)
    ]
    if groups:
        return groups[0]
    return subject if subject is not None and fits(subject) else None


def thing(talk: Conversation, fits: Fits) -> Phrase | None:
    """What "it" stands for, among the phrases that fit."""
    subject = talk.subject
    human = subject is not None and (subject.head in talk.he_or_she or bool(subject.gender))

    def may(phrase: Phrase) -> bool:
        if phrase.name and phrase.gender:
            return False
        same = subject is not None and human and phrase.head == subject.head
        return fits(phrase) and not same and not (phrase.plural and not phrase.name)

    asked = [p for _, p in talk.asked(1) if may(p)]
    said = [p for _, p in talk.answered(1) if may(p)]
    about = [p for p in asked if p.name and subject is not None and p.head == subject.head]
    names = about + [p for p in asked if p.name and p not in about]
    for group in (
        names[-1:],
        [p for p in asked if not p.name][-1:],
        [p for p in said if p.name and not p.located][:1],
        [talk.meant["it"]] if "it" in talk.meant else [],
        [subject] if subject is not None and not human else [],
        [p for _, p in talk.asked() if may(p) and (p.definite or p.name)][:1],
    ):
        for phrase in group:
            if fits(phrase):
                return phrase
    return None
