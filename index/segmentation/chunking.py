"""Split articles into chunks, the spans of text that are encoded, one vector each.

A chunk is a paragraph by default. A long paragraph becomes overlapping windows of whole sentences,
a sentence longer than a window is split at clauses, words or graphemes, and headings join the
paragraph below them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import regex

from index.errors import SettingError
from index.segmentation.sentences import sentences, trimmed
from index.segmentation.tokens import count_tokens
from index.types import Article, Chunk, Kind, Paragraph, Span

Count = Callable[[str], int]
Accept = Callable[[Span], bool]
Fits = Callable[[str], bool]

_CLAUSE_END = re.compile(r"[,;:)\]][\"'”’]?\s+|\s[—–-]+\s+|[—–]|[，、；：]|\n+")
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")  # extended grapheme clusters, Unicode Annex 29
_MAX_GRAPHEME = 64
"""Code points after which a grapheme cluster (a letter with many marks) is split."""


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """Sizes of chunks in tiktoken tokens (cl100k_base).

    `max_tokens` (16 or more): the longest chunk; paragraphs up to this size are not split.
    `target_tokens` (8..max_tokens): the size of the windows of a longer paragraph, and the size
    up to which short neighbours are joined.
    `overlap_tokens` (0..target_tokens / 2): the overlap of a window with the next window of the
    same paragraph, in whole sentences.
    `merge_below` (0..target_tokens): paragraphs shorter than this join a neighbour; 0 joins only
    headings to the paragraph below.
    Raises SettingError for values outside these ranges.

    The defaults keep most paragraphs whole. Windows of 80 tokens find the right paragraph more
    often by their own vectors, but not once each sentence has a vector too, at 2.4 times the
    rows and with less context for an answer. One-line paragraphs are not joined: a joined passage
    is found more often, but its right paragraph ranks lower (docs/experiments/retrieval.md).
    """

    target_tokens: int = 180
    max_tokens: int = 230
    overlap_tokens: int = 48
    merge_below: int = 0

    def __post_init__(self) -> None:
        limits = (
            ("max_tokens", 16, 1_000_000),
            ("target_tokens", 8, self.max_tokens),
            ("overlap_tokens", 0, self.target_tokens // 2),
            ("merge_below", 0, self.target_tokens),
        )
        for name, low, high in limits:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise SettingError(
                    f"{name} must be a whole number from {low} to {high}, got {value!r}; "
                    "chunk sizes are tiktoken tokens, target_tokens <= max_tokens"
                )


@dataclass(slots=True)
class _Group:
    """Neighbouring paragraphs that share a chunk or are split together."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    tokens: int = 0

    @property
    def span(self) -> Span:
        return Span(self.paragraphs[0].span.start, self.paragraphs[-1].span.end)

    @property
    def is_heading(self) -> bool:
        """Whether the group has only headings, which join the paragraph that follows."""
        return all(paragraph.kind is Kind.HEADING for paragraph in self.paragraphs)


def chunk_article(
    article: Article,
    settings: ChunkSettings | None = None,
    count: Count = count_tokens,
    fits: Fits = lambda _: True,
) -> list[Chunk]:
    """Return the chunks of an article, in reading order.

    Together they cover the searched paragraphs except white space, and nothing else. Each
    satisfies `count(text) <= settings.max_tokens` and `fits(text)`, where `text` is
    `chunk.span.of(article.text)`; `fits` is `Encoder.fits`, so that the encoder truncates nothing.
    Linear in the length of the article. Raises SettingError when a single character does not fit.
    """
    return list(_Chunker(article, settings or ChunkSettings(), count, fits).chunks())


class _Chunker:
    def __init__(self, article: Article, settings: ChunkSettings, count: Count, fits: Fits):
        self.article = article
        self.text = article.text
        self.settings = settings
        self.count = count
        self.fits = fits
        self._token_counts: dict[Span, int] = {}

    def _tokens(self, span: Span) -> int:
        """Return the tokens of a span, cached since a paragraph may be a group and a chunk."""
        if span not in self._token_counts:
            self._token_counts[span] = self.count(span.of(self.text))
        return self._token_counts[span]

    def chunks(self) -> Iterator[Chunk]:
        for run in self._runs():
            for group in self._groups(run):
                yield from self._split(group)

    def _runs(self) -> Iterator[list[Paragraph]]:
        """Yield runs of searched paragraphs with only white space between them."""
        run: list[Paragraph] = []
        for paragraph in self.article.paragraphs:
            if run and (
                not paragraph.kind.is_searched
                or self.text[run[-1].span.end : paragraph.span.start].strip()
            ):
                yield run
                run = []
            if paragraph.kind.is_searched:
                span = trimmed(self.text, paragraph.span.start, paragraph.span.end)
                if span is not None:
                    run.append(replace(paragraph, span=span))
        if run:
            yield run

    def _groups(self, run: Sequence[Paragraph]) -> Iterator[_Group]:
        """Yield groups of paragraphs: headings with the next one, short ones with a neighbour."""
        group = _Group()
        for paragraph in run:
            tokens = self._tokens(paragraph.span)
            if group.paragraphs and not self._joins(group, paragraph, tokens):
                yield group
                group = _Group()
            group.paragraphs.append(paragraph)
            group.tokens += tokens
        if group.paragraphs:
            yield group

    def _joins(self, group: _Group, paragraph: Paragraph, tokens: int) -> bool:
        if group.is_heading:
            return True
        if paragraph.kind is Kind.HEADING:
            return False
        short = self.settings.merge_below
        if group.tokens >= short and tokens >= short:
            return False
        joined = Span(group.paragraphs[0].span.start, paragraph.span.end)
        return group.tokens + tokens <= self.settings.target_tokens and self._is_within(
            joined, self.settings.target_tokens
        )

    def _is_within(self, span: Span, limit: int) -> bool:
        return self._tokens(span) <= limit and self.fits(span.of(self.text))

    def _split(self, group: _Group) -> Iterator[Chunk]:
        if group.tokens <= 2 * self.settings.max_tokens and self._is_within(
            group.span, self.settings.max_tokens
        ):
            yield self._chunk(group.span, group.paragraphs)
            return
        for window in self._windows(self._units(group)):
            yield self._chunk(window, group.paragraphs)

    def _chunk(self, span: Span, paragraphs: Sequence[Paragraph]) -> Chunk:
        numbers = tuple(p.number for p in paragraphs if p.span.overlaps(span))
        return Chunk(self.article.id, span, numbers, self._tokens(span))

    def _units(self, group: _Group) -> list[Span]:
        """Return the sentences of a group, those longer than a window in parts."""
        units: list[Span] = []
        limit = self.settings.target_tokens
        part = max(self.settings.overlap_tokens, min(16, limit))
        for paragraph in group.paragraphs:
            for sentence in sentences(self.text, paragraph.span):
                if len(sentence) <= 64 * limit and self._is_within(sentence, limit):
                    units.append(sentence)
                else:
                    units += _split_long(
                        self.text,
                        sentence,
                        lambda span: self._is_within(span, part),
                        lambda span: self._is_within(span, self.settings.max_tokens),
                        4 * part,
                    )
        return units

    def _windows(self, units: Sequence[Span]) -> Iterator[Span]:
        """Yield windows of as many units as fit, each overlapping the one before."""
        limit, overlap = self.settings.target_tokens, self.settings.overlap_tokens
        sizes = [self._tokens(unit) for unit in units]
        first = following = 0
        while following < len(units):
            size, end = sum(sizes[first : following + 1]), following + 1
            while end < len(units) and size + sizes[end] <= limit:
                size += sizes[end]
                end += 1
            # Joined text may count a little more than its parts, so the whole is measured.
            while end > following + 1 and not self._is_within(self._span(units, first, end), limit):
                end -= 1
            while first < following and not self._is_within(self._span(units, first, end), limit):
                first += 1
            yield self._span(units, first, end)
            repeated, start = 0, end
            while start - 1 > first and repeated + sizes[start - 1] <= overlap:
                start -= 1
                repeated += sizes[start]
            first, following = start, end

    @staticmethod
    def _span(units: Sequence[Span], first: int, end: int) -> Span:
        return Span(units[first].start, units[end - 1].end)


def _split_long(
    text: str, span: Span, fits_part: Accept, fits_chunk: Accept, max_length: int
) -> list[Span]:
    """Split `span` of `text` into trimmed parts, in order, that cover all but white space.

    Parts have at most `max_length` (1 or more) code points and satisfy `fits_part`. They end
    after the last clause in the second half of an attempt, else after its last word, else
    between graphemes. A single grapheme has to satisfy only `fits_chunk`, or is split between
    code points. Linear in the length of the span for a fixed `max_length`. Raises SettingError
    when a code point does not satisfy `fits_chunk`.
    """
    parts: list[Span] = []
    position = _skip_space(text, span.start, span.end)
    while position < span.end:
        attempts = _attempts(text, position, span.end, max_length)
        part = next((attempt for attempt in attempts if fits_part(attempt)), None)
        if part is None:
            end = _grapheme_end(text, position, span.end, 1)
            part = _fitting_prefix(text, Span(position, end), fits_chunk)
        parts.append(part)
        position = _skip_space(text, part.end, span.end)
    return parts


def _skip_space(text: str, start: int, end: int) -> int:
    match = _SPACE.match(text, start, end)
    return match.end() if match else start


def _attempts(text: str, start: int, end: int, size: int) -> Iterator[Span]:
    """Yield ever shorter parts from `start`, which is not white space."""
    while size >= 1:
        stop = end if end - start <= size else _part_end(text, start, end, size)
        yield Span(start, start + len(text[start:stop].rstrip()))
        size = min(size, stop - start) // 2


def _part_end(text: str, start: int, end: int, size: int) -> int:
    stop = start + size
    clauses = [m.end() for m in _CLAUSE_END.finditer(text, start + size // 2, stop)]
    if clauses:
        return clauses[-1]
    # One code point more, so that a word ending at `stop` counts as whole.
    spaces = [m.start() for m in _SPACE.finditer(text, start + 1, stop + 1)]
    if spaces:
        return spaces[-1]
    return _grapheme_end(text, start, end, size)


def _grapheme_end(text: str, start: int, end: int, size: int) -> int:
    """Return the last grapheme boundary within `size` of `start`, or the first after it."""
    last = 0
    reach = min(end, start + size + _MAX_GRAPHEME)
    for match in _GRAPHEME.finditer(text, start, reach):
        if last and match.end() > start + size:
            break
        last = match.end()
    return last


def _fitting_prefix(text: str, span: Span, fits_chunk: Accept) -> Span:
    while not fits_chunk(span):
        if len(span) == 1:
            raise SettingError(
                f"the character {span.of(text)!r} alone is longer than a chunk may be; "
                "raise max_tokens, or choose an encoder that reads more"
            )
        span = Span(span.start, span.start + len(span) // 2)
    return span
