"""Format a citation as plain text, Markdown or BibTeX."""

from __future__ import annotations

import re
from urllib.parse import quote

from index.types import Metadata
from qa import wording
from qa.translation import _
from qa.web.chat.history import CitationView
from qa.web.html import REORDERING

_URL_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"
"""Characters of a URL that are not percent-encoded: delimiters, and "%" of encoded ones."""


def date_words(metadata: Metadata) -> str:
    """Return the day as "7 August 2011", or the year, or "undated" if neither is known."""
    if metadata.published:
        return wording.day(metadata.published)
    return str(metadata.year) if metadata.year else _("undated")


def place_words(source: CitationView) -> str:
    """Return "paragraph 5", with the page if the format has pages."""
    words = _("paragraph {number}, page {page}") if source.page else _("paragraph {number}")
    return words.format(number=source.paragraph, page=source.page)


def plain(source: CitationView, sentence: str) -> str:
    """Return the quote's sentence on one line and the reference below it."""
    return f"“{_one_line(sentence)}”\n{reference(source)}"


def markdown(source: CitationView) -> str:
    """Return the quote as a Markdown block quote with the reference below it."""
    return f"> {literal(source.quote)}\n>\n> {markdown_reference(source)}"


def markdown_reference(source: CitationView) -> str:
    """Return the reference as a line of Markdown, with the URL as a link."""
    words = literal(", ".join(_reference_parts(source)))
    return f"{words}, {autolink(source.metadata.url)}" if source.metadata.url else words


def autolink(url: str) -> str:
    """Return an http(s) URL as a Markdown autolink, encoded so that it cannot end the link."""
    return f"<{quote(url, safe=_URL_CHARACTERS, errors='replace')}>"


def bibtex(source: CitationView) -> str:
    """Return a BibTeX entry for the article, with the quote and its paragraph as a note."""
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
    """Return the text on one line, escaped so that Markdown displays it unchanged.

    Escapes all punctuation that has a meaning in CommonMark or GitHub's extension of it, bare
    URLs included. Reordering characters are removed: Markdown cannot isolate them.
    """
    line = _one_line(text.translate(dict.fromkeys(map(ord, REORDERING))))
    line = re.sub(r"([\\`*_{}\[\]()<>#+!|~&=$:@^-])", r"\\\1", line)
    return re.sub(r"(?i)(^\d+|www)\.", r"\1\\.", line)


def reference(source: CitationView) -> str:
    """Return authors, title, publisher, date, paragraph and URL on one line."""
    return ", ".join((*_reference_parts(source), *filter(None, [source.metadata.url])))


def _reference_parts(source: CitationView) -> list[str]:
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
    """Return the text without the characters that could end a BibTeX field."""
    return re.sub(r"[{}\\]", "", _one_line(text))


def _tex(text: str) -> str:
    """Return the text escaped for TeX, without braces and backslashes."""
    escaped = re.sub(r"([&%$#_])", r"\\\1", _braced(text))
    return escaped.replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")
