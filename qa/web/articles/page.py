"""One article as a page of numbered paragraphs, and the list of articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol
from urllib.parse import quote

from index.ingest.status import OnDisk
from index.types import Article, Kind, Metadata, Paragraph, Span, is_web_address
from qa.links import HASH_DIGITS, source_link
from qa.web.chat.citation_text import date_words
from qa.web.html import attribute, escape, mark_spans

_SET_ASIDE = {Kind.COMMENT: ("comment", "comments"), Kind.BOILERPLATE: ("line", "lines")}


@dataclass(frozen=True)
class Place:
    """What a link points at: the words `start..end` of the text with hash `version`.

    Any part may be missing or wrong; a place that does not fit is shown as no place.
    """

    version: str | None = None
    start: int | None = None
    end: int | None = None

    def changed(self, article: Article) -> bool:
        """Whether the link was made for another text of this article."""
        return bool(self.version) and self.version != article.hash[:HASH_DIGITS]

    def span(self, article: Article) -> Span | None:
        """The words pointed at, or None where the link fits no words of this very text."""
        if not self.version or self.changed(article) or self.start is None or self.end is None:
            return None
        if not 0 <= self.start < self.end <= len(article.text):
            return None
        return Span(self.start, self.end)


class Listed(Protocol):
    """What the list shows of an article."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def metadata(self) -> Metadata:
        """What is known about it."""


_STALE = {
    OnDisk.CHANGED: (
        "This article’s file has changed since it was indexed: what stands here is the text from "
        "before, so nothing is marked. Press “Look for changes in the folders” under Articles, "
        "then ask again."
    ),
    OnDisk.GONE: "This article’s file is gone from its place; its text is that from before.",
}


def article_page(article: Article, place: Place, file: OnDisk = OnDisk.SAME) -> str:
    """The whole article, each paragraph numbered, the words at `place` marked.

    Nothing is marked where its `file` has changed: the text is that from before.
    """
    span = place.span(article) if file is not OnDisk.CHANGED else None
    title = article.metadata.title or article.id
    notice = ""
    if place.changed(article):
        notice = (
            '<p class="notice" role="status">This article has changed since the answer was '
            "given, so nothing is marked. Ask again to find the words as they stand now.</p>"
        )
    elif file is not OnDisk.SAME:
        notice = f'<p class="notice" role="status">{_STALE[file]}</p>'
    elif span is None and (place.start is not None or place.end is not None):
        notice = (
            '<p class="notice" role="status">The link names no words of this article, '
            "so nothing is marked.</p>"
        )
    body = "".join(_group(article, aside, list(group), span) for aside, group in _runs(article))
    return page(
        title,
        f'<main class="article">{_masthead(article, span)}{notice}'
        f'<div class="text words">{body}</div></main>',
    )


def article_list(articles: Sequence[Listed], query: str = "") -> str:
    """All articles with publisher and date, newest first, those whose line holds `query`."""
    wanted = query.casefold().split()
    shown = [item for item in articles if all(word in _line(item) for word in wanted)]
    shown.sort(key=lambda item: (item.metadata.title or item.id).casefold())
    shown.sort(key=lambda item: _day(item.metadata), reverse=True)
    rows = "".join(_row(item) for item in shown)
    count = f"{len(articles)} article{'' if len(articles) == 1 else 's'}"
    if wanted:
        count = f"{len(shown)} of {count}"
    if not articles:
        rows = "<li>There are no articles yet. Add a folder with: pincite index PATH</li>"
    return page(
        "Articles",
        '<main class="listing"><h1>Articles</h1><form class="find" method="get" role="search">'
        '<label for="q">Find by title, publisher, author or year</label>'
        f'<input id="q" name="q" type="search" value="{attribute(query)}">'
        f'<button type="submit">Find</button></form><p class="count">{count}</p>'
        f'<ul class="articles">{rows}</ul></main>',
    )


def problem_page(title: str, message: str) -> str:
    """A page that says what is wrong and where to go from there."""
    return page(
        title,
        f'<main class="listing"><h1>{escape(title)}</h1><p>{escape(message)}</p>'
        '<p><a href="/articles">All articles</a></p></main>',
    )


def page(title: str, body: str) -> str:
    """The frame of the project's own pages; `body` is HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" '
        f'content="light dark"><title>{escape(title)} - Pincite</title>'
        '<link rel="icon" href="/ui/icon.svg"><link rel="stylesheet" href="/ui/article.css">'
        '<script src="/ui/article.js" defer></script></head><body class="own">'
        '<nav class="site" aria-label="Pincite"><a class="brand" href="/">Pincite</a>'
        f'<a href="/">Ask</a><a href="/articles">Articles</a></nav>{body}</body></html>'
    )


def _masthead(article: Article, span: Span | None) -> str:
    metadata = article.metadata
    title = escape(metadata.title or article.id)
    facts = [
        ", ".join(metadata.authors),
        metadata.publisher or "",
        date_words(metadata),
        article.id,
    ]
    items = "".join(f"<li>{escape(fact)}</li>" for fact in facts if fact)
    links = []
    if span:
        links.append('<a class="to-quote" href="#quote">Go to the quote</a>')
    address = source_link(article, span) if span else metadata.url
    if is_web_address(address):
        links.append(
            f'<a href="{attribute(address)}" rel="noopener noreferrer" target="_blank">'
            "Open at source</a>"
        )
    links_html = f'<p class="links">{"".join(links)}</p>' if links else ""
    return (
        f'<header class="masthead"><h1 class="words">{title}</h1>'
        f'<ul class="facts">{items}</ul>{links_html}</header>'
    )


def _runs(article: Article) -> Iterable[tuple[bool, Iterable[Paragraph]]]:
    return groupby(article.paragraphs, key=lambda paragraph: not paragraph.kind.searched)


def _group(article: Article, aside: bool, group: list[Paragraph], span: Span | None) -> str:
    """A run of paragraphs; what was set aside is folded away, unless it is pointed at."""
    pages = dict(_page_starts(article, group))
    inner = "".join(
        pages.get(paragraph.number, "") + _paragraph(article, paragraph, span)
        for paragraph in group
    )
    if not aside:
        return inner
    kinds = [paragraph.kind for paragraph in group]
    counted = [
        f"{kinds.count(kind)} {one if kinds.count(kind) == 1 else many}"
        for kind, (one, many) in _SET_ASIDE.items()
        if kind in kinds
    ]
    opened = " open" if span and any(p.span.overlaps(span) for p in group) else ""
    return (
        f'<details class="set-aside"{opened}><summary>Set aside, never cited: '
        f"{' and '.join(counted)}</summary>{inner}</details>"
    )


def _page_starts(article: Article, group: list[Paragraph]) -> Iterable[tuple[int, str]]:
    for paragraph in group:
        before = article.paragraphs[paragraph.number - 2].page if paragraph.number > 1 else None
        if paragraph.page is not None and paragraph.page != before:
            yield paragraph.number, f'<p class="page-start">Page {paragraph.page}</p>'


def _paragraph(article: Article, paragraph: Paragraph, span: Span | None) -> str:
    number = paragraph.number
    cited = span is not None and paragraph.span.overlaps(span)
    # Only the first marked piece carries the id: an id must be unique on a page.
    before = article.paragraphs[number - 2].span.end if number > 1 else 0
    first_id = "quote" if span is not None and before <= span.start else None
    words = mark_spans(article.text, paragraph.span, [span] if span else [], first_id=first_id)
    classes = f"p {paragraph.kind.value}{' cited' if cited else ''}"
    return (
        f'<div class="{classes}" id="p{number}"><a class="number" href="#p{number}" '
        f'aria-label="Paragraph {number}">{number}</a><p class="passage" dir="auto">{words}</p>'
        "</div>"
    )


def _row(item: Listed) -> str:
    metadata = item.metadata
    facts = [", ".join(metadata.authors), metadata.publisher or "", date_words(metadata)]
    details = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    return (
        f'<li><a class="words" href="/articles/{quote(item.id)}">'
        f'{escape(metadata.title or item.id)}</a><span class="details">{details}</span></li>'
    )


def _line(item: Listed) -> str:
    metadata = item.metadata
    return " ".join(
        (item.id, metadata.title, *metadata.authors, metadata.publisher or "", date_words(metadata))
    ).casefold()


def _day(metadata: Metadata) -> str:
    if metadata.published:
        return metadata.published.isoformat()
    return str(metadata.year or "")
