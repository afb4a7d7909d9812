"""Extract the visible blocks of an HTML tree, in document order.

The elements give hints: headings, captions, lists, navigation, comment sections. What a browser
does not show (scripts, styles, hidden elements) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Kind

_HIDDEN_TAGS = frozenset(
    "script style head template noscript svg math iframe object embed canvas audio video map "
    "select textarea datalist input progress meter dialog".split()
)
_BLOCK_TAGS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu "
    "nav ol p pre search section summary table caption colgroup tbody td tfoot th thead tr "
    "ul button".split()
)
_HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
_BOILERPLATE_TAGS = frozenset({"nav", "footer", "aside", "form", "button", "menu", "search"})
_BOILERPLATE_NAMES = re.compile(
    r"(?i)(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|breadcrumbs?|cookies?|consent|gdpr|newsletter|"
    r"subscri(?:be|ption)|share|sharing|social|sidebar|related|recommend(?:ed|ations)?|promo|"
    r"advert(?:isement)?|ads?|sponsor(?:ed)?|masthead|site-?(?:header|footer|banner)|footer|"
    r"tags?|pagination|popup|modal|paywall|toolbar|skip-?link|byline|dateline|author|"
    r"post-?meta|entry-?meta|timestamp)(?:$|[\s_-])"
)
_COMMENT_NAMES = re.compile(
    r"(?i)(?:^|[\s_-])(?:comments?(?:[_-]?(?:list|section|area|thread|block|body|container))?|"
    r"disqus(?:_thread)?|respond|commentlist|reader-?comments|livefyre|coral)(?:$|[\s_-])"
)
_CAPTION_NAMES = re.compile(r"(?i)(?:^|[\s_-])(?:wp-)?(?:caption|figcaption|photo-?credit|cutline)")
_ARTICLE_TAGS = frozenset({"article", "main"})
_HIDING_STYLE = re.compile(r"(?i)(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_SPACES = re.compile(r"[ \t\n\r\f]+")
_INTEGER = re.compile(r"[0-9]{1,9}")
_MIN_PROSE = 200
"""Code points from which a paragraph or table cell is prose, not navigation or data."""

_MIN_HEADLINE = 20
"""Code points from which a first-level heading in a page header is the headline."""


def parse_html(page: str) -> Any | None:
    """Return the lxml tree of a page or a fragment, None when it holds no element.

    Raises ArticleError for elements nested more than 2,047 deep, where the parser gives up.
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    try:
        root = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise ArticleError(
            "nested too deeply: the page has over 2,000 levels of elements; save the page again"
        )
    return root


def extract_blocks(root: Any) -> DocumentBuilder:
    """Return the visible blocks of a tree with their hints."""
    extractor = _Extractor()
    extractor.walk(root)
    return extractor.builder


@dataclass(frozen=True, slots=True)
class _Context:
    """What the elements around a piece of text say about it; see `Block` for the fields."""

    hint: Kind | None = None
    level: int = 0
    indent: int = 0
    listed: bool = False
    in_article: bool = False

    def enter(self, node: Any, tag: str) -> _Context:
        """Return the context inside a block element."""
        context = replace(
            self,
            in_article=self.in_article or tag in _ARTICLE_TAGS,
            listed=self.listed or tag in ("li", "dd", "dt"),
            indent=self.indent + (tag in ("ul", "ol", "blockquote", "dl")),
            level=_HEADING_LEVELS.get(tag, self.level),
        )
        if self.hint in (Kind.COMMENT, Kind.BOILERPLATE):
            return context
        names = f"{node.get('class', '')} {node.get('id', '')}"
        if tag not in ("body", "html", *_ARTICLE_TAGS) and _COMMENT_NAMES.search(names):
            return replace(context, hint=Kind.COMMENT)
        if tag in ("figcaption", "caption") or _CAPTION_NAMES.search(names):
            return replace(context, hint=Kind.CAPTION)
        by_tag = tag in _BOILERPLATE_TAGS or (tag == "header" and not self.in_article)
        by_name = tag not in _HEADING_LEVELS and _BOILERPLATE_NAMES.search(names) is not None
        if (by_tag or by_name) and not _has_article(node):
            return replace(context, hint=Kind.BOILERPLATE)
        if tag in _HEADING_LEVELS:
            return replace(context, hint=Kind.HEADING)
        return context


class _Extractor:
    """Adds the visible blocks of a tree to a builder, without recursion."""

    def __init__(self) -> None:
        self.builder = DocumentBuilder()
        self._buffer: list[str] = []
        self._context = _Context()
        self._next_numbers: dict[Any, int] = {}
        self._marker = ""

    def walk(self, root: Any) -> None:
        """Walk a tree. Text directly inside a block element becomes a block too."""
        stack: list[tuple[Any, _Context, bool]] = [(root, _Context(), False)]
        while stack:
            node, outer, is_leaving = stack.pop()
            if is_leaving or not self._enter(node, outer, stack):
                if is_leaving and node.tag in _BLOCK_TAGS:
                    self._flush()
                    self._context = outer
                    if node.tag == "li":
                        self._marker = ""  # the number of an empty item must not go to the next
                if node.tail and node is not root:
                    self._buffer.append(_SPACES.sub(" ", node.tail))
        self._flush()

    def _enter(self, node: Any, outer: _Context, stack: list[tuple[Any, _Context, bool]]) -> bool:
        """Push an element's children onto the stack; False when nothing is left to walk."""
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or tag in _HIDDEN_TAGS or _is_hidden(node):
            return False
        if tag == "br":
            self._buffer.append("\n")
            return False
        context = outer.enter(node, tag) if tag in _BLOCK_TAGS else outer
        if tag in _BLOCK_TAGS:
            self._flush()
            if tag == "tr" and self._add_row(node, context):
                return False
            self._context = context
            if tag == "pre":
                self._add_preformatted("".join(_visible_text(node, separator="\n")))
                self._context = outer
                return False
            if tag == "li" and node.getparent() is not None and node.getparent().tag == "ol":
                self._marker = self._item_number(node)
        if node.text:
            self._buffer.append(_SPACES.sub(" ", node.text))
        stack.append((node, outer, True))
        stack.extend((child, context, False) for child in reversed(node))
        return True

    def _flush(self) -> None:
        text = re.sub(r" *\n *", "\n", re.sub(" {2,}", " ", "".join(self._buffer)))
        self._buffer.clear()
        for part in re.split(r"\n{2,}", text):
            self._add(part, self._context)

    def _add_preformatted(self, text: str) -> None:
        for part in re.split(r"\n[ \t\r]*\n\s*", text):
            self._add(part, self._context)

    def _add_row(self, row: Any, context: _Context) -> bool:
        """Add a row of data as one block; False for a row that only lays out the page."""
        cells = [cell for cell in row if cell.tag in ("td", "th") and not _is_hidden(cell)]
        tags = {node.tag for cell in cells for node in cell.iterdescendants()}
        if len(cells) < 2 or tags & (_BLOCK_TAGS - {"p", "div"}):
            return False
        texts = [" ".join("".join(_visible_text(cell, separator=" ")).split()) for cell in cells]
        if any(len(text) > _MIN_PROSE for text in texts):
            return False
        if any(texts):
            self._add(CELL_SEPARATOR.join(texts), replace(context, listed=True))
        return True

    def _item_number(self, item: Any) -> str:
        """Return the number that a browser shows before an item of an ordered list."""
        parent = item.getparent()
        start, value = parent.get("start", ""), item.get("value", "")
        number = self._next_numbers.get(parent, int(start) if _INTEGER.fullmatch(start) else 1)
        number = int(value) if _INTEGER.fullmatch(value) else number
        self._next_numbers[parent] = number + 1
        return f"{number}. "

    def _add(self, text: str, context: _Context) -> None:
        if not text.strip():
            return
        text, self._marker = self._marker + text.strip(), ""
        hint = context.hint
        if context.level == 1 and hint is Kind.BOILERPLATE and len(text) > _MIN_HEADLINE:
            hint = Kind.HEADING
        self.builder.add(
            text,
            hint=hint,
            level=context.level if hint is Kind.HEADING else 0,
            indent=context.indent,
            listed=context.listed,
        )


def _visible_text(root: Any, separator: str) -> Iterator[str]:
    """Yield the visible text inside an element, with `separator` at breaks and around blocks."""
    stack: list[Any] = [root]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            yield piece
            continue
        tag = piece.tag if isinstance(piece.tag, str) else ""
        if tag == "br":
            yield separator
        elif tag and tag not in _HIDDEN_TAGS and not _is_hidden(piece):
            around = separator if tag in _BLOCK_TAGS and piece is not root else ""
            parts = [around, piece.text or ""]
            for child in piece:
                parts += [child, child.tail or ""]
            stack += reversed([*parts, around])


def _is_hidden(node: Any) -> bool:
    hidden = node.get("hidden")
    if hidden is not None and hidden != "until-found":
        return True
    style = node.get("style")
    return bool(style and _HIDING_STYLE.search(style))


def _has_article(node: Any) -> bool:
    """Whether an element named like boilerplate holds an article or three long paragraphs."""
    if node.tag in ("nav", "button", "menu"):
        return False
    if next(node.iterdescendants(*_ARTICLE_TAGS), None) is not None:
        return True
    long_paragraphs = 0
    for paragraph in node.iterdescendants("p"):
        long_paragraphs += len("".join(paragraph.itertext())) > _MIN_PROSE
        if long_paragraphs >= 3:
            return True
    return False
