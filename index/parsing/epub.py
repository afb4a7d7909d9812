"""Parse EPUB books: the chapters in reading order, with the metadata of the package.

An EPUB is a zip of XHTML files and a package file that lists them (EPUB 3.3, W3C).
"""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any
from urllib.parse import unquote

from index.errors import ArticleError
from index.parsing.archive import open_archive, parse_xml, read_member
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.html_blocks import extract_blocks, parse_html
from index.parsing.rules.dates import iso_date
from index.types import Metadata, is_web_address

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_MEDIA = frozenset({"application/xhtml+xml", "text/html", "application/x-dtbook+xml"})


def parse(data: bytes) -> ParsedDocument:
    """Parse an .epub file. Raises ArticleError when it is broken, encrypted or too large."""
    archive = open_archive(data, "EPUB")
    container = parse_xml(read_member(archive, _CONTAINER, "EPUB"), "EPUB")
    path = next((file.get("full-path") for file in container.iter("{*}rootfile")), None)
    if not path:
        raise ArticleError("broken EPUB: it names no package file; open it and save it again")
    package = parse_xml(read_member(archive, path, "EPUB"), "EPUB")
    chapters = _chapters(package, posixpath.dirname(path))
    if chapters and set(chapters) <= _encrypted(archive):
        raise ArticleError("encrypted: the book is protected; use a copy without protection")
    builder = DocumentBuilder()
    names = set(archive.namelist())
    for name in chapters:
        if name in names:
            _add_chapter(read_member(archive, name, "EPUB"), builder)
    return builder.build(_metadata(package))


def _chapters(package: Any, folder: str) -> list[str]:
    """Return the names of the chapters' files in reading order, without the table of contents."""
    items = {item.get("id"): item for item in package.iter(f"{_OPF}item")}
    names: list[str] = []
    for reference in package.iter(f"{_OPF}itemref"):
        item = items.get(reference.get("idref"))
        if item is None or item.get("media-type") not in _MEDIA:
            continue
        if "nav" not in (item.get("properties") or "").split():
            name = posixpath.normpath(posixpath.join(folder, unquote(item.get("href") or "")))
            names.append(name)
    return list(dict.fromkeys(names))


def _encrypted(archive: zipfile.ZipFile) -> set[str]:
    """Return the names of encrypted files; fonts often are in books that can be read."""
    if _ENCRYPTION not in archive.namelist():
        return set()
    root = parse_xml(read_member(archive, _ENCRYPTION, "EPUB"), "EPUB")
    return {unquote(file.get("URI") or "") for file in root.iter("{*}CipherReference")}


def _add_chapter(source: bytes, builder: DocumentBuilder) -> None:
    try:
        root = parse_html(decode(source))
    except ArticleError:  # an empty chapter must not lose the book
        return
    if root is not None:
        builder.extend(extract_blocks(root).builder)


def _metadata(package: Any) -> Metadata:
    def values(name: str) -> list[str]:
        found = (" ".join("".join(one.itertext()).split()) for one in package.iter(_DC + name))
        return [value for value in found if value]

    dates = [day for value in values("date") if (day := iso_date(value[:10]))]
    addresses = filter(is_web_address, [*values("source"), *values("identifier")])
    return Metadata(
        title=next(iter(values("title")), ""),
        authors=tuple(dict.fromkeys(values("creator"))),
        publisher=next(iter(values("publisher")), None),
        published=dates[0].day if dates else None,
        year=dates[0].year if dates else None,
        url=next(addresses, None),
    )
