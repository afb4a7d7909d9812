"""Describe where a paragraph is in its article: the headings it is under.

Context is only searched and shown beside a quote; it is never part of one.
"""

from __future__ import annotations

from bisect import bisect_left

from index.types import Article


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


def _path(article: Article, number: int) -> tuple[int, ...]:
    """Return the numbers of the headings that a paragraph is under, from the outermost."""
    outline = article.outline
    following = bisect_left(outline, number, key=lambda path: path[-1])
    if following < len(outline) and outline[following][-1] == number:
        return outline[following][:-1]
    return outline[following - 1] if following else ()


def _folded(text: str) -> str:
    return " ".join(text.split())
