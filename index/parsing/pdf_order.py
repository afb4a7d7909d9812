"""Put the lines of a PDF page in the order in which a reader sees them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, groupby, pairwise
from statistics import median

from index.parsing.pdf_lines import Line
from index.segmentation.punctuation import CELL_SEPARATOR

_MIN_ROWS = 3
"""Rows with gaps from which a page has a table, or columns written in rows."""

_MIN_GAP = 1.5
"""Gap between two cells or columns, as a multiple of the font size, at least."""

_SAME_EDGE = 6.0
"""Points by which the left edges of the lines of a column may differ."""

_COLUMN_LINE = 30
"""Characters from which the usual piece of a row is a line of a column and no cell."""

_INITIAL_SIZE = 1.8
"""Font size of a large initial, as a multiple of its line's, at least."""

_INITIAL = re.compile(r"[“‘\"'«]?[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")

_MIN_LINE_NUMBERS = 3
"""Numbers in the left margin that count up, at least, to be those of lines."""


def in_reading_order(lines: list[Line]) -> list[Line]:
    """Return the lines of a page from top to bottom, rows of tables as one line each.

    Most pages are written in their order. One that is not is written upwards, or in rows across
    its columns. Numbers of lines in the left margin are left out.
    """
    lines = _with_initials(lines)
    steps = [above.y - below.y for above, below in pairwise(lines)]
    if sum(step < -1 for step in steps) > sum(step > 1 for step in steps):
        lines = sorted(lines, key=lambda line: -line.y)
    rows = _rows(_without_line_numbers(lines))
    wide = [number for number, row in enumerate(rows) if len(row) > 1]
    cells = [len(line.text) for number in wide for line in rows[number]]
    if len(wide) < _MIN_ROWS:
        return list(chain.from_iterable(rows))
    if median(cells) >= _COLUMN_LINE:
        first, last = wide[0], wide[-1] + 1
        rows[first:last] = [_by_column(rows[first:last])]
        return list(chain.from_iterable(rows))
    runs = groupby(rows, key=lambda row: len(row) > 1)
    return [
        line
        for is_table, run in runs
        for line in (_table_rows(list(run)) if is_table else chain.from_iterable(run))
    ]


def _with_initials(lines: list[Line]) -> list[Line]:
    """Put each large initial, which is printed over several lines, before the first of them."""
    for initial in [line for line in lines if _INITIAL.fullmatch(line.text)]:
        beside = [
            line
            for line in lines
            if initial.x < line.x < initial.x + 1.5 * initial.size
            and initial.y + line.size / 2 < line.y < initial.y + initial.size
            and _INITIAL_SIZE * line.size <= initial.size
        ]
        if not beside:
            continue
        first = max(beside, key=lambda line: line.y)
        lines = [line for line in lines if line is not initial]
        words = Counter(word for line in lines for word in _WORD.findall(line.text.lower()))
        letter, rest = initial.text[-1].lower(), _WORD.match(first.text.lower())
        # "A" and "I" may be a word: it is one of the page, and so is what follows it.
        is_word = words[letter] > 0 and rest is not None and words[rest.group()] > 1
        first.text = f"{initial.text}{' ' if is_word else ''}{first.text}"
    return lines


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that follow one another at the same height with a gap between them."""
    rows: list[list[Line]] = []
    for line in lines:
        last = rows[-1][-1] if rows else None
        if (
            last is not None
            and abs(last.y - line.y) < 1
            and line.x - _right_edge(last) > _MIN_GAP * last.size
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _table_rows(rows: Sequence[Sequence[Line]]) -> list[Line]:
    """Return each row of a table as one line, all with as many cells as the widest.

    The cells of a shorter row are in the columns whose left or right edge is nearest.
    """
    columns = [(cell.x, _right_edge(cell)) for cell in max(rows, key=len)]
    lines = []
    for row in rows:
        texts = [cell.text for cell in row]
        if len(row) < len(columns):
            texts = [""] * len(columns)
            for cell in row:
                right = _right_edge(cell)
                gaps = [min(abs(cell.x - start), abs(right - end)) for start, end in columns]
                at = gaps.index(min(gaps))
                texts[at] = f"{texts[at]} {cell.text}".lstrip()
        lines.append(replace(row[0], text=CELL_SEPARATOR.join(texts), is_row=True))
    return lines


def _right_edge(line: Line) -> float:
    # A character is about half as wide as high.
    return line.x + len(line.text) / 2 * line.size


def _by_column(rows: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of columns that were written in rows, one column after the other."""
    wide = [row for row in rows if len(row) > 1]
    found = Counter(round(line.x) for row in wide for line in row[1:])
    edges = [x - _SAME_EDGE for x, count in found.items() if count >= len(wide) / 2]
    lines = chain.from_iterable(rows)
    return sorted(lines, key=lambda line: sum(line.x >= edge for edge in edges))


def _without_line_numbers(lines: list[Line]) -> list[Line]:
    """Leave out numbers that count up to the left of everything else on the page."""
    margin = min((line.x for line in lines if not line.text.isdecimal()), default=0.0)
    found = [line for line in lines if line.x < margin]
    numbers = [int(line.text) for line in sorted(found, key=lambda line: -line.y)]
    steps = {below - above for above, below in pairwise(numbers)}
    is_counted = len(numbers) >= _MIN_LINE_NUMBERS and len(steps) == 1 and steps.pop() > 0
    return [line for line in lines if line.x >= margin] if is_counted else lines
