"""Articles cut into chunks: the pieces of text that are encoded, one row each.

A chunk is a span of its article's text. By default it is one paragraph; a long paragraph
becomes overlapping windows of whole sentences, and headings join what they head.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import regex

from index.errors import SettingError
from index.segmentation.sentences import sentences, trimmed
from index.segmentation.tokens import count_tokens
from index.types import Article, Chunk, Kind, Paragraph, Span

Count = Callable[[str], int]
Fits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How large chunks are, all in tiktoken tokens (cl100k_base).

    `max_tokens` (16 or more): no chunk is longer. A paragraph up to this size stays whole.
    `target_tokens` (8..max_tokens): the size of the windows a longer paragraph is cut into,
    and the size up to which short neighbours are joined.
    `overlap_tokens` (0..target_tokens / 2): how much of a window, in whole sentences, the
    next window of the same paragraph repeats.
    `merge_below` (0..target_tokens): paragraphs shorter than this join a neighbour; 0 joins
    only headings to what they head.
    Raises SettingError for values outside these ranges.

    The defaults keep most paragraphs whole. Windows of 80 tokens find the right paragraph
    more often by their own vectors, but no more often once each sentence has a vector too
    (bench/retrieval), at 2.4 times the rows and with less around an answer. One-line
    paragraphs stay alone: joined, two share one place in the list, and the right one of
    them comes a place later (bench/retrieval).
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
    """Neighbouring paragraphs that will share a chunk, or be cut together."""

    paragraphs: list[Paragraph] = field(default_factory=list)
    tokens: int = 0

    @property
    def span(self) -> Span:
        return Span(self.paragraphs[0].span.start, self.paragraphs[-1].span.end)

    @property
    def heads(self) -> bool:
        """Whether it holds headings only, which belong to what follows."""
        return all(paragraph.kind is Kind.HEADING for paragraph in self.paragraphs)


def chunk_article(
    article: Article,
    settings: ChunkSettings | None = None,
    count: Count = count_tokens,
    fits: Fits = lambda _: True,
) -> list[Chunk]:
    """The chunks of an article, in reading order.

    Together they hold every character, white space aside, of every searched paragraph, and
    nothing of a set-aside one. Each satisfies `count(text) <= settings.max_tokens` and
    `fits(text)`, where `text` is `chunk.span.of(article.text)`; `fits` is the encoder's own
    measure (`Encoder.fits`), so that nothing is cut when the chunk is encoded. Linear in
    the length of the article. Raises SettingError when a single character does not fit.
    """
    return list(_Chunker(article, settings or ChunkSettings(), count, fits).chunks())


class _Chunker:
    def __init__(self, article: Article, settings: ChunkSettings, count: Count, fits: Fits):
        self.article = article
        self.text = article.text
        self.settings = settings
        self.count = count
        self.fits = fits
        self._counted: dict[Span, int] = {}

    def _tokens(self, span: Span) -> int:
        """Tokens of a part of the text: a paragraph is asked for as one, as a group, as a chunk."""
        if span not in self._counted:
            self._counted[span] = self.count(span.of(self.text))
        return self._counted[span]

    def chunks(self) -> Iterator[Chunk]:
        for run in self._runs():
            for group in self._groups(run):
                yield from self._cut(group)

    def _runs(self) -> Iterator[list[Paragraph]]:
        """Searched paragraphs with nothing but white space between them."""
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
                    run.append(Paragraph(paragraph.number, span, paragraph.kind))
        if run:
            yield run

    def _groups(self, run: Sequence[Paragraph]) -> Iterator[_Group]:
        """Join headings to what follows and very short paragraphs to a neighbour."""
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
        if group.heads:
            return True
        if paragraph.kind is Kind.HEADING:
            return False
        short = self.settings.merge_below
        if group.tokens >= short and tokens >= short:
            return False
        joined = Span(group.paragraphs[0].span.start, paragraph.span.end)
        return group.tokens + tokens <= self.settings.target_tokens and self._good(
            joined, self.settings.target_tokens
        )

    def _good(self, span: Span, limit: int) -> bool:
        return self._tokens(span) <= limit and self.fits(span.of(self.text))

    def _cut(self, group: _Group) -> Iterator[Chunk]:
        if group.tokens <= 2 * self.settings.max_tokens and self._good(
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
        """Sentences, those that are longer than a window cut into smaller pieces."""
        units: list[Span] = []
        limit = self.settings.target_tokens
        piece = max(self.settings.overlap_tokens, min(16, limit))
        for paragraph in group.paragraphs:
            for sentence in sentences(self.text, paragraph.span):
                if len(sentence) <= 64 * limit and self._good(sentence, limit):
                    units.append(sentence)
                else:
                    units += split_long(
                        self.text,
                        sentence,
                        lambda span: self._good(span, piece),
                        lambda span: self._good(span, self.settings.max_tokens),
                        guess=4 * piece,
                    )
        return units

    def _windows(self, units: Sequence[Span]) -> Iterator[Span]:
        """As many units as fit, again and again, each window starting in the last one."""
        limit, overlap = self.settings.target_tokens, self.settings.overlap_tokens
        sizes = [self._tokens(unit) for unit in units]
        first = following = 0
        while following < len(units):
            size, end = sum(sizes[first : following + 1]), following + 1
            while end < len(units) and size + sizes[end] <= limit:
                size += sizes[end]
                end += 1
            # Joined text may count a little more than its parts, so the whole is measured.
            while end > following + 1 and not self._good(self._over(units, first, end), limit):
                end -= 1
            while first < following and not self._good(self._over(units, first, end), limit):
                first += 1
            yield self._over(units, first, end)
            repeated, start = 0, end
            while start - 1 > first and repeated + sizes[start - 1] <= overlap:
                start -= 1
                repeated += sizes[start]
            first, following = start, end

    @staticmethod
    def _over(units: Sequence[Span], first: int, end: int) -> Span:
        return Span(units[first].start, units[end - 1].end)


_CLAUSE = re.compile(r"[,;:)\]][\"'”’]?\s+|\s[—–-]+\s+|[—–]|[，、；：]|\n+")
_SPACE = re.compile(r"\s+")
_GRAPHEME = regex.compile(r"\X")  # extended grapheme clusters, Unicode Annex 29

LONGEST_GRAPHEME = 64
"""Code points after which a cluster (letters under a pile of marks) is cut all the same."""

Good = Callable[[Span], bool]


def split_long(text: str, span: Span, good: Good, allowed: Good, *, guess: int) -> list[Span]:
    """Cut `span` of `text` into trimmed pieces, in order, leaving out only white space.

    Pieces are at most `guess` (1 or more) code points long and satisfy `good`. A cut is
    made after the last clause in the second half of what is tried, else after its last
    word, else between graphemes. A single grapheme that is not `good` need only be
    `allowed`; one that is not even that is cut between code points. Linear in the length of
    the span for a fixed `guess`. Raises SettingError when one code point is not allowed.
    """
    pieces: list[Span] = []
    position = _skip_space(text, span.start, span.end)
    while position < span.end:
        piece = next((p for p in _attempts(text, position, span.end, guess) if good(p)), None)
        if piece is None:
            end = _grapheme_end(text, position, span.end, 1)
            piece = _allowed_prefix(text, Span(position, end), allowed)
        pieces.append(piece)
        position = _skip_space(text, piece.end, span.end)
    return pieces


def _skip_space(text: str, start: int, end: int) -> int:
    match = _SPACE.match(text, start, end)
    return match.end() if match else start


def _attempts(text: str, start: int, end: int, size: int) -> Iterator[Span]:
    """Ever shorter pieces from `start`, which is not white space."""
    while size >= 1:
        cut = end if end - start <= size else _cut(text, start, end, size)
        yield Span(start, start + len(text[start:cut].rstrip()))
        size = min(size, cut - start) // 2


def _cut(text: str, start: int, end: int, size: int) -> int:
    stop = start + size
    clauses = [m.end() for m in _CLAUSE.finditer(text, start + size // 2, stop)]
    if clauses:
        return clauses[-1]
    # One more code point is looked at, so that a word ending at `stop` counts as whole.
    spaces = [m.start() for m in _SPACE.finditer(text, start + 1, stop + 1)]
    if spaces:
        return spaces[-1]
    return _grapheme_end(text, start, end, size)


def _grapheme_end(text: str, start: int, end: int, size: int) -> int:
    """The last grapheme boundary within `size` of `start`, or the first after it."""
    last = 0
    reach = min(end, start + size + LONGEST_GRAPHEME)
    for match in _GRAPHEME.finditer(text, start, reach):
        if last and match.end() > start + size:
            break
        last = match.end()
    return last


def _allowed_prefix(text: str, span: Span, allowed: Good) -> Span:
    while not allowed(span):
        if len(span) == 1:
            raise SettingError(
                f"the character {span.of(text)!r} alone is longer than a chunk may be; "
                "raise max_tokens, or choose an encoder that reads more"
            )
        span = Span(span.start, span.start + len(span) // 2)
    return span
