"""Replace references to the conversation: "this album", "there", "then" and pronouns."""

from __future__ import annotations

import re

from index.segmentation.lexicon import (
    AUXILIARIES,
    DETERMINERS,
    PHRASE_BREAKS,
    PREPOSITIONS,
    QUESTION_WORDS,
    VERBS,
    is_adjective,
)
from qa.query_rewriting.binding import ALL_PRONOUNS
from qa.query_rewriting.conversation import PLACE_PATTERN, Conversation
from qa.query_rewriting.noun_phrases import Token, noun_phrases, tokens
from qa.query_rewriting.pronouns import Edit, find_thing, pronoun_edits, with_article

_ARTICLE = re.compile(
    r"\b(?:(?:(?:about|in|of|from|on)\s+)?this|(?:about|in)\s+the)\s+(?:article|passage|section)\b",
    re.IGNORECASE,
)
_THAT_TIME = re.compile(
    r"\b(?:(?:at|during|in|around|after|before)\s+(?:this|that)\s+(?:same\s+)?"
    r"(?:time|period|year|era|decade)\b(?!['’]|\s+(?:that|of|\d))|"
    r"at the time(?=\s*[?.]|$)|(?<=\w )then(?=\s*(?:[?.,]|$))|back then\b)",
    re.IGNORECASE,
)
_AFTER_THAT = re.compile(r"\b(after|before|besides|since)\s+(that|this|it)\s*(?=[?.,]|$)", re.I)


def find_edits(question: str, conversation: Conversation) -> list[Edit]:
    """Return the replacements of all references that can be resolved, in order."""
    found: list[Edit] = []
    for rule in (_article, _times, _after_that, pronoun_edits, _demonstratives, _places, _definite):
        for edit in rule(question, conversation):
            if _is_quoted(question, edit.start):
                continue  # someone else's words
            if all(edit.end <= other.start or edit.start >= other.end for other in found):
                found.append(edit)
    return sorted(found, key=lambda edit: edit.start)


def _is_quoted(question: str, place: int) -> bool:
    before = question[:place]
    return bool(before.count('"') % 2) or before.count("“") > before.count("”")


def _article(question: str, conversation: Conversation) -> list[Edit]:
    match = _ARTICLE.search(question)
    if match is None or conversation.subject is None:
        return []
    head = match.group().split()[0].lower()
    preposition = "" if head in ("this", "the", "to") else "about "
    return [Edit(match.start(), match.end(), f"{preposition}{conversation.subject.text}")]


def _times(question: str, conversation: Conversation) -> list[Edit]:
    match = _THAT_TIME.search(question)
    if match is None or conversation.time is None:
        return []
    head = match.group().split()[0].lower()
    time = conversation.time
    if head in ("after", "before"):
        time = f"{head} {time.split(' ', 1)[1]}"
    return [Edit(match.start(), match.end(), time)]


def _after_that(question: str, conversation: Conversation) -> list[Edit]:
    match = _AFTER_THAT.search(question)
    short = _short_answer(conversation)
    if match is None or short is None or short[0] in "$€£":
        return []
    return [Edit(match.start(2), match.end(2), short)]


def _short_answer(conversation: Conversation) -> str | None:
    """Return the last answer if it is a name or a short noun phrase."""
    answer = (conversation.last.answer or "").strip(" .,;:\"'“”")
    found = tokens(answer)
    if not 1 <= len(found) <= 6 or not any(w.is_capitalized or w.text[0] in "$€£" for w in found):
        return None
    if any(word.folded in VERBS for word in found[:3] if not word.is_capitalized):
        return None
    return re.sub(r"^(?:in|at|on|by|from|to|for)\s+", "", answer)


def _is_pronoun(words: tuple[Token, ...], i: int, question: str) -> bool:
    """Return whether word `i` is "this", "that", "these" or "those" without a noun."""
    word = words[i].folded
    if word not in ("this", "that", "these", "those"):
        return False
    before = words[i - 1].folded if i else ""
    after = words[i + 1].folded if i + 1 < len(words) else ""
    if word in ("that", "those") and (after in QUESTION_WORDS or after in ("of", "with", "that")):
        return False
    ends = not after or question[words[i].end : words[i].end + 1] in "?."
    if ends and i > 8 and not any(other.folded in QUESTION_WORDS for other in words):
        return False  # a sentence with a blank to fill: "... prices would continue to do this?"
    if i == 0 and after in AUXILIARIES:
        return False  # "This was the last season of what?"
    if ends:
        return before not in ("than", "like") or word != "that"
    if before and before not in AUXILIARIES:
        return False
    if word == "that" and (after in AUXILIARIES or after in DETERMINERS or after in ALL_PRONOUNS):
        return not before
    if after in VERBS:
        return before not in ("has", "have", "had") and not after.endswith("s")
    last = i + 2 >= len(words) or words[i + 2].folded in PHRASE_BREAKS
    return (after in PHRASE_BREAKS and after not in _PRONOUN_NOUNS) or (
        is_adjective(after) and last
    )


_PRONOUN_NOUNS = frozenset("name list first last same one ones".split())


def _demonstratives(question: str, conversation: Conversation) -> list[Edit]:
    words = tokens(question)
    present = {token.folded for token in words}
    found = []
    for i, word in enumerate(words):
        if word.folded not in ("this", "that", "these", "those"):
            continue
        if _AFTER_THAT.match(question, words[i - 1].start if i else 0):
            continue
        if _is_pronoun(words, i, question):
            short = _short_answer(conversation)
            meant = find_thing(conversation, lambda phrase: not set(phrase.words) <= present)
            text = short or (with_article(meant) if meant is not None else None)
            if text:
                found.append(Edit(word.start, word.end, text))
        else:
            found += _same_noun(question, word, conversation)
    return found


def _definite(question: str, conversation: Conversation) -> list[Edit]:
    return [
        edit
        for word in tokens(question)
        if word.folded == "the"
        for edit in _same_noun(question, word, conversation)
    ]


def _same_noun(question: str, word: Token, conversation: Conversation) -> list[Edit]:
    """Return the replacement of "this album" by the full phrase that the conversation has used."""
    phrase = next((p for p in noun_phrases(question) if 1 <= p.start - word.end <= 2), None)
    if phrase is None or phrase.is_name or len(phrase.words) > 1:
        return []
    noun = _singular(phrase.head)
    end = phrase.start + len(phrase.text)
    if re.match(r"\s+(?:of|in|for|that|which|who|called|named)\b", question[end:]) or (
        any(p.is_name for p in noun_phrases(question))
    ):
        return []
    for known in [*conversation.question_phrases(2), *conversation.answer_phrases(2)]:
        singular = [_singular(word) for word in known.words]
        if 1 < len(singular) <= 5 and (
            singular[-1] == noun or (singular[0] == noun and known.head != noun)
        ):
            text = known.text if re.search(r"['’]s\b", known.text) else f"the {known.text}"
            return [Edit(word.start, end, text)]
    return []


def has_known_noun(question: str, conversation: Conversation) -> bool:
    """Return whether a question has a definite noun, "the movement", that the last turns had."""
    recent = {_singular(word) for word in conversation.recent_words(2)}
    phrases = noun_phrases(question)
    return len(phrases) <= 2 and any(
        p.is_definite
        and not re.match(r"\s+(?:of|for|that|where)\b", question[p.start + len(p.text) :])
        and len(p.words) == 1
        and _singular(p.head) in recent
        for p in phrases
    )


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _places(question: str, conversation: Conversation) -> list[Edit]:
    if conversation.place is None:
        return []
    words = tokens(question)
    for i, word in enumerate(words):
        if word.folded != "there":
            continue
        before = words[i - 1].folded if i else ""
        after = words[i + 1].folded if i + 1 < len(words) else ""
        if before in AUXILIARIES or not before or after in AUXILIARIES:
            continue  # "are there", "there was"
        if PLACE_PATTERN.search(question[: word.start]):
            continue  # "at Notre Dame ... to study there"
        text = conversation.place if before in PREPOSITIONS else f"in {conversation.place}"
        return [Edit(word.start, word.end, text)]
    return []
