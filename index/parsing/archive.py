"""Open documents that are zip archives of XML: size limits, and XML that fetches nothing."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from index.errors import ArticleError

MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that a document may unpack to; more is a damaged file or a zip bomb."""

_PIECE = 2**16
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refuse_ole(data: bytes, program: str, suffix: str) -> None:
    """Raise ArticleError for a file of Office's binary formats, which encrypted ones are too."""
    if data.startswith(_OLE_SIGNATURE):
        raise ArticleError(
            f"encrypted or old {program} format: save it as {suffix} without a password and try "
            "again"
        )


def check_unpacked(archive: zipfile.ZipFile) -> None:
    """Unpack each part piece by piece. Raises ArticleError when there is too much.

    The sizes in the archive's directory may be wrong; a library that reads a part whole would
    unpack it before that is noticed.
    """
    unpacked = 0
    for entry in archive.infolist():
        with archive.open(entry) as part:
            while unpacked <= MAX_UNPACKED and (piece := part.read(_PIECE)):
                unpacked += len(piece)
        if unpacked > MAX_UNPACKED:
            raise ArticleError(
                f"too large: unpacks to more than {MAX_UNPACKED // 2**20} MB; split the document"
            )


def open_archive(data: bytes, format_name: str) -> zipfile.ZipFile:
    """Open a zip archive. Raises ArticleError when it is empty, broken or unpacks to too much."""
    if not data:
        raise ArticleError("empty: the file holds no text")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise broken(format_name, error) from error
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise ArticleError(
            f"too large: unpacks to {unpacked / 2**20:.0f} MB, "
            f"the limit is {MAX_UNPACKED // 2**20} MB; split the document"
        )
    return archive


def read_member(archive: zipfile.ZipFile, name: str, format_name: str) -> bytes:
    """Return a file of an archive. Raises ArticleError when it is missing, encrypted or broken."""
    try:
        # In pieces: a part that is larger than its directory says is not unpacked whole.
        with archive.open(name) as part:
            return b"".join(iter(lambda: part.read(_PIECE), b""))
    except MemoryError:
        raise
    except Exception as error:  # zipfile lets key, zlib, runtime and other errors through
        raise broken(format_name, error) from error


def parse_xml(source: bytes, format_name: str) -> Any:
    """Return the root of an XML document. Raises ArticleError when it is not well-formed."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise broken(format_name, error) from error


def broken(format_name: str, error: Exception) -> ArticleError:
    """Return the error for a damaged file."""
    return ArticleError(f"broken {format_name}: {error}; open it in its program and save it again")
