"""Read the printed lines of a PDF page: text, position and font size, as pypdf finds them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.parsing.superscript import RAISED_DIGITS, superscript

_SMALL = 0.82
"""Font size of a raised digit, as a multiple of the line's, at most."""

_SMALL_DIGITS = re.compile(r"\d{1,3}(?:[,–-]\d{1,3})*")
_BEFORE_NOTE = re.compile(r"(?:\d|[^\W\d_]{3}|[.,;:!?%)\]”’\"»])$")

_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
)


@dataclass(slots=True)
class Line:
    """A printed line: its text, 1-based page, position and font size in points.

    `size` is that of most characters: a bullet, a footnote mark or a word in another font does
    not change it. `is_row` is set for a row of a table.
    """

    text: str
    page: int
    x: float
    y: float
    size: float
    is_edge: bool = False
    is_boilerplate: bool = False
    is_footnote: bool = False
    is_row: bool = False


def printed_lines(page: Any, number: int) -> list[Line]:
    """Return the lines of a page (`number` from 1) in the order in which they are written.

    Raises whatever pypdf lets through for a damaged page.
    """
    lines: list[Line] = []
    sizes: list[Counter[float]] = []
    current: Line | None = None

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], _font: Any, size: float) -> None:
        """Add a fragment at the product of its text matrix and the transformation matrix."""
        nonlocal current
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        points = abs(size * (tm[3] or tm[0]) * (cm[3] or cm[0]))
        for index, piece in enumerate(text.split("\n")):
            if index > 0:
                current = None
            if not piece.strip():
                if current is not None:
                    current.text += piece
                continue
            line = current or _line_of_note(lines, sizes, piece, x, y, points)
            if line is None:
                line = Line(piece, number, x, y, points)
                lines.append(line)
                sizes.append(Counter())
            elif _is_note(piece, line.text, points, _usual(sizes[-1])):
                piece = superscript(piece.strip(), line.text.rstrip())
                line.text = line.text.rstrip() + piece
            else:
                line.text += piece
            current = line
            sizes[-1][points] += len(piece.strip())

    page.extract_text(visitor_text=visit)
    for line, counts in zip(lines, sizes, strict=True):
        line.size = _usual(counts)
        line.text = " ".join(line.text.translate(_LIGATURES).split())
    return _with_marks(line for line in lines if line.text)


def _with_marks(lines: Iterable[Line]) -> list[Line]:
    """Join the raised number that a footnote begins with to the line that it is before."""
    joined: list[Line] = []
    for line in lines:
        mark = joined[-1] if joined else line
        if (
            _SMALL_DIGITS.fullmatch(mark.text)
            and mark.size <= _SMALL * line.size
            and 0 < mark.y - line.y < line.size
            and 0 < line.x - mark.x < 2 * line.size
        ):
            line = replace(line, text=f"{superscript(mark.text, '')} {line.text}", x=mark.x)
            joined.pop()
        joined.append(line)
    return joined


def add_form_values(page: Any, number: int, lines: list[Line]) -> None:
    """Add what is filled in a form to the line before the field, or as a line of its own."""
    for field in page.annotations or ():
        field = field.get_object()
        value, kind = field.get_inherited("/V"), field.get_inherited("/FT")
        hidden = int(field.get("/F", 0)) & 2
        if field.get("/Subtype") != "/Widget" or kind not in ("/Tx", "/Ch") or hidden:
            continue
        text = " ".join(value.split()) if isinstance(value, str) else ""
        if not text:
            continue
        left, bottom, _, top = (float(edge) for edge in field["/Rect"])
        label = max(
            (line for line in lines if bottom <= line.y <= top and line.x < left),
            key=lambda line: line.x,
            default=None,
        )
        if label is not None:
            label.text += f" {text}"
        else:
            lines.append(Line(text, number, left, bottom, min(top - bottom, 12.0)))


def _usual(sizes: Counter[float]) -> float:
    """Return the font size of most characters of a line, in points."""
    return sizes.most_common(1)[0][0]


def _is_note(piece: str, above: str, points: float, usual: float) -> bool:
    """Whether digits in small type stand after a word, a number or a stop: they are raised.

    After one or two letters they may be lowered, as in a chemical formula.
    """
    is_small = points <= _SMALL * usual and _SMALL_DIGITS.fullmatch(piece.strip()) is not None
    return is_small and _BEFORE_NOTE.search(above.rstrip()) is not None


def _line_of_note(
    lines: Sequence[Line],
    sizes: Sequence[Counter[float]],
    piece: str,
    x: float,
    y: float,
    points: float,
) -> Line | None:
    """Return the last line, if a fragment is a raised note in it or follows one; else None."""
    if not lines:
        return None
    line, usual = lines[-1], _usual(sizes[-1])
    if x < line.x:
        return None
    if 0 < y - line.y < _SMALL * usual and _is_note(piece, line.text, points, usual):
        return line
    follows = line.text[-1:] in RAISED_DIGITS and abs(y - line.y) < 1 and points == usual
    return line if follows else None
