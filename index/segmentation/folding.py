"""Search in text regardless of case, accents, quotation marks and white space.

Stored text is never changed. A search folds a copy, finds there, and maps the place back
to the original code points.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from index.types import Span

_SINGLE_QUOTES = "‘’‚‛′‵ʼ`´＇"
_DOUBLE_QUOTES = "“”„‟«»″‶＂"
_DASHES = "‐‑‒–—―−﹘﹣－"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"  # soft hyphen, zero-width, byte-order mark

_UNIFIED = (
    dict.fromkeys(_SINGLE_QUOTES, "'")
    | dict.fromkeys(_DOUBLE_QUOTES, '"')
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(INVISIBLE, "")
)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """What one code point folds to: "" for a combining mark, " " for white space."""
    if character.isspace():
        return " "
    unified = _UNIFIED.get(character)
    if unified is not None:
        return unified
    # Casefolding can compose or decompose anew (U+0345, "İ"), so decompose on both sides.
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    parts = (
        _UNIFIED.get(part, part)
        for part in unicodedata.normalize("NFKD", decomposed)
        if not unicodedata.combining(part)
    )
    return "".join(" " if part.isspace() else part for part in parts)


def fold(text: str) -> tuple[str, list[int]]:
    """A folded copy of `text` and, for each of its characters, where it came from.

    Folding is compatibility decomposition (NFKD), combining marks dropped, case folded
    (Unicode full case folding), quotation marks and dashes unified, invisible format
    characters dropped, and every run of white space made one space. Returns `(folded, map)`
    with `len(map) == len(folded)`, `map` never decreasing, and `map[i]` the index in `text`
    of the code point that `folded[i]` stems from. Linear in the length of `text`.
    """
    characters: list[str] = []
    origins: list[int] = []
    for position, character in enumerate(text):
        if "a" <= character <= "z":
            characters.append(character)
            origins.append(position)
            continue
        for part in _fold_character(character):
            if part == " " and characters and characters[-1] == " ":
                continue
            characters.append(part)
            origins.append(position)
    return "".join(characters), origins


class _Folds(dict[int, str]):
    """What each code point folds to, found out once."""

    def __missing__(self, code: int) -> str:
        self[code] = made = _fold_character(chr(code))
        return made


_FOLDS = _Folds()
_SPACES = re.compile(" {2,}")


def fold_text(text: str) -> str:
    """The folded copy that `fold` makes, many times as fast, where its map is not needed."""
    return _SPACES.sub(" ", text.translate(_FOLDS))


def find_folded(haystack: str, needle: str, start: int = 0) -> Span | None:
    """Where `needle` first stands in `haystack` at or after `start`, both folded.

    Returns the span in `haystack` itself, or None when the needle is not there or holds
    nothing but white space. The span covers whole characters: a match never begins or ends
    inside what one code point folds to ("ﬁ" does not contain "f"), and combining marks that
    follow its last letter belong to it.
    """
    wanted = fold_text(needle).strip()
    if not wanted or wanted not in fold_text(haystack[start:]):
        return None
    found, origins = fold(haystack[start:])
    place = found.find(wanted)
    while place >= 0:
        last = place + len(wanted) - 1
        whole_start = place == 0 or origins[place - 1] != origins[place]
        whole_end = last + 1 == len(origins) or origins[last + 1] != origins[last]
        if whole_start and whole_end:
            begin, end = start + origins[place], start + origins[last] + 1
            while end < len(haystack) and unicodedata.combining(haystack[end]):
                end += 1
            return Span(begin, end)
        place = found.find(wanted, place + 1)
    return None
