"""Choose what a reader reads: windows of the articles around the passages of a search.

A list item or a table row answers little without what stands around it, so a short passage is
read together with its neighbours, and passages that are close to each other are read once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Article, Kind, Span
from qa.answer import Passage

WINDOWS = 6
"""How many windows are read for a question. More find no more right answers: the table is in
docs/experiments/transfer.md."""

PER_ARTICLE = 3
"""How many of them come from one article, as long as there are others."""

SHORT = 600
"""Code points below which a window takes in its neighbours."""

LONGEST = 1_000
"""Code points up to which it takes them in."""

WHOLE = 4_000
"""Code points up to which the paragraphs of a passage are read whole."""


@dataclass(frozen=True, slots=True)
class ReadingWindow:
    """A part of an article to read, around the best ranked passage in it.

    `rank` is the 0-based position of that passage among those of the search. `paragraphs` are
    the 1-based numbers of the paragraphs that the window overlaps, in reading order.
    """

    passage: Passage
    rank: int
    span: Span
    paragraphs: tuple[int, ...]

    @property
    def article(self) -> Article:
        """The article it is part of."""
        return self.passage.article


def reading_windows(passages: Sequence[Passage], count: int = WINDOWS) -> list[ReadingWindow]:
    """Return at most `count` windows around passages, which are given best first.

    No two windows overlap. An article has at most `PER_ARTICLE` of them while other articles
    have passages left. A window stops at a heading, and at paragraphs that are not searched.
    """
    windows: list[ReadingWindow] = []
    later: list[tuple[int, Passage]] = []
    per_article: Counter[str] = Counter()
    for rank, passage in enumerate(passages):
        if len(windows) == count:
            break
        if per_article[passage.article.id] >= PER_ARTICLE:
            later.append((rank, passage))
        elif _add(windows, rank, passage):
            per_article[passage.article.id] += 1
    for rank, passage in later:
        if len(windows) == count:
            break
        _add(windows, rank, passage)
    return windows


def _add(windows: list[ReadingWindow], rank: int, passage: Passage) -> bool:
    """Add the window around a passage, unless a better one holds it already."""
    taken = [one.span for one in windows if one.article.id == passage.article.id]
    if any(span.contains(passage.span) for span in taken):
        return False
    span = _grown(passage, taken)
    numbers = _overlapped(passage, span)
    windows.append(ReadingWindow(passage, rank, span, numbers))
    return True


def _grown(passage: Passage, taken: Sequence[Span]) -> Span:
    """Return the passage's whole paragraphs and, where they are short, their neighbours."""
    paragraphs = passage.article.paragraphs
    low, high = min(passage.paragraphs) - 1, max(passage.paragraphs)
    whole = Span(
        min(passage.span.start, paragraphs[low].span.start),
        max(passage.span.end, paragraphs[high - 1].span.end),
    )
    if len(whole) > WHOLE or any(whole.overlaps(other) for other in taken):
        # Parts of one long paragraph can overlap; what a better window holds is left to it.
        return _without(passage.span, taken)
    # A chunk begins with its headings; otherwise the text before belongs to the same section.
    up = paragraphs[low].kind is not Kind.HEADING
    down = True

    def fits(joined: Span) -> bool:
        return len(joined) <= LONGEST and not any(joined.overlaps(other) for other in taken)

    while len(whole) < SHORT and (up or down):
        if down:
            down = high < len(paragraphs) and paragraphs[high].kind.is_quotable
            if down:
                joined = Span(whole.start, paragraphs[high].span.end)
                down = fits(joined)
                if down:
                    whole, high = joined, high + 1
        if up and len(whole) < SHORT:
            up = low > 0 and paragraphs[low - 1].kind.is_searched
            if up:
                joined = Span(paragraphs[low - 1].span.start, whole.end)
                up = fits(joined)
                if up:
                    whole, low = joined, low - 1
                    up = paragraphs[low].kind is not Kind.HEADING
    return whole


def _without(span: Span, taken: Sequence[Span]) -> Span:
    """Return the longest end or beginning of `span` outside every span of `taken`."""
    start, end = span.start, span.end
    for other in taken:
        if other.start <= start < other.end:
            start = other.end
        elif start < other.end and other.start < end:
            end = max(start, other.start)
    return Span(min(start, end), end)


def _overlapped(passage: Passage, span: Span) -> tuple[int, ...]:
    """Return the numbers of the paragraphs that a span around the passage overlaps."""
    paragraphs = passage.article.paragraphs
    first = min(passage.paragraphs) - 1
    while first > 0 and paragraphs[first - 1].span.end > span.start:
        first -= 1
    numbers = []
    while first < len(paragraphs) and paragraphs[first].span.start < span.end:
        if paragraphs[first].span.overlaps(span):
            numbers.append(first + 1)
        first += 1
    return tuple(numbers)


def section_title(window: ReadingWindow) -> str:
    """Return the article's title and the heading above the window, joined by "›"."""
    title = window.article.metadata.title
    number = window.paragraphs[0] - 1 if window.paragraphs else 0
    for paragraph in reversed(window.article.paragraphs[:number]):
        if paragraph.kind is Kind.HEADING:
            heading = paragraph.span.of(window.article.text)
            return f"{title} › {heading}" if title and heading != title else title or heading
    return title
