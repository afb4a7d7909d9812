"""Parse HTML pages: every visible block in document order, with the metadata of the page.

The tree is walked here because the output of an article extractor has no positions in the page.
trafilatura decides which blocks belong to the article and reads metadata, except for two things
it guesses: a site name from the host, and a URL other than the canonical one.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import Block, DocumentBuilder, Origin, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.html_blocks import Mark, Page, Place, extract_blocks, parse_html
from index.parsing.page_archives import archived_page
from index.parsing.rules.dates import iso_date
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people, person, publisher
from index.segmentation.punctuation import SENTENCE_END
from index.types import Kind, Metadata, is_web_address

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]{2,40})")

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAX_ZERO_SHARE = 0.01
"""Share of zero bytes up to which a page is text with damage."""

_SHELL = 200
"""Code points of visible text under which a page may be a shell that a script fills."""

_LOADING = re.compile(r"(?i)\W*(?:(?:please wait|loading)\b[^.!?]{0,40}[\W_]*|[^.!?\n]{0,20})")

_MAX_EXTRACTED = 2_000_000
"""Code points of the longest page that trafilatura is run on; in longer ones tags alone decide."""

_MIN_PROSE = 80
"""Code points from which a block that ends like a sentence is prose."""

_LONG_PROSE = 200
"""Code points from which it is prose wherever it is, but in elements for navigation."""

_LINKS = 0.5
"""Share of a block's characters in links from which it is a list of links."""

_RUN = 4
"""Words of the runs that tell whether a block is extracted."""

_MOST = 0.6
"""Share of a block's runs that are extracted, if the block is."""

_MOST_EXTRACTED = 0.8
"""Share of the extracted characters that are in the article's element."""

_OTHER = 0.25
"""Characters of links and marked text that an element may add to the article's, as a share of its
other text."""

_INDEX = 0.4
"""Share of an article's characters in lists of links from which they are what it is for."""

_WORD = re.compile(r"[^\W_]+")

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
    """Parse an .html file, or the page in an .mhtml or .webarchive file.

    Raises ArticleError when it is empty, not text, or holds nothing until a script has run.
    """
    archived = archived_page(data)
    if archived is not None:
        document = _parse_bytes(archived.html)
        url = document.metadata.url or archived.url
        return replace(document, metadata=replace(document.metadata, url=url))
    return _parse_bytes(data)


def _parse_bytes(data: bytes) -> ParsedDocument:
    declared = _META_CHARSET.search(data[:65_536]) or _XML_ENCODING.match(data[:200])
    if 0 < data.count(0) <= _MAX_ZERO_SHARE * len(data) and not data.startswith(_UTF_16_MARKS):
        data = data.replace(b"\x00", b"\xef\xbf\xbd")
    return parse_page(decode(data, declared.group(1).decode("ascii") if declared else None))


def parse_page(page: str) -> ParsedDocument:
    """Parse the text of an HTML page. Raises ArticleError as `parse` does."""
    root = parse_html(page)
    if root is None:
        raise ArticleError("empty: the page holds no elements")
    found = extract_blocks(root)
    if len(found.builder.text) < _SHELL:
        found = _without_scripts(root, found)
    text = found.builder.text
    split = [part for block in _hint_blocks(page, found) for part in split_block(text, block)]
    return ParsedDocument(text, split, _metadata(root, page), Origin.PAGE)


def _without_scripts(root: Any, found: Page) -> Page:
    """Return what a page that is a shell for a script holds for readers without one.

    That is its `noscript` elements, or the text in its data for search engines (JSON-LD). Raises
    ArticleError for a frameset, and for a shell without either.
    """
    hidden = list(root.iter("noscript"))
    for node in hidden:
        node.tag = "div"
    shown = extract_blocks(root) if hidden else found
    if len(shown.builder.text) >= _SHELL:
        return shown
    bodies = [body for body in _article_bodies(root) if len(body) >= _SHELL]
    if bodies:
        builder = DocumentBuilder()
        for paragraph in re.split(r"\s*\n\s*", bodies[0]):
            builder.add(paragraph)
        return Page(builder, [Place(root, None, 0) for _ in builder.blocks])
    if frames := [frame.get("src") for frame in root.iter("frame") if frame.get("src")]:
        raise ArticleError(f"frameset: the text is in other files, {', '.join(frames[:5])}")
    if (hidden or next(root.iter("script"), None) is not None) and _LOADING.fullmatch(
        found.builder.text
    ):
        raise ArticleError(
            "empty until a script runs: save the page from a browser after it has loaded"
        )
    return found


def _article_bodies(root: Any) -> Iterator[str]:
    """Yield the texts of articles in a page's JSON-LD."""
    for script in root.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        try:
            stack = [json.loads(script.text or "")]
        except (ValueError, RecursionError):
            continue
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                if isinstance(value.get("articleBody"), str):
                    yield value["articleBody"].strip()
                stack += value.values()
            elif isinstance(value, list):
                stack += value


def _hint_blocks(page: str, found: Page) -> list[Block]:
    """Return the blocks with their kinds: what trafilatura extracts is the article.

    The rest of a page is judged by where it is. The element that holds most of what is extracted
    is the article's: in it, only links, and what its elements say is something else, are set
    aside, for an extractor leaves out rows, items and notes. Outside, only long prose stays.
    Nothing is comments on a page that has no other prose.
    """
    builder, places = found.builder, found.places
    extracted = _Extracted(_extract_article(page) if len(page) <= _MAX_EXTRACTED else "")
    is_extracted = [extracted.holds(text) for text in builder.texts]
    paragraphs = [
        i for i, text in enumerate(builder.texts) if is_extracted[i] and len(text) > _MIN_PROSE
    ]
    first, last = (paragraphs[0], paragraphs[-1]) if paragraphs else (0, -1)
    links = [place.linked / len(text) for place, text in zip(places, builder.texts, strict=True)]
    root = _article_element(places, is_extracted, links, builder.texts)
    is_inside = [root is None or root in (p.node, *p.node.iterancestors()) for p in places]
    has_article = any(
        place.mark is not Mark.COMMENTS and _is_prose(text)
        for place, text in zip(places, builder.texts, strict=True)
    )
    first_headings = [i for i, block in enumerate(builder.blocks) if block.level == 1]
    own = [i for i, place in enumerate(places) if is_inside[i] and place.mark is None]
    linked = sum(len(builder.texts[i]) for i in own if links[i] >= _LINKS and not is_extracted[i])
    # A table of contents, or an index, is all links.
    is_index = linked >= _INDEX * sum(len(builder.texts[i]) for i in own)
    hinted: list[Block] = []
    for index, (block, place, text) in enumerate(
        zip(builder.blocks, places, builder.texts, strict=True)
    ):
        is_list_of_links = links[index] >= _LINKS
        hint = block.hint
        if place.mark is Mark.COMMENTS and has_article:
            hint = Kind.COMMENT
        elif is_extracted[index] or (place.node.tag == "pre" and is_inside[index]):
            is_text = block.listed or place.node.tag == "pre" or SENTENCE_END.search(text)
            if hint is None and is_text:
                hint = Kind.BODY
        elif place.mark is Mark.NAVIGATION:
            hint = Kind.BOILERPLATE
        elif place.mark is Mark.ASIDE:
            is_note = is_inside[index] and (
                hint is Kind.HEADING or SENTENCE_END.search(text) is not None
            )
            if is_list_of_links or not (is_note or len(text) >= _LONG_PROSE):
                hint = Kind.BOILERPLATE
        elif hint is None:
            if is_inside[index]:
                if is_list_of_links and not (is_index or first < index < last):
                    hint = Kind.BOILERPLATE
            elif is_list_of_links or not _is_prose(text):
                hint = Kind.BOILERPLATE
        if hint is Kind.BOILERPLATE and block.level == 1 and first_headings == [index]:
            hint = Kind.HEADING
        level = block.level if hint is Kind.HEADING else 0
        hinted.append(replace(block, hint=hint, level=level))
    return hinted


class _Extracted:
    """The text that an extractor gives, to ask which blocks are in it.

    A block is, if most of its runs of words are: the extractor may keep words that are hidden on
    the page, and leave out marks of notes.
    """

    def __init__(self, text: str) -> None:
        lines = [_WORD.findall(line.lower()) for line in text.splitlines()]
        self._lines = {"".join(words) for words in lines}
        words = [word for line in lines for word in line]
        self._runs = {tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)}

    def holds(self, text: str) -> bool:
        """Return whether most of a block's text is extracted."""
        words = _WORD.findall(_LIST_NUMBER.sub("", text).lower())
        if "".join(words) in self._lines:
            return True
        runs = [tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1)]
        return bool(runs) and sum(run in self._runs for run in runs) >= _MOST * len(runs)


def _article_element(
    places: Sequence[Place],
    is_extracted: Sequence[bool],
    links: Sequence[float],
    texts: Sequence[str],
) -> Any | None:
    """Return the element of the article: one that holds most of the extracted text.

    It is the innermost, or one around it as long as what that adds are not links or marked, for an
    extractor may take one section of several. None without any extracted text.
    """
    extracted: Counter[Any] = Counter()
    own: Counter[Any] = Counter()
    other: Counter[Any] = Counter()
    for index, place in enumerate(places):
        length = len(texts[index])
        is_own = is_extracted[index] or (place.mark is None and links[index] < _LINKS)
        for element in (place.node, *place.node.iterancestors()):
            extracted[element] += length * is_extracted[index]
            (own if is_own else other)[element] += length
    total = max(extracted.values(), default=0)
    inner = [element for element, length in extracted.items() if length >= _MOST_EXTRACTED * total]
    if not inner or not total:
        return None
    root = max(inner, key=lambda element: sum(1 for _ in element.iterancestors()))
    for around in list(root.iterancestors()):
        added = own[around] - own[root]
        if other[around] - other[root] > _OTHER * added:
            break
        root = around
    return root


def _extract_article(page: str) -> str:
    """Return the article as trafilatura finds it, without comments."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        extracted: Any = trafilatura.bare_extraction(
            page, include_comments=False, include_tables=True, favor_recall=True
        )
    except Exception:  # an extractor that fails on a page must not lose the page
        extracted = None
    return extracted.text or "" if extracted is not None else ""


def _is_prose(text: str) -> bool:
    """Whether text is long and ends like a sentence."""
    return len(text) >= _MIN_PROSE and SENTENCE_END.search(text) is not None


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
