"""Draw a page of a PDF, and say where each of its characters is.

PDFium runs in a process of its own, with a limit of time and of memory: the files come from
anywhere, and PDFium is written in C++.

    python -m qa.web.articles.pdf_page FILE PAGE
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from index.errors import ArticleError
from index.parsing.limits import limit_memory, start_timer
from index.types import Span

_SECONDS = 20.0
_MEMORY_MB = 2048.0
_WIDTH = 1000
"""Pixels of a drawn page."""

_MAX_HEIGHT = 4000

Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels from the top left corner."""


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A drawn page: its PNG image as base64, its size in pixels, and how many pages there are.

    `text` has a character for each of `boxes`.
    """

    image: str
    width: int
    height: int
    count: int
    text: str
    boxes: Sequence[Box]

    def marks(self, span: Span) -> Iterator[Box]:
        """Yield a box for each line of a span of the text."""
        line: Box | None = None
        for left, top, right, bottom in self.boxes[span.start : span.end]:
            if right <= left or bottom <= top:
                continue  # a space or a line break
            if line is not None and top < line[3] and bottom > line[1] and left >= line[0]:
                line = (line[0], min(line[1], top), max(line[2], right), max(line[3], bottom))
            else:
                if line is not None:
                    yield line
                line = (left, top, right, bottom)
        if line is not None:
            yield line


def pdf_page(path: Path, number: int) -> PdfPage:
    """Return a page, the first one being 1. Raises ArticleError where it cannot be drawn."""
    command = [sys.executable, "-m", __name__, str(path), str(number)]
    try:
        run = subprocess.run(command, capture_output=True, timeout=3 * _SECONDS, check=True)
        drawn = json.loads(run.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise ArticleError(f"page {number} of {path.name} cannot be drawn") from error
    return PdfPage(**drawn)


def _draw(path: Path, number: int) -> PdfPage:
    import pypdfium2
    from pypdfium2 import raw

    document = pypdfium2.PdfDocument(path)
    page = document[number - 1]
    scale = _WIDTH / page.get_width()
    scale *= min(1.0, _MAX_HEIGHT / (page.get_height() * scale))
    bitmap = page.render(scale=scale)
    png = BytesIO()
    bitmap.to_pil().save(png, "PNG")
    width, height = bitmap.width, bitmap.height
    text = page.get_textpage()

    def to_pixels(x: float, y: float) -> tuple[int, int]:
        across, down = raw.c_int(), raw.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, across, down)
        return across.value, down.value

    boxes: list[Box] = []
    for at in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(at)
        across, down = zip(to_pixels(left, top), to_pixels(right, bottom), strict=True)
        boxes.append((min(across), min(down), max(across), max(down)))
    characters = [chr(raw.FPDFText_GetUnicode(text, at)) for at in range(len(boxes))]
    image = b64encode(png.getvalue()).decode("ascii")
    return PdfPage(image, width, height, len(document), "".join(characters), boxes)


if __name__ == "__main__":
    from dataclasses import asdict

    limit_memory(_MEMORY_MB)
    start_timer(_SECONDS)
    json.dump(asdict(_draw(Path(sys.argv[1]), int(sys.argv[2]))), sys.stdout)
