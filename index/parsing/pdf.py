"""PDF: lines by position, joined into paragraphs; running headers and page numbers set aside.

pypdf gives fragments of text with their places. A page's line ends are not the author's, so
lines are joined and words that were divided at a line's end are made whole; this happens
once, here, and the result is the canonical text.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.rules.layout import split_block
from index.types import Kind, Metadata

_EDGE_LINES = 3
_REPEATS = 0.4
_SAME_SIDE = 0.8
_SAME_HEIGHT = 4.0
_GAP = 1.35
_SPARSE = 1.8
_SIZE_STEP = 0.6
_NEAR_SIZE = 0.85
_INDENT = 6.0
_LARGE = 1.15
_SENTENCE_END = re.compile(r"[.!?:;…][\"”’')\]]*$")
_PAGE_NUMBER = re.compile(
    r"(?i)^\W*(?:page|p\.?|pg\.?)?\s*\d{1,4}\s*(?:(?:of|/|von|de)\s*\d{1,4})?\W*$|^[ivxlc]{1,7}$"
)
_NUMBER_AT_END = re.compile(r"^\d{1,4}(?=\s)|(?<=\s)\d{1,4}$")
_PRINTED = re.compile(
    r"(?i)^\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d{2}(?: [ap]m)?\b"
    r"|^(?P<url>(?:https?|file)://\S+)(?P<count>\s+\d{1,4}/\d{1,4})?$"
)
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl"}
)
_LIST_ITEM = re.compile(r"^(?:[-*+•‣▪●◦·–—]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s+\S")
_DIVIDED = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010\u00ad]$")
_HYPHENED = re.compile(r"[\w.)\]%\"”’][-\u2010]$")
_NOT_TITLES = re.compile(
    r"(?i)^(?:(?:untitled(?: document)?|document|print)[- ]?\d*|\(anonymous\))$"
    r"|^(?:microsoft word\s+-\s|about:)"
    r"|\.(?:docx?|dotx?|rtf|odt|pages|wpd|pdf|e?ps|ai|svg|dvi|tex|txt|md|x?html?|php|aspx?|jsp|indd|qx[dp]|"
    r"pub|pptx?|xlsx?|jpe?g|png|tiff?)$"
)


@dataclass(slots=True)
class _Line:
    """A printed line: its words, page (1-based), place and the font size, in points, of most of
    them: a bullet, a note's number or a word in another font says nothing of the line."""

    words: str
    page: int
    x: float
    y: float
    size: float
    edge: bool = False
    aside: bool = False


@dataclass(slots=True)
class _Paragraph:
    lines: list[_Line] = field(default_factory=list)


def parse(data: bytes) -> ParsedDocument:
    """Read a .pdf file. Raises ArticleError: broken, encrypted, or without a text layer."""
    reader = _open(data)
    lines = _lines(reader)
    if not lines:
        raise ArticleError(
            "no text layer: the PDF holds only pictures of pages (a scan); "
            "run text recognition on it (for example ocrmypdf) and try again"
        )
    address = _printed_address(lines)
    _set_aside(lines, address)
    canvas = DocumentBuilder()
    words = Counter(
        word.lower() for line in lines for word in re.findall(r"[^\W\d_][\w'’-]*", line.words)
    )
    body = _body_size(lines)
    for paragraph in _paragraphs(lines):
        first = paragraph.lines[0]
        if first.aside:
            canvas.add(first.words, hint=Kind.BOILERPLATE, page=first.page, size=first.size)
            continue
        level = _level(paragraph, body)
        canvas.add(
            _join([line.words for line in paragraph.lines], words),
            hint=Kind.HEADING if level else None,
            level=level,
            page=first.page,
            size=first.size,
        )
    text = canvas.text
    blocks = [piece for block in canvas.blocks for piece in split_block(text, block)]
    return ParsedDocument(text, blocks, _properties(reader, address))


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
    except Exception as error:  # pypdf meets damage with many kinds of error
        raise ArticleError(f"broken PDF: {error}; open it in a viewer and save it again") from error
    return reader


def _lines(reader: Any) -> list[_Line]:
    lines: list[_Line] = []
    failed: Exception | None = None
    for number, page in enumerate(reader.pages, start=1):
        try:
            lines.extend(_page_lines(page, number))
        except Exception as error:  # one damaged page must not lose the others
            failed = error
    if not lines and failed is not None:
        raise ArticleError(f"broken PDF: {failed}; open it in a viewer and save it again")
    return lines


def _page_lines(page: Any, number: int) -> list[_Line]:
    lines: list[_Line] = []
    sizes: list[Counter[float]] = []
    current: _Line | None = None

    def visit(
        words: str, cm: Sequence[float], tm: Sequence[float], _font: Any, size: float
    ) -> None:
        nonlocal current
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        points = abs(size * (tm[3] or tm[0]) * (cm[3] or cm[0]))
        for position, piece in enumerate(words.split("\n")):
            if position > 0:
                current = None
            if not piece.strip():
                if current is not None:
                    current.words += piece
                continue
            if current is None:
                current = _Line(piece, number, x, y, points)
                lines.append(current)
                sizes.append(Counter())
            else:
                current.words += piece
            sizes[-1][points] += len(piece.strip())

    page.extract_text(visitor_text=visit)
    for line, held in zip(lines, sizes, strict=True):
        line.size = held.most_common(1)[0][0]
        line.words = " ".join(line.words.translate(_LIGATURES).split())
    kept = [line for line in lines if line.words]
    order = sorted(range(len(kept)), key=lambda index: kept[index].y)
    for index in (*order[:_EDGE_LINES], *order[-_EDGE_LINES:]):
        kept[index].edge = True
    return kept


def _printed_address(lines: Sequence[_Line]) -> str:
    """The address of the page that a browser printed, or an empty string.

    A list of references holds addresses too. The article's own stands at the edge of a page
    beside the page's number, on several pages, or at the top of the first.
    """
    first = [line for line in lines if line.page == lines[0].page]
    top = sorted(first, key=lambda line: -line.y)[:_EDGE_LINES]
    pages: dict[str, set[int]] = {}
    for line in lines:
        match = _PRINTED.match(line.words)
        if not line.edge or match is None or not match["url"]:
            continue
        pages.setdefault(match["url"], set()).add(line.page)
        numbered = match["count"] or any(
            other.page == line.page
            and abs(other.y - line.y) <= _SAME_HEIGHT
            and _PAGE_NUMBER.match(other.words)
            for other in lines
        )
        if numbered or len(pages[match["url"]]) > 1 or any(line is one for one in top):
            return match["url"]
    return ""


def _set_aside(lines: Sequence[_Line], address: str) -> None:
    """Mark page numbers, the printed address and the lines that repeat at the edges of pages."""
    pages = len({line.page for line in lines})
    edges = [line for line in lines if line.edge]
    seen: dict[str, list[_Line]] = {}
    for line in edges:
        seen.setdefault(_masked(line.words), []).append(line)
    for line in edges:
        beside = {
            other.page
            for other in seen[_masked(line.words)]
            if abs(other.y - line.y) <= _SAME_HEIGHT
        }
        # Left and right pages may carry different heads, and the first page none.
        same_side = sum(page % 2 == line.page % 2 for page in range(2, pages + 1))
        enough = min(_REPEATS * pages, _SAME_SIDE * same_side)
        repeated = pages > 1 and len(beside) >= max(2, enough)
        printed = _PRINTED.match(line.words)
        ours = printed is not None and printed["url"] in (None, address)
        line.aside = repeated or ours or _PAGE_NUMBER.match(line.words) is not None
    body = _body_size(lines)
    # "1 Introduction" on page 1 is a heading, and larger.
    for line in _with_page_number([one for one in edges if one.size < _LARGE * body], pages):
        line.aside = True


def _with_page_number(edges: Sequence[_Line], pages: int) -> list[_Line]:
    """Lines that begin or end with the printed number of their page, as many pages have one in
    that place: a chapter's head is printed on that chapter's pages only."""
    numbered: dict[int, list[_Line]] = {}
    for line in edges:
        for match in _NUMBER_AT_END.finditer(line.words):
            numbered.setdefault(int(match.group()) - line.page, []).append(line)
    found = max(numbered.values(), key=len, default=[])
    if len({line.page for line in found}) < max(3, _REPEATS * pages):
        return []
    return [
        line
        for line in found
        if any(other.page != line.page and abs(other.y - line.y) <= _SAME_HEIGHT for other in found)
    ]


def _masked(words: str) -> str:
    return re.sub(r"\d+", "#", words).strip().lower()


def _body_size(lines: Sequence[_Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        if not line.aside:
            sizes[round(line.size, 1)] += len(line.words)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _paragraphs(lines: Sequence[_Line]) -> list[_Paragraph]:
    """Lines gathered into paragraphs; what is set aside comes after the one it interrupts."""
    body = [line for line in lines if not line.aside]
    leading = _leading(body)
    margins = _margins(body)
    made: list[_Paragraph] = []
    waiting: list[_Line] = []
    current: _Paragraph | None = None
    for line in lines:
        if line.aside:
            waiting.append(line)
            continue
        if current is not None and _continues(current, line, leading, margins):
            current.lines.append(line)
            continue
        made.extend(_Paragraph([one]) for one in waiting)
        waiting.clear()
        current = _Paragraph([line])
        made.append(current)
    made.extend(_Paragraph([one]) for one in waiting)
    return made


def _leading(lines: Sequence[_Line]) -> dict[float, float]:
    """The usual distance between lines for each font size, in points."""
    steps: dict[float, list[float]] = {}
    for above, below in pairwise(lines):
        step = abs(above.y - below.y)
        if above.page == below.page and 0 < step < 4 * max(above.size, 1.0):
            steps.setdefault(round(above.size, 1), []).append(step)
    # Gaps between paragraphs are steps too, so the low end of all steps is taken.
    return {size: sorted(found)[len(found) // 5] for size, found in steps.items()}


def _margins(lines: Sequence[_Line]) -> dict[tuple[int, float], float]:
    """The commonest left edge on each page and size, so that first-line indents show."""
    seen: dict[tuple[int, float], Counter[float]] = {}
    for line in lines:
        seen.setdefault((line.page, round(line.size, 1)), Counter())[round(line.x)] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in seen.items()}


def _continues(
    paragraph: _Paragraph,
    line: _Line,
    leading: dict[float, float],
    margins: dict[tuple[int, float], float],
) -> bool:
    above = paragraph.lines[-1]
    if _LIST_ITEM.match(line.words):
        return False
    if abs(above.size - line.size) > _SIZE_STEP and not _in_other_type(above, line):
        return False
    step = above.y - line.y
    same_place = above.page == line.page and step >= 0
    if not same_place:
        unfinished = _SENTENCE_END.search(above.words) is None or above.words[-1:] in "-\u00ad"
        return unfinished and (line.words[:1].islower() or _DIVIDED.search(above.words) is not None
                               or _ends_full(paragraph))  # fmt: skip
    usual = leading.get(round(line.size, 1), 1.2 * max(line.size, 1.0))
    if step > _GAP * usual:
        return False
    if usual > _SPARSE * line.size and not _runs_on(above.words, line.words):
        return False
    margin = margins.get((line.page, round(line.size, 1)), line.x)
    hanging = _LIST_ITEM.match(paragraph.lines[0].words) is not None
    indented = line.x > above.x + _INDENT and line.x > margin + _INDENT and not hanging
    centred = abs(line.x - above.x) > _INDENT and line.size > 12
    return not indented or centred


def _runs_on(above: str, below: str) -> bool:
    """Whether widely set lines belong together: the upper one stops in mid-sentence."""
    return _SENTENCE_END.search(above) is None and len(above) > 40 and bool(below)


def _in_other_type(above: _Line, line: _Line) -> bool:
    """Whether a line goes on in type of about the same size, as names of files are printed."""
    near = min(above.size, line.size) >= _NEAR_SIZE * max(above.size, line.size)
    return near and _runs_on(above.words, line.words) and not line.words[:1].isupper()


def _ends_full(paragraph: _Paragraph) -> bool:
    """Whether the last line is about as long as the others, so the text goes on."""
    lengths = [len(line.words) for line in paragraph.lines]
    return len(lengths) >= 2 and lengths[-1] >= 0.85 * max(lengths[:-1])


def _join(lines: Sequence[str], words: Counter[str]) -> str:
    """Lines as running text. A word divided at a line's end is made whole.

    The hyphen stays where the document itself writes the word with one elsewhere and never
    without, before a capital or a figure, and after a figure or a point.
    """
    text = lines[0]
    for line in lines[1:]:
        divided = _DIVIDED.search(text)
        if divided and line[:1].islower():
            rest = re.match(r"[^\W\d_]+(?:['’][^\W\d_]+)*", line)
            tail = rest.group() if rest else ""
            head = divided.group(1)
            compound, whole = f"{head}-{tail}".lower(), f"{head}{tail}".lower()
            soft = text.endswith("\u00ad")
            keep = not soft and words[compound] > 0 and words[whole] == 0
            text = (text if keep else text[:-1]) + line
        elif _HYPHENED.search(text) and not re.match(r"(?:and|or|to)\b", line):
            text += line
        else:
            text += " " + line
    return text.replace("\u00ad", "")


def _level(paragraph: _Paragraph, body: float) -> int:
    """A heading level for large type over few words, else 0."""
    size = paragraph.lines[0].size
    length = sum(len(line.words) for line in paragraph.lines)
    if body <= 0 or size < _LARGE * body or length > 220:
        return 0
    return 1 if size >= 1.4 * body else 2


def _properties(reader: Any, address: str) -> Metadata:
    try:
        info = reader.metadata
        title = " ".join(str(info.title or "").split()) if info else ""
        author = " ".join(str(info.author or "").split()) if info else ""
    except Exception:  # damaged properties must not lose the text
        title, author = "", ""
    from index.parsing.rules.names import people

    return Metadata(
        title="" if _NOT_TITLES.search(title) else title,
        authors=tuple(people(author) or ()),
        url=address if address.startswith("http") else None,
    )
