"""Complete elliptical questions from the question before them: "And in 2010?", "Why?"."""

from __future__ import annotations

import re

from index.segmentation.lexicon import AUXILIARIES, PHRASE_BREAKS, QUESTION_WORDS, VERBS
from qa.language.words import content_words, words
from qa.query_rewriting.conversation import TIME_PATTERN, Conversation
from qa.query_rewriting.noun_phrases import Phrase, noun_phrases, tokens

_OPENING = re.compile(r"^(?:(?:and|but|so|or|ok|okay|now|also)\b[\s,]*)+(?=\S)", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"^(?:what|how)\s+about\s+(.+?)[\s?.!]*$", re.IGNORECASE)
_QUESTION_WORD_ONLY = re.compile(
    r"^((?:(?:for|with|to|from|by|of|in|at|on)\s+)?"
    r"(?:why(?: not| so| is that| was that)?|how(?: so| come| many| much| long| often)?|when|where|"
    r"(?:who|what|where|which ones?) else|who|whom|which(?: ones?)?|what(?: kind| year)?)|"
    r"like what|such as(?: what)?)"
    r"(?:\s+(?:for|to|with|from))?[\s?.!]*$",
    re.IGNORECASE,
)
_DEMONSTRATIVE_QUESTION = re.compile(
    r"^(why|when|where|how)\s+(?:is|was|did)\s+(?:this|that|it)(?:\s+(?:happen|occur))?[\s?.!]*$",
    re.IGNORECASE,
)
_ASKED_PHRASE = re.compile(
    r"\s*(?:(?:in|at|for|on|to|from)\s+)?(?:what|which|how many|how much)\s", re.IGNORECASE
)
_PREPOSITION = re.compile(r"^(in|on|at|by|for|from|since|after|before|during|to|with)\s+", re.I)


def complete_ellipsis(question: str, conversation: Conversation) -> str | None:
    """Return an elliptical question completed from the last one, or None for another question."""
    frame = conversation.last.standalone.strip()
    rest = _OPENING.sub("", question).strip()
    bare = _QUESTION_WORD_ONLY.match(rest) or _DEMONSTRATIVE_QUESTION.match(rest)
    if bare is not None:
        return _with_question_word(bare.group(1), frame, conversation.last.answer)
    about = _WHAT_ABOUT.match(rest)
    if about is not None and not _has_verb(about.group(1)):
        return _with_phrase(about.group(1), frame)
    if re.match(r"(?:and|but|or)\b", question, re.IGNORECASE) and _is_fragment(rest):
        return _with_phrase(rest.rstrip(" ?.!"), frame)
    return None


def without_opening(question: str) -> str:
    """Return the question without "And", "But" or "So" at its start."""
    rest = _OPENING.sub("", question)
    return rest if rest == question else rest[:1].upper() + rest[1:]


def _has_verb(text: str) -> bool:
    return any(word.folded in AUXILIARIES or word.folded in QUESTION_WORDS for word in tokens(text))


def _is_fragment(text: str) -> bool:
    words = tokens(text)
    return (
        0 < len(words) <= 7
        and not _has_verb(text)
        and not any(word.folded in VERBS for word in words)
    )


def _with_question_word(asked: str, frame: str, answer: str | None) -> str:
    """Return the last question with another question word."""
    asked = re.sub(r"\s+(?:is|was) that$|\s+so$", "", asked, flags=re.IGNORECASE).strip()
    asked = "how" if asked.lower() == "how come" else asked
    words = tokens(frame)
    body = frame.rstrip(" ?.!")
    first = asked[:1].upper() + asked[1:]
    adverb = asked.lower() in ("why", "when", "where", "how")
    if words and words[0].folded in AUXILIARIES and adverb:
        return f"{first} {body[0].lower()}{body[1:]}?"
    place = next((i for i, word in enumerate(words) if word.folded in AUXILIARIES), None)
    opening = words[0].folded if words else ""
    if place and adverb:
        if opening in ("when", "where", "how", "why") and place == 1:
            return f"{first} {body[words[1].start :]}?"
        said = (answer or "").strip(' .,;"“”')
        inverted = words[place].folded in ("do", "does", "did")
        if inverted and opening == "what" and place == 1 and 0 < len(tokens(said)) <= 4:
            return f"{first} {body[words[1].start :]} {said}?"
    return f"{body}, and {asked[0].lower()}{asked[1:]}?"


def _with_phrase(new: str, frame: str) -> str:
    """Return the last question with `new` in place of its most similar phrase."""
    body = frame.rstrip(" ?.!")
    end = frame[len(body) :].strip() or "?"
    if TIME_PATTERN.fullmatch(new.strip()):
        times = list(TIME_PATTERN.finditer(body))
        if not times:
            time = new if _PREPOSITION.match(new) else f"in {new}"
            return f"{body} {time}{end}"
        old = times[-1]
        time = new
        if not _PREPOSITION.match(new) and (kept := _PREPOSITION.match(old.group())):
            time = f"{kept.group()}{new}"
        return f"{body[: old.start()]}{time}{body[old.end() :]}{end}"
    bare = _PREPOSITION.sub("", new)
    wanted = noun_phrases(bare)
    best = _most_similar(wanted[0], body, definite=_determined(bare)) if wanted else None
    tied = _PREPOSITION.match(new)
    named = best is not None and best.is_name and wanted[0].is_name
    if tied is not None and not (named and tied.group(1).lower() not in _OF_TIME):
        return f"{_with_place(new, tied.group(1), body)}{end}"
    if best is None and wanted:
        others = _given_phrases(body)
        best = others[0] if len(others) == 1 else None
    if best is None:
        return f"{body}: {new}{end}"
    before = _ARTICLE.sub("", body[: best.start])
    if wanted[0].is_plural and not best.is_plural:
        before = _SINGULAR.sub(lambda verb: _PLURAL[verb.group().lower()], before)
    # A name may have stood in the possessive.
    tail = body[best.start + len(best.text) :]
    return f"{before}{bare}{tail}{end}"


_OF_TIME = frozenset("on since after before during".split())
_ARTICLE = re.compile(r"\b(?:the|a|an|this|that|these|those)\s+$", re.IGNORECASE)
_PLURAL = {"is ": "are ", "was ": "were ", "does ": "do ", "has ": "have "}
_SINGULAR = re.compile(r"\b(?:is|was|does|has) $", re.IGNORECASE)


def _with_place(new: str, preposition: str, body: str) -> str:
    """Return the last question with `new` in place of its phrase after the same preposition, or
    with `new` added."""
    for phrase in reversed(noun_phrases(body)):
        before = _ARTICLE.sub("", body[: phrase.start])
        if re.search(rf"(?:^|\s){preposition}\s+$", before, re.IGNORECASE):
            before = before.rstrip()[: -len(preposition)]
            return f"{before}{new}{body[phrase.start + len(phrase.text) :]}"
    return f"{body} {new}"


def _determined(text: str) -> bool:
    return bool(re.match(r"(?:the|this|that|these|those)\b", text, re.IGNORECASE))


_MIN_SIMILARITY = 3.5  # of about 10; below it, no phrase of the last question is replaced


def _most_similar(new: Phrase, body: str, *, definite: bool) -> Phrase | None:
    """Return the phrase of the last question that `new` replaces, or None."""
    scored = []
    for order, phrase in enumerate(_given_phrases(body)):
        shared = bool(set(new.words) & set(phrase.words))
        score = (
            4.0 * shared
            + 2.0 * (new.is_name == phrase.is_name)
            + 2.0 * (new.is_group == phrase.is_group)
            + 1.0 * (definite == phrase.is_definite)
            + 1.0 * (new.is_plural == phrase.is_plural)
            + 0.1 * order
        )
        scored.append((score, -phrase.start, phrase))
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best is not None and best[0] >= _MIN_SIMILARITY else None


def _given_phrases(body: str) -> list[Phrase]:
    """Return the phrases of a question except the one asked for ("How many agents")."""
    asked = _ASKED_PHRASE.match(body)
    return [p for p in noun_phrases(body) if asked is None or p.start > asked.end()]


_ADDITIVE = re.compile(
    r"\b(?:else|other|others|another|more|any|anyone|anything|anybody)\b",
    re.IGNORECASE,
)


_SECOND_PERSON = frozenset("you your yours yourself you're you've you'd you'll".split())


def is_small_talk(question: str) -> bool:
    """Return whether a message is addressed to the program: "Hello", "Are you sure?"."""
    message = set(words(question))
    is_question = message & QUESTION_WORDS and not message & _SECOND_PERSON
    has_content = message - PHRASE_BREAKS - _SECOND_PERSON or _ADDITIVE.search(question)
    return not is_question and not has_content


def lacks_subject(question: str) -> bool:
    """Return whether a question has no noun that it could be about."""
    if '"' in question or "“" in question or any(p.is_name for p in noun_phrases(question)):
        return False
    content = [word for word in content_words(question) if word not in PHRASE_BREAKS]
    nouns = [word for word in content if word not in VERBS and not word[0].isdigit()]
    if _ADDITIVE.search(question):
        return len(nouns) <= 1
    is_addressed = _SECOND_PERSON.intersection(words(question))
    return not nouns and not is_addressed and not is_small_talk(question)
