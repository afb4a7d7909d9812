"""Links to the exact words: into the chat's own article page, and into the original page.

The first kind works by code-point offsets and names the text it was made for; the second
uses a text fragment, which browsers match by words (WICG Scroll to Text Fragment).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from index.segmentation.sentences import sentences
from index.types import Article, Span, is_web_address

HASH_DIGITS = 12
"""How many digits of an article's hash a link carries: 48 bits tell versions apart."""

_FRAGMENT_EDGE_WORDS = 5
_FRAGMENT_WHOLE_WORDS = 2 * _FRAGMENT_EDGE_WORDS
_ITEM = re.compile(r"\d{1,3}[.)]")


def article_link(article: Article, span: Span, paragraph: int) -> str:
    """The address of a span on the article's page: `/articles/ID?v=HASH12&start=S&end=E#pN`."""
    return words_link(article.id, article.hash[:HASH_DIGITS], span, paragraph)


def words_link(article_id: str, version: str, span: Span, paragraph: int) -> str:
    """The same address from its parts; `version` is the beginning of the article's hash."""
    return (
        f"/articles/{quote(article_id)}?v={version}&start={span.start}&end={span.end}#p{paragraph}"
    )


def source_link(article: Article, span: Span) -> str | None:
    """The article's own address with a text fragment for the sentences around `span`.

    None where the article has no http(s) address. A quote of more than ten words is named
    by its first and last five; words that also stand earlier in the article get the words
    before them as context, because a browser takes the first match.
    """
    address = article.metadata.url
    if address is None or not is_web_address(address):
        return None
    fragment = _text_fragment(article, _whole_sentences(article, span))
    if not fragment:
        return address
    joint = "" if "#" in address else "#"
    return f"{address}{joint}:~:text={fragment}"


def _whole_sentences(article: Article, span: Span) -> Span:
    """`span` widened to the sentences it touches, within its paragraphs."""
    start, end = span.start, span.end
    for edge in (span.start, max(span.start, span.end - 1)):
        paragraph = article.paragraph_at(edge)
        if paragraph is None:
            continue
        for sentence in sentences(article.text, paragraph.span):
            if sentence.start <= edge < sentence.end:
                start, end = min(start, sentence.start), max(end, sentence.end)
    return Span(start, end)


def _text_fragment(article: Article, span: Span) -> str:
    text = span.of(article.text)
    words = [match.span() for match in re.finditer(r"\S+", text)]
    # The number of a list's item is no text of its page; where it is, the rest is found too.
    if len(words) > 1 and _ITEM.fullmatch(text[slice(*words[0])]):
        del words[0]
    if not words:
        return ""
    # Nor is what stands between the cells of a table's row here.
    bars = [at for at, place in enumerate(words) if text[slice(*place)] == "|"]
    if len(words) <= _FRAGMENT_WHOLE_WORDS and "\n" not in text.strip() and not bars:
        parts = [text[words[0][0] : words[-1][1]]]
    else:
        # A few words over a line's end are fewer than two full edges.
        edge = min(_FRAGMENT_EDGE_WORDS, len(words) // 2)
        head = words[: min([edge, *bars])]
        tail = words[max([len(words) - edge, *(at + 1 for at in bars)]) :]
        parts = [text[part[0][0] : part[-1][1]] for part in (head, tail) if part]
    if not parts:
        return ""
    encoded = [_encode(part) for part in parts]
    first = span.start + words[0][0]
    if article.text.find(parts[0]) < first:
        before = article.text[max(0, first - 200) : first].rsplit("\n", 1)[-1].split()
        if before and not _ITEM.fullmatch(before[-1]):
            encoded.insert(0, _encode(" ".join(before[-_FRAGMENT_EDGE_WORDS:])) + "-,")
            return encoded[0] + ",".join(encoded[1:])
    return ",".join(encoded)


def _encode(words: str) -> str:
    # "-", "," and "&" are syntax inside a text directive, so they are escaped too.
    return quote(" ".join(words.split()), safe="", errors="replace").replace("-", "%2D")
