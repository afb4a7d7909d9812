"""Kinds of paragraphs and the article's metadata, from blocks and their words.

The same rules for every format. What the format itself declares (a block's `hint`, the
`declared` metadata) goes first; the words are asked about the rest. The order: the head
(banner, title, byline, source), the comments, then captions, boilerplate and headings in
between, and last the trailing words of a page's footer. Doubtful paragraphs stay body.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.parsing.blocks import Block
from index.parsing.rules.boilerplate import is_caption, is_furniture
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
"""Paragraphs beyond which a file is no page with comments but a dump; not searched for them."""
_EDGE = 10_000
"""How many paragraphs from either end are asked whether they are captions or furniture."""
_UNFINISHED = re.compile(r"[.,;:!…–—-][\"”’')\]]*$|[.!,]$")
_SENTENCE_INSIDE = re.compile(r"\b[a-z]{4,}[.!]\s+[A-Z][a-z]*\s")
_HANGS = re.compile(r"\s(?:the|a|an|of|and|or|that|which|than|as|by|with|from|is|are|was|were|be)$")
_ASKS = re.compile(r"(?i)(?:who|what|where|when|why|how)\b")
# Not LIST_ITEM: a capital and a full stop open a heading too ("A. Methods").
_BULLET = re.compile(rf"(?:{BULLET}|\(?(?:\d{{1,3}}|[a-z])[.)])\s")
_ECHO_SHARE = 0.75
_ECHO_AMONG = 12
_ECHO_LENGTH = 250


def classify(text: str, blocks: Sequence[Block], declared: Metadata) -> tuple[list[Kind], Metadata]:
    """The kind of each block, in order, and the article's metadata."""
    words = [excerpt(text, block) for block in blocks]
    head = read_head(words, blocks, declared)
    kinds: list[Kind | None] = [
        head.kinds.get(index, block.hint) for index, block in enumerate(blocks)
    ]
    if len(blocks) <= _MOST_BLOCKS:
        _comments(words, blocks, kinds, head)
    for index, line in enumerate(words):
        if kinds[index] is None and not _EDGE <= index < len(words) - _EDGE:
            kinds[index] = _by_words(line)
    _headings(words, blocks, kinds)
    _trailing(words, blocks, kinds)
    _echoes(words, kinds)
    final = [kind or Kind.BODY for kind in kinds]
    return final, head.metadata(words, final)


def excerpt(text: str, block: Block) -> str:
    """A block's words on one line, cut after enough of them to judge it by."""
    return " ".join(
        text[block.span.start : min(block.span.end, block.span.start + _EXCERPT)].split()
    )


def _comments(
    words: Sequence[str], blocks: Sequence[Block], kinds: list[Kind | None], head: Head
) -> None:
    if Kind.COMMENT in kinds:
        return  # the format says which they are
    region = find_comments(words, blocks, head.first_body)
    if region is None:
        return
    for index in range(region.start, region.end):
        if blocks[index].hint is not Kind.BOILERPLATE:
            kinds[index] = Kind.COMMENT
    for index in range(region.end, len(words)):
        kinds[index] = Kind.BOILERPLATE


def _by_words(line: str) -> Kind | None:
    if is_caption(line):
        return Kind.CAPTION
    if is_furniture(line):
        return Kind.BOILERPLATE
    return None


def _headings(words: Sequence[str], blocks: Sequence[Block], kinds: list[Kind | None]) -> None:
    """Short lines without punctuation at their end that stand over a paragraph."""
    following: Kind | None = None
    for index in range(len(words) - 1, -1, -1):
        if kinds[index] is None:
            over_text = following in (Kind.BODY, Kind.HEADING)
            line = words[index]
            looks = not blocks[index].listed and looks_like_heading(line) and not _goes_on(line)
            kinds[index] = Kind.HEADING if looks and over_text else Kind.BODY
        if kinds[index] in (Kind.BODY, Kind.HEADING):
            following = kinds[index]
        elif kinds[index] is Kind.COMMENT:
            following = None


def looks_like_heading(line: str) -> bool:
    """Whether a line has the form of a heading: short, unpunctuated, opened by a capital."""
    if len(line) > _HEADING_LENGTH or len(line.split()) > _HEADING_WORDS:
        return False
    if _UNFINISHED.search(line) or _BULLET.match(line):
        return False
    opening = line.lstrip("\"'“‘«(¿¡[")
    return bool(opening) and (opening[0].isupper() or opening[0].isdigit())


def _goes_on(line: str) -> bool:
    """Whether a line begins what stands below it: "Rye is sown late. Its mills are"."""
    if _SENTENCE_INSIDE.search(line):
        return True
    return _HANGS.search(line) is not None and _ASKS.match(line) is None


def _trailing(words: Sequence[str], blocks: Sequence[Block], kinds: list[Kind | None]) -> None:
    """Short unpunctuated lines after the last paragraph belong to the page's footer."""
    prose = [
        index
        for index, kind in enumerate(kinds)
        if kind is Kind.BODY and (len(words[index]) > _HEADING_LENGTH or _ends(words[index]))
    ]
    if not prose:
        return
    last = prose[-1]
    notice = any(kinds[i] is Kind.BOILERPLATE for i in range(last + 1, len(words)))
    for index in range(last + 1, len(words)):
        listed = blocks[index].listed or _BULLET.match(words[index]) is not None
        if kinds[index] not in (Kind.BODY, Kind.HEADING) or listed:
            continue
        if looks_like_heading(words[index]) or (notice and len(words[index]) < _SCRAP):
            kinds[index] = Kind.BOILERPLATE


def _ends(line: str) -> bool:
    return CLAUSE_END.search(line) is not None


def _echoes(words: Sequence[str], kinds: list[Kind | None]) -> None:
    """A short opening paragraph that another sentence says again in full is a caption.

    Pages put a picture's caption between paragraphs without a mark; captions reuse the
    article's words. Only the first paragraphs are looked at, and only one-sentence ones.
    """
    body = [index for index, kind in enumerate(kinds) if kind is Kind.BODY][:400]
    sentences = [
        (index, _stems(sentence))
        for index in body
        for sentence in re.split(r"(?<=[.!?])[\"”’]?\s+", words[index])
    ]
    for index in body[1:_ECHO_AMONG]:
        line = words[index]
        stems = _stems(line)
        if len(line) > _ECHO_LENGTH or len(stems) < 6 or re.search(r"[.!?]\s+[A-Z“\"]", line):
            continue
        if re.search(r"[\"“”]", line):
            continue
        for other, others in sentences:
            if other > index and len(stems & others) >= _ECHO_SHARE * len(stems):
                exact = line.rstrip(".") in words[other]
                if not exact:
                    kinds[index] = Kind.CAPTION
                break


def _stems(sentence: str) -> set[str]:
    found = re.findall(r"[^\W_]{3,}", sentence.lower())
    return {stem(word) for word in found if word not in ENGLISH_WORDS}
