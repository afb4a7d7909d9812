"""Find readers' comments below an article.

All blocks from the first comment to the page's footer are comments, whatever their form:
comments quote the article, have headings and several paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.parsing.blocks import Block
from index.parsing.rules.boilerplate import (
    is_boilerplate,
    is_comments_heading,
    is_comments_notice,
    may_be_section_heading,
)
from index.parsing.rules.dates import date_line

_NUMBERED = re.compile(r"^(\d{1,4})[.)]\s+(?=\S)")
_ATTRIBUTION = re.compile(
    r"(?i)^[^.!?]{1,50}?\s+(?:said|says|wrote|writes|commented|replied)\s*"
    r"(?:(?:\.{2,}|…|:)|(?:on|at)\s(?:.{3,59}[^.!?]|.{0,56}[ap]\.m\.))?$"
)
_SURE_ATTRIBUTION = re.compile(
    r"(?i)^[^.!?]{1,50}?\s+(?:said|says|wrote|commented)\s*(?:\.{2,}|…)$"
)
_STAMP = re.compile(
    r"(?i)^\W*(?:\d+\W+)?(?:(?:reply|delete|report|like|flag|permalink|upvote|share)\W*){1,5}$"
    r"|^.{0,60}\b(?:19|20)\d\d\b.{0,12}\b\d{1,2}:\d\d(?:\s*[ap]\.?m\.?)?(?:\W.{0,20})?$"
    r"|^.{0,50}\b\d+\s+(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)\s+ago\W*$"
    r"|^anonymous\b.{0,60}$"
)
_INFORMAL = re.compile(
    r"(?i)\b(?:lol|lmao|omg|wtf|ffs|imo|imho|btw|gonna|wanna|dont|cant|isnt|ur|u|yep|nope|haha\w*|"
    r"i|i['’]m|i['’]ve|i['’]d|me|my|you|you['’]re|your|ya)\b|[!?]{2,}|\.{4,}|(?-i:^[a-z])"
)
_MIN_EVIDENCE = 3
_SIGN_EVERY = 12
_MIN_PROSE = 100


@dataclass(frozen=True, slots=True)
class Region:
    """Blocks `start` to `end` (exclusive) are comments; the footer begins at `end`."""

    start: int
    end: int


def find_comments(
    excerpts: Sequence[str], blocks: Sequence[Block], first_body: int
) -> Region | None:
    """Return the region of comments after the article's body, or None.

    `first_body` is the index of the first paragraph of prose, before which there are no comments.
    They begin at a heading ("12 comments:"), at attributions ("Ann said...") or at a numbered list
    at the end with further evidence, since articles end in lists too.
    """
    starts = [
        start
        for start in (
            _heading(excerpts, first_body),
            _attributions(excerpts, blocks, first_body),
            _numbered(excerpts, blocks, first_body),
        )
        if start is not None
    ]
    if not starts:
        return None
    start = min(starts)
    return Region(start, _footer(excerpts, blocks, start))


def _heading(excerpts: Sequence[str], first_body: int) -> int | None:
    """Return the index of a heading of comments that the lines after it confirm, or None."""
    total = sum(map(len, excerpts)) or 1
    seen = 0
    for index, line in enumerate(excerpts):
        seen += len(line)
        if index <= first_body or not is_comments_heading(line):
            continue
        after = excerpts[index + 1 :]
        if not after:
            return None
        signs = sum(1 for one in after[:60] if _ATTRIBUTION.match(one) or _STAMP.match(one))
        informal = sum(1 for one in after[:60] if _INFORMAL.search(one))
        numbered = sum(1 for one in after[:60] if _NUMBERED.match(one))
        sure = signs >= 2 or informal >= 0.5 * min(60, len(after))
        if may_be_section_heading(line) and not sure:
            continue  # "Discussion" is a heading of every scientific article
        sure = sure or (numbered >= 2 and signs + informal >= 1)
        if sure and seen >= 0.1 * total:
            return index
    return None


def _attributions(excerpts: Sequence[str], blocks: Sequence[Block], first_body: int) -> int | None:
    """Return the index of the first attribution or time stamp, where such lines are frequent.

    Times in headings or above long entries are a live blog's, repeated attributions without a
    time an interview's.
    """
    said = [i for i in range(first_body + 1, len(excerpts)) if _ATTRIBUTION.match(excerpts[i])]
    stamps = [
        i
        for i in range(first_body + 1, len(excerpts))
        if len(excerpts[i]) < 90
        and not blocks[i].level
        and _STAMP.match(excerpts[i])
        and not _opens_entry(excerpts, i)
    ]
    sure = any(_SURE_ATTRIBUTION.match(excerpts[i]) for i in said)
    if not said and all(date_line(excerpts[i]) for i in stamps):
        return None  # nobody is named: a log
    if not sure and not stamps and len({excerpts[i] for i in said}) < len(said):
        return None
    if len(said) + len(stamps) < 2 or (len(said) < 2 and not sure and len(stamps) < 4):
        return None
    signs = sorted({*said, *stamps})
    for position, start in enumerate(signs):
        left = len(signs) - position
        prose_above = any(len(line) >= _MIN_PROSE for line in excerpts[:start])
        if left >= 2 and prose_above and left * _SIGN_EVERY >= len(excerpts) - start:
            return start
    return None


def _opens_entry(excerpts: Sequence[str], index: int) -> bool:
    """Return whether a line is a date and time, without a name, between two long paragraphs."""
    above, below = excerpts[index - 1], "".join(excerpts[index + 1 : index + 2])
    return min(len(above), len(below)) >= _MIN_PROSE and date_line(excerpts[index]) is not None


def _numbered(excerpts: Sequence[str], blocks: Sequence[Block], first_body: int) -> int | None:
    """Return the start of a numbered list that reaches the end and reads like comments, or None."""
    items: list[tuple[int, int]] = []
    for index in range(len(excerpts) - 1, first_body, -1):
        match = _NUMBERED.match(excerpts[index])
        if match is None or blocks[index].level:
            continue
        number = int(match.group(1))
        if items and not items[-1][1] - 20 <= number < items[-1][1]:
            continue
        items.append((index, number))
    items.reverse()
    if len(items) < 2 or items[0][1] > 2:
        return None
    start = items[0][0]
    evidence = _evidence(excerpts, blocks, start, [index for index, _ in items])
    return start if evidence >= _MIN_EVIDENCE else None


def _evidence(
    excerpts: Sequence[str], blocks: Sequence[Block], start: int, items: Sequence[int]
) -> int:
    """Return points of evidence that a numbered list is comments; `_MIN_EVIDENCE` suffice."""
    points = 0
    tail = excerpts[start:]
    if any(is_comments_heading(line) for line in excerpts[items[-1] + 1 :]):
        return 0  # a heading of comments follows, so this list is the article's
    if any(is_comments_notice(line) for line in tail[-12:]):
        points += 3
    if start > 0 and is_comments_heading(excerpts[start - 1]):
        points += 3
    if sum(1 for line in tail if _ATTRIBUTION.match(line)) >= 1:
        points += 2
    body = [block.indent for block in blocks[:start][-12:]]
    # A list that the format marks is always indented.
    if not blocks[start].listed and blocks[start].indent > (
        max(body, key=body.count) if body else 0
    ):
        points += 1
    if blocks[start].gap >= 2:
        points += 1
    informal = sum(1 for index in items if _INFORMAL.search(excerpts[index]))
    if informal >= 0.3 * len(items):
        points += 2
    if start > 0 and excerpts[start - 1].endswith(":"):
        points -= 2
    inside = set(items)
    outdented = [
        index
        for index in range(items[-1] + 1, len(excerpts))
        if index not in inside and blocks[index].indent < blocks[start].indent
    ]
    if sum(len(excerpts[index]) for index in outdented if len(excerpts[index]) > 200) > 600:
        points -= 3
    return points


def _footer(excerpts: Sequence[str], blocks: Sequence[Block], start: int) -> int:
    """Return the start of the page's footer: short lines at the end, from a notice on."""
    end = len(excerpts)
    depth = blocks[start].indent
    index = end - 1
    while index > start:
        line = excerpts[index]
        comment_like = (
            len(line) > 160
            or _NUMBERED.match(line) is not None
            or _ATTRIBUTION.match(line) is not None
            or (depth > 0 and blocks[index].indent >= depth)
        )
        if comment_like:
            break
        if is_boilerplate(line):
            end = index
        index -= 1
    return end
