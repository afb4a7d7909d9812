"""Escape text for HTML and mark spans in it by offset.

Reading the HTML back (tags dropped, references resolved) gives exactly the characters that
went in, so a mark always covers the right words.
"""

from __future__ import annotations

import html
from collections.abc import Iterable

from markupsafe import Markup

from index.types import Span

REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Bidirectional embeddings, overrides and isolates (Unicode Annex 9)."""

_REFERENCES = {
    # A parser would turn a carriage return into a line feed, and the offsets with it.
    "\r": "&#13;",
    # HTML has no way to write NUL; parsers read this one.
    "\0": "\ufffd",
    # Gradio's HTML component evaluates templates written with these characters.
    "$": "&#36;",
    "{": "&#123;",
    "}": "&#125;",
}
# Alone in an isolating element a reordering character has no effect, so quoted words appear in
# the order in which they are stored. Direction marks (LRM, RLM) are harmless and stay as they are.
_ISOLATED = {character: f'<bdi class="control">{character}</bdi>' for character in REORDERING}
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

_ATTRIBUTE = str.maketrans(_REFERENCES) | _SURROGATES
_TEXT = _ATTRIBUTE | str.maketrans(_ISOLATED)


def escape(text: str) -> Markup:
    """Return `text` as HTML that displays it unchanged.

    NUL and lone surrogates, which HTML and UTF-8 cannot carry, become U+FFFD.
    """
    return Markup(html.escape(text).translate(_TEXT))


def escape_attribute(text: str) -> Markup:
    """Return `text` escaped for a double-quoted HTML attribute."""
    return Markup(html.escape(text).translate(_ATTRIBUTE))


def as_sentence(message: str) -> str:
    """Return an error message, which starts in lower case, with its first letter capitalised."""
    return message[:1].upper() + message[1:]


def mark_spans(
    text: str, span: Span, marks: Iterable[Span], *, first_id: str | None = None
) -> Markup:
    """Return `text[span]` as HTML with the parts covered by `marks` in `<mark>` elements.

    `span` and `marks` are code-point offsets into `text`. Marks outside `span` are ignored,
    and marks that overlap or touch are merged. `first_id` is the id of the first `<mark>`,
    which can then receive the focus.
    """
    pieces = []
    position = span.start
    attributes = f' id="{escape_attribute(first_id)}" tabindex="-1"' if first_id else ""
    for mark in _merged(span, marks):
        pieces.append(escape(text[position : mark.start]))
        pieces.append(Markup(f"<mark{attributes}>{escape(mark.of(text))}</mark>"))
        position, attributes = mark.end, ""
    pieces.append(escape(text[position : span.end]))
    return Markup("").join(pieces)


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
