"""Quote lists whole, with the words that announce them, and table rows with their header."""

from __future__ import annotations

import re
from dataclasses import replace

from index.segmentation.folding import fold_text
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Article, Paragraph, Span
from qa.answer import Answer, Candidate, Quote
from qa.language.question_type import is_list_question

_STEPS = re.compile(
    r"how (?:do|does|can|could|should|would|to)\b|(?:what|which) (?:are|were|do|must|should)\b|"
    r"(?:the )?steps\b|(?:list|name)\b|what (?:is|are) (?:the )?(?:steps|procedure|process)\b"
)
"""Questions that a whole list answers better than one of its items."""

_MAX_LENGTH = 6_000
"""Code points of the longest list that is quoted."""


def with_whole_lists(question: str, answer: Answer) -> Answer:
    """Return an answer whose best quote is the whole list that it is a part of, where it should be.

    That is where the quote announces the list ("follow these steps:"), and where the question asks
    for several things or for steps and the quote is an item. Rows of tables get their header.
    """
    best = answer.best
    if best is None:
        return answer
    quote = in_full(question, best.quote)
    if quote is best.quote:
        return answer
    return replace(
        answer,
        best=Candidate(quote, best.confidence, (quote.citation, *best.citations[1:])),
    )


def in_full(question: str, quote: Quote) -> Quote:
    """Return the whole list, or the row with its header, that a quote is a part of; else itself."""
    article = quote.article
    own = article.paragraphs[quote.paragraph - 1]
    if _is_row(article, own):
        first = _run(article, own)[0]
        return quote if first is own else replace(quote, header=first.span)
    if not quote.is_sentence:
        return quote
    if own.listed:
        if not (is_list_question(question) or _STEPS.match(fold_text(question).strip())):
            return quote
        items = _run(article, own)
    elif _announces(article, own) and quote.span.end >= own.span.end - 1:
        items = _run(article, article.paragraphs[own.number])
    else:
        return quote
    before = article.paragraphs[items[0].number - 2] if items[0].number > 1 else None
    start = before if before is not None and _announces(article, before) else items[0]
    span = Span(start.span.start, items[-1].span.end)
    if len(span) > _MAX_LENGTH or span == quote.span:
        return quote
    return replace(quote, span=span, sentence=span, paragraph=start.number)


def _is_row(article: Article, paragraph: Paragraph) -> bool:
    return paragraph.listed and CELL_SEPARATOR in paragraph.span.of(article.text)


def _announces(article: Article, paragraph: Paragraph) -> bool:
    """Whether a paragraph ends with a colon in front of a list."""
    return (
        paragraph.kind.is_quotable
        and not paragraph.listed
        and paragraph.number < len(article.paragraphs)
        and article.paragraphs[paragraph.number].listed
        and not _is_row(article, article.paragraphs[paragraph.number])
        and paragraph.span.of(article.text).rstrip().endswith(":")
    )


def _run(article: Article, paragraph: Paragraph) -> list[Paragraph]:
    """Return the items of the list, or the rows of the table, that a paragraph is one of."""
    is_row = _is_row(article, paragraph)

    def belongs(other: Paragraph) -> bool:
        return other.listed and other.kind.is_quotable and _is_row(article, other) == is_row

    first = last = paragraph.number
    while first > 1 and belongs(article.paragraphs[first - 2]):
        first -= 1
    while last < len(article.paragraphs) and belongs(article.paragraphs[last]):
        last += 1
    return list(article.paragraphs[first - 1 : last])
