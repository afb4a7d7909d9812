"""Search text regardless of case, accents, quotation marks and white space.

Stored text is never changed: a search folds a copy and maps the match back to the original
code points.
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
    """Return the folded form of a code point: "" for a combining mark, " " for white space."""
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
    """Return a folded copy of `text` and the origin of each of its characters.

    Folding is compatibility decomposition (NFKD), combining marks dropped, case folded
    (Unicode full case folding), quotation marks and dashes unified, invisible format
    characters dropped, and every run of white space made one space. Returns `(folded, map)`
    with `len(map) == len(folded)`, `map` never decreasing, and `map[i]` the index in `text`
    of the code point that `folded[i]` comes from. Linear in the length of `text`.
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
    """A cache of the folded forms of code points."""

    def __missing__(self, code: int) -> str:
        self[code] = made = _fold_character(chr(code))
        return made


_FOLDS = _Folds()
_SPACES = re.compile(" {2,}")


def fold_text(text: str) -> str:
    """Return the folded copy that `fold` makes, without its map and many times faster."""
    return _SPACES.sub(" ", text.translate(_FOLDS))


def find_folded(haystack: str, needle: str, start: int = 0) -> Span | None:
    """Return the span of the first match of `needle` in `haystack` from `start` on, both folded.

    Returns None without a match or when the needle is only white space. The span covers whole
    characters of `haystack`: a match does not begin or end inside the folded form of a code point
    ("ﬁ" does not contain "f"), and includes combining marks after its last letter.
    """
    folded_needle = fold_text(needle).strip()
    if not folded_needle or folded_needle not in fold_text(haystack[start:]):
        return None
    folded, origins = fold(haystack[start:])
    offset = folded.find(folded_needle)
    while offset >= 0:
        last = offset + len(folded_needle) - 1
        starts_whole = offset == 0 or origins[offset - 1] != origins[offset]
        ends_whole = last + 1 == len(origins) or origins[last + 1] != origins[last]
        if starts_whole and ends_whole:
            begin, end = start + origins[offset], start + origins[last] + 1
            while end < len(haystack) and unicodedata.combining(haystack[end]):
                end += 1
            return Span(begin, end)
        offset = folded.find(folded_needle, offset + 1)
    return None
