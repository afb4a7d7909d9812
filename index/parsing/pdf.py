"""Parse PDF files: lines by position, joined into paragraphs.

pypdf gives fragments of text with their positions. Line ends on a page are layout, so lines are
joined and words hyphenated at a line end are made whole; the result is the canonical text.
Running headers, footers and page numbers are hinted as boilerplate.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from statistics import median
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people
from index.parsing.superscript import RAISED_DIGITS, superscript
from index.segmentation.punctuation import CLAUSE_END, LIST_ITEM
from index.types import Kind, Metadata

_EDGE_LINES = 3
"""Lines at the top and at the bottom of a page that can be running headers or footers."""

_MIN_REPEATS = 0.4
"""Share of the pages on which a line must repeat to be a running header or footer."""

_MIN_SIDE_REPEATS = 0.8
"""The same, as a share of the left or the right pages."""

_SAME_HEIGHT = 4.0
"""Points by which the height of a repeated line may differ between pages."""

_MAX_STEP = 1.35
"""Distance between the lines of a paragraph, as a multiple of the usual distance."""

_WIDE_LEADING = 1.8
"""Distance between lines, as a multiple of the font size, from which a page is widely set."""

_MAX_SIZE_STEP = 0.6
"""Points by which the font size may differ within a paragraph."""

_SIMILAR_SIZE = 0.85
"""Ratio of font sizes from which two fonts count as about equally large."""

_MIN_INDENT = 6.0
"""Points from which a line is indented."""

_MIN_ROWS = 3
"""Rows with gaps from which a page has a table, or columns written in rows."""

_MIN_GAP = 1.5
"""Gap between two cells or columns, as a multiple of the font size, at least."""

_COLUMN_LINE = 30
"""Characters from which the usual piece of a row is a line of a column and no cell."""

_MIN_LINE_NUMBERS = 3
"""Numbers in the left margin that count up, at least, to be those of lines."""

_HEADING_SIZE = 1.15
"""Font size of a heading, as a multiple of the body's; 1.4 for the first level."""

_SMALL = 0.82
"""Font size of a raised digit, as a multiple of the line's, at most."""

_SMALL_DIGITS = re.compile(r"\d{1,3}(?:[,–-]\d{1,3})*")
_BEFORE_NOTE = re.compile(r"(?:\d|[^\W\d_]{3}|[.,;:!?%)\]”’\"»])$")

_MAX_HEADING = 220
_LONG_LINE = 40
_FULL_LINE = 0.85
_PAGE_NUMBER = re.compile(
    r"(?i)^\W*(?:page|p\.?|pg\.?)?\s*\d{1,4}\s*(?:(?:of|/|von|de)\s*\d{1,4})?\W*$|^[ivxlc]{1,7}$"
)
_NUMBER_AT_EITHER_END = re.compile(r"^\d{1,4}(?=\s)|(?<=\s)\d{1,4}$")
_BROWSER_MARGIN = re.compile(  # the date or the URL that a browser prints on each page
    r"(?i)^\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d{2}(?: [ap]m)?\b"
    r"|^(?P<url>(?:https?|file)://\S+)(?P<count>\s+\d{1,4}/\d{1,4})?$"
)
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_HYPHENATED = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010\u00ad]$")
_OTHER_HYPHEN = re.compile(r"[\w.)\]%\"”’][-\u2010]$")
_NOT_TITLES = re.compile(
    r"(?i)^(?:(?:untitled(?: document)?|document|print)[- ]?\d*|\(anonymous\))$"
    r"|^(?:microsoft word\s+-\s|about:)"
    r"|\.(?:docx?|dotx?|rtf|odt|pages|wpd|pdf|e?ps|ai|svg|dvi|tex|txt|md|x?html?|php|aspx?|jsp|indd|qx[dp]|"
    r"pub|pptx?|xlsx?|jpe?g|png|tiff?)$"
)


@dataclass(slots=True)
class _Line:
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
    is_row: bool = False


def parse(data: bytes) -> ParsedDocument:
    """Parse a .pdf file. Raises ArticleError when it is broken, encrypted or has no text layer."""
    reader = _open(data)
    lines = _lines(reader)
    if not lines:
        raise ArticleError(
            "no text layer: the PDF holds only pictures of pages (a scan); "
            "run text recognition on it (for example ocrmypdf) and try again"
        )
    url = _printed_url(lines)
    _mark_boilerplate(lines, url)
    words = Counter(word.lower() for line in lines for word in _WORD.findall(line.text))
    body_size = _body_size(lines)
    builder = DocumentBuilder()
    for paragraph in _paragraphs(lines):
        first = paragraph[0]
        if first.is_boilerplate:
            builder.add(first.text, hint=Kind.BOILERPLATE, page=first.page, size=first.size)
            continue
        level = _heading_level(paragraph, body_size)
        builder.add(
            _join([line.text for line in paragraph], words),
            hint=Kind.HEADING if level else None,
            level=level,
            listed=first.is_row,
            page=first.page,
            size=first.size,
        )
    text = builder.text
    blocks = [part for block in builder.blocks for part in split_block(text, block)]
    return ParsedDocument(text, blocks, _metadata(reader, url))


def _open(data: bytes) -> Any:
    from pypdf import PdfReader

    logging.getLogger("pypdf").addHandler(logging.NullHandler())
    if not data:
        raise ArticleError("empty: the file holds no text")
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ArticleError(
                "encrypted: the PDF needs a password; save a copy without one and try again"
            )
        len(reader.pages)
    except ArticleError:
        raise
    except Exception as error:  # pypdf raises many kinds of error on damaged files
        raise _broken(error) from error
    return reader


def _broken(error: Exception) -> ArticleError:
    return ArticleError(f"broken PDF: {error}; open it in a viewer and save it again")


def _lines(reader: Any) -> list[_Line]:
    lines: list[_Line] = []
    failure: Exception | None = None
    for number, page in enumerate(reader.pages, start=1):
        try:
            lines.extend(_page_lines(page, number))
        except Exception as error:  # one damaged page must not lose the others
            failure = error
    if not lines and failure is not None:
        raise _broken(failure)
    return lines


def _page_lines(page: Any, number: int) -> list[_Line]:
    lines: list[_Line] = []
    sizes: list[Counter[float]] = []
    current: _Line | None = None

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
                line = _Line(piece, number, x, y, points)
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
    lines = _in_reading_order([line for line in lines if line.text])
    with suppress(Exception):  # damaged fields must not lose the text
        _add_form_values(page, number, lines)
    by_height = sorted(lines, key=lambda line: line.y)
    for line in (*by_height[:_EDGE_LINES], *by_height[-_EDGE_LINES:]):
        line.is_edge = True
    return lines


def _in_reading_order(lines: list[_Line]) -> list[_Line]:
    """Return the lines of a page from top to bottom, rows of tables as one line each.

    Most pages are written in their order. One that is not is written upwards, or in rows across
    its columns. Numbers of lines in the left margin are left out.
    """
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
    return [line if len(row) == 1 else _joined(row) for row in rows for line in row[:1]]


def _rows(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Group lines that follow one another at the same height with a gap between them."""
    rows: list[list[_Line]] = []
    for line in lines:
        last = rows[-1][-1] if rows else None
        # A character is about half as wide as high.
        if (
            last is not None
            and abs(last.y - line.y) < 1
            and line.x - last.x > (len(last.text) / 2 + _MIN_GAP) * last.size
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _joined(row: Sequence[_Line]) -> _Line:
    """Return the cells of a row of a table as one line."""
    return replace(row[0], text=" ".join(line.text for line in row), is_row=True)


def _by_column(rows: Sequence[Sequence[_Line]]) -> list[_Line]:
    """Return the lines of columns that were written in rows, one column after the other."""
    wide = [row for row in rows if len(row) > 1]
    found = Counter(round(line.x) for row in wide for line in row[1:])
    edges = [x - _MIN_INDENT for x, count in found.items() if count >= len(wide) / 2]
    lines = chain.from_iterable(rows)
    return sorted(lines, key=lambda line: sum(line.x >= edge for edge in edges))


def _without_line_numbers(lines: list[_Line]) -> list[_Line]:
    """Leave out numbers that count up to the left of everything else on the page."""
    margin = min((line.x for line in lines if not line.text.isdecimal()), default=0.0)
    found = [line for line in lines if line.x < margin]
    numbers = [int(line.text) for line in sorted(found, key=lambda line: -line.y)]
    steps = {below - above for above, below in pairwise(numbers)}
    is_counted = len(numbers) >= _MIN_LINE_NUMBERS and len(steps) == 1 and steps.pop() > 0
    return [line for line in lines if line.x >= margin] if is_counted else lines


def _add_form_values(page: Any, number: int, lines: list[_Line]) -> None:
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
            lines.append(_Line(text, number, left, bottom, min(top - bottom, 12.0)))


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
    lines: Sequence[_Line],
    sizes: Sequence[Counter[float]],
    piece: str,
    x: float,
    y: float,
    points: float,
) -> _Line | None:
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


def _printed_url(lines: Sequence[_Line]) -> str:
    """Return the URL of the page that a browser printed, or an empty string.

    A bibliography holds URLs too. The article's own is at the edge of a page, and either next to
    the page number, on several pages, or at the top of the first.
    """
    first_page = [line for line in lines if line.page == lines[0].page]
    top = sorted(first_page, key=lambda line: -line.y)[:_EDGE_LINES]
    pages: dict[str, set[int]] = {}
    for line in lines:
        match = _BROWSER_MARGIN.match(line.text)
        if not line.is_edge or match is None or not match["url"]:
            continue
        url = match["url"]
        pages.setdefault(url, set()).add(line.page)
        has_number = match["count"] or any(
            other.page == line.page
            and abs(other.y - line.y) <= _SAME_HEIGHT
            and _PAGE_NUMBER.match(other.text)
            for other in lines
        )
        if has_number or len(pages[url]) > 1 or any(line is other for other in top):
            return url
    return ""


def _mark_boilerplate(lines: Sequence[_Line], url: str) -> None:
    """Mark page numbers, the printed URL and date, and running headers and footers."""
    pages = len({line.page for line in lines})
    edges = [line for line in lines if line.is_edge]
    alike: dict[str, list[_Line]] = {}
    for line in edges:
        alike.setdefault(_mask_numbers(line.text), []).append(line)
    lines_of_page = Counter(line.page for line in lines)
    found_on: dict[str, set[int]] = {
        text: {line.page for line in found} for text, found in alike.items()
    }
    repeated = Counter(line.page for line in edges if len(found_on[_mask_numbers(line.text)]) > 1)
    # Of a page with a running head more is its own: one without is another page again.
    is_copied = {page: 2 * repeated[page] > count for page, count in lines_of_page.items()}
    for line in edges:
        repeats = {
            other.page
            for other in alike[_mask_numbers(line.text)]
            if abs(other.y - line.y) <= _SAME_HEIGHT
        }
        # Left and right pages may have different headers, and the first page none.
        same_side = sum(page % 2 == line.page % 2 for page in range(2, pages + 1))
        needed = max(2, min(_MIN_REPEATS * pages, _MIN_SIDE_REPEATS * same_side))
        match = _BROWSER_MARGIN.match(line.text)
        is_repeated = pages > 1 and len(repeats) >= needed and not is_copied[line.page]
        line.is_boilerplate = (
            is_repeated
            or (match is not None and match["url"] in (None, url))
            or _PAGE_NUMBER.match(line.text) is not None
        )
    # "1 Introduction" on page 1 is a heading, and larger.
    largest = _HEADING_SIZE * _body_size(lines)
    for line in _with_page_number((line for line in edges if line.size < largest), pages):
        line.is_boilerplate = True


def _with_page_number(edges: Iterable[_Line], pages: int) -> list[_Line]:
    """Return the lines that begin or end with the printed number of their page.

    The difference between printed and physical numbers is the commonest one, and many pages must
    have a number at the same height. This finds chapter titles, printed on the pages of their
    chapter only.
    """
    by_offset: dict[int, list[_Line]] = {}
    for line in edges:
        for match in _NUMBER_AT_EITHER_END.finditer(line.text):
            by_offset.setdefault(int(match.group()) - line.page, []).append(line)
    numbered = max(by_offset.values(), key=len, default=[])
    if len({line.page for line in numbered}) < max(3, _MIN_REPEATS * pages):
        return []
    return [
        line
        for line in numbered
        if any(
            other.page != line.page and abs(other.y - line.y) <= _SAME_HEIGHT for other in numbered
        )
    ]


def _mask_numbers(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip().lower()


def _body_size(lines: Sequence[_Line]) -> float:
    """Return the font size of most characters, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        if not line.is_boilerplate:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _paragraphs(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Group lines into paragraphs. Boilerplate follows the paragraph that it interrupts."""
    body = [line for line in lines if not line.is_boilerplate]
    leading = _leading(body)
    margins = _left_margins(body)
    paragraphs: list[list[_Line]] = []
    pending: list[list[_Line]] = []
    current: list[_Line] = []
    for line in lines:
        if line.is_boilerplate:
            pending.append([line])
        elif current and _continues(current, line, leading, margins):
            current.append(line)
        else:
            paragraphs += pending
            pending = []
            current = [line]
            paragraphs.append(current)
    return paragraphs + pending


def _leading(lines: Sequence[_Line]) -> dict[float, float]:
    """Return the usual distance between lines for each font size, in points."""
    steps: dict[float, list[float]] = {}
    for above, below in pairwise(lines):
        step = abs(above.y - below.y)
        if above.page == below.page and 0 < step < 4 * max(above.size, 1.0):
            steps.setdefault(round(above.size, 1), []).append(step)
    # Gaps between paragraphs are among the steps, so a low quantile is taken.
    return {size: sorted(found)[len(found) // 5] for size, found in steps.items()}


def _left_margins(lines: Sequence[_Line]) -> dict[tuple[int, float], float]:
    """Return the commonest left edge for each page and font size, in points."""
    edges: dict[tuple[int, float], Counter[float]] = {}
    for line in lines:
        edges.setdefault((line.page, round(line.size, 1)), Counter())[round(line.x)] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in edges.items()}


def _continues(
    paragraph: Sequence[_Line],
    line: _Line,
    leading: dict[float, float],
    margins: dict[tuple[int, float], float],
) -> bool:
    """Whether a line belongs to the paragraph above it."""
    above = paragraph[-1]
    if LIST_ITEM.match(line.text) or line.is_row or above.is_row:
        return False
    if abs(above.size - line.size) > _MAX_SIZE_STEP and not _continues_in_other_font(above, line):
        return False
    step = above.y - line.y
    if above.page != line.page or step < 0:  # the next page or column
        is_unfinished = not CLAUSE_END.search(above.text) or above.text.endswith(("-", "\u00ad"))
        return is_unfinished and (
            line.text[:1].islower()
            or _HYPHENATED.search(above.text) is not None
            or _ends_with_full_line(paragraph)
        )
    usual = leading.get(round(line.size, 1), 1.2 * max(line.size, 1.0))
    if step > _MAX_STEP * usual:
        return False
    if usual > _WIDE_LEADING * line.size and not _is_mid_sentence(above):
        return False
    margin = margins.get((line.page, round(line.size, 1)), line.x)
    is_indented = line.x > above.x + _MIN_INDENT and line.x > margin + _MIN_INDENT
    is_hanging = LIST_ITEM.match(paragraph[0].text) is not None
    is_centred = abs(line.x - above.x) > _MIN_INDENT and line.size > 12
    return not is_indented or is_hanging or is_centred


def _is_mid_sentence(line: _Line) -> bool:
    """Whether a line is long and does not end a sentence."""
    return len(line.text) > _LONG_LINE and CLAUSE_END.search(line.text) is None


def _continues_in_other_font(above: _Line, line: _Line) -> bool:
    """Whether a sentence goes on in a font of similar size, as file names are printed."""
    is_similar = min(above.size, line.size) >= _SIMILAR_SIZE * max(above.size, line.size)
    return is_similar and _is_mid_sentence(above) and not line.text[:1].isupper()


def _ends_with_full_line(paragraph: Sequence[_Line]) -> bool:
    """Whether the last line is about as long as the longest one before it."""
    lengths = [len(line.text) for line in paragraph]
    return len(lengths) >= 2 and lengths[-1] >= _FULL_LINE * max(lengths[:-1])


def _join(lines: Sequence[str], words: Counter[str]) -> str:
    """Join lines into running text and make words hyphenated at a line end whole.

    The hyphen stays if the document (`words`: its lower-case words, counted) writes the word with
    a hyphen elsewhere and never without one, before a capital or a digit, and after a digit or a
    full stop.
    """
    parts = [lines[0]]  # only the last line can end in a hyphen
    for line in lines[1:]:
        above = parts[-1]
        hyphenated = _HYPHENATED.search(above)
        if hyphenated and line[:1].islower():
            rest = re.match(r"[^\W\d_]+(?:['’][^\W\d_]+)*", line)
            tail = rest.group() if rest else ""
            head = hyphenated.group(1)
            compound, whole = f"{head}-{tail}".lower(), f"{head}{tail}".lower()
            is_soft = above.endswith("\u00ad")
            is_compound = not is_soft and words[compound] > 0 and words[whole] == 0
            parts[-1] = above if is_compound else above[:-1]
        elif not _OTHER_HYPHEN.search(above) or re.match(r"(?:and|or|to)\b", line):
            parts[-1] += " "
        parts.append(line)
    return "".join(parts).replace("\u00ad", "")


def _heading_level(paragraph: Sequence[_Line], body_size: float) -> int:
    """Return the level of a heading (large type, little text), 0 for other paragraphs."""
    size = paragraph[0].size
    length = sum(len(line.text) for line in paragraph)
    if body_size <= 0 or size < _HEADING_SIZE * body_size or length > _MAX_HEADING:
        return 0
    return 1 if size >= 1.4 * body_size else 2


def _metadata(reader: Any, url: str) -> Metadata:
    try:
        info = reader.metadata
        title = " ".join(str(info.title or "").split()) if info else ""
        author = " ".join(str(info.author or "").split()) if info else ""
    except Exception:  # damaged properties must not lose the text
        title, author = "", ""
    return Metadata(
        title="" if _NOT_TITLES.search(title) else title,
        authors=tuple(people(author) or ()),
        url=url if url.startswith("http") else None,
    )
