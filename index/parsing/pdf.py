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
from itertools import pairwise
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.pdf_lines import Line, add_form_values, printed_lines
from index.parsing.pdf_order import in_reading_order
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people
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

_HEADING_SIZE = 1.15
"""Font size of a heading, as a multiple of the body's; 1.4 for the first level."""

_FOOTNOTE_SIZE = 0.9
"""Font size of a footnote, as a multiple of the body's, at most."""

_FOOTNOTE = re.compile(r"\d{1,3}[.)]?\s|[*†‡§⁰¹²³⁴⁵⁶⁷⁸⁹]")

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
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_HYPHENATED = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010\u00ad]$")
_OTHER_HYPHEN = re.compile(r"[\w.)\]%\"”’][-\u2010]$")
_NOT_TITLES = re.compile(
    r"(?i)^(?:(?:untitled(?: document)?|document|print)[- ]?\d*|\(anonymous\))$"
    r"|^(?:microsoft word\s+-\s|about:)"
    r"|\.(?:docx?|dotx?|rtf|odt|pages|wpd|pdf|e?ps|ai|svg|dvi|tex|txt|md|x?html?|php|aspx?|jsp|indd|qx[dp]|"
    r"pub|pptx?|xlsx?|jpe?g|png|tiff?)$"
)


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
    _mark_footnotes(lines)
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


def _lines(reader: Any) -> list[Line]:
    lines: list[Line] = []
    failure: Exception | None = None
    for number, page in enumerate(reader.pages, start=1):
        try:
            lines.extend(_page_lines(page, number))
        except Exception as error:  # one damaged page must not lose the others
            failure = error
    if not lines and failure is not None:
        raise _broken(failure)
    return lines


def _page_lines(page: Any, number: int) -> list[Line]:
    """Return the lines of a page in reading order, those at its edges marked."""
    lines = in_reading_order(printed_lines(page, number))
    with suppress(Exception):  # damaged fields must not lose the text
        add_form_values(page, number, lines)
    by_height = sorted(lines, key=lambda line: line.y)
    for line in (*by_height[:_EDGE_LINES], *by_height[-_EDGE_LINES:]):
        line.is_edge = True
    return lines


def _printed_url(lines: Sequence[Line]) -> str:
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


def _mark_boilerplate(lines: Sequence[Line], url: str) -> None:
    """Mark page numbers, the printed URL and date, and running headers and footers."""
    pages = len({line.page for line in lines})
    edges = [line for line in lines if line.is_edge]
    alike: dict[str, list[Line]] = {}
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


def _with_page_number(edges: Iterable[Line], pages: int) -> list[Line]:
    """Return the lines that begin or end with the printed number of their page.

    The difference between printed and physical numbers is the commonest one, and many pages must
    have a number at the same height. This finds chapter titles, printed on the pages of their
    chapter only.
    """
    by_offset: dict[int, list[Line]] = {}
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


def _body_size(lines: Sequence[Line]) -> float:
    """Return the font size of most characters, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        if not line.is_boilerplate:
            sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _mark_footnotes(lines: Sequence[Line]) -> None:
    """Mark notes in small type at the foot of a page or of a column."""
    largest = _FOOTNOTE_SIZE * _body_size(lines)
    foot: list[Line] = []  # small lines, from the foot upwards
    below: Line | None = None
    for line in reversed([line for line in lines if not line.is_boilerplate]):
        is_last = below is None or below.page != line.page or below.y > line.y
        if is_last:
            foot = []
        if line.size <= largest and (foot or is_last):
            foot.append(line)
        else:
            if foot and _FOOTNOTE.match(foot[-1].text):
                for one in foot:
                    one.is_footnote = True
            foot = []
        below = line


def _paragraphs(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines into paragraphs.

    Boilerplate and footnotes follow the paragraph that they interrupt.
    """
    body = [line for line in lines if not line.is_boilerplate]
    leading = _leading(body)
    margins = _left_margins(body)
    paragraphs: list[list[Line]] = []
    pending: list[list[Line]] = []
    note: list[Line] = []
    current: list[Line] = []
    for line in lines:
        if line.is_footnote and not _FOOTNOTE.match(line.text):
            note.append(line)
        elif line.is_footnote:
            note = [line]
            pending.append(note)
        elif line.is_boilerplate:
            pending.append([line])
        elif current and _continues(current, line, leading, margins):
            current.append(line)
        else:
            paragraphs += pending
            pending = []
            current = [line]
            paragraphs.append(current)
    return paragraphs + pending


def _leading(lines: Sequence[Line]) -> dict[float, float]:
    """Return the usual distance between lines for each font size, in points."""
    steps: dict[float, list[float]] = {}
    for above, below in pairwise(lines):
        step = abs(above.y - below.y)
        if above.page == below.page and 0 < step < 4 * max(above.size, 1.0):
            steps.setdefault(round(above.size, 1), []).append(step)
    # Gaps between paragraphs are among the steps, so a low quantile is taken.
    return {size: sorted(found)[len(found) // 5] for size, found in steps.items()}


def _left_margins(lines: Sequence[Line]) -> dict[tuple[int, float], float]:
    """Return the commonest left edge for each page and font size, in points."""
    edges: dict[tuple[int, float], Counter[float]] = {}
    for line in lines:
        edges.setdefault((line.page, round(line.size, 1)), Counter())[round(line.x)] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in edges.items()}


def _continues(
    paragraph: Sequence[Line],
    line: Line,
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


def _is_mid_sentence(line: Line) -> bool:
    """Whether a line is long and does not end a sentence."""
    return len(line.text) > _LONG_LINE and CLAUSE_END.search(line.text) is None


def _continues_in_other_font(above: Line, line: Line) -> bool:
    """Whether a sentence goes on in a font of similar size, as file names are printed."""
    is_similar = min(above.size, line.size) >= _SIMILAR_SIZE * max(above.size, line.size)
    return is_similar and _is_mid_sentence(above) and not line.text[:1].isupper()


def _ends_with_full_line(paragraph: Sequence[Line]) -> bool:
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


def _heading_level(paragraph: Sequence[Line], body_size: float) -> int:
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
