"""Text to HTML, with spans marked by offset.

Whatever comes from an article passes through here on its way to a browser, so that it is
text and never markup. Reading the HTML back (tags dropped, references resolved) gives the
very characters that went in, which is what keeps a mark on the right words.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from index.types import Span

REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Bidirectional embeddings, overrides and isolates (Unicode Annex 9)."""

_REFERENCES = {
    # A parser would turn a carriage return into a line feed, and the offsets with it.
    "\r": "&#13;",
    # HTML has no way to write NUL; parsers read this one.
    "\0": "\ufffd",
    # Gradio's HTML component fills templates in these characters.
    "$": "&#36;",
    "{": "&#123;",
    "}": "&#125;",
}
# Alone in an element that isolates, a reordering character reorders nothing: quoted words
# stand in the order they are stored in. Marks (LRM, RLM) order nothing and stay as they are.
_ISOLATED = {character: f'<bdi class="control">{character}</bdi>' for character in REORDERING}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

_ATTRIBUTE = str.maketrans(_REFERENCES) | _SURROGATES
_TEXT = _ATTRIBUTE | str.maketrans(_ISOLATED)


def escape(text: str) -> str:
    """`text` as HTML that shows it as it is.

    NUL and lone surrogates, which HTML and UTF-8 cannot carry, become U+FFFD.
    """
    return html.escape(text).translate(_TEXT)


def attribute(text: str) -> str:
    """`text` for use inside a double-quoted HTML attribute."""
    return html.escape(text).translate(_ATTRIBUTE)


def marked(text: str, span: Span, marks: Iterable[Span], *, tag: str = "mark") -> str:
    """`text[span]` as HTML with the parts that `marks` cover inside `<tag>` elements.

    Marks are code-point offsets into `text`, as `span` is; what lies outside `span` is
    left out, and marks that overlap or touch become one.
    """
    pieces = []
    position = span.start
    for mark in _merged(span, marks):
        pieces.append(escape(text[position : mark.start]))
        pieces.append(f"<{tag}>{escape(mark.of(text))}</{tag}>")
        position = mark.end
    pieces.append(escape(text[position : span.end]))
    return "".join(pieces)


def _merged(span: Span, marks: Iterable[Span]) -> list[Span]:
    inside = sorted(
        Span(max(mark.start, span.start), min(mark.end, span.end))
        for mark in marks
        if mark.overlaps(span) and len(mark)
    )
    merged: list[Span] = []
    for mark in inside:
        if merged and mark.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(mark.end, merged[-1].end))
        else:
            merged.append(mark)
    return merged
