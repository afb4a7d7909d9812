"""The turns of a conversation, its subject, and the antecedents of its pronouns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.segmentation.lexicon import CALENDAR_WORDS, MONTHS, alternatives
from qa.language.words import content_words, words
from qa.query_rewriting.noun_phrases import Phrase, noun_phrases, tokens

RECENT_TURNS = 4
"""Turns back in which a pronoun's antecedent is looked for."""

MAX_TURNS = 3 * RECENT_TURNS
"""Turns back in which the conversation's subject is looked for."""

PLACE_PATTERN = re.compile(
    r"\b(?:in|at|near|from|to|of)\s+"
    r"((?:the\s+)?[A-Z][\w’'.-]*(?:[ ,]+(?:of\s+|the\s+)?[A-Z][\w’'.-]*)*)"
)
TIME_PATTERN = re.compile(
    r"\b(?:(?:in|on|by|since|from|after|before|until|during)\s+)?"
    r"(?:the\s+)?(?:early\s+|late\s+|mid-?)?"
    rf"(?:(?:{alternatives(MONTHS)})"
    r"(?:\s+\d{1,2})?,?\s+)?(?:1[0-9]|20)\d\ds?\b"
)
_TOPIC_QUESTION = re.compile(
    r"(?:tell me (?:more )?about|what (?:is|are|was|were)|who (?:is|are|was|were)|describe|explain)"
    r"\s+((?:[^\W\d_][\w’'-]*\s*){1,5}?)[\s?.!]*$",
    re.IGNORECASE,
)
_MAX_ANSWER = 600  # characters; the rest of a longer answer is not read


@dataclass(frozen=True, slots=True)
class Turn:
    """A question of a conversation and its answer.

    `question` is the original, `standalone` the rewritten question. `answer` is the quoted text,
    `title` and `article` the title and the id of the article cited first; None for a refusal.
    """

    question: str
    standalone: str
    answer: str | None = None
    title: str | None = None
    article: str | None = None


class Conversation:
    """The turns so far, latest last; at least one."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns[-MAX_TURNS:]

    @property
    def last(self) -> Turn:
        """The latest turn."""
        return self.turns[-1]

    @cached_property
    def subject(self) -> Phrase | None:
        """The name that the conversation is about, or None.

        It is the title of a cited article if the conversation uses that as a name, else the name
        asked about most recently, else the most frequent name of the answers.
        """
        return self._title_subject or self._question_subject or self._answer_subject

    @property
    def has_title_subject(self) -> bool:
        """Whether the subject is the title of a cited article."""
        return self._title_subject is not None

    @cached_property
    def _title_subject(self) -> Phrase | None:
        for turn in reversed(self.turns):
            if turn.title is not None and (name := self._title_name(turn.title)) is not None:
                return name
        return None

    @cached_property
    def topic(self) -> str | None:
        """The subject, or else the noun of the last question such as "What are sharks?"."""
        if self.subject is not None:
            return self.subject.text
        for turn in reversed(self.turns):
            if turn.question == turn.standalone and (match := _TOPIC_QUESTION.match(turn.question)):
                return match.group(1)
        return None

    @cached_property
    def _question_subject(self) -> Phrase | None:
        counts = Counter(p.head for turn in self.turns for p in proper_names(turn.standalone))
        for turn in reversed(self.turns[-RECENT_TURNS:]):
            names = proper_names(turn.standalone)
            if names:
                return max(names, key=lambda phrase: (counts[phrase.head], -phrase.start))
        return None

    @cached_property
    def _answer_subject(self) -> Phrase | None:
        names = [p for p in self.answer_phrases() if p.is_name and p.head not in CALENDAR_WORDS]
        counts = Counter(phrase.head for phrase in names)
        often = [p for p in names if counts[p.head] == max(counts.values())]
        # The longest form of the name, and of those the latest.
        return max(often, key=lambda phrase: len(phrase.words)) if often else None

    def _title_name(self, title: str) -> Phrase | None:
        """Return a short title as a name, if questions or answers use its last word as one."""
        bare = re.sub(r"\s*\([^)]*\)", "", title).strip()
        found = tokens(bare)
        if not found or len(found) > 6 or not found[0].is_capitalized:
            return None
        if any(c in bare for c in ":;?") or (len(found) > 2 and bare.endswith((".", "!"))):
            return None
        last = found[-1]
        asked = any(turn.question == title for turn in self.turns)
        if not asked and not any(
            token.is_capitalized and token.folded.removesuffix("'s") == last.folded
            for turn in self.turns
            for token in tokens(f"{turn.standalone} {(turn.answer or '')[:_MAX_ANSWER]}")
        ):
            return None
        return Phrase(bare, last.folded, 0, True, False)

    @cached_property
    def antecedents(self) -> dict[str, Phrase]:
        """The antecedents of the pronouns of earlier questions, by key of `PRONOUNS`."""
        found: dict[str, Phrase] = {}
        for turn in self.turns:
            if turn.standalone == turn.question:
                continue
            asked = {token.folded for token in tokens(turn.question)}
            new = [p for p in noun_phrases(turn.standalone) if not set(p.words) <= asked]
            names = [p for p in new if p.is_name]
            for group, forms in PRONOUNS.items():
                meant = names or (new if group in ("it", "they") else [])
                if meant and asked & forms:
                    found[group] = meant[0]
        return found

    @cached_property
    def human_heads(self) -> set[str]:
        """The heads of the antecedents of "he" and "she"."""
        return {p.head for group, p in self.antecedents.items() if group in ("he", "she")}

    def question_phrases(self, back: int = RECENT_TURNS) -> Iterator[Phrase]:
        """Yield the noun phrases of the last questions, the latest question first."""
        for turn in reversed(self.turns[-back:]):
            yield from noun_phrases(turn.standalone)

    def answer_phrases(self, back: int = RECENT_TURNS) -> Iterator[Phrase]:
        """Yield the noun phrases of the last answers, the latest answer first."""
        for turn in reversed(self.turns[-back:]):
            if turn.answer:
                yield from noun_phrases(turn.answer[:_MAX_ANSWER])

    @cached_property
    def time(self) -> str | None:
        """The last time mentioned, with its preposition: `in 1985`."""
        for turn in reversed(self.turns[-2:]):
            for text in ((turn.answer or "")[:_MAX_ANSWER], turn.standalone):
                found = [m.group() for m in TIME_PATTERN.finditer(text)]
                if found:
                    time = found[-1].strip()
                    return time if not time[0].isdigit() else f"in {time}"
        return None

    @cached_property
    def place(self) -> str | None:
        """The last place mentioned after a preposition."""
        for turn in reversed(self.turns[-2:]):
            for text in ((turn.answer or "")[:_MAX_ANSWER], turn.standalone):
                found = [m.group(1) for m in PLACE_PATTERN.finditer(text)]
                found = [p for p in found if words(p)[0] not in CALENDAR_WORDS]
                if found:
                    return str(found[-1]).rstrip(" ,.'’")
        return None

    def recent_words(self, back: int = RECENT_TURNS) -> set[str]:
        """Return the content words of the last turns."""
        return {
            word
            for turn in self.turns[-back:]
            for text in (turn.standalone, (turn.answer or "")[:_MAX_ANSWER], turn.title or "")
            for word in content_words(text)
        }


PRONOUNS: dict[str, frozenset[str]] = {
    "he": frozenset(("he", "him", "his", "he's")),
    "she": frozenset(("she", "her", "hers", "she's")),
    "they": frozenset(("they", "them", "their", "theirs", "they're", "thier")),
    "it": frozenset(("it", "its", "it's")),
}


def proper_names(text: str) -> list[Phrase]:
    """Return the proper names of a text, without months and weekdays."""
    return [p for p in noun_phrases(text) if p.is_name and p.head not in CALENDAR_WORDS]
