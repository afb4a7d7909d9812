"""What a conversation has spoken of: the turns, its subject, and what pronouns stood for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.segmentation.lexicon import CALENDAR_WORDS, MONTHS, alternatives
from qa.language.words import content_words, words
from qa.query_rewriting.noun_phrases import Phrase, noun_phrases, tokens

RECENT = 4
"""How many turns back a thing may have been named for a later word to mean it."""

LOOKED_BACK = 3 * RECENT
"""How many turns are looked at in all, for what the conversation is about."""

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
_SETS_OUT = re.compile(
    r"(?:tell me (?:more )?about|what (?:is|are|was|were)|who (?:is|are|was|were)|describe|explain)"
    r"\s+((?:[^\W\d_][\w’'-]*\s*){1,5}?)[\s?.!]*$",
    re.IGNORECASE,
)
_LONG_ANSWER = 600  # characters; only the beginning of a longer answer is looked at


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and what came of it.

    `question` is as asked, `standalone` as searched. `answer` holds the answering words and
    `title` the title of the article cited first; None for a refusal.
    """

    question: str
    standalone: str
    answer: str | None = None
    title: str | None = None


class Conversation:
    """The turns so far, latest last; at least one."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns[-LOOKED_BACK:]

    @property
    def last(self) -> Turn:
        """The latest turn."""
        return self.turns[-1]

    @cached_property
    def subject(self) -> Phrase | None:
        """What the conversation is about, where a name tells.

        The cited article's title when it is a name that the talk itself uses, otherwise the
        name most lately asked about, otherwise the name that the answers hold most.
        """
        return self._titled_name or self._asked_name or self._answered_name

    @property
    def titled(self) -> bool:
        """Whether the subject is the title of the article cited."""
        return self._titled_name is not None

    @cached_property
    def _titled_name(self) -> Phrase | None:
        for turn in reversed(self.turns):
            if turn.title is not None and (name := self._spoken(turn.title)) is not None:
                return name
        return None

    @cached_property
    def topic(self) -> str | None:
        """The subject as words, or else what the talk last set out to ask about: `sharks`."""
        if self.subject is not None:
            return self.subject.text
        for turn in reversed(self.turns):
            if turn.question == turn.standalone and (match := _SETS_OUT.match(turn.question)):
                return match.group(1)
        return None

    @cached_property
    def _asked_name(self) -> Phrase | None:
        counts = Counter(p.head for turn in self.turns for p in named(turn.standalone))
        for turn in reversed(self.turns[-RECENT:]):
            names = named(turn.standalone)
            if names:
                return max(names, key=lambda phrase: (counts[phrase.head], -phrase.start))
        return None

    @cached_property
    def _answered_name(self) -> Phrase | None:
        names = [p for _, p in self.answered() if p.name and p.head not in CALENDAR_WORDS]
        counts = Counter(phrase.head for phrase in names)
        often = [p for p in names if counts[p.head] == max(counts.values())]
        # The longest form of the name, and of those the latest.
        return max(often, key=lambda phrase: len(phrase.words)) if often else None

    def _spoken(self, title: str) -> Phrase | None:
        """A short title as a name, where questions or answers use its last word as a name."""
        bare = re.sub(r"\s*\([^)]*\)", "", title).strip()
        found = tokens(bare)
        if not found or len(found) > 6 or not found[0].capital:
            return None
        if any(c in bare for c in ":;?") or (len(found) > 2 and bare.endswith((".", "!"))):
            return None
        last = found[-1]
        asked = any(turn.question == title for turn in self.turns)
        if not asked and not any(
            token.capital and token.folded.removesuffix("'s") == last.folded
            for turn in self.turns
            for token in tokens(f"{turn.standalone} {(turn.answer or '')[:_LONG_ANSWER]}")
        ):
            return None
        return Phrase(bare, last.folded, 0, True, False)

    @cached_property
    def meant(self) -> dict[str, Phrase]:
        """What each pronoun that was resolved before stood for, by its group's first word."""
        found: dict[str, Phrase] = {}
        for turn in self.turns:
            if turn.standalone == turn.question:
                continue
            asked = {token.folded for token in tokens(turn.question)}
            new = [p for p in noun_phrases(turn.standalone) if not set(p.words) <= asked]
            names = [p for p in new if p.name]
            for group, forms in PRONOUNS.items():
                meant = names or (new if group in ("it", "they") else [])
                if meant and asked & forms:
                    found[group] = meant[0]
        return found

    @cached_property
    def he_or_she(self) -> set[str]:
        """The heads of the names that "he" or "she" has stood for."""
        return {p.head for group, p in self.meant.items() if group in ("he", "she")}

    def asked(self, back: int = RECENT) -> Iterator[tuple[int, Phrase]]:
        """Phrases of the questions, latest question first, with how many turns ago."""
        for ago, turn in enumerate(reversed(self.turns[-back:])):
            for phrase in noun_phrases(turn.standalone):
                yield ago, phrase

    def answered(self, back: int = RECENT) -> Iterator[tuple[int, Phrase]]:
        """Phrases of the answers, latest first, with how many turns ago."""
        for ago, turn in enumerate(reversed(self.turns[-back:])):
            if turn.answer:
                for phrase in noun_phrases(turn.answer[:_LONG_ANSWER]):
                    yield ago, phrase

    @cached_property
    def time(self) -> str | None:
        """The latest time named, with its preposition: `in 1985`."""
        for turn in reversed(self.turns[-2:]):
            for text in ((turn.answer or "")[:_LONG_ANSWER], turn.standalone):
                found = [m.group() for m in TIME_PATTERN.finditer(text)]
                if found:
                    time = found[-1].strip()
                    return time if not time[0].isdigit() else f"in {time}"
        return None

    @cached_property
    def place(self) -> str | None:
        """The latest place named after a preposition."""
        for turn in reversed(self.turns[-2:]):
            for text in ((turn.answer or "")[:_LONG_ANSWER], turn.standalone):
                found = [m.group(1) for m in PLACE_PATTERN.finditer(text)]
                found = [p for p in found if words(p)[0] not in CALENDAR_WORDS]
                if found:
                    return str(found[-1]).rstrip(" ,.'’")
        return None

    def spoken_words(self, back: int = RECENT) -> set[str]:
        """The content words of the last turns."""
        return {
            word
            for turn in self.turns[-back:]
            for text in (turn.standalone, (turn.answer or "")[:_LONG_ANSWER], turn.title or "")
            for word in content_words(text)
        }


PRONOUNS: dict[str, frozenset[str]] = {
    "he": frozenset(("he", "him", "his", "he's")),
    "she": frozenset(("she", "her", "hers", "she's")),
    "they": frozenset(("they", "them", "their", "theirs", "they're", "thier")),
    "it": frozenset(("it", "its", "it's")),
}


def named(text: str) -> list[Phrase]:
    """The proper names of a text, months and weekdays apart."""
    return [p for p in noun_phrases(text) if p.name and p.head not in CALENDAR_WORDS]
