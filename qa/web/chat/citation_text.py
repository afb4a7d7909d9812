"""A citation in words, to paste elsewhere: plain text, Markdown, a BibTeX entry."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from index.types import Metadata
from qa.language.dates import MONTHS
from qa.web.chat.exchange import Source
from qa.web.html import REORDERING

_IN_ADDRESSES = "%/:=&?~#+!$,;'@()*[]"
"""What stays as it is in an address: what has a meaning there, and what is encoded already."""


def date_words(metadata: Metadata) -> str:
    """The day as "7 August 2011", the year alone, or "undated" where neither is known."""
    if metadata.published:
        return day_words(metadata.published)
    return str(metadata.year) if metadata.year else "undated"


def day_words(day: date) -> str:
    """A day in words, the same whatever the machine's locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def place_words(source: Source) -> str:
    """Where in the article: "paragraph 5", with the page where there are pages."""
    page = f", page {source.page}" if source.page else ""
    return f"paragraph {source.paragraph}{page}"


def plain(source: Source) -> str:
    """The quote and its source as one line of text and a reference below."""
    return f"“{_one_line(source.quote)}”\n{reference(source)}"


def markdown(source: Source) -> str:
    """The quote as a Markdown block quote with its source below."""
    return f"> {literal(source.quote)}\n>\n> {markdown_reference(source)}"


def markdown_reference(source: Source) -> str:
    """The source as a line of Markdown; its address, where it has one, is a link."""
    words = literal(", ".join(_reference_parts(source)))
    return f"{words}, {address(source.metadata.url)}" if source.metadata.url else words


def address(url: str) -> str:
    """An http(s) address as a Markdown autolink, which no character of it can end."""
    return f"<{quote(url, safe=_IN_ADDRESSES, errors='replace')}>"


def bibtex(source: Source) -> str:
    """A BibTeX entry for the article, with the quote and its place as a note."""
    metadata = source.metadata
    fields = {
        "title": source.title,
        "author": " and ".join(metadata.authors),
        "publisher": metadata.publisher or "",
        "year": str(metadata.year or ""),
        "month": str(metadata.published.month) if metadata.published else "",
        "day": str(metadata.published.day) if metadata.published else "",
        "url": metadata.url or "",
        "note": f"{place_words(source)}: “{_one_line(source.quote)}”",
    }
    lines = [
        f"  {name} = {{{_braced(value) if name == 'url' else _tex(value)}}},"
        for name, value in fields.items()
        if value
    ]
    key = re.sub(r"[^A-Za-z0-9]+", "-", source.article).strip("-") or "article"
    return f"@misc{{{key},\n" + "\n".join(lines) + "\n}"


def literal(text: str) -> str:
    """Text on one line that Markdown shows as it is.

    CommonMark lets any punctuation be escaped; what is escaped is all that has a meaning
    there or in GitHub's extension of it, bare addresses included. Markdown has nothing to
    keep a reordering character in its place, so those are left out.
    """
    line = _one_line(text.translate(dict.fromkeys(map(ord, REORDERING))))
    line = re.sub(r"([\\`*_{}\[\]()<>#+!|~&=$:@^-])", r"\\\1", line)
    return re.sub(r"(?i)(^\d+|www)\.", r"\1\\.", line)


def reference(source: Source) -> str:
    """The source on one line: authors, title, publisher, date, place, address."""
    return ", ".join((*_reference_parts(source), *filter(None, [source.metadata.url])))


def _reference_parts(source: Source) -> list[str]:
    metadata = source.metadata
    parts = [
        ", ".join(metadata.authors),
        source.title,
        metadata.publisher or "",
        date_words(metadata),
        place_words(source),
    ]
    return [part for part in parts if part]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _braced(text: str) -> str:
    """Text without what would end a field of BibTeX early."""
    return re.sub(r"[{}\\]", "", _one_line(text))


def _tex(text: str) -> str:
    """Text that TeX prints as it is; braces and backslashes are left out."""
    escaped = re.sub(r"([&%$#_])", r"\\\1", _braced(text))
    return escaped.replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")
