"""Parse HTML pages: every visible block in document order, with the metadata of the page.

The tree is walked here because the output of an article extractor has no positions in the page.
trafilatura decides which blocks belong to the article and reads metadata, except for two things
it guesses: a site name from the host, and a URL other than the canonical one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import Block, DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.html_blocks import extract_blocks, parse_html
from index.parsing.rules.dates import iso_date
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people, person, publisher
from index.segmentation.punctuation import CELL_SEPARATOR, SENTENCE_END
from index.types import Kind, Metadata, is_web_address

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]{2,40})")

_MAX_EXTRACTED = 2_000_000
"""Code points of the longest page that trafilatura is run on; in longer ones tags alone decide."""

_MIN_PROSE = 80
"""Code points from which a block that ends like a sentence is prose."""

_LIST_NUMBER = re.compile(r"^\d{1,4}\. ")
_TITLE_SEPARATORS = (" - ", " | ", " — ", " – ", " :: ", " » ", " · ")
_SITE_NAMES = (
    "og:site_name", "article:publisher", "publisher", "citation_publisher", "dc.publisher",
    "application-name",
)  # fmt: skip
_TITLES = ("og:title", "twitter:title", "citation_title", "dc.title")
_AUTHORS = ("author", "article:author", "dc.creator", "citation_author", "byl")
_DATES = (
    "article:published_time", "datepublished", "citation_publication_date", "dc.date", "date",
    "pubdate", "publishdate", "parsely-pub-date", "sailthru.date",
)  # fmt: skip


def parse(data: bytes) -> ParsedDocument:
    """Parse an .html file. Raises ArticleError when it is empty or not text."""
    declared = _META_CHARSET.search(data[:4096]) or _XML_ENCODING.match(data[:200])
    page = decode(data, declared.group(1).decode("ascii") if declared else None)
    root = parse_html(page)
    if root is None:
        raise ArticleError("empty: the page holds no elements")
    builder = extract_blocks(root)
    blocks = _hint_blocks(page, builder) if len(page) <= _MAX_EXTRACTED else builder.blocks
    text = builder.text
    split = [part for block in blocks for part in split_block(text, block)]
    return ParsedDocument(text, split, _metadata(root, page))


def _hint_blocks(page: str, builder: DocumentBuilder) -> list[Block]:
    """Return the blocks, those that trafilatura leaves out hinted as comment or boilerplate.

    Prose that it leaves out gets no hint, and neither do sentences between paragraphs that it
    extracts: hinting them as boilerplate by mistake would lose answers.
    """
    article, comments = _extract_article(page)
    if not article:
        return builder.blocks
    lines = set(article.split("\n"))
    joined = article.replace("\n", "")
    folded = [_fold(_LIST_NUMBER.sub("", text)) for text in builder.texts]
    is_extracted = [text in lines or text in joined for text in folded]
    paragraphs = [i for i, text in enumerate(folded) if is_extracted[i] and len(text) > _MIN_PROSE]
    first, last = (paragraphs[0], paragraphs[-1]) if paragraphs else (0, -1)
    hinted: list[Block] = []
    for index, (block, text) in enumerate(zip(builder.blocks, builder.texts, strict=True)):
        if block.hint is None and not is_extracted[index] and folded[index]:
            if folded[index] in comments:
                block = replace(block, hint=Kind.COMMENT)
            elif not (_is_prose(text, first < index < last) or CELL_SEPARATOR in text):
                block = replace(block, hint=Kind.BOILERPLATE)
        hinted.append(block)
    return hinted


def _extract_article(page: str) -> tuple[str, str]:
    """Return the article's lines and its comments as trafilatura finds them, folded."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        extracted: Any = trafilatura.bare_extraction(
            page, include_comments=True, include_tables=True, favor_recall=True
        )
    except Exception:  # an extractor that fails on a page must not lose the page
        extracted = None
    if extracted is None:
        return "", ""
    article = "\n".join(map(_fold, (extracted.text or "").splitlines()))
    return article, _fold(extracted.comments or "")


def _is_prose(text: str, is_inside: bool) -> bool:
    """Whether text ends like a sentence and is long, or is inside the article."""
    return (is_inside or len(text) >= _MIN_PROSE) and SENTENCE_END.search(text) is not None


def _fold(text: str) -> str:
    """Return only the letters and digits of a text, in lower case."""
    return re.sub(r"[\W_]+", "", text).lower()


def _metadata(root: Any, page: str) -> Metadata:
    """Return the metadata of meta elements, completed with what trafilatura finds."""
    title, authors, site, date = _trafilatura_metadata(page)
    site = next(filter(_publisher_name, _meta_contents(root, _SITE_NAMES)), site)
    title = next(iter(_meta_contents(root, _TITLES)), title)
    for name in _AUTHORS:
        if declared := _author_names(_meta_contents(root, (name,))):
            break
    dates = map(iso_date, [*_meta_contents(root, _DATES), date])
    published = next(filter(None, dates), None)
    return Metadata(
        title=_strip_site_name(title, site),
        authors=tuple(declared or _author_names(authors)),
        publisher=_publisher_name(site),
        published=published.day if published else None,
        year=published.year if published else None,
        url=_canonical_url(root),
    )


def _trafilatura_metadata(page: str) -> tuple[str, list[str], str, str]:
    """Return the title, authors, site name and date that trafilatura finds, or empty ones."""
    from trafilatura.metadata import extract_metadata

    try:
        found: Any = extract_metadata(
            page[:_MAX_EXTRACTED],
            date_config={"extensive_search": False, "original_date": True, "max_date": None},
        )
    except Exception:  # missing metadata must not lose the page
        found = None
    if found is None:
        return "", [], "", ""
    authors = [name for name in (found.author or "").split(";") if name.strip()]
    return found.title or "", authors, found.sitename or "", found.date or ""


def _meta_contents(root: Any, names: Iterable[str]) -> list[str]:
    """Return the contents of the meta elements with these names, in the order of the names."""
    contents: dict[str, list[str]] = {name: [] for name in names}
    for element in root.iter("meta"):
        content = " ".join((element.get("content") or "").split())
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").lower()
            if name in contents and content:
                contents[name].append(content)
    return [content for named in contents.values() for content in named]


def _publisher_name(name: str) -> str | None:
    return publisher(name, sure=" " in name)


def _author_names(texts: Iterable[str]) -> list[str]:
    """Return the names of people in texts such as "By Ann Bee and Cee Dee", each once."""
    authors: list[str] = []
    for text in texts:
        text = re.sub(r"(?i)^\s*by\s+", "", text)
        if "://" in text:
            continue
        # Journals write "Doe, Jane".
        one = person(text) or person(re.sub(r"^([^,]+), ([^,]+)$", r"\2 \1", text))
        authors.extend(people(text) or ([one] if one else []))
    return list(dict.fromkeys(authors))


def _strip_site_name(title: str, site: str) -> str:
    """Return a page title without the site name at its end."""
    title = " ".join(title.split())
    for separator in _TITLE_SEPARATORS:
        head, found, tail = title.rpartition(separator)
        is_site = publisher(tail) or (site and tail.lower() == site.lower())
        if found and len(head) >= 8 and is_site:
            return head.strip()
    return title


def _canonical_url(root: Any) -> str | None:
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            url = (link.get("href") or "").strip()
            if is_web_address(url):
                return url
    return next(filter(is_web_address, _meta_contents(root, ("og:url",))), None)
