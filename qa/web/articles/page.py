"""Render the project's own pages: an article, the list of articles, an error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlencode

from markupsafe import Markup

from index.errors import ArticleError
from index.ingest.status import FileStatus
from index.storage.snapshot import ArticleSummary, Snapshot
from index.types import Article, Kind, Paragraph, Span, is_web_address
from qa.links import HASH_DIGITS, source_link
from qa.translation import N_, _, ngettext
from qa.web.articles.original import OriginalKind, locate, original_kind
from qa.web.articles.pdf_page import Box, PdfPage, pdf_page
from qa.web.articles.view import (
    article_facts,
    article_title,
    search_articles,
    sort_articles,
)
from qa.web.html import as_sentence, mark_spans
from qa.web.templates import render
from qa.wording import articles as article_words
from qa.wording import conjunction

_OUTDATED = N_(
    "This article has changed since the answer was given, so nothing is marked. Ask again to find "
    "the quote in the current text."
)
_NO_SUCH_WORDS = N_("The link does not point to any words of this article, so nothing is marked.")
_FILE_NOTICES = {
    FileStatus.CHANGED: N_(
        "This article’s file has changed since it was indexed. The text below is the earlier one, "
        "so nothing is marked. Press “Look for changes in the folders” under Articles, then ask "
        "again."
    ),
    FileStatus.MISSING: N_(
        "This article’s file no longer exists. You see the text as it was indexed."
    ),
}


@dataclass(frozen=True)
class LinkTarget:
    """The words that a link points at: `start..end` in the text whose hash begins with `version`.

    Each part may be missing or invalid; such a link marks no words.
    """

    version: str | None = None
    start: int | None = None
    end: int | None = None

    def is_outdated(self, article: Article) -> bool:
        """Whether the link was made for another text of this article."""
        return bool(self.version) and self.version != article.hash[:HASH_DIGITS]

    def span(self, article: Article) -> Span | None:
        """Return the span of the words, or None where the link fits none of this very text."""
        if not self.version or self.is_outdated(article):
            return None
        if self.start is None or self.end is None:
            return None
        if not 0 <= self.start < self.end <= len(article.text):
            return None
        return Span(self.start, self.end)


@dataclass(frozen=True)
class _ParagraphView:
    number: int
    kind: str
    content: Markup
    is_cited: bool
    starts_page: int | None


@dataclass(frozen=True)
class _ParagraphGroup:
    """Consecutive paragraphs that are all searched, or all excluded from search and answers."""

    paragraphs: Sequence[_ParagraphView]
    excluded: str  # the number of paragraphs by kind, in words; "" where they are searched
    is_open: bool


def article_page(
    article: Article,
    target: LinkTarget,
    file: FileStatus = FileStatus.UNCHANGED,
    original: int | None = None,
) -> str:
    """Render an article with numbered paragraphs and the target's words marked.

    Nothing is marked if the article's `file` has changed since it was indexed. With `original` that
    file is shown beside the text: the page of that number, 0 for the one with the words.
    """
    span = target.span(article) if file is not FileStatus.CHANGED else None
    notice = _FILE_NOTICES.get(file, "")
    if target.is_outdated(article):
        notice = _OUTDATED
    elif not notice and span is None and (target.start is not None or target.end is not None):
        notice = _NO_SUCH_WORDS
    source = source_link(article, span) if span else article.metadata.url
    kind = original_kind(article, file)
    pdf = None
    if kind is OriginalKind.PDF and original is not None:
        pdf = _pdf_view(article, span, original)
    return render(
        "articles/article.html",
        link=_link(article, target, "articles"),
        frame=_link(article, target, "originals") if kind is OriginalKind.HTML else "",
        kind=kind,
        is_original=original is not None and kind is not None,
        pdf=pdf,
        title=article_title(article),
        facts=[*article_facts(article), article.id],
        has_quote=span is not None,
        source=source if is_web_address(source) else None,
        notice=_(notice) if notice else "",
        groups=_groups(article, span),
    )


@dataclass(frozen=True)
class _PdfView:
    """A page of a PDF with boxes around the words, or the reason why it is not shown."""

    number: int
    page: PdfPage | None
    marks: Sequence[Box] = ()
    problem: str = ""


def _pdf_view(article: Article, span: Span | None, number: int) -> _PdfView:
    cited = article.paragraph_at(span.start) if span else None
    number = max(1, number or (cited.page if cited else None) or 1)
    assert article.path is not None
    try:
        page = pdf_page(Path(article.path), number)
    except ArticleError as error:
        return _PdfView(number, None, problem=as_sentence(str(error)))
    found = locate(page.text, article, span) if span else None
    return _PdfView(number, page, list(page.marks(found)) if found else [])


def _link(article: Article, target: LinkTarget, route: str) -> str:
    """Return the address of the article or its original, with the target's words."""
    values = {"v": target.version, "start": target.start, "end": target.end}
    query = urlencode({name: value for name, value in values.items() if value is not None})
    return f"/{route}/{quote(article.id)}?{query}"


def article_list(
    articles: Sequence[ArticleSummary], query: str = "", snapshot: Snapshot | None = None
) -> str:
    """Render the articles that match `query`, newest first; `snapshot` has their texts."""
    matches = sort_articles(search_articles(articles, query, snapshot), "Newest first")
    count = article_words(len(articles))
    return render(
        "articles/list.html",
        title=_("Articles"),
        articles=matches,
        count=_("{count:,} of {articles}").format(count=len(matches), articles=count)
        if query.strip()
        else count,
        is_empty=not articles,
        query=query,
        article_title=article_title,
        article_facts=article_facts,
    )


def error_page(title: str, message: str) -> str:
    """Render a page with an error message and a link to the articles."""
    return render("error.html", title=title, message=message)


def _groups(article: Article, span: Span | None) -> Iterator[_ParagraphGroup]:
    runs = groupby(article.paragraphs, key=lambda paragraph: paragraph.kind.is_searched)
    for is_searched, run in runs:
        paragraphs = list(run)
        kinds = [paragraph.kind for paragraph in paragraphs]
        comments, lines = kinds.count(Kind.COMMENT), kinds.count(Kind.BOILERPLATE)
        counts = [
            ngettext("{count:,} comment", "{count:,} comments", comments).format(count=comments),
            ngettext("{count:,} line", "{count:,} lines", lines).format(count=lines),
        ]
        shown = [words for words, number in zip(counts, (comments, lines), strict=True) if number]
        views = [_view(article, paragraph, span) for paragraph in paragraphs]
        yield _ParagraphGroup(
            views,
            excluded="" if is_searched else conjunction(shown),
            is_open=any(view.is_cited for view in views),
        )


def _view(article: Article, paragraph: Paragraph, span: Span | None) -> _ParagraphView:
    previous = article.paragraphs[paragraph.number - 2] if paragraph.number > 1 else None
    # An id must be unique on a page, so only the first marked part has one.
    is_first = span is not None and (previous is None or previous.span.end <= span.start)
    return _ParagraphView(
        paragraph.number,
        paragraph.kind.value,
        mark_spans(
            article.text,
            paragraph.span,
            [span] if span else [],
            first_id="quote" if is_first else None,
        ),
        is_cited=span is not None and paragraph.span.overlaps(span),
        starts_page=paragraph.page if previous is None or paragraph.page != previous.page else None,
    )
