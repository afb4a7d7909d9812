"""Describe where a chunk is in its article: headings, the lead-in of a list, a table's header.

A list item such as "Red Hat" says little without them. Context is only encoded and searched; it is
never part of a quote.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from index.segmentation.punctuation import CELL_SEPARATOR, LIST_ITEM
from index.segmentation.sentences import sentences
from index.types import Article, Chunk, Kind, Paragraph, Span

_MAX_ITEMS = 100  # looked back over for the lead-in of a list or the header of a table
_MAX_LEAD_IN = 300  # code points


@dataclass(frozen=True, slots=True)
class Context:
    """The context of a chunk, white space folded.

    `headings` are those that it is under, from the outermost, without those in the chunk.
    `lead_in` is the sentence that announces a list or a piece of code, or the header of a table's
    row; empty if there is none.
    """

    headings: tuple[str, ...] = ()
    lead_in: str = ""

    @property
    def text(self) -> str:
        """All of it, a line each, for the word search."""
        return "\n".join((*self.headings, self.lead_in))


def heading_path(article: Article, paragraph_number: int) -> tuple[str, ...]:
    """Return the headings that a paragraph is under, from the outermost, white space folded.

    A heading is not under itself; an empty one, or the article's title, is left out. Raises
    IndexError if the article has no paragraph of that number.
    """
    if not 1 <= paragraph_number <= len(article.paragraphs):
        raise IndexError(
            f"{article.id} has paragraphs 1 to {len(article.paragraphs)}, got {paragraph_number}"
        )
    title = _folded(article.metadata.title)
    texts = (
        _folded(article.paragraphs[number - 1].span.of(article.text))
        for number in _path(article, paragraph_number)
    )
    return tuple(text for text in texts if text and text != title)


def chunk_context(article: Article, chunk: Chunk) -> Context:
    """Return the context of a chunk of an article."""
    first = article.paragraphs[chunk.paragraphs[0] - 1]
    headings = heading_path(article, first.number)
    if first.kind is Kind.HEADING or chunk.span.start > first.span.start:
        return Context(headings)
    return Context(headings, _lead_in(article, first))


def _path(article: Article, number: int) -> tuple[int, ...]:
    """Return the numbers of the headings that a paragraph is under, from the outermost."""
    outline = article.outline
    following = bisect_left(outline, number, key=lambda path: path[-1])
    if following < len(outline) and outline[following][-1] == number:
        return outline[following][:-1]
    return outline[following - 1] if following else ()


def _lead_in(article: Article, paragraph: Paragraph) -> str:
    """Return the sentence above that announces a paragraph, or the header of its table."""
    text = article.text
    words = paragraph.span.of(text)
    last = paragraph.number - 1
    above = reversed(article.paragraphs[max(0, last - _MAX_ITEMS) : last])
    if paragraph.listed and CELL_SEPARATOR in words:
        header = ""
        for other in above:
            row = other.span.of(text)
            if not other.listed or row.count(CELL_SEPARATOR) != words.count(CELL_SEPARATOR):
                break
            header = row
        return _folded(header)[:_MAX_LEAD_IN]
    is_item = _is_item(paragraph, words)
    for other in above:
        line = other.span.of(text)
        if not other.kind.is_searched or other.kind is Kind.HEADING:
            return ""
        announces = line.endswith(":")
        if not is_item:
            return _last_sentence(text, other.span) if announces else ""
        if not _is_item(other, line) or (announces and not LIST_ITEM.match(words)):
            return _last_sentence(text, other.span)
    return ""


def _is_item(paragraph: Paragraph, words: str) -> bool:
    return paragraph.listed or LIST_ITEM.match(words) is not None


def _last_sentence(text: str, span: Span) -> str:
    span = sentences(text, Span(max(span.start, span.end - 4 * _MAX_LEAD_IN), span.end))[-1]
    return _folded(span.of(text))[-_MAX_LEAD_IN:]


def _folded(text: str) -> str:
    return " ".join(text.split())
