"""The same short article as a file of each format, made in memory."""

from __future__ import annotations

import io
import plistlib
import zipfile
from datetime import datetime

from tests.helpers.parsing import FERRY

TITLE, AUTHOR = "Ferry cuts anger islanders", "Isla Baird"
HEADING = "What the company says"
ROWS = (("Year", "Passengers"), ("2012", "41000"), ("2013", "39500"))


def archive(files: dict[str, str]) -> bytes:
    """A zip archive of some texts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return out.getvalue()


def epub(chapter: str = "", extra: dict[str, str] | None = None) -> bytes:
    """A book of two chapters, the second listed first, with a table of contents."""
    body = chapter or f"<h2>{HEADING}</h2><p>{FERRY[1]}</p>"
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'
    package = f"""<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{TITLE}</dc:title>
<dc:creator>{AUTHOR}</dc:creator><dc:date>2014-03-11T00:00:00Z</dc:date>
<dc:publisher>The Northern Courier</dc:publisher><dc:source>https://c.example/f</dc:source></metadata>
<manifest><item id="b" href="b%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="n.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
    container = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    return archive(
        {
            "META-INF/container.xml": (
                f'{container}<rootfile full-path="o/p.opf"/></rootfiles></container>'
            ),
            "o/p.opf": package,
            "o/b b.xhtml": page.format(body),
            "o/a.xhtml": page.format(f"<h1>{TITLE}</h1><p>{FERRY[0]}</p>"),
            "o/n.xhtml": page.format("<nav><ol><li>Contents</li></ol></nav>"),
            **(extra or {}),
        }
    )


def odt(content: str = "") -> bytes:
    """A document with a heading, a list, a table and a note."""
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "meta")
    )
    rows = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{c}</text:p></table:table-cell>" for c in row)
        + "</table:table-row>"
        for row in ROWS
    )
    body = content or (
        f'<text:p text:style-name="Title">{TITLE}</text:p>'
        f"<text:p>{FERRY[0]}<text:note><text:note-body><text:p>A note.</text:p></text:note-body>"
        f'</text:note></text:p><text:h text:outline-level="2">{HEADING}</text:h>'
        f"<text:p>{FERRY[1]}</text:p><table:table>{rows}</table:table>"
        "<text:list><text:list-item><text:p>An item.</text:p></text:list-item></text:list>"
    )
    meta = (
        f'<dc:title xmlns:dc="http://purl.org/dc/elements/1.1/">{TITLE}</dc:title>'
        f"<meta:initial-creator>{AUTHOR}</meta:initial-creator>"
        "<meta:creation-date>2014-03-11T09:00:00</meta:creation-date>"
    )
    return archive(
        {
            "content.xml": f"<office:document {namespaces}><office:body><office:text>{body}"
            "</office:text></office:body></office:document>",
            "meta.xml": f"<office:document {namespaces}>{meta}</office:document>",
        }
    )


def rst() -> bytes:
    """A page of documentation, with the marks of docutils and of Sphinx."""
    rows = "\n".join(f"{year:6}{count}" for year, count in ROWS)
    rule = "====  =========="
    return f"""{"=" * 30}
{TITLE}
{"=" * 30}
:Author: {AUTHOR}
:Date: 2014-03-11

{FERRY[0]} [1]_

.. _below:

{HEADING}
{"-" * 30}

{FERRY[1]}

{rule}
{rows.replace(chr(10), chr(10) + rule + chr(10), 1)}
{rule}

.. note:: See :ref:`the notice <below>` and :class:`~ferry.Boat`.

.. toctree::
   :maxdepth: 2

   one

.. versionadded:: 2.1
   The |what| moved.

.. |what| replace:: *pier*

#. First.
#. Second.

.. [1] A note.
""".encode()


def webarchive() -> bytes:
    """A page saved by Safari."""
    page = f"<title>{TITLE}</title><meta name=author content='{AUTHOR}'><meta charset=utf-8>"
    body = f"<h1>{TITLE}</h1>" + "".join(f"<p>{words}</p>" for words in FERRY[:2])
    return plistlib.dumps(
        {
            "WebMainResource": {
                "WebResourceData": f"<html><head>{page}</head><body>{body}</body></html>".encode(),
                "WebResourceMIMEType": "text/html",
                "WebResourceURL": "https://courier.example/ferry",
            }
        },
        fmt=plistlib.FMT_BINARY,
    )


def eml() -> bytes:
    """A message that answers another."""
    return (
        f"From: {AUTHOR} <isla@courier.example>\r\nTo: Tom Reid <tom@courier.example>\r\n"
        f"Subject: {TITLE}\r\nDate: Tue, 11 Mar 2014 10:00:00 +0000\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        f"{FERRY[0]}\r\n\r\nOn Monday Tom Reid wrote:\r\n> How many sailings?\r\n> Three?\r\n\r\n"
        f"{FERRY[1]}\r\n\r\n-- \r\nIsla Baird\r\nThe Northern Courier\r\n"
    ).encode()


def mbox() -> bytes:
    """A mailbox of two messages."""
    second = eml().replace(TITLE.encode(), b"Re: the boats").replace(FERRY[0].encode(), b"Well.")
    envelope = b"From isla@courier.example Tue Mar 11 10:00:00 2014\n"
    return b"\n".join(envelope + message.replace(b"\r\n", b"\n") for message in (eml(), second))


def csv() -> bytes:
    """A table with semicolons, quotation marks and an empty column."""
    return "".join(f'"{year}";;{count}\r\n' for year, count in ROWS).encode("utf-8-sig")


def vtt() -> bytes:
    """A transcript of two speakers with a note."""
    words = FERRY[1].split(" ", 8)
    first = " ".join(words[:8])
    return (
        f"WEBVTT - {TITLE}\n\nNOTE by Isla\n\n1\n00:00:01.000 --> 00:00:04.000\n"
        f"<v Ann>{first}\n\n2\n00:00:04.000 --> 00:00:09.000\n<v Ann>{words[8]}</v>\n\n"
        "00:00:20.500 --> 00:00:22.000 align:start\n<v Bea>Three &amp; <i>no more</i>.\n"
    ).encode()


def srt() -> bytes:
    """The same as SubRip."""
    return f"1\r\n00:00:01,000 --> 00:00:09,000\r\n{FERRY[1]}\r\n\r\n".encode()


def rtf() -> bytes:
    """A document with a title, an author and a table."""
    info = rf"{{\info{{\title {TITLE}}}{{\author {AUTHOR}}}{{\creatim\yr2014\mo3\dy11}}}}"
    text = FERRY[1].replace("“", r"\'93").replace("”", r"\'94")
    rows = "".join(rf"\trowd {a}\cell {b}\cell\row" + "\n" for a, b in ROWS)
    return rf"{{\rtf1\ansi\ansicpg1252{info}\pard {FERRY[0]}\par {text}\par {rows}}}".encode()


def xlsx() -> bytes:
    """A workbook of two sheets, one of them hidden, with a day and a whole number."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title, book.properties.creator = TITLE, AUTHOR
    sheet = book.active
    for row in (("Day", "Passengers"), (datetime(2014, 3, 11), 41000.0), (None, None)):
        sheet.append(row)
    other = book.create_sheet("Old")
    other.append(["Secret"])
    other.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pptx() -> bytes:
    """Two slides with a list, a table and speaker notes."""
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    show.core_properties.title, show.core_properties.author = TITLE, AUTHOR
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = HEADING
    slide.placeholders[1].text = "Three sailings a week\nNine days of notice"
    slide.notes_slide.notes_text_frame.text = FERRY[0]
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Passengers"
    table = second.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(4), Inches(2)).table
    for at, row in enumerate(ROWS):
        for column, words in enumerate(row):
            table.cell(at, column).text = words
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()
