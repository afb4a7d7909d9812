"""Answer questions about the articles themselves, from their metadata and a search for a name.

Who wrote an article, when it was published, which and how many articles mention something. Each is
recognized by its wording, which has to name an article: "who wrote the law" asks what they say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import qa.wording as wording
from index.filters import Filter
from index.parsing.rules.dates import find_date
from index.segmentation.folding import find_folded, fold, fold_text
from index.segmentation.sentences import sentences
from index.storage.snapshot import ArticleSummary, Snapshot
from index.types import Article, Paragraph, Span
from qa.answer import AnswerKind, Citation, Collection, cite
from qa.kinds.topics import ONE_ARTICLE, articles_about
from qa.retrieval.retriever import Retriever

_WHO_WROTE = re.compile(
    rf"(?:who (?:wrote|has written|authored|is the author of|are the authors of)|"
    rf"(?:the )?authors? of|by whom (?:is|was)) {ONE_ARTICLE}(?: written)?"
)
_WHEN_PUBLISHED = (
    re.compile(
        rf"when (?:was|is|did) {ONE_ARTICLE} "
        r"(?:(?:first |originally )?(?:published|written|posted|dated)|appear|come out)"
    ),
    re.compile(rf"(?:what is )?(?:the )?(?:publication )?date of {ONE_ARTICLE}"),
)
_ARTICLES = r"(?:of )?(?:the |these |your |my )?(?:articles|texts|stories)"
_MENTION = re.compile(
    rf"(?:(?:in )?(?P<which>which|what|list(?: all)?|name(?: all)?|show(?: me)?(?: all)?)|"
    rf"(?:in )?how many) {_ARTICLES} (?:that )?(?:do |does )?"
    r"(?:mentions?|names?|discuss|talk about|speak of|write about|(?:are )?about|cover|contain|"
    r"refer to|deal with|(?:is|are|was|were)(?= .+ (?:mentioned|named|discussed)$)) "
    r"(?P<term>.+?)(?: (?:mentioned|named|discussed))?"
)
_HOW_MANY = re.compile(
    rf"how many {_ARTICLES}(?: (?:are there|do you have|do you know|are in the index|are indexed))?"
)
_NEWEST = re.compile(
    r"(?:what|which)(?: is|'s)? (?:the )?(?P<end>newest|latest|most recent|oldest|earliest) "
    r"(?:article|text|document|story|piece)"
)

MAX_LISTED = 20
"""How many articles are listed at most."""

_MAX_HITS = 5_000
"""How many passages are looked through for a name at most."""

_HEAD, _TAIL = 12, 4
"""The first and last paragraphs of an article in which a byline or a dateline is looked for."""

_SHORT = 200
"""The longest paragraph, in code points, that is cited whole as a byline or dateline."""


@dataclass(frozen=True, slots=True)
class AboutArticles:
    """What was found: quotes with a statement, or a remark where there is nothing to quote."""

    collection: Collection | None = None
    remark: str | None = None


def about_articles(question: str, retriever: Retriever, filter: Filter) -> AboutArticles | None:
    """Return the answer to a question about the articles, None for any other question.

    Names are taken from the question as written. Everything is looked up in the articles that the
    filter matches.
    """
    snapshot = retriever.library.snapshot()
    asked = fold_text(question).strip(" ?.!")
    if match := _HOW_MANY.fullmatch(asked):
        return _how_many(snapshot, filter)
    if match := _NEWEST.fullmatch(asked):
        return _newest(snapshot, filter, is_oldest=match["end"] in ("oldest", "earliest"))
    if match := _MENTION.fullmatch(asked):
        return _mentions(_as_written(question, match["term"]), snapshot, filter)
    dates = ((pattern, _date) for pattern in _WHEN_PUBLISHED)
    for pattern, describe in ((_WHO_WROTE, _authors), *dates):
        if match := pattern.fullmatch(asked):
            found = articles_about(match, retriever, filter)
            if not found:
                return AboutArticles(remark=wording.WHICH_ARTICLE)
            return _described([describe(article) for article in found])
    return None


def _as_written(question: str, term: str) -> str:
    """Return folded words of a question as it has them, without quotation marks around them."""
    span = find_folded(question, term)
    written = span.of(question) if span else term
    return re.sub(r"^(?:the|a|an)\s+(?=\S)", "", written.strip(" \"'“”‘’"), flags=re.IGNORECASE)


def _described(found: Sequence[tuple[str, Citation | None]]) -> AboutArticles:
    """Return what is known of some articles, with the lines of their texts that say so."""
    statement = " ".join(words for words, _ in found)
    quotes = tuple(quote for _, quote in found if quote is not None)
    if not quotes:
        return AboutArticles(remark=statement)
    return AboutArticles(Collection(AnswerKind.ARTICLES, statement, quotes))


def _authors(article: Article) -> tuple[str, Citation | None]:
    names = article.metadata.authors
    for paragraph in _edges(article):
        found = [span for name in names if (span := find_folded(_text(article, paragraph), name))]
        if found:
            return wording.authors(article), _line(article, paragraph, found[0])
    return wording.authors(article), None


def _date(article: Article) -> tuple[str, Citation | None]:
    published = article.metadata.published
    for paragraph in _edges(article):
        text = _text(article, paragraph)
        found = find_date(text) if published and len(text) <= _SHORT else None
        if found and found[0].day == published:
            return wording.published(article), cite(article, paragraph.span, paragraph.number)
    return wording.published(article), None


def _edges(article: Article) -> Iterable[Paragraph]:
    paragraphs = article.paragraphs
    return [*paragraphs[:_HEAD], *paragraphs[max(_HEAD, len(paragraphs) - _TAIL) :]]


def _text(article: Article, paragraph: Paragraph) -> str:
    return paragraph.span.of(article.text)


def _line(article: Article, paragraph: Paragraph, name: Span) -> Citation:
    """Return the citation of a short paragraph, or of a name in a long one."""
    start = paragraph.span.start
    span = Span(start + name.start, start + name.end)
    return cite(
        article, paragraph.span if len(paragraph.span) <= _SHORT else span, paragraph.number
    )


def _how_many(snapshot: Snapshot, filter: Filter) -> AboutArticles:
    matching = _matching(snapshot, filter)
    return _listed(wording.article_count(len(matching)), snapshot, matching)


def _newest(snapshot: Snapshot, filter: Filter, *, is_oldest: bool) -> AboutArticles:
    dated = [one for one in _matching(snapshot, filter) if one.metadata.year is not None]
    if not dated:
        return AboutArticles(remark=wording.NO_DATES)
    article = snapshot.article(dated[-1 if is_oldest else 0].id)
    return _described([_date(article)])


def _matching(snapshot: Snapshot, filter: Filter) -> list[ArticleSummary]:
    """Return the articles that a filter matches, newest first."""
    found = [one for one in snapshot.articles() if filter.matches(one.id, one.metadata)]
    return sorted(found, key=lambda one: one.metadata.newest_first)


def _listed(statement: str, snapshot: Snapshot, found: Sequence[ArticleSummary]) -> AboutArticles:
    """Return articles by the place of their titles, or of their first paragraphs."""
    quotes = []
    for one in found[:MAX_LISTED]:
        article = snapshot.article(one.id)
        titled = [
            p for p in article.paragraphs[:_HEAD] if article.metadata.title in _text(article, p)
        ]
        first = next(iter(titled or article.paragraphs), None)
        if first is not None:
            span = find_folded(_text(article, first), article.metadata.title)
            start, length = first.span.start, min(len(first.span), _SHORT)
            chosen = (
                Span(start + span.start, start + span.end) if span else Span(start, start + length)
            )
            quotes.append(cite(article, chosen, first.number))
    if not quotes:
        return AboutArticles(remark=statement)
    more = wording.newest_of(len(quotes)) if len(found) > len(quotes) else ""
    return AboutArticles(Collection(AnswerKind.ARTICLES, f"{statement}{more}", tuple(quotes)))


def _mentions(term: str, snapshot: Snapshot, filter: Filter) -> AboutArticles:
    hits = snapshot.search_words(term, _MAX_HITS, filter)
    ids = dict.fromkeys(chunk.article for chunk in snapshot.chunks([hit.row for hit in hits]))
    articles = sorted(map(snapshot.article, ids), key=lambda one: one.metadata.newest_first)
    quotes = [quote for article in articles if (quote := mention(article, term)) is not None]
    total = snapshot.count(filter)
    if not quotes:
        nothing = wording.missing([term]) if filter.is_empty else wording.no_mention(total, term)
        return AboutArticles(remark=nothing)
    statement = wording.mentions(len(quotes), total, term, is_complete=len(hits) < _MAX_HITS)
    if len(quotes) > MAX_LISTED:
        statement += wording.newest_of(MAX_LISTED)
    return AboutArticles(Collection(AnswerKind.ARTICLES, statement, tuple(quotes[:MAX_LISTED])))


def mention(article: Article, term: str) -> Citation | None:
    """Return the first sentence of an article with a term, as whole words, singular or plural."""
    pattern = re.compile(rf"(?<!\w){re.escape(fold_text(term).strip())}(?:'?s|es)?(?!\w)")
    for paragraph in article.paragraphs:
        if not paragraph.kind.is_searched or not pattern.search(
            fold_text(_text(article, paragraph))
        ):
            continue
        folded, origins = fold(_text(article, paragraph))
        match = pattern.search(folded)
        assert match is not None
        at = paragraph.span.start + origins[match.start()]
        around = [s for s in sentences(article.text, paragraph.span) if s.start <= at < s.end]
        return cite(article, around[0] if around else paragraph.span, paragraph.number)
    return None
