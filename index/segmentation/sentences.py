"""Where sentences stand inside a paragraph.

nupunkt finds the boundaries; three rules of our own mend what it cannot know: sentences
that touch because the spaces between them were lost, scripts that write no spaces, and
abbreviations of its model that are plain English words.
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
    TITLE_ABBREVIATIONS,
    alternatives,
)
from index.segmentation.punctuation import CLOSING, OPENING
from index.types import Article, Sentence, Span

OVERLONG_LINE = 1000
"""Code points from which a line is taken for one that lost its breaks.

News paragraphs are rarely half as long; a line on which whole paragraphs were run together
is several times longer. Shorter lines are left alone, because "example.Com" exists.
"""

# A lower-case letter or ")" before the stop keeps "U.S.Army" and "3.5" whole.
_TOUCHING = re.compile(r"(?<=[^\W\d_A-Z])[.!?](?=\S)|(?<=\))[.!?](?=\S)")
_FULL_STOPS = re.compile(r"(?:[。！？｡]|．(?!\d))+[」』”’）】》〉]*")
_WORD_STOP = re.compile(
    rf"(?<![\w.-])(?P<word>[a-zà-öø-ÿ]{{2,}})[.][{re.escape(CLOSING)}]*\s+"
    rf"(?=[{re.escape(OPENING)}]*[A-ZÀ-ÖØ-Þ])"
)

# nupunkt's model was trained on scanned court papers: beside real abbreviations it lists words
# ("West", "book") and misread scraps. Of those with four letters and more only ABBREVIATIONS are
# kept; of the shorter ones all but these words.
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
    """nupunkt's default model with its abbreviations put right.

    One lock, because the tokenizer keeps a memo that several threads would share.
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
        """Where sentences begin in `text`, after the first."""
        with self._lock:
            return [start for start, _ in self._tokenizer.spans(text)][1:]


@lru_cache(maxsize=1)
def _nupunkt() -> _Nupunkt:
    return _Nupunkt()


def trimmed(text: str, start: int, end: int) -> Span | None:
    """`text[start:end]` without white space at either side; None when nothing is left."""
    piece = text[start:end]
    begin = start + len(piece) - len(piece.lstrip())
    stop = start + len(piece.rstrip())
    return Span(begin, stop) if begin < stop else None


def touching_sentences(text: str, span: Span | None = None) -> list[int]:
    """Where a sentence begins right after another, the space between them lost.

    Only lines of `OVERLONG_LINE` code points and more are looked at. A boundary is a lower
    case letter or ")", then one of ".!?", then perhaps a closing quotation mark, then an
    opening one or a capital, with no white space anywhere. A straight quotation mark closes
    when an odd number of them precede it in the line. Positions are code points into
    `text`, in order. Linear in the length of the span.
    """
    span = Span(0, len(text)) if span is None else span  # an empty span is false
    found: list[int] = []
    for begin, end in _lines(text, span):
        if end - begin >= OVERLONG_LINE:
            found.extend(_touching_in_line(text, begin, end))
    return found


def _lines(text: str, span: Span) -> Iterator[tuple[int, int]]:
    begin = span.start
    while begin < span.end:
        end = text.find("\n", begin, span.end)
        end = span.end if end < 0 else end
        yield begin, end
        begin = end + 1


def _touching_in_line(text: str, begin: int, end: int) -> Iterator[int]:
    counted, quotes = begin, 0
    for match in _TOUCHING.finditer(text, begin, end):
        place = match.end()
        quotes += text.count('"', counted, place)
        counted = place
        following = text[place]
        straight_closes = following == '"' and quotes % 2 == 1
        if following in "”’»" or straight_closes:
            place += 1
        if place >= end:
            return
        if text[place].isupper() or text[place] in '“‘«"':
            yield place


def _full_stops(text: str) -> Iterator[int]:
    """After the sentence-ending marks of scripts that put no space behind them."""
    return (match.end() for match in _FULL_STOPS.finditer(text))


def _word_stops(text: str) -> Iterator[int]:
    """After "word. " before a capital: no abbreviation is written so but a listed few."""
    for match in _WORD_STOP.finditer(text):
        if match["word"] not in LOWER_CASE_ABBREVIATIONS:
            yield match.end()


def _continues(text: str, before: int, start: int) -> bool:
    """Whether the boundary at `start` parts what belongs together.

    `before` is where the sentence in front of it begins.
    """
    if not text[start - 1].isspace():  # "(D-Tex." and ")." are one
        return True
    piece = text[max(before, start - 40) : start]
    if "\n\n" in piece[len(piece.rstrip()) :]:
        return False
    front = piece.rstrip()
    if _ENDS_IN_TITLE.search(front):
        return not front.endswith(("No.", "Nos.")) or text[start].isdigit()
    # '"Really?" he asked.' and '“Stop!” she said.' are one sentence each.
    return len(front) >= 2 and front[-1] in "\"'”’" and front[-2] in "!?…" and text[start].islower()


def sentences(text: str, span: Span) -> list[Span]:
    """The sentences of the paragraph at `span` of `text`, in order.

    Spans are code points into `text`, lie inside `span`, do not overlap, neither begin nor
    end with white space, are never empty, and leave out nothing but white space. A
    paragraph without white space or full stops is one sentence, however long. Linear in
    the length of the paragraph. Safe to call from several threads.
    """
    piece = span.of(text)
    ours = {*_full_stops(piece), *_word_stops(piece)}
    ours.update(place - span.start for place in touching_sentences(text, span))
    cuts = sorted({*ours, *_nupunkt().starts(piece)} - {0, len(piece)})
    kept = [0]
    for cut in cuts:
        if cut in ours or not _continues(piece, kept[-1], cut):
            kept.append(cut)
    kept.append(len(piece))
    found = (trimmed(text, span.start + a, span.start + b) for a, b in pairwise(kept))
    return [sentence for sentence in found if sentence is not None]


def article_sentences(article: Article) -> list[Sentence]:
    """The sentences of every paragraph of an article, set-aside paragraphs included."""
    return [
        Sentence(span, paragraph.number)
        for paragraph in article.paragraphs
        for span in sentences(article.text, paragraph.span)
    ]
