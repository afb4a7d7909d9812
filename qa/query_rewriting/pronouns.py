"""Resolve "he", "she", "they" and "it" by agreement, role and recency."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from qa.query_rewriting.binding import is_bound, is_possessive
from qa.query_rewriting.conversation import PRONOUNS, Conversation
from qa.query_rewriting.noun_phrases import Phrase, tokens


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement of `question[start:end]` by `text`."""

    start: int
    end: int
    text: str


def with_article(phrase: Phrase) -> str:
    """Return a phrase with "the" where it is definite and has no possessive."""
    if re.search(r"['’]s\b|['’] ", phrase.text) or not phrase.is_definite:
        return phrase.text
    return f"the {phrase.text}"


def possessive(text: str) -> str:
    """Return the possessive of a noun phrase: "agents'" or "Obree's"."""
    return text + ("'" if text.endswith("s") and text.split()[-1].islower() else "'s")


def pronoun_edits(question: str, conversation: Conversation) -> list[Edit]:
    """Return replacements of the first pronoun of each group that refers to the conversation."""
    words = tokens(question)
    found: list[Edit] = []
    done: set[str] = set()
    for i, word in enumerate(words):
        for group, forms in PRONOUNS.items():
            if word.folded not in forms or group in done or word.text == "IT":
                continue
            done.add(group)  # later ones refer to the replaced one
            if is_bound(question, words, i, group):
                continue
            antecedent = _antecedent(question, group, conversation)
            if antecedent is None:
                continue
            text = with_article(antecedent)
            if is_possessive(words, i):
                text = possessive(text)
            elif word.folded.endswith(("'s", "'re")):
                text += " is" if word.folded.endswith("'s") else " are"
            found.append(Edit(word.start, word.end, text))
    return found


def _antecedent(question: str, group: str, conversation: Conversation) -> Phrase | None:
    present = {token.folded.removesuffix("'s") for token in tokens(question)}

    def is_new(phrase: Phrase) -> bool:
        return not set(phrase.words) <= present

    if group in ("he", "she"):
        return _person(group, conversation, is_new)
    if group == "they":
        return _several(conversation, is_new)
    return find_thing(conversation, is_new)


Accept = Callable[[Phrase], bool]


def _person(group: str, conversation: Conversation, accept: Accept) -> Phrase | None:
    """Return the antecedent of "he" or "she", or None."""
    opposite, opposite_gender = {"he": ("she", "f"), "she": ("he", "m")}[group]
    taken = conversation.antecedents.get(opposite)

    def agrees(phrase: Phrase) -> bool:
        return phrase.is_person and phrase.gender != opposite_gender and accept(phrase)

    def is_free(phrase: Phrase) -> bool:
        return agrees(phrase) and (taken is None or phrase.head != taken.head)

    last = conversation.last
    subject = conversation.subject
    if taken is not None and subject is not None and taken.head == subject.head:
        subject = None
    known = [p for p in (conversation.antecedents.get(group), subject) if p and agrees(p)]
    answered = [p for p in conversation.answer_phrases(2) if is_free(p)]
    asked = [p for p in conversation.question_phrases() if is_free(p)]
    last_answer = [
        p for p in answered if _WHO.match(last.question) and p.text in (last.answer or "")
    ]
    first = [*known, *last_answer] if conversation.has_title_subject else [*last_answer, *known]
    return next(iter([*first, *asked, *answered]), None)


_WHO = re.compile(r"(?:and |but |so )?(?:who|whom)\b", re.IGNORECASE)


def _several(conversation: Conversation, accept: Accept) -> Phrase | None:
    """Return the antecedent of "they", or None."""
    subject = conversation.subject
    is_human = subject is not None and (subject.head in conversation.human_heads or subject.gender)
    earlier = conversation.antecedents.get("they")
    recent = [*conversation.answer_phrases(1), *conversation.question_phrases(2)]
    candidates = [
        *([subject] if subject is not None and not is_human else []),
        *(p for p in conversation.question_phrases(1) if p.is_plural and not p.is_name),
        *([earlier] if earlier is not None else []),
        *(p for p in recent if p.is_group or p.is_plural),
        *([subject] if subject is not None else []),
    ]
    return next((phrase for phrase in candidates if accept(phrase)), None)


def find_thing(conversation: Conversation, accept: Accept) -> Phrase | None:
    """Return the antecedent of "it" among the phrases that `accept` allows, or None."""
    subject = conversation.subject
    is_human = subject is not None and (subject.head in conversation.human_heads or subject.gender)

    def agrees(phrase: Phrase) -> bool:
        if (phrase.is_name and phrase.gender) or (phrase.is_plural and not phrase.is_name):
            return False
        return not (subject is not None and is_human and phrase.head == subject.head)

    asked = [p for p in conversation.question_phrases(1) if accept(p) and agrees(p)]
    answered = [p for p in conversation.answer_phrases(1) if accept(p) and agrees(p)]
    about = [p for p in asked if p.is_name and subject is not None and p.head == subject.head]
    names = about + [p for p in asked if p.is_name and p not in about]
    earlier = conversation.antecedents.get("it")
    candidates = [
        *names[-1:],
        *[p for p in asked if not p.is_name][-1:],
        *[p for p in answered if p.is_name and not p.is_located][:1],
        *([earlier] if earlier is not None else []),
        *([subject] if subject is not None and not is_human else []),
        *(p for p in conversation.question_phrases() if agrees(p) and (p.is_definite or p.is_name)),
    ]
    return next((phrase for phrase in candidates if accept(phrase)), None)
