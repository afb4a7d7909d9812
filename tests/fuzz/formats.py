"""The formats that are fuzzed: how often, from which files, and how bytes become a file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

from tests.helpers import documents
from tests.helpers.parsing import FERRY, FIXTURES

_PAGE = (
    "<!DOCTYPE html><html><head><title>Ferry</title><meta name=author content='Isla Baird'></head>"
    "<body><nav><ul><li>Home</ul></nav><article><h1>Ferry</h1><p>{}</p><table><tr><th>Year<td>2012"
    "</table><pre>a\n b</pre><math><mi>x</mi></math></article><!-- c --></body></html>"
)
_MARKDOWN = (
    "---\ntitle: Ferry\nauthor: [Isla Baird]\ndate: 2014-03-11\n---\n# Ferry\n\n{}\n\n"
    "1. one\n   - *two*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> quoted[^1]\n\n```py\nx = 1\n```\n\n"
    "[^1]: A note.\n{{{{< figure src=x >}}}} {{% note %}} ![a](b) <b>bold</b> [[link|words]]\n"
)


def _html() -> bytes:
    return _PAGE.format("</p><p>".join(FERRY)).encode()


def _mhtml() -> bytes:
    return (
        b"From: <Saved>\r\nSubject: Ferry\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;"
        b' boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n' + _html() + b"\r\n--b--\r\n"
    )


def _pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=0)
    canvas.setTitle("Ferry")
    for page in range(2):
        canvas.drawString(72, 780, "The Northern Courier")
        for number, paragraph in enumerate(FERRY):
            words = paragraph.split()
            for line in range(3):
                height = 700 - 60 * number - 14 * line
                canvas.drawString(72, height, " ".join(words[line * 9 : line * 9 + 9]))
        canvas.acroForm.textfield(name="name", value="Isla", x=72, y=100)
        canvas.drawString(300, 30, str(page + 1))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _docx() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Ferry", 1)
    for paragraph in FERRY:
        document.add_paragraph(paragraph)
    document.add_paragraph("One.", style="List Bullet")
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "Year"
    document.sections[0].header.paragraphs[0].text = "The Northern Courier"
    unused = [one for one in document.styles if one.name not in ("Heading 1", "List Bullet")]
    for style in unused:
        style.delete()
    for relation in list(document.part.rels.values()):
        if relation.reltype.endswith("stylesWithEffects"):
            document.part.drop_rel(relation.rId)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_SEEDS: dict[str, Callable[[], bytes]] = {
    ".txt": lambda: (FIXTURES / "news-site.txt").read_bytes(),
    ".md": lambda: _MARKDOWN.format("\n\n".join(FERRY)).encode(),
    ".html": _html,
    ".pdf": _pdf,
    ".docx": _docx,
    ".mhtml": _mhtml,
    ".webarchive": documents.webarchive,
    ".rst": documents.rst,
    ".epub": documents.epub,
    ".odt": documents.odt,
    ".rtf": documents.rtf,
    ".pptx": documents.pptx,
    ".xlsx": documents.xlsx,
    ".eml": documents.eml,
    ".mbox": documents.mbox,
    ".csv": documents.csv,
    ".vtt": documents.vtt,
    ".srt": documents.srt,
}
_LIBRARIES = {".rtf": "striprtf", ".pptx": "pptx", ".xlsx": "openpyxl"}

GOALS = dict.fromkeys(_SEEDS, 100_000) | {".txt": 1_000_000, ".md": 1_000_000}
"""How often each format is to be parsed."""

MAX_BYTES = 40_000
"""Size of the largest input."""


def is_installed(suffix: str) -> bool:
    """Whether the library that parses a format is installed."""
    return suffix not in _LIBRARIES or find_spec(_LIBRARIES[suffix]) is not None


@cache
def _members(suffix: str) -> tuple[tuple[str, bytes], ...]:
    """Return the names and contents of a format's seed, none unless it is an archive."""
    data = _SEEDS[suffix]()
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return ()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist())


def seeds(suffix: str) -> list[bytes]:
    """Return inputs for `document` to begin with."""
    whole = _SEEDS[suffix]()
    if members := _members(suffix):
        parts = [bytes([number]) + data for number, (_, data) in enumerate(members, start=1)]
        return [b"\0" + whole, *(part for part in parts if len(part) <= MAX_BYTES)]
    return [whole]


def document(suffix: str, data: bytes) -> bytes:
    """Return the file that an input stands for.

    For an archive, the first byte chooses which file in it the other bytes are, so that mutations
    reach its parser: a changed archive has wrong checksums. 0 is the archive itself.
    """
    members = _members(suffix)
    if not members:
        return data
    chosen, content = data[:1] or b"\0", data[1:]
    number = chosen[0] % (len(members) + 1)
    if not number:
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for index, (name, original) in enumerate(members, start=1):
            archive.writestr(name, content if index == number else original)
    return out.getvalue()
