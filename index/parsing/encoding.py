"""Bytes to characters: byte-order marks first, then UTF-8, then older encodings."""

from __future__ import annotations

import codecs
import unicodedata

from index.errors import ArticleError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_CONTROL_SHARE = 0.02
_DAMAGED_SHARE = 0.25
_TYPOGRAPHY = frozenset("“”‘’–—…•€£§©®™°·«»¿¡ºª½¼¾²³ \u00a0\u00ad")


def decode(data: bytes, declared: str | None = None) -> str:
    """The characters of a text file, its byte-order mark dropped.

    A byte-order mark decides; then the encoding `declared` by the file itself; then UTF-8,
    UTF-16 without a mark, cp1252, and what charset-normalizer finds. A UTF-8 file with a
    few damaged bytes stays UTF-8, with U+FFFD in their place. Raises ArticleError for an
    empty file and for bytes that are not text.
    """
    if not data.strip():
        raise ArticleError("empty: the file holds no text")
    text = _decode(data, declared).removeprefix("\ufeff")
    if not text.strip():
        raise ArticleError("empty: the file holds no text")
    sample = text[:_SAMPLE]
    controls = sum(1 for c in sample if c < " " and c not in "\t\n\r\f\v\x1b")
    if "\x00" in text or controls > _CONTROL_SHARE * len(sample):
        raise ArticleError(
            "binary: the bytes are not text in any known encoding; "
            "convert it to .txt, .md, .html, .pdf or .docx"
        )
    return text


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                if encoding == "utf-8":
                    return data[len(mark) :].decode(encoding, "replace")
                raise ArticleError(f"binary: starts like {encoding} but is not: {error}") from error
    if b"\x00" in data:
        return _wide(data)
    named = _named(declared or "utf-8")
    # Pages that say Latin-1 and hold UTF-8 are common; words that only look like UTF-8 are not.
    for encoding in ("utf-8", named) if named == "cp1252" else (named, "utf-8"):
        try:
            return data.decode(encoding)
        except (LookupError, ValueError):  # "base64" turns bytes into bytes
            continue
    replaced = data.decode("utf-8", "replace")
    damaged = replaced.count("\ufffd")
    foreign = sum(1 for byte in data if byte >= 0x80)
    if damaged <= _DAMAGED_SHARE * foreign / 2:
        return replaced
    return _eight_bit(data)


def _named(declared: str) -> str:
    """The encoding that a page means by the name it declares.

    As browsers take it (WHATWG Encoding, "names and labels"; HTML, "prescan a byte stream"):
    Latin-1 and ASCII stand for cp1252, and what can read its own declaration is no UTF-16.
    """
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return "utf-8"
    if name.startswith(("utf-16", "utf-32")):
        return "utf-8"
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _wide(data: bytes) -> str:
    """UTF-16 without a byte-order mark, told by where its zero bytes stand."""
    sample = data[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros > len(sample) // 5 and others == 0:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                break
    raise ArticleError(
        "binary: the file holds zero bytes, so it is not text; "
        "convert it to .txt, .md, .html, .pdf or .docx"
    )


def _eight_bit(data: bytes) -> str:
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    if western and _plausible(western):
        return western
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is not None:
        try:
            return data.decode(best.encoding)
        except UnicodeDecodeError:
            pass
    if western:
        return western
    return data.decode("cp1252", "replace")


def _plausible(text: str) -> bool:
    """Whether what is not ASCII looks like Western letters inside words and typography."""
    foreign = [c for c in text[:_SAMPLE] if c >= "\x80"]
    if len(foreign) > 0.15 * min(len(text), _SAMPLE):
        return False
    fitting = sum(1 for c in foreign if c in _TYPOGRAPHY or unicodedata.category(c) in ("Ll", "Lu"))
    return fitting >= 0.9 * len(foreign)
