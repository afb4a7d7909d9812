"""Show the original of an article, an HTML page as it was saved, with the cited words marked.

The words are found by their characters, without spacing and hyphens, in the paragraph that has
them. Where that is in no place or in several, nothing is marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate
from pathlib import Path

import lxml.html

from index.ingest.status import FileStatus
from index.parsing.encoding import decode
from index.types import Article, Span

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""Content security policy of a saved page: it runs and loads nothing, and has no origin."""

_ACTIVE = "//script|//iframe|//frame|//object|//embed|//link|//base|//meta|//template|//noscript"
_UNREAD = {"script", "style", "title", "template", "noscript", "textarea"}
_MARK = "mark { background: #ffe48a !important; color: #1f2421 !important; }"
_LEFT_OUT = re.compile(r"[\s\u00ad\u200b-]+")


class OriginalKind(StrEnum):
    """What the original of an article is shown as."""

    HTML = "html"
    PDF = "pdf"


_KINDS = {".html": OriginalKind.HTML, ".htm": OriginalKind.HTML, ".pdf": OriginalKind.PDF}

_Place = tuple[lxml.html.HtmlElement, bool]
"""An element, and whether a text follows it, rather than being at its beginning."""


def original_kind(article: Article, file: FileStatus) -> OriginalKind | None:
    """Return what an article's file is shown as, None if it has no pages or is not as indexed."""
    if article.path is None or file is not FileStatus.UNCHANGED:
        return None
    return _KINDS.get(Path(article.path).suffix.lower())


def marked_html(data: bytes, article: Article, span: Span | None) -> str:
    """Return a saved page without its active parts, with the words of a span marked.

    The first mark has the id `quote`. Raises ArticleError for a file that is not text.
    """
    page = lxml.html.document_fromstring(decode(data))
    for element in page.xpath(_ACTIVE):
        element.drop_tree()
    if span is not None:
        _mark(page, article, span)
    style = lxml.html.Element("style")
    style.text = _MARK
    page.append(style)
    return str(lxml.html.tostring(page, encoding="unicode", doctype="<!doctype html>"))


def locate(text: str, article: Article, span: Span) -> Span | None:
    """Return where a text has the words of a span, None unless it is in exactly one place."""
    positions = [at for at, character in enumerate(text) if not _LEFT_OUT.match(character)]
    folded = "".join(text[at] for at in positions)
    paragraph = article.paragraph_at(span.start)
    contexts = [paragraph.span] if paragraph is not None and paragraph.span.contains(span) else []
    words = _LEFT_OUT.sub("", span.of(article.text))
    for context in (*contexts, span):
        around = _LEFT_OUT.sub("", context.of(article.text))
        first = folded.find(around)
        if words and first >= 0 and folded.find(around, first + 1) < 0:
            before = len(_LEFT_OUT.sub("", article.text[context.start : span.start]))
            start = first + before
            return Span(positions[start], positions[start + len(words) - 1] + 1)
    return None


def _mark(page: lxml.html.HtmlElement, article: Article, span: Span) -> None:
    places = list(_texts(page))
    texts = [_text(place) for place in places]
    words = locate("".join(texts), article, span)
    if words is None:
        return
    starts = [0, *accumulate(map(len, texts))]
    first = None
    # From the end: a mark moves the texts behind it.
    for place, text, start in reversed(list(zip(places, texts, starts, strict=False))):
        begin, end = max(words.start - start, 0), min(words.end - start, len(text))
        if begin < end and text[begin:end].strip():
            first = _wrap(place, text, Span(begin, end))
    if first is not None:
        first.set("id", "quote")


def _texts(element: lxml.html.HtmlElement) -> Iterator[_Place]:
    """Yield the places of all texts that a reader sees, in their order."""
    if isinstance(element.tag, str) and element.tag not in _UNREAD:
        yield element, False
        for child in element:
            yield from _texts(child)
            yield child, True


def _text(place: _Place) -> str:
    element, is_tail = place
    return (element.tail if is_tail else element.text) or ""


def _wrap(place: _Place, text: str, part: Span) -> lxml.html.HtmlElement:
    element, is_tail = place
    mark = lxml.html.Element("mark")
    mark.text, mark.tail = part.of(text), text[part.end :]
    if is_tail:
        element.tail = text[: part.start]
        parent = element.getparent()
        parent.insert(parent.index(element) + 1, mark)
    else:
        element.text = text[: part.start]
        element.insert(0, mark)
    return mark
