"""Links to exact words, on the chat's article page and on the original web page.

The first kind uses code-point offsets and the hash of the text they belong to. The second uses a
text fragment, which browsers match by words (WICG Scroll to Text Fragment).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from index.segmentation.sentences import sentences
from index.types import Article, Span, is_web_address

HASH_DIGITS = 12
"""How many hexadecimal digits of an article's hash identify its version: 48 bits."""

_FRAGMENT_EDGE_WORDS = 5
_FRAGMENT_WHOLE_WORDS = 2 * _FRAGMENT_EDGE_WORDS
_LIST_NUMBER = re.compile(r"\d{1,3}[.)]")


def article_link(article: Article, span: Span, paragraph: int) -> str:
    """Return the link to a span on the article's page: `/articles/ID?v=HASH12&start=S&end=E#pN`."""
    return words_link(article.id, article.hash[:HASH_DIGITS], span, paragraph)


def words_link(article_id: str, version: str, span: Span, paragraph: int) -> str:
    """Return the same link from its parts; `version` is the start of the article's hash."""
    return (
        f"/articles/{quote(article_id)}?v={version}&start={span.start}&end={span.end}#p{paragraph}"
    )


def source_link(article: Article, span: Span) -> str | None:
    """Return the article's URL with a text fragment for the sentences around `span`.

    None where the article has no http(s) URL. A fragment of more than ten words has only the first
    and the last five; one that occurs earlier in the article as well has the words before it as
    context, because a browser highlights the first match.
    """
    address = article.metadata.url
    if address is None or not is_web_address(address):
        return None
    fragment = _text_fragment(article, whole_sentences(article, span))
    if not fragment:
        return address
    separator = "" if "#" in address else "#"
    return f"{address}{separator}:~:text={fragment}"


def whole_sentences(article: Article, span: Span) -> Span:
    """Return `span` widened to the sentences it overlaps, within its paragraphs."""
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
    """Return the text directive for a span, "" where it has no words that a page would have."""
    text = span.of(article.text)
    words = [match.span() for match in re.finditer(r"\S+", text)]
    # A page draws the numbers of a list itself; they are not part of its text.
    if len(words) > 1 and _LIST_NUMBER.fullmatch(text[slice(*words[0])]):
        del words[0]
    if not words:
        return ""
    # Nor are the separators between the cells of a table's row.
    separators = [at for at, word in enumerate(words) if text[slice(*word)] == "|"]
    if len(words) <= _FRAGMENT_WHOLE_WORDS and "\n" not in text.strip() and not separators:
        parts = [text[words[0][0] : words[-1][1]]]
    else:
        # A short text over a line break has too few words for two full edges.
        edge = min(_FRAGMENT_EDGE_WORDS, len(words) // 2)
        head = words[: min([edge, *separators])]
        tail = words[max([len(words) - edge, *(at + 1 for at in separators)]) :]
        parts = [text[part[0][0] : part[-1][1]] for part in (head, tail) if part]
    if not parts:
        return ""
    encoded = [_encode(part) for part in parts]
    first = span.start + words[0][0]
    if article.text.find(parts[0]) < first:
        before = article.text[max(0, first - 200) : first].rsplit("\n", 1)[-1].split()
        if before and not _LIST_NUMBER.fullmatch(before[-1]):
            encoded.insert(0, _encode(" ".join(before[-_FRAGMENT_EDGE_WORDS:])) + "-,")
            return encoded[0] + ",".join(encoded[1:])
    return ",".join(encoded)


def _encode(words: str) -> str:
    # "-", "," and "&" are syntax inside a text directive, so they are escaped too.
    return quote(" ".join(words.split()), safe="", errors="replace").replace("-", "%2D")
