"""HTML: every visible block in document order; trafilatura says which are the article.

The tree is walked here, because an extractor's output has no places in the page. trafilatura
judges blocks (article or page furniture) and reads metadata; its guess of a site's name from
the host is not taken, nor any address but a canonical link's.
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
from index.parsing.html_blocks import Walker, parse_html
from index.parsing.rules.dates import iso_date
from index.parsing.rules.layout import split_block
from index.parsing.rules.names import people, person, publisher
from index.types import Kind, Metadata, is_web_address

_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w-]{2,40})")
_JUDGED = 2_000_000
"""Code points up to which a page is also given to trafilatura; beyond, tags alone decide."""

_PROSE = 80
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")
_CELLS = " | "
_NUMBER = re.compile(r"^\d{1,4}\. ")


def parse(data: bytes) -> ParsedDocument:
    """Read an .html file. Raises ArticleError when it is empty or not text."""
    declared = _CHARSET.search(data[:4096]) or _XML.match(data[:200])
    page = decode(data, declared.group(1).decode("ascii") if declared else None)
    root = parse_html(page)
    if root is None:
        raise ArticleError("empty: the page holds no elements")
    walker = Walker()
    walker.walk(root)
    canvas = walker.canvas
    blocks = _judged(page, canvas) if len(page) <= _JUDGED else canvas.blocks
    text = canvas.text
    split = [piece for block in blocks for piece in split_block(text, block)]
    return ParsedDocument(text, split, _metadata(root, page))


def _judged(page: str, canvas: DocumentBuilder) -> list[Block]:
    """The blocks, with those that trafilatura leaves out hinted as comment or boilerplate.

    Prose that it leaves out stays undecided, and so do sentences between paragraphs that it
    keeps: setting them aside by mistake would lose answers.
    """
    kept, comments = _extracted(page)
    if not kept:
        return canvas.blocks
    lines = set(kept.split("\n"))
    everything = kept.replace("\n", "")
    squeezed = [_squeezed(_NUMBER.sub("", words)) for words in canvas.texts]
    taken = [one in lines or one in everything for one in squeezed]
    inner = [i for i, one in enumerate(squeezed) if taken[i] and len(one) > _PROSE]
    first, last = (inner[0], inner[-1]) if inner else (0, -1)
    judged: list[Block] = []
    for index, (block, words) in enumerate(zip(canvas.blocks, canvas.texts, strict=True)):
        hint = block.hint
        if hint is None and not taken[index] and squeezed[index]:
            if squeezed[index] in comments:
                hint = Kind.COMMENT
            elif not (_is_prose(words, first < index < last) or _CELLS in words):
                hint = Kind.BOILERPLATE
        judged.append(block if hint is block.hint else replace(block, hint=hint))
    return judged


def _extracted(page: str) -> tuple[str, str]:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        found: Any = trafilatura.bare_extraction(
            page, include_comments=True, include_tables=True, favor_recall=True
        )
    except Exception:  # an extractor that fails on a page must not lose the page
        return "", ""
    if found is None:
        return "", ""
    kept = "\n".join(_squeezed(line) for line in (found.text or "").splitlines())
    return kept, _squeezed(found.comments or "")


def _is_prose(words: str, inside: bool) -> bool:
    return (inside or len(words) >= _PROSE) and _SENTENCE_END.search(words) is not None


def _squeezed(words: str) -> str:
    return re.sub(r"[\W_]+", "", words).lower()


def _metadata(root: Any, page: str) -> Metadata:
    title, authors, site, day = _trafilatura_metadata(page)
    sites = _meta(root, ("og:site_name", "article:publisher", "publisher", "citation_publisher",
                         "dc.publisher", "application-name"))  # fmt: skip
    site = next((name for name in sites if _house(name)), site)
    headings = _meta(root, ("og:title", "twitter:title", "citation_title", "dc.title"))
    written: list[str] = []
    for name in ("author", "article:author", "dc.creator", "citation_author", "byl"):
        written = written or _people(_meta(root, (name,)))
    days = _meta(
        root,
        ("article:published_time", "datepublished", "citation_publication_date", "dc.date",
         "date", "pubdate", "publishdate", "parsely-pub-date", "sailthru.date"),
    )  # fmt: skip
    found = next((date for date in map(iso_date, [*days, day]) if date), None)
    return Metadata(
        title=_without_site(next(iter(headings), title), site),
        authors=tuple(written or _people(authors)),
        publisher=_house(site),
        published=found.day if found else None,
        year=found.year if found else None,
        url=_address(root),
    )


def _trafilatura_metadata(page: str) -> tuple[str, list[str], str, str]:
    from trafilatura.metadata import extract_metadata

    try:
        found: Any = extract_metadata(
            page[:_JUDGED],
            date_config={"extensive_search": False, "original_date": True, "max_date": None},
        )
    except Exception:  # metadata are helpful, not needed
        return "", [], "", ""
    if found is None:
        return "", [], "", ""
    authors = [name for name in (found.author or "").split(";") if name.strip()]
    return found.title or "", authors, found.sitename or "", found.date or ""


def _meta(root: Any, names: Iterable[str]) -> list[str]:
    """The contents of the meta elements with these names or properties, the first name first."""
    wanted: dict[str, list[str]] = {name: [] for name in names}
    for element in root.iter("meta"):
        content = " ".join((element.get("content") or "").split())
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").lower()
            if name in wanted and content:
                wanted[name].append(content)
    return [content for contents in wanted.values() for content in contents]


def _house(name: str) -> str | None:
    return publisher(name, sure=" " in name)


def _people(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        name = re.sub(r"(?i)^\s*by\s+", "", name)
        if "://" in name:
            continue
        turned = re.sub(r"^([^,]+), ([^,]+)$", r"\2 \1", name)  # "Doe, Jane", as journals write
        one = person(name) or person(turned)
        found.extend(people(name) or ([one] if one else []))
    return list(dict.fromkeys(found))


def _without_site(title: str, site: str) -> str:
    title = " ".join(title.split())
    for joint in (" - ", " | ", " — ", " – ", " :: ", " » ", " · "):
        head, mark, tail = title.rpartition(joint)
        if mark and len(head) >= 8 and (publisher(tail) or (site and tail.lower() == site.lower())):
            return head.strip()
    return title


def _address(root: Any) -> str | None:
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            url = (link.get("href") or "").strip()
            if is_web_address(url):
                return url
    return next(filter(is_web_address, _meta(root, ("og:url",))), None)
