"""Decode text files: byte-order marks first, then declared encodings, UTF-8 and older ones."""

from __future__ import annotations

import codecs
import unicodedata

from index.errors import ArticleError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
"""Bytes or characters that are looked at to judge a whole file."""

_MAX_CONTROL_SHARE = 0.02
_MAX_DAMAGED_SHARE = 0.25
_MAX_NON_ASCII_SHARE = 0.15
_MIN_WESTERN_SHARE = 0.9
_TYPOGRAPHY = frozenset("“”‘’–—…•€£§©®™°·«»¿¡ºª½¼¾²³ \u00a0\u00ad")
_CONVERT = "convert it to .txt, .md, .html, .pdf or .docx"


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the characters of a text file, without a byte-order mark.

    Tried in order: the encoding of a byte-order mark; UTF-16 without one; the encoding `declared`
    by the file; UTF-8; cp1252; what charset-normalizer detects. A UTF-8 file with a few damaged
    bytes stays UTF-8, with U+FFFD in their place. Raises ArticleError for an empty file and for
    bytes that are not text.
    """
    text = _decode(data, declared).removeprefix("\ufeff")
    if not text.strip():
        raise ArticleError("empty: the file holds no text")
    sample = text[:_SAMPLE]
    controls = sum(1 for c in sample if c < " " and c not in "\t\n\r\f\v\x1b")
    if "\x00" in text or controls > _MAX_CONTROL_SHARE * len(sample):
        raise ArticleError(f"binary: the bytes are not text in any known encoding; {_CONVERT}")
    return text


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                # In UTF-8 a damaged byte does not shift the ones after it.
                errors = "replace" if encoding == "utf-8" else "strict"
                return data[len(mark) :].decode(encoding, errors)
            except UnicodeDecodeError as error:
                raise ArticleError(
                    f"binary: starts with the mark of {encoding} but is not: {error}"
                ) from error
    if b"\x00" in data:
        return _decode_utf16(data)
    named = _whatwg_encoding(declared or "utf-8")
    # Pages that declare Latin-1 and are UTF-8 are common; Latin-1 is rarely valid UTF-8.
    for encoding in ("utf-8", named) if named == "cp1252" else (named, "utf-8"):
        try:
            return data.decode(encoding)
        except (LookupError, ValueError):  # "base64" is a codec from bytes to bytes
            continue
    replaced = data.decode("utf-8", "replace")
    damaged = replaced.count("\ufffd")
    non_ascii = sum(1 for byte in data if byte >= 0x80)
    if damaged <= _MAX_DAMAGED_SHARE * non_ascii / 2:
        return replaced
    return _decode_single_byte(data)


def _whatwg_encoding(declared: str) -> str:
    """Return the encoding that browsers use for a declared name.

    As in the WHATWG standards (Encoding, "names and labels"; HTML, "prescan a byte stream"):
    Latin-1 and ASCII mean cp1252, and a file whose declaration is readable as ASCII is not UTF-16.
    """
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return "utf-8"
    if name.startswith(("utf-16", "utf-32")):
        return "utf-8"
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _decode_utf16(data: bytes) -> str:
    """Decode UTF-16 without a byte-order mark; the position of zero bytes gives the order."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > len(sample) // 5 and others == 0:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                break
    raise ArticleError(f"binary: the file holds zero bytes, so it is not text; {_CONVERT}")


def _decode_single_byte(data: bytes) -> str:
    """Decode cp1252 or another encoding with one byte for each character."""
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    if western and _is_western(western):
        return western
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except UnicodeDecodeError:
            pass
    return western or data.decode("cp1252", "replace")


def _is_western(text: str) -> bool:
    """Whether the characters beyond ASCII are few, and are letters and typography."""
    non_ascii = [c for c in text[:_SAMPLE] if c >= "\x80"]
    if len(non_ascii) > _MAX_NON_ASCII_SHARE * min(len(text), _SAMPLE):
        return False
    western = sum(c in _TYPOGRAPHY or unicodedata.category(c) in ("Ll", "Lu") for c in non_ascii)
    return western >= _MIN_WESTERN_SHARE * len(non_ascii)
