"""A citation in words, to paste elsewhere: plain text, Markdown, a BibTeX entry."""

from __future__ import annotations

import re
from datetime import date

from index.text import Metadata
from qa.answer import Citation


def date_words(metadata: Metadata) -> str:
    """The day as "7 August 2011", the year alone, or "" where neither is known."""
    if metadata.published:
        return day_words(metadata.published)
    return str(metadata.year) if metadata.year else ""


def day_words(day: date) -> str:
    """A day in words, the same whatever the machine's locale."""
    months = (
        "January February March April May June July August September October November December"
    ).split()
    return f"{day.day} {months[day.month - 1]} {day.year}"


def place_words(citation: Citation) -> str:
    """Where in the article: "paragraph 5", with the page where there are pages."""
    page = f", page {citation.page}" if citation.page else ""
    return f"paragraph {citation.paragraph}{page}"


def plain(citation: Citation) -> str:
    """The quote and its source as one line of text and a reference below."""
    return f"“{_one_line(citation.quote)}”\n{_reference(citation)}"


def markdown(citation: Citation) -> str:
    """The quote as a Markdown block quote with its source below."""
    return f"> {_literal(_one_line(citation.quote))}\n>\n> {_literal(_reference(citation))}"


def bibtex(citation: Citation) -> str:
    """A BibTeX entry for the article, with the quote and its place as a note."""
    metadata = citation.article.metadata
    fields = {
        "title": metadata.title or citation.article.id,
        "author": " and ".join(metadata.authors),
        "publisher": metadata.publisher or "",
        "year": str(metadata.year or ""),
        "month": str(metadata.published.month) if metadata.published else "",
        "day": str(metadata.published.day) if metadata.published else "",
        "url": metadata.url or "",
        "note": f"{place_words(citation)}: “{_one_line(citation.quote)}”",
    }
    lines = [f"  {name} = {{{_tex(value)}}}," for name, value in fields.items() if value]
    key = re.sub(r"[^A-Za-z0-9]+", "-", citation.article.id).strip("-") or "article"
    return f"@misc{{{key},\n" + "\n".join(lines) + "\n}"


def _reference(citation: Citation) -> str:
    metadata = citation.article.metadata
    parts = [
        ", ".join(metadata.authors),
        metadata.title or citation.article.id,
        metadata.publisher or "",
        date_words(metadata),
        place_words(citation),
        metadata.url or "",
    ]
    return ", ".join(part for part in parts if part)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _literal(text: str) -> str:
    """Text that Markdown shows as it is (CommonMark: any punctuation may be escaped)."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~-])", r"\\\1", text)


def _tex(text: str) -> str:
    return re.sub(r"[{}\\]", "", text)
