"""Words, stems, names and numbers of a question or text."""

from __future__ import annotations

import re
from collections.abc import Collection, Set
from difflib import get_close_matches

from index.segmentation.folding import find_folded, fold_text
from index.segmentation.lexicon import (
    FIRST_WORDS,
    NAME_LINKS,
    QUESTION_OPENERS,
    STOP_WORDS,
    TITLE_ABBREVIATIONS,
    alternatives,
)
from index.segmentation.stemming import stem

_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*", re.UNICODE)

CAPITALS = "A-Z" + "".join(chr(code) for code in range(0xC0, 0x530) if chr(code).isupper())
"""Capital letters of Latin, Greek and Cyrillic, for a character class."""


def words(text: str) -> list[str]:
    """The words of a text, folded (case, accents, quotation marks), in order."""
    found = (match.group().replace(".", "") for match in _WORD.finditer(fold_text(text)))
    return [word.removesuffix("'s").strip("'-") for word in found]


def content_words(text: str) -> list[str]:
    """The folded words of a text that are not stop words, in order, without repeats."""
    return list(dict.fromkeys(word for word in words(text) if word and word not in STOP_WORDS))


_SUBJECT = re.compile(
    rf"(?P<exact>(?<!\w)(?:(?:[A-Z]\.){{2,}}|[$€£¥]?\d(?:[\d.,/]*\d)?%?)(?!\w))|{_WORD.pattern}"
)


def key_phrases(question: str) -> list[str]:
    """What a question is about: its content words as written, those that follow each other
    together, in order, without repeats."""
    found: list[str] = []
    last = -1
    for match in _SUBJECT.finditer(question):
        folded = words(match.group())
        if match["exact"] or (
            folded
            and folded[0]
            and folded[0] not in STOP_WORDS
            and not _opener_shortened(match.group().lower())
        ):
            word = re.sub(r"['’][sS]$", "", match.group())
            joined = found and question[last : match.start()].isspace()
            found[-1:] = [f"{found[-1]} {word}"] if joined else [*found[-1:], word]
            last = match.end()
    return list(dict.fromkeys(found))


def stems(text: str) -> set[str]:
    """The stems of a text's words."""
    return {stem(word) for word in words(text)}


def content_stems(text: str) -> list[str]:
    """The stems of a text's content words, in order; two forms of a word are two."""
    return [stem(word) for word in content_words(text)]


def stem_coverage(wanted: Collection[str], held: Set[str]) -> float:
    """The share, 0..1, of the stems `wanted` among those a text holds; 1 where none are wanted."""
    return sum(word in held for word in wanted) / len(wanted) if wanted else 1.0


_TOKEN = rf"(?:(?:[{CAPITALS}]\.){{2,}}|[{CAPITALS}][\w’'-]*)"
_NAME = re.compile(rf"(?<!\w){_TOKEN}(?:\s+(?:(?:{alternatives(NAME_LINKS)})\s+)*{_TOKEN})*")
_NUMBER = re.compile(r"(?<!\w)[$€£]?\d[\d,.]*(?:\s?(?:%|percent|million|billion|thousand))?")
_CONTRACTED = re.compile(r"(?:n['’]t|['’](?:s|re|ve|d|ll|m))$")
_TITLED = re.compile(
    # "St." is part of a name: "St. Louis".
    rf"\b(?:{alternatives(word.title() for word in {*TITLE_ABBREVIATIONS} - {'st'})})\.(?=\s)"
)


def names_and_numbers(question: str) -> list[str]:
    """The proper names and numbers in a question, as written, in order, without repeats.

    A capital at the very start counts only when the word is not one that questions open
    with, so "Who" is not a name; where all is in capitals they tell nothing. A title with a
    full stop is left off.
    """
    found: list[tuple[int, str]] = []
    cased = _TITLED.sub(lambda m: " " * len(m.group()), question)
    if question.isupper() and len(question.split()) > 1:
        cased = ""
    first = len(question) - len(question.lstrip("\"'“‘¿¡ \t\n"))
    for match in _NAME.finditer(cased):
        start, name = match.start(), match.group()
        while True:
            head, _, rest = name.partition(" ")
            plain = head.lower().strip("'’")
            acronym = len(head) > 1 and head.isupper()
            opens = start == first and plain in FIRST_WORDS and not acronym
            if not (opens or plain in QUESTION_OPENERS or _opener_shortened(plain)):
                break
            if not rest:
                name = ""
                break
            start += len(head) + 1
            name = rest.lstrip()
        name = re.sub(r"['’]s$", "", " ".join(name.split()).rstrip("-'’"))
        if name and name[0].isupper():
            found.append((start, name))
    for match in _NUMBER.finditer(question):
        found.append((match.start(), match.group().strip().rstrip(".,")))
    return list(dict.fromkeys(text for _, text in sorted(found)))


def _opener_shortened(word: str) -> bool:
    """Whether a word is one that questions open with, drawn together: "isn't", "what's"."""
    short = _CONTRACTED.sub("", word)
    return short != word and (short in QUESTION_OPENERS or short in ("ca", "wo"))


_LIKENESS = 0.8
"""Ratcliff/Obershelp likeness from which a word counts as a misspelling of another: it takes
`caldron` for `calderon` and `pendelton` for `pendleton`, not `norman` for `norway`. On
held-out questions nine in ten names with a wrong letter pass, and one in five that no article has
(training/README.md)."""


def mentions(text: str, name: str) -> bool:
    """Whether a text mentions a name or number: whole, in all its words, or by the last one.

    Its words count in any form, the last one also misspelt: the search finds it all the same.
    """
    if find_folded(text, name) is not None:
        return True
    parts, text_words = content_stems(name), set(words(text))
    whole = bool(parts) and {stem(word) for word in text_words}.issuperset(parts)
    return whole or _ends_as(name, text_words)


def _ends_as(name: str, text_words: Collection[str]) -> bool:
    """Whether the last word of a name is among folded words, as written or misspelt.

    People and places are named in full once and by the last word afterwards. Numbers and
    words of up to four letters have to be exact.
    """
    last = words(name)[-1:]
    if not last:
        return True
    word = last[0]
    if word in text_words:
        return True
    if len(word) < 5 or any(character.isdigit() for character in word):
        return False
    alike = [other for other in text_words if other[:1] == word[:1]]
    return bool(get_close_matches(word, alike, n=1, cutoff=_LIKENESS))
