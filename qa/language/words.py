"""Words, stems, names and numbers of a question or text."""

from __future__ import annotations

import re
from collections.abc import Collection, Set

from index.segmentation.folding import fold_text
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
    """Return the words of a text, folded (case, accents, quotation marks), in order."""
    found = (match.group().replace(".", "") for match in _WORD.finditer(fold_text(text)))
    return [word.removesuffix("'s").strip("'-") for word in found]


def content_words(text: str) -> list[str]:
    """Return the folded words of a text that are not stop words, in order, without repeats."""
    return list(dict.fromkeys(word for word in words(text) if word and word not in STOP_WORDS))


_KEY_WORD = re.compile(
    rf"(?P<exact>(?<!\w)(?:(?:[A-Z]\.){{2,}}|[$€£¥]?\d(?:[\d.,/]*\d)?%?)(?!\w))|{_WORD.pattern}"
)


def key_phrases(question: str) -> list[str]:
    """Return the runs of content words of a question, as written, in order, without repeats."""
    phrases: list[str] = []
    end = -1
    for match in _KEY_WORD.finditer(question):
        folded = words(match.group())
        if match["exact"] or (
            folded
            and folded[0]
            and folded[0] not in STOP_WORDS
            and not (match.start() == 0 and folded[0] in FIRST_WORDS and len(match.group()) > 1)
            and not _is_contracted_opener(match.group().lower())
        ):
            word = re.sub(r"['’][sS]$", "", match.group())
            if phrases and question[end : match.start()].isspace():
                phrases[-1] += f" {word}"
            else:
                phrases.append(word)
            end = match.end()
    return list(dict.fromkeys(phrases))


def stems(text: str) -> set[str]:
    """Return the stems of the words of a text."""
    return {stem(word) for word in words(text)}


def content_stems(text: str) -> list[str]:
    """Return the stems of the content words of a text, in order, one for each form of a word."""
    return [stem(word) for word in content_words(text)]


def stem_coverage(query_stems: Collection[str], text_stems: Set[str]) -> float:
    """Return the share, 0..1, of the query's stems that a text has; 1 for an empty query."""
    if not query_stems:
        return 1.0
    return sum(word in text_stems for word in query_stems) / len(query_stems)


_TOKEN = rf"(?:(?:[{CAPITALS}]\.){{2,}}|[{CAPITALS}][\w’'-]*)"
_NAME = re.compile(rf"(?<!\w){_TOKEN}(?:\s+(?:(?:{alternatives(NAME_LINKS)})\s+)*{_TOKEN})*")
_NUMBER = re.compile(r"(?<!\w)[$€£]?\d[\d,.]*(?:\s?(?:%|percent|million|billion|thousand))?")
_CONTRACTION = re.compile(r"(?:n['’]t|['’](?:s|re|ve|d|ll|m))$")
_TITLED = re.compile(
    # "St." is part of a name: "St. Louis".
    rf"\b(?:{alternatives(word.title() for word in {*TITLE_ABBREVIATIONS} - {'st'})})\.(?=\s)"
)


def names_and_numbers(question: str) -> list[str]:
    """Return the proper names and numbers in a question, as written, in order, without repeats.

    Words that questions open with ("Who", "In") are not names, nor is anything in a question all
    in capitals. A title with a full stop ("Mr.") is left out.
    """
    found: list[tuple[int, str]] = []
    cased = _TITLED.sub(lambda match: " " * len(match.group()), question)
    if question.isupper() and len(question.split()) > 1:
        cased = ""
    first = len(question) - len(question.lstrip("\"'“‘¿¡ \t\n"))
    for match in _NAME.finditer(cased):
        start, name = match.start(), match.group()
        while _opens_with_function_word(name, is_first=start == first):
            head, _, rest = name.partition(" ")
            start += len(head) + 1
            name = rest.lstrip()
        name = re.sub(r"['’]s$", "", " ".join(name.split()).rstrip("-'’"))
        if name and name[0].isupper():
            found.append((start, name))
    for match in _NUMBER.finditer(question):
        found.append((match.start(), match.group().strip().rstrip(".,")))
    return list(dict.fromkeys(text for _, text in sorted(found)))


def certain_names(question: str) -> list[str]:
    """Return those of `names_and_numbers` that more than the place of a capital shows to be names.

    A word with a capital that opens the question ("Summarise the talks") may be any word, and so
    may those of a question in title case.
    """
    first, *others = question.split() or [""]
    has_case = len(others) < 3 or any(word.islower() for word in others)
    opening = first.strip("\"'“‘¿¡").rstrip("?.,!:;'’\"”")
    is_plain = opening[1:].islower() and opening.isalpha()
    return [
        name
        for name in names_and_numbers(question)
        if not name[0].isalpha() or (has_case and not (is_plain and name == opening))
    ]


def _opens_with_function_word(name: str, *, is_first: bool) -> bool:
    """Return whether the first word of a capitalized run, perhaps the question's first, is not
    part of a name."""
    word = name.partition(" ")[0]
    folded = word.lower().strip("'’")
    if is_first and folded in FIRST_WORDS and not (len(word) > 1 and word.isupper()):
        return True
    return folded in QUESTION_OPENERS or _is_contracted_opener(folded)


def _is_contracted_opener(word: str) -> bool:
    """Return whether a word is a contraction that questions open with: "isn't", "what's"."""
    short = _CONTRACTION.sub("", word)
    return short != word and (short in QUESTION_OPENERS or short in ("ca", "wo"))
