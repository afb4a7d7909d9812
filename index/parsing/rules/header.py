"""Read the header of an article: banner, title, byline, source, date, and the start of the body."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.parsing.blocks import Block, Origin
from index.parsing.rules.boilerplate import is_boilerplate, is_caption, is_menu
from index.parsing.rules.byline import (
    Byline,
    copyright_holder,
    is_keyword_list,
    is_number_line,
    parse_byline,
    parse_continuation,
    parse_signature,
    parse_source,
    parse_url,
    split_title,
)
from index.parsing.rules.dates import Day, copyright_year, date_line, find_date, url_date
from index.parsing.rules.names import dateline_agency, publisher
from index.segmentation.lexicon import NAME_SUFFIXES, alternatives
from index.segmentation.punctuation import SENTENCE_END
from index.types import Kind, Metadata

_MAX_BLOCKS = 40
"""Blocks from the top that may belong to the header."""

_MIN_PROSE = 100
"""Code points from which a block that ends as a sentence is prose."""

_LONG_PROSE = 200
_LONGEST_TITLE = 220
_PROSE_BEFORE_BYLINE = 3
_MOST_DATES = 2
"""Lines with a date in a header: of publication, and of the last change."""

_SOURCE_LINES = 3
"""Lines that the date may be from the byline."""

_CAPTION_UNDER_BYLINE = 300
_ABBREVIATION = re.compile(
    rf"(?:\b[A-Z]\.|\b(?:{alternatives(word.title() for word in NAME_SUFFIXES)}|St|Mt|No|vs)\.)"
    r"[\"”’']?$"
)
_ROLE = re.compile(
    r"(?i)^(?:[\w ]{0,30}\b)?(?:staff|writers?|reporters?|correspondents?|columnists?|editors?|"
    r"contributors?|foreign service|bureau chief)\W*$"
)
_DATED_NOTE = re.compile(r"(?i)^\W*(?:posted|published|updated|originally|first published|date)\b")
_DATELINE = re.compile(
    r"^(?:Reporting from )?[A-Z][\w .,'’-]{2,50}(?:\(\w+\))?\s*(?:--|—|–|(?<=\s)-)\s"
)
_BAR = re.compile(r"\s*[|•]\s*")
_UPDATED = re.compile(r"(?i)^\W*(?:last\s+)?(?:updated|modified)")


@dataclass(slots=True)
class Lines:
    """The blocks of an article with their excerpts, each on one line."""

    excerpts: Sequence[str]
    blocks: Sequence[Block]

    def __len__(self) -> int:
        return len(self.excerpts)

    def is_prose(self, index: int) -> bool:
        """Return whether a block is a paragraph of sentences, not a line of the page."""
        line = self.excerpts[index]
        if len(line) < _MIN_PROSE:
            return False
        if self.blocks[index].hint not in (None, Kind.BODY) or is_keyword_list(line):
            return False
        if is_boilerplate(line):
            return False
        return len(line) >= _LONG_PROSE or SENTENCE_END.search(line) is not None

    def is_declared_heading(self, index: int) -> bool:
        """Return whether the format marks a block as a heading."""
        return self.blocks[index].hint is Kind.HEADING

    def is_timeline_entry(self, index: int) -> bool:
        """Return whether a heading is one of several dates, not the day of publication."""
        if not self._is_dated(index):
            return False
        return any(self._is_dated(i) for i in range(min(_MAX_BLOCKS, len(self))) if i != index)

    def _is_dated(self, index: int) -> bool:
        return self.is_declared_heading(index) and date_line(self.excerpts[index]) is not None

    def is_attached(self, index: int) -> bool:
        """Return whether a block follows the one before it without a blank line."""
        return index > 0 and self.blocks[index].gap == 0


@dataclass(slots=True)
class Head:
    """The header of an article.

    `kinds` are the kinds of its blocks, by index; `first_body` is the index of the first paragraph
    of prose below it. `source_lines` are the indices of lines that name an author, a publisher or
    an address; `has_notice` tells whether a line is a notice of a page.
    """

    declared: Metadata
    kinds: dict[int, Kind] = field(default_factory=dict)
    title: str = ""
    authors: list[str] = field(default_factory=list)
    publisher: str | None = None
    poster: tuple[str, ...] = ()
    day: Day | None = None
    updated: Day | None = None
    url: str | None = None
    first_body: int = 0
    source_lines: list[int] = field(default_factory=list)
    has_notice: bool = False

    @property
    def is_copied(self) -> bool:
        """Whether a line is one of a published page: it names a source, or is a notice."""
        return bool(self.source_lines) or self.has_notice

    def metadata(self, excerpts: Sequence[str], kinds: Sequence[Kind]) -> Metadata:
        """Return the metadata: the format's first, then the header's, then the page's."""
        declared = self.declared
        url = declared.url or self.url
        title, suffix = split_title(declared.title)
        name = declared.publisher or self.publisher or suffix
        authors = declared.authors or tuple(dict.fromkeys(self.authors))
        if name is None:
            name = self._late_publisher(excerpts, kinds)
        day = Day(declared.year, declared.published) if declared.year is not None else None
        for found in (self.day, self.updated, url_date(url) if url else None):
            # A known year may become a day of that year, not of another.
            if day is None or (found and day.day is None and found.year == day.year):
                day = found
        notices = (excerpts[i] for i, kind in enumerate(kinds) if kind is Kind.BOILERPLATE)
        year = day.year if day else copyright_year(notices)
        return Metadata(
            title=title or self.title,
            authors=authors or self.poster,
            publisher=name,
            published=day.day if day else None,
            year=year,
            url=url,
        )

    def _late_publisher(self, excerpts: Sequence[str], kinds: Sequence[Kind]) -> str | None:
        for index, line in enumerate(excerpts):
            if kinds[index] is Kind.BODY:
                agency = dateline_agency(line)
                if agency:
                    return agency
                break
        for index in range(len(excerpts) - 1, max(-1, len(excerpts) - 15), -1):
            if kinds[index] in (Kind.COMMENT, Kind.CAPTION) or len(excerpts[index]) > 200:
                continue
            name = parse_source(excerpts[index], sure=False) or copyright_holder(excerpts[index])
            if name:
                return name
        return None


def read_head(
    excerpts: Sequence[str],
    blocks: Sequence[Block],
    declared: Metadata,
    origin: Origin = Origin.TEXT,
) -> Head:
    """Read the header of an article from the excerpts of its blocks.

    Finds the title (a heading); lines above it and metadata lines below it become boilerplate,
    prose never does. In a document, and in the article of a page, only lines that became metadata
    do, near the author's or the publisher's and above the prose.
    """
    head = Head(declared)
    lines = Lines(excerpts, blocks)
    roles = _roles(lines, head, origin)
    title = _find_title(lines, roles, declared, origin)
    if title is not None:
        _set_title(lines, roles, head, title)
    else:
        head.first_body = next((i for i in range(len(excerpts)) if lines.is_prose(i)), 0)
    head.has_notice = "boilerplate" in roles.values()
    last = max((i for i, role in roles.items() if role in _METADATA), default=-1)
    first_prose = next((i for i in range(len(lines)) if lines.is_prose(i)), len(lines))
    is_log = sum(role == "date" for role in roles.values()) > _MOST_DATES
    for index, role in roles.items():
        if role == "caption":
            head.kinds.setdefault(index, Kind.CAPTION)
        elif role == "line" or lines.is_prose(index) or _is_declared_text(blocks[index]):
            continue
        elif (origin is Origin.TEXT and not (role == "date" and is_log)) or (
            role in _METADATA and index < first_prose and _near(index, head.source_lines)
        ):
            head.kinds.setdefault(index, Kind.BOILERPLATE)
    if title is not None:
        _above_and_below(lines, roles, head, title, last, origin)
    _caption_under_byline(lines, roles, head)
    head.first_body = next(
        (
            i
            for i in range(max(0, last, title if title is not None else 0), len(excerpts))
            if i not in head.kinds and lines.is_prose(i)
        ),
        head.first_body,
    )
    return head


def _is_declared_text(block: Block) -> bool:
    """Whether the format says that a block is a heading or a paragraph."""
    return block.hint in (Kind.HEADING, Kind.BODY)


def _near(index: int, sources: Sequence[int]) -> bool:
    """Whether a line is among the lines that name the author or the publisher."""
    return any(abs(index - other) <= _SOURCE_LINES for other in sources)


_METADATA = frozenset({"byline", "publisher", "source", "role", "date", "number", "address"})
_SOURCES = frozenset({"byline", "publisher", "source", "address"})


def _roles(lines: Lines, head: Head, origin: Origin) -> dict[int, str]:
    """Return the role of each line of the header, which ends after a few paragraphs of prose."""
    roles: dict[int, str] = {}
    prose = 0
    headed = False
    for index in range(min(_MAX_BLOCKS, len(lines))):
        line = lines.excerpts[index]
        if lines.blocks[index].hint not in (None, Kind.HEADING, Kind.BODY):
            if lines.blocks[index].hint is Kind.BOILERPLATE:
                role = _read_metadata(line, roles.get(index - 1, ""), head, attached=False)
                if role in _SOURCES:
                    head.source_lines.append(index)
            continue
        if lines.is_prose(index):
            if is_caption(line):
                roles[index] = "caption"
                continue
            prose += 1
            if prose >= _PROSE_BEFORE_BYLINE:
                break
            continue
        if origin is Origin.DOCUMENT and lines.blocks[index].listed:
            roles[index] = "line"  # an item or a row, such as "2014-03-11 | 41000"
            continue
        if lines.is_declared_heading(index) and not is_boilerplate(line):
            titled, headed = lines.blocks[index].level == 1 and not headed, True
            # A title may look like anything; only lower headings above the prose may be bylines.
            if titled or prose or is_number_line(line) or lines.is_timeline_entry(index):
                roles[index] = "line"
                continue
        figures = (
            is_number_line(line)
            or is_keyword_list(line)
            or line.startswith(("http://", "https://"))
        )
        # One of these may occur in a header; two of them are the article's own text.
        if sum((figures, prose > 0, lines.blocks[index].listed)) >= 2:
            roles[index] = "line"
            continue
        previous = roles.get(index - 1, "")
        role = _read_metadata(line, previous, head, attached=lines.is_attached(index))
        if role is None:
            caption = "caption" if is_caption(line) else "line"
            role = "boilerplate" if caption == "line" and is_boilerplate(line) else caption
        roles[index] = role
        if role in _SOURCES:
            head.source_lines.append(index)
    return roles


def _read_metadata(line: str, previous: str, head: Head, *, attached: bool) -> str | None:
    """Add the metadata of a line to `head`; return the line's role, None without metadata."""
    parts = _BAR.split(line) if len(line) <= _LONGEST_TITLE else []
    if len(parts) > 1 and any(date_line(part) for part in parts):
        roles: list[str | None] = []
        for part in parts:
            roles.append(_read_metadata(part, previous, head, attached=False))
            previous = roles[-1] or previous
        if any(roles):
            return "byline" if "byline" in roles else "date"
    url = parse_url(line)
    if url:
        head.url = head.url or url
        return "address"
    day = date_line(line)
    if day:
        _add_day(line, day, head)
        return "date"
    if is_number_line(line):
        return "number"
    if is_keyword_list(line):
        return "keywords"
    name = parse_source(line)
    if name:
        head.publisher = name
        return "source"
    byline = parse_byline(line) or (parse_signature(line) if previous != "byline" else None)
    if byline is not None:
        _add_byline(line, byline, head)
        return "byline"
    if previous == "byline":
        more = parse_continuation(line)
        if more:
            head.authors.extend(more)
            return "byline"
    if previous in ("byline", "role") and _ROLE.match(line):
        return "role"
    if previous in ("byline", "role", "date", "address"):
        name = publisher(line, sure=attached and previous in ("byline", "role"))
        if name and len(line) < 60:
            head.publisher = head.publisher or name
            return "publisher"
    if _DATED_NOTE.match(line) and is_boilerplate(line):
        found = find_date(line)
        if found:
            _add_day(line, found[0], head)
            return "date"
    return None


def _add_day(line: str, day: Day, head: Head) -> None:
    if _UPDATED.match(line):
        head.updated = head.updated or day
    elif head.day is None:
        head.day = day


def _add_byline(line: str, byline: Byline, head: Head) -> None:
    if re.match(r"(?i)^\W*posted\b", line):
        head.poster = head.poster or byline.authors
    else:
        head.authors.extend(byline.authors)
    head.publisher = head.publisher or byline.publisher
    if byline.day is not None:
        _add_day(line, byline.day, head)


def _find_title(
    lines: Lines, roles: dict[int, str], declared: Metadata, origin: Origin
) -> int | None:
    """Return the index of the title's block, or None.

    It is the declared title where that stands in the text, else the first heading of the first
    level; a line is guessed to be it only where the format declares no title.
    """
    if declared.title:
        declared_title = _letters(declared.title)
        same = [
            index
            for index in range(min(_MAX_BLOCKS, len(lines)))
            if lines.blocks[index].hint is not Kind.BOILERPLATE
            and declared_title
            in (_letters(lines.excerpts[index]), _letters(split_title(lines.excerpts[index])[0]))
        ]
        if same:
            return next((index for index in same if lines.is_declared_heading(index)), same[0])
    if origin is Origin.DOCUMENT:
        top = next((i for i, block in enumerate(lines.blocks) if block.level == 1), None)
        first = next((i for i, block in enumerate(lines.blocks) if block.level), None)
        if top is not None and top == first and top < _MAX_BLOCKS:
            return top
        if declared.title:
            return None
    byline = next((i for i, role in roles.items() if role == "byline"), None)
    first_prose = next((i for i in range(len(lines)) if lines.is_prose(i)), len(lines))
    limit = byline if byline is not None else first_prose
    candidates = [
        index
        for index, role in roles.items()
        if role == "line"
        and index < limit
        and _can_be_title(lines.excerpts[index])
        and not (lines.blocks[index].listed or lines.blocks[index].hint is Kind.BODY)
    ]
    if not candidates:
        return 0 if declared.title == "" and _opening_sentence(lines, roles) else None
    if all(lines.blocks[index].level == 0 for index in candidates) and limit == len(lines):
        return candidates[0]
    return max(candidates, key=lambda index: (_score(lines, roles, index, byline), -index))


def _can_be_title(line: str) -> bool:
    if not 4 <= len(line) <= _LONGEST_TITLE or is_menu(line):
        return False
    return not line.endswith((".", ",", ";", ":")) or _ABBREVIATION.search(line) is not None


def _opening_sentence(lines: Lines, roles: dict[int, str]) -> bool:
    """Return whether the first line is a headline that ends in a full stop."""
    return (
        roles.get(0) == "line"
        and len(lines) > 2
        and roles.get(1) in ("byline", "date")
        and len(lines.excerpts[0]) <= _MIN_PROSE
    )


def _score(lines: Lines, roles: dict[int, str], index: int, byline: int | None) -> float:
    line = lines.excerpts[index]
    block = lines.blocks[index]
    points = 0.0
    if block.hint is Kind.HEADING or block.level:
        points += 5 - min(block.level, 4)
    if split_title(line)[1]:
        points += 1
    mine = _letters(line)
    if len(mine) >= 12:
        near = range(max(0, index - 6), min(len(lines), index + 6))
        points += 2.5 * any(j != index and _letters(lines.excerpts[j]).endswith(mine) for j in near)
    if byline is not None:
        between = [
            j for j in range(index + 1, byline) if roles.get(j) == "line" and not lines.is_prose(j)
        ]
        points += 3 if not between else 1 if len(between) == 1 else 0
    has_neighbour = index + 1 < len(lines) and (
        lines.is_attached(index) or lines.is_attached(index + 1)
    )
    below = roles.get(index + 1) if has_neighbour else ""
    if has_neighbour and (roles.get(index - 1) == "line" or below == "line"):
        points -= 1.5
    if any(role == "date" and j > index for j, role in roles.items()):
        points -= 0.5
    if len(line.split()) <= 2:
        points -= 2
    if any(publisher(part) for part in _BAR.split(line)):
        points -= 3
    if line[:1].islower():
        points -= 1
    return points + block.size / 10


def _set_title(lines: Lines, roles: dict[int, str], head: Head, index: int) -> None:
    line = lines.excerpts[index]
    title, name = split_title(line)
    head.title = title
    head.kinds[index] = Kind.HEADING
    roles[index] = "line"
    head.publisher = head.publisher or name
    for above in range(index):
        if head.publisher is None and roles.get(above) == "line":
            above_it = lines.excerpts[above]
            head.publisher = publisher(above_it) or split_title(above_it)[1]


def _above_and_below(
    lines: Lines, roles: dict[int, str], head: Head, title: int, last: int, origin: Origin
) -> None:
    """Classify the lines above the title and around the metadata below it.

    The lines above are a page's banner. In a plain text they are only if it has an author, a
    publisher, an address or a notice, as an article does.
    """
    if origin is Origin.DOCUMENT:
        return
    is_banner = origin is Origin.PAGE or head.is_copied
    for index, role in roles.items():
        if index in head.kinds or role != "line" or lines.blocks[index].hint is Kind.BODY:
            continue
        line = lines.excerpts[index]
        if index < title:
            if is_banner and not lines.is_declared_heading(index):
                head.kinds[index] = Kind.BOILERPLATE
        elif index <= last:
            same = _letters(line) == _letters(lines.excerpts[title])
            is_marked = lines.blocks[index].listed or lines.is_declared_heading(index)
            if not is_marked and (same or len(line.split()) <= 2):
                head.kinds[index] = Kind.BOILERPLATE
            elif not SENTENCE_END.search(line) and len(line) <= _MIN_PROSE:
                head.kinds[index] = Kind.HEADING


def _caption_under_byline(lines: Lines, roles: dict[int, str], head: Head) -> None:
    """Mark a short paragraph attached to the byline as a caption, if others are set apart."""
    apart = sum(1 for block in lines.blocks[:_MAX_BLOCKS] if block.gap >= 1)
    if apart < 0.6 * min(_MAX_BLOCKS, len(lines)):
        return
    for index, role in list(roles.items()):
        below = index + 1
        if role not in ("byline", "publisher", "source") or below + 1 >= len(lines):
            continue
        line = lines.excerpts[below]
        if (
            lines.is_attached(below)
            and not lines.is_attached(below + 1)
            and below not in head.kinds
            and len(line) <= _CAPTION_UNDER_BYLINE
            and SENTENCE_END.search(line)
            and not _DATELINE.match(line)
        ):
            head.kinds[below] = Kind.CAPTION


def _letters(line: str) -> str:
    return re.sub(r"[\W_]+", "", line).lower()
