"""Where readers' comments begin and end under an article.

Everything from the first comment to the page's footer is comment, whatever single lines in
it look like: comments quote the article, hold headings and run over several paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.parsing.blocks import Block
from index.parsing.rules.boilerplate import (
    is_comments_heading,
    is_furniture,
    is_note_on_comments,
    may_head_a_section,
)
from index.parsing.rules.dates import date_line

_NUMBERED = re.compile(r"^(\d{1,4})[.)]\s+(?=\S)")
_SAID = re.compile(
    r"(?i)^[^.!?]{1,50}?\s+(?:said|says|wrote|writes|commented|replied)\s*"
    r"(?:(?:\.{2,}|…|:)|(?:on|at)\s(?:.{3,59}[^.!?]|.{0,56}[ap]\.m\.))?$"
)
_SAID_SURE = re.compile(r"(?i)^[^.!?]{1,50}?\s+(?:said|says|wrote|commented)\s*(?:\.{2,}|…)$")
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
_ENOUGH = 3
_SIGN_EVERY = 12
_PROSE = 100


@dataclass(frozen=True, slots=True)
class Region:
    """Blocks `start` to `end` (half open) are comments; `end` is where the footer begins."""

    start: int
    end: int


def find_comments(words: Sequence[str], blocks: Sequence[Block], first_body: int) -> Region | None:
    """The comments after the article's body, or None.

    `first_body` is the index of the first paragraph of prose; nothing before it can be a
    comment. A heading ("12 comments:"), speakers ("Ann said...") or a numbered list at the
    end mark the start; a numbered list alone is not enough, since articles end in lists too.
    """
    starts = [
        start
        for start in (
            _heading(words, blocks, first_body),
            _speakers(words, blocks, first_body),
            _numbered(words, blocks, first_body),
        )
        if start is not None
    ]
    if not starts:
        return None
    start = min(starts)
    return Region(start, _footer(words, blocks, start))


def _heading(words: Sequence[str], blocks: Sequence[Block], first_body: int) -> int | None:
    """A line that announces comments, if what follows bears it out."""
    total = sum(map(len, words)) or 1
    seen = 0
    for index, line in enumerate(words):
        seen += len(line)
        if index <= first_body or not is_comments_heading(line):
            continue
        after = words[index + 1 :]
        if not after:
            return None
        signs = sum(1 for one in after[:60] if _SAID.match(one) or _STAMP.match(one))
        informal = sum(1 for one in after[:60] if _INFORMAL.search(one))
        sure = signs >= 2 or informal >= 0.5 * min(60, len(after))
        if may_head_a_section(line) and not sure:
            continue  # "Discussion" stands in every scientific article
        signs += sum(1 for one in after[:60] if _NUMBERED.match(one))
        sure = sure or signs >= 2 or bool(blocks[index].level)
        if seen >= 0.5 * total or (sure and seen >= 0.1 * total):
            return index
    return None


def _speakers(words: Sequence[str], blocks: Sequence[Block], first_body: int) -> int | None:
    """The first line that only names who speaks or when, where such lines are frequent.

    Not where headings or lines over long entries say when, as in a report by the hour, nor where
    the same line of a speaker comes back without a time, as in an interview.
    """
    said = [i for i in range(first_body + 1, len(words)) if _SAID.match(words[i])]
    stamps = [
        i
        for i in range(first_body + 1, len(words))
        if len(words[i]) < 90
        and not blocks[i].level
        and _STAMP.match(words[i])
        and not _opens_entry(words, i)
    ]
    sure = any(_SAID_SURE.match(words[i]) for i in said)
    if not sure and not stamps and len({words[i] for i in said}) < len(said):
        return None
    if len(said) + len(stamps) < 2 or (len(said) < 2 and not sure and len(stamps) < 4):
        return None
    signs = sorted({*said, *stamps})
    for position, start in enumerate(signs):
        left = len(signs) - position
        prose_above = any(len(line) >= _PROSE for line in words[:start])
        if left >= 2 and prose_above and left * _SIGN_EVERY >= len(words) - start:
            return start
    return None


def _opens_entry(words: Sequence[str], index: int) -> bool:
    """Whether a line is a date and time between two long paragraphs, with nobody's name by it."""
    above, below = words[index - 1], "".join(words[index + 1 : index + 2])
    return min(len(above), len(below)) >= _PROSE and date_line(words[index]) is not None


def _numbered(words: Sequence[str], blocks: Sequence[Block], first_body: int) -> int | None:
    """The start of a numbered run that reaches the end and reads like comments."""
    items: list[tuple[int, int]] = []
    for index in range(len(words) - 1, first_body, -1):
        match = _NUMBERED.match(words[index])
        if match is None:
            continue
        number = int(match.group(1))
        if items and not items[-1][1] - 20 <= number < items[-1][1]:
            continue
        items.append((index, number))
    items.reverse()
    if len(items) < 2 or items[0][1] > 2:
        return None
    start = items[0][0]
    evidence = _evidence(words, blocks, start, [index for index, _ in items])
    return start if evidence >= _ENOUGH else None


def _evidence(
    words: Sequence[str], blocks: Sequence[Block], start: int, items: Sequence[int]
) -> int:
    """Points for a numbered run being comments; `_ENOUGH` of them decide."""
    points = 0
    tail = words[start:]
    if any(is_comments_heading(line) for line in words[items[-1] + 1 :]):
        return 0  # comments are announced further down, so this list is the article's
    if any(is_note_on_comments(line) for line in tail[-12:]):
        points += 3
    if start > 0 and is_comments_heading(words[start - 1]):
        points += 3
    if sum(1 for line in tail if _SAID.match(line)) >= 1:
        points += 2
    body = [block.indent for block in blocks[:start][-12:]]
    if blocks[start].indent > (max(body, key=body.count) if body else 0):
        points += 1
    if blocks[start].gap >= 2:
        points += 1
    informal = sum(1 for index in items if _INFORMAL.search(words[index]))
    if informal >= 0.3 * len(items):
        points += 2
    if start > 0 and words[start - 1].endswith(":"):
        points -= 2
    inside = set(items)
    outdented = [
        index
        for index in range(items[-1] + 1, len(words))
        if index not in inside and blocks[index].indent < blocks[start].indent
    ]
    if sum(len(words[index]) for index in outdented if len(words[index]) > 200) > 600:
        points -= 3
    return points


def _footer(words: Sequence[str], blocks: Sequence[Block], start: int) -> int:
    """Where the page's footer begins: short lines at the very end, from a notice on."""
    end = len(words)
    depth = blocks[start].indent
    index = end - 1
    while index > start:
        line = words[index]
        comment_like = (
            len(line) > 160
            or _NUMBERED.match(line) is not None
            or _SAID.match(line) is not None
            or (depth > 0 and blocks[index].indent >= depth)
        )
        if comment_like:
            break
        if is_furniture(line):
            end = index
        index -= 1
    return end
