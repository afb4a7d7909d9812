"""Classify paragraphs and read the article's metadata.

What the format declares (a block's `hint`, the `declared` metadata) takes precedence; rules on
the text decide the rest: first the header (banner, title, byline, source), then comments, captions,
boilerplate and headings, last the page's footer. Doubtful paragraphs are body.

How much the words may decide depends on what the file is. Only pages and their copies have menus,
banners and comments: of a document nothing is set aside but the lines of its header that became
metadata, and of a copy in plain text more only if a line shows that it is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.parsing.blocks import Block, Origin
from index.parsing.rules.boilerplate import is_boilerplate, is_caption, is_decoration
from index.parsing.rules.comments import find_comments
from index.parsing.rules.header import Head, read_head
from index.segmentation.lexicon import ENGLISH_WORDS
from index.segmentation.punctuation import BULLET, CLAUSE_END
from index.segmentation.stemming import stem
from index.types import Kind, Metadata

_EXCERPT = 1200
_HEADING_LENGTH = 100
_HEADING_WORDS = 16
_SCRAP = 60
_MOST_BLOCKS = 20_000
"""Paragraphs of the longest file that is searched for comments; longer ones are data dumps."""
_EDGE = 10_000
"""Paragraphs from either end that may be captions or boilerplate."""
_UNFINISHED = re.compile(r"[.,;:!…–—-][\"”’')\]]*$|[.!,]$")
_SENTENCE_INSIDE = re.compile(r"\b[a-z]{4,}[.!]\s+[A-Z][a-z]*\s")
_HANGS = re.compile(r"\s(?:the|a|an|of|and|or|that|which|than|as|by|with|from|is|are|was|were|be)$")
_ASKS = re.compile(r"(?i)(?:who|what|where|when|why|how)\b")
# Unlike LIST_ITEM without capitals, which open headings too ("A. Methods").
_BULLET = re.compile(rf"(?:{BULLET}|\(?(?:\d{{1,3}}|[a-z])[.)])\s")
_ECHO_SHARE = 0.75
_ECHO_AMONG = 12
_ECHO_LENGTH = 250


def classify(
    text: str, blocks: Sequence[Block], declared: Metadata, origin: Origin = Origin.TEXT
) -> tuple[list[Kind], Metadata]:
    """Return the kind of each block, in order, and the article's metadata."""
    excerpts = [excerpt(text, block) for block in blocks]
    head = read_head(excerpts, blocks, declared, origin)
    kinds: list[Kind | None] = [
        head.kinds.get(index, block.hint) for index, block in enumerate(blocks)
    ]
    if origin is Origin.TEXT and len(blocks) <= _MOST_BLOCKS:
        _comments(excerpts, blocks, kinds, head)
    for index, line in enumerate(excerpts):
        if kinds[index] is None and not _EDGE <= index < len(excerpts) - _EDGE:
            kinds[index] = _kind_of_line(line, origin)
    is_copy = origin is Origin.TEXT and (
        head.is_copied or Kind.COMMENT in kinds or Kind.BOILERPLATE in kinds
    )
    _headings(excerpts, blocks, kinds, origin)
    if is_copy:
        _trailing(excerpts, blocks, kinds)
    if is_copy or origin is Origin.PAGE:
        _echoes(excerpts, kinds)
    final = [kind or Kind.BODY for kind in kinds]
    return final, head.metadata(excerpts, final)


def excerpt(text: str, block: Block) -> str:
    """Return the beginning of a block on one line."""
    return " ".join(
        text[block.span.start : min(block.span.end, block.span.start + _EXCERPT)].split()
    )


def _comments(
    excerpts: Sequence[str], blocks: Sequence[Block], kinds: list[Kind | None], head: Head
) -> None:
    region = find_comments(excerpts, blocks, head.first_body)
    if region is None:
        return
    for index in range(region.start, region.end):
        if blocks[index].hint is not Kind.BOILERPLATE:
            kinds[index] = Kind.COMMENT
    for index in range(region.end, len(excerpts)):
        kinds[index] = Kind.BOILERPLATE


def _kind_of_line(line: str, origin: Origin) -> Kind | None:
    if is_caption(line):
        return Kind.CAPTION
    if is_decoration(line) if origin is Origin.DOCUMENT else is_boilerplate(line):
        return Kind.BOILERPLATE
    return None


def _headings(
    excerpts: Sequence[str], blocks: Sequence[Block], kinds: list[Kind | None], origin: Origin
) -> None:
    """Classify short unpunctuated lines above a paragraph as headings, the rest as body.

    A document that declares headings besides its title has no others: a heading is never quoted.
    """
    is_declared = origin is not Origin.TEXT and sum(block.level > 0 for block in blocks) > 1
    following: Kind | None = None
    for index in range(len(excerpts) - 1, -1, -1):
        if kinds[index] is None:
            over_text = following in (Kind.BODY, Kind.HEADING) and not is_declared
            line = excerpts[index]
            looks = not blocks[index].listed and looks_like_heading(line)
            is_heading = (
                over_text
                and looks
                and not _continues_below(line)
                and not _is_among_short_lines(excerpts, blocks, index)
            )
            kinds[index] = Kind.HEADING if is_heading else Kind.BODY
        if kinds[index] in (Kind.BODY, Kind.HEADING):
            following = kinds[index]
        elif kinds[index] is Kind.COMMENT:
            following = None


def _is_among_short_lines(excerpts: Sequence[str], blocks: Sequence[Block], index: int) -> bool:
    """Whether a short line touches another one, as in a list of ingredients or an address."""
    above = blocks[index].gap == 0 and index > 0 and looks_like_heading(excerpts[index - 1])
    below = index + 1 < len(blocks) and blocks[index + 1].gap == 0
    return above or (below and looks_like_heading(excerpts[index + 1]))


def looks_like_heading(line: str) -> bool:
    """Return whether a line has the form of a heading: short, capitalized, unpunctuated."""
    if len(line) > _HEADING_LENGTH or len(line.split()) > _HEADING_WORDS:
        return False
    if _UNFINISHED.search(line) or _BULLET.match(line):
        return False
    opening = line.lstrip("\"'“‘«(¿¡[")
    return bool(opening) and (opening[0].isupper() or opening[0].isdigit())


def _continues_below(line: str) -> bool:
    """Return whether a line continues below: "Rye is sown late. Its mills are"."""
    if _SENTENCE_INSIDE.search(line):
        return True
    return _HANGS.search(line) is not None and _ASKS.match(line) is None


def _trailing(excerpts: Sequence[str], blocks: Sequence[Block], kinds: list[Kind | None]) -> None:
    """Classify short unpunctuated lines after the last paragraph as the page's footer."""
    prose = [
        index
        for index, kind in enumerate(kinds)
        if kind is Kind.BODY
        and (len(excerpts[index]) > _HEADING_LENGTH or CLAUSE_END.search(excerpts[index]))
    ]
    if not prose:
        return
    last = prose[-1]
    has_notice = any(kinds[i] is Kind.BOILERPLATE for i in range(last + 1, len(excerpts)))
    for index in range(last + 1, len(excerpts)):
        listed = blocks[index].listed or _BULLET.match(excerpts[index]) is not None
        if kinds[index] not in (Kind.BODY, Kind.HEADING) or listed:
            continue
        if looks_like_heading(excerpts[index]) or (has_notice and len(excerpts[index]) < _SCRAP):
            kinds[index] = Kind.BOILERPLATE


def _echoes(excerpts: Sequence[str], kinds: list[Kind | None]) -> None:
    """Classify a short opening paragraph whose words recur in a later sentence as a caption.

    Some pages do not mark captions, which reuse the article's words. Only one-sentence paragraphs
    near the start are considered.
    """
    body = [index for index, kind in enumerate(kinds) if kind is Kind.BODY][:400]
    sentences = [
        (index, _stems(sentence))
        for index in body
        for sentence in re.split(r"(?<=[.!?])[\"”’]?\s+", excerpts[index])
    ]
    for index in body[1:_ECHO_AMONG]:
        line = excerpts[index]
        stems = _stems(line)
        if len(line) > _ECHO_LENGTH or len(stems) < 6 or re.search(r"[.!?]\s+[A-Z“\"]", line):
            continue
        if re.search(r"[\"“”]", line):
            continue
        for other, others in sentences:
            if other > index and len(stems & others) >= _ECHO_SHARE * len(stems):
                if line.rstrip(".") not in excerpts[other]:
                    kinds[index] = Kind.CAPTION
                break


def _stems(sentence: str) -> set[str]:
    found = re.findall(r"[^\W_]{3,}", sentence.lower())
    return {stem(word) for word in found if word not in ENGLISH_WORDS}
