"""Split paragraphs into sentences.

nupunkt finds the boundaries. Rules correct them where its model fails: sentences whose separating
space was lost, scripts without spaces, and abbreviations that are plain English words.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from index.segmentation.lexicon import (
    ABBREVIATIONS,
    LOWER_CASE_ABBREVIATIONS,
    SENTENCE_OPENERS,
    TITLE_ABBREVIATIONS,
    alternatives,
)
from index.segmentation.punctuation import CLOSING, OPENING
from index.types import Span

OVERLONG_LINE = 1000
"""Code points of the longest line that is not searched for lost spaces.

News paragraphs are rarely half as long; a line of several paragraphs run together is several times
longer. In shorter lines a missing space is more likely a name ("example.Com") or a typing error.
"""

_FULL_STOPS = re.compile(r"(?:[。！？｡]|．(?!\d))+[」』”’）】》〉]*")
_WORD_STOP = re.compile(
    rf"(?<![\w.-])(?P<word>[a-zà-öø-ÿ]{{2,}})[.][{re.escape(CLOSING)}]*\s+"
    rf"(?=[{re.escape(OPENING)}]*[A-ZÀ-ÖØ-Þ])"
)

# nupunkt's model was trained on scanned court papers: besides abbreviations it lists words ("West",
# "book") and misread fragments. Of those with four letters or more only ABBREVIATIONS are kept; of
# the shorter ones all but these words.
_SHORT_WORDS = frozenset(
    """
    so in am at me or an all add bed can car con day low per pop sum tax ten vet win oil bad
    bar axe aye ago bee dud ill how ok raw row saw sad son use was way nor met mum pet pin
    pow rob
    """.split()
)

_ENDS_IN_TITLE = re.compile(
    rf"(?:^|[\s“\"(‘'])(?:{alternatives(word.title() for word in TITLE_ABBREVIATIONS)}"
    r"|vs|No|Nos)\.$"
)


class _Nupunkt:
    """nupunkt's default model with corrected abbreviations.

    A lock serializes calls, because the tokenizer has a memo that is not thread-safe.
    """

    def __init__(self) -> None:
        from nupunkt.models import load_default_model  # 0.06 s, and 0.08 s for the model

        self._tokenizer: Any = load_default_model()
        self._lock = threading.Lock()
        for word in list(self._tokenizer.abbreviations):
            if not word.isalpha():
                continue
            if (len(word) >= 4 and word not in ABBREVIATIONS) or word in _SHORT_WORDS:
                self._tokenizer.remove_abbreviation(word)
        for word in TITLE_ABBREVIATIONS:
            self._tokenizer.add_abbreviation(word)

    def starts(self, text: str) -> list[int]:
        """Return the offsets where the sentences of a text begin, except the first."""
        with self._lock:
            return [start for start, _ in self._tokenizer.spans(text)][1:]


@lru_cache(maxsize=1)
def _nupunkt() -> _Nupunkt:
    return _Nupunkt()


def trimmed(text: str, start: int, end: int) -> Span | None:
    """Return the span of `text[start:end]` without white space at its ends, None if empty."""
    part = text[start:end]
    begin = start + len(part) - len(part.lstrip())
    stop = start + len(part.rstrip())
    return Span(begin, stop) if begin < stop else None


# A full stop with no space after it, before a word or an opening quotation mark.
_TOUCHING = re.compile(r"[.!?]([\"”’)\]]*)([\"“‘(\[]*)(?=\w)")
_LAST_WORD = re.compile(r"[^\W_]+$")
_FIRST_WORD = re.compile(r"([^\W_]+)[\s,’']")


def lost_spaces(text: str, span: Span) -> list[int]:
    """Return the offsets in `text` where a sentence follows another without a space, in order.

    Only lines of more than `OVERLONG_LINE` code points are searched. A boundary is a lower-case
    letter (or a closing bracket, a number, or initials before a common first word), one of
    ".!?" with closing quotation marks, and directly an opening quotation mark or a capital. A
    straight quotation mark closes when an odd number precede it.
    """
    boundaries: list[int] = []
    for start, end in _lines(text, span):
        if end - start <= OVERLONG_LINE:
            continue
        quotes, counted = 0, start
        for match in _TOUCHING.finditer(text, start, end):
            quotes += text.count('"', counted, match.start() + 1)
            counted = match.start() + 1
            boundary = _touching_boundary(text, start, match, quotes % 2 == 1)
            if boundary is not None:
                boundaries.append(boundary)
                start = counted = boundary
                quotes = 0
    return boundaries


def _lines(text: str, span: Span) -> Iterator[tuple[int, int]]:
    start = span.start
    while start < span.end:
        end = text.find("\n", start, span.end)
        end = span.end if end < 0 else end
        yield start, end
        start = end + 1


def _touching_boundary(
    text: str, start: int, match: re.Match[str], is_quote_open: bool
) -> int | None:
    """Return the boundary at a full stop that touches the next word, or None."""
    boundary = match.start() + 1
    for mark in text[boundary : match.end()]:
        if mark == '"' and is_quote_open:
            is_quote_open = False
        elif mark not in "”’)]":
            break
        boundary += 1
    if not text[match.end()].isupper():
        return None
    before = text[match.start() - 1] if match.start() > start else ""
    if before and before in ")]%”’":
        return boundary
    last = _LAST_WORD.search(text, max(start, match.start() - 40), match.start())
    if last is None:
        return None
    word = last.group()
    after_point = last.start() > start and text[last.start() - 1] == "."
    following = _FIRST_WORD.match(text, match.end())
    next_word = following.group(1) if following else ""
    if before.islower():
        is_short = len(word) == 1 and not (after_point and word == "m")  # "p.m." may end one
        is_boundary = not is_short and word.lower() not in {*TITLE_ABBREVIATIONS, "ph", "no", "vs"}
    elif before.isdigit():
        is_boundary = len(word) >= 2 and not after_point
    elif len(word) >= 2 and word.isupper() and not after_point:
        is_boundary = bool(next_word) and not next_word.isupper()
    else:
        is_boundary = before.isupper() and after_point and next_word.lower() in SENTENCE_OPENERS
    return boundary if is_boundary else None


def _full_stops(text: str) -> Iterator[int]:
    """Yield the offsets after full stops of scripts that do not separate sentences by spaces."""
    return (match.end() for match in _FULL_STOPS.finditer(text))


def _word_stops(text: str) -> Iterator[int]:
    """Yield the offsets after "word. " before a capital, unless the word is an abbreviation."""
    for match in _WORD_STOP.finditer(text):
        if match["word"] not in LOWER_CASE_ABBREVIATIONS:
            yield match.end()


def _is_inside_sentence(text: str, sentence_start: int, boundary: int) -> bool:
    """Return whether a boundary that nupunkt found is inside a sentence."""
    if not text[boundary - 1].isspace():  # "(D-Tex." and ")." are one
        return True
    part = text[max(sentence_start, boundary - 40) : boundary]
    front = part.rstrip()
    if "\n\n" in part[len(front) :]:
        return False
    if _ENDS_IN_TITLE.search(front):
        return not front.endswith(("No.", "Nos.")) or text[boundary].isdigit()
    # '"Really?" he asked.' and '“Stop!” she said.' are one sentence each.
    ends_in_quotation = len(front) >= 2 and front[-1] in "\"'”’" and front[-2] in "!?…"
    return ends_in_quotation and text[boundary].islower()


def sentences(text: str, span: Span) -> list[Span]:
    """Return the sentences of the paragraph at `span` of `text`, in order.

    Spans are code points into `text`, inside `span`, not empty, without white space at their ends,
    and together cover all but white space. A paragraph without white space or full stops is
    one sentence, however long. Linear in the length of the paragraph. Thread-safe.
    """
    paragraph = span.of(text)
    certain = {*_full_stops(paragraph), *_word_stops(paragraph)}
    certain.update(offset - span.start for offset in lost_spaces(text, span))
    boundaries = [0]
    for offset in sorted({*certain, *_nupunkt().starts(paragraph)} - {0, len(paragraph)}):
        if offset in certain or not _is_inside_sentence(paragraph, boundaries[-1], offset):
            boundaries.append(offset)
    boundaries.append(len(paragraph))
    spans = (trimmed(text, span.start + a, span.start + b) for a, b in pairwise(boundaries))
    return [sentence for sentence in spans if sentence is not None]
