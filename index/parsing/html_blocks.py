"""Extract the visible blocks of an HTML tree, in document order.

The elements give hints: headings, captions, lists, navigation, comment sections. What a browser
does not show (scripts, styles, hidden elements) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder
from index.parsing.superscript import superscript
from index.segmentation.punctuation import CELL_SEPARATOR, SENTENCE_END
from index.types import Kind

_HIDDEN_TAGS = frozenset(
    "script style head noscript svg iframe object embed canvas audio video map "
    "select textarea datalist input progress meter dialog".split()
)
_BLOCK_TAGS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu "
    "nav ol p pre search section summary table caption colgroup tbody td tfoot th thead tr "
    "ul button".split()
)
_HEADING_LEVELS = {f"h{level}": level for level in range(1, 7)}
_NAVIGATION_TAGS = frozenset({"nav", "footer", "button", "menu", "search"})
_ASIDE_TAGS = frozenset({"aside", "form"})
_PAGE_TAGS = frozenset({"html", "body", "main", "article"})
_ASIDE_NAMES = re.compile(
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

_MOST_OF_PAGE = 0.5
"""Share of the page's characters from which an element is the page, whatever its name."""


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


class Mark(Enum):
    """What the elements around a block say it is, besides the article.

    `NAVIGATION` is said by elements made for it (`nav`, `footer`, `button`), `ASIDE` by elements
    and by class names and ids that articles use too, `COMMENTS` by names of comment sections.
    """

    NAVIGATION = "navigation"
    ASIDE = "aside"
    COMMENTS = "comments"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block is in the page: its block element, its mark, and its characters in links."""

    node: Any
    mark: Mark | None
    linked: int


@dataclass(frozen=True, slots=True)
class Page:
    """The visible blocks of a page, and the place of each."""

    builder: DocumentBuilder
    places: list[Place]


def extract_blocks(root: Any) -> Page:
    """Return the visible blocks of a tree. Their hints are headings and captions only."""
    extractor = _Extractor(root)
    extractor.walk(root)
    return Page(extractor.builder, extractor.places)


@dataclass(frozen=True, slots=True)
class _Context:
    """What the elements around a piece of text say about it; see `Block` for the fields."""

    hint: Kind | None = None
    level: int = 0
    indent: int = 0
    listed: bool = False
    in_article: bool = False
    mark: Mark | None = None
    node: Any = None

    def enter(self, node: Any, tag: str, share: float) -> _Context:
        """Return the context inside a block element that holds `share` of the page's text."""
        names = f"{node.get('class', '')} {node.get('id', '')}"
        hint = self.hint
        if tag in _HEADING_LEVELS:
            hint = Kind.HEADING
        elif tag in ("figcaption", "caption") or (
            share < _MOST_OF_PAGE and tag not in _PAGE_TAGS and _CAPTION_NAMES.search(names)
        ):
            hint = Kind.CAPTION
        return _Context(
            hint=hint,
            in_article=self.in_article or tag in _ARTICLE_TAGS,
            listed=self.listed or tag in ("li", "dd", "dt"),
            indent=self.indent + (tag in ("ul", "ol", "blockquote", "dl")),
            level=_HEADING_LEVELS.get(tag, self.level),
            mark=self.mark or self._mark(node, tag, names, share),
            node=node,
        )

    def _mark(self, node: Any, tag: str, names: str, share: float) -> Mark | None:
        # The names of these say what the page is about, which theme it has, and who wrote it.
        if tag in _PAGE_TAGS or tag in _HEADING_LEVELS:
            return None
        if _COMMENT_NAMES.search(names) and not _is_section_about(node):
            return Mark.COMMENTS
        if share >= _MOST_OF_PAGE or next(node.iterdescendants(*_ARTICLE_TAGS), None) is not None:
            return None
        if tag in _NAVIGATION_TAGS:
            # The source of a quotation is in its footer.
            return None if tag == "footer" and _is_inside(node, "blockquote") else Mark.NAVIGATION
        if tag in _ASIDE_TAGS or (tag == "header" and not self.in_article):
            return Mark.ASIDE
        if _ASIDE_NAMES.search(names) and not _is_section_about(node):
            return Mark.ASIDE
        return None


def _is_section_about(node: Any) -> bool:
    """Whether an element's id is made of its heading, as documentation generators do.

    Such a section may be about comments; a section of comments has elements named so in it.
    """
    heading = next(node.iterdescendants(*_HEADING_LEVELS), None)
    if heading is None or _COMMENT_NAMES.search(node.get("class", "")):
        return False
    words = re.sub(r"[\W_]+", "", "".join(heading.itertext())).lower()
    if not words or re.sub(r"[\W_]+", "", node.get("id", "")).lower() != words:
        return False
    return not any(
        element.tag in ("form", "textarea", "time")
        or _COMMENT_NAMES.search(element.get("class") or "")
        for element in node.iterdescendants()
        if isinstance(element.tag, str)
    )


def _is_inside(node: Any, tag: str) -> bool:
    return next(node.iterancestors(tag), None) is not None


class _Extractor:
    """Adds the visible blocks of a tree to a builder, without recursion."""

    def __init__(self, root: Any) -> None:
        self.builder = DocumentBuilder()
        self.places: list[Place] = []
        self._lengths = _text_lengths(root)
        self._total = self._lengths[root] or 1
        self._links = 0
        self._linked = 0
        self._superscript = (0, False)
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
                if is_leaving and node.tag == "a" and node.get("href"):
                    self._links -= 1
                if is_leaving and node.tag == "sup":
                    self._close_superscript()
                if is_leaving and _is_block(node):
                    self._flush()
                    self._context = outer
                    if node.tag == "li":
                        self._marker = ""  # the number of an empty item must not go to the next
                if node.tail and node is not root:
                    self._append(node.tail)
        self._flush()

    def _enter(self, node: Any, outer: _Context, stack: list[tuple[Any, _Context, bool]]) -> bool:
        """Push an element's children onto the stack; False when nothing is left to walk."""
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or not _is_shown(node) or _is_tool(node):
            return False
        if tag == "br":
            self._buffer.append("\n")
            return False
        if tag == "math":
            self._append(node.get("alttext") or " ".join(_formula(node)))
            return False
        is_block = _is_block(node)
        context = outer.enter(node, tag, self._lengths[node] / self._total) if is_block else outer
        if is_block:
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
        if tag == "a" and node.get("href"):
            self._links += 1
        if tag == "sup":
            self._superscript = (len(self._buffer), _has_note_link(node))
        if node.text:
            self._append(node.text)
        stack.append((node, outer, True))
        stack.extend((child, context, False) for child in reversed(node))
        return True

    def _append(self, text: str) -> None:
        text = _SPACES.sub(" ", text)
        self._buffer.append(text)
        if self._links:
            self._linked += len(text.strip())

    def _close_superscript(self) -> None:
        start, is_note = self._superscript
        raised = "".join(self._buffer[start:])
        before = "".join(self._buffer[max(0, start - 8) : start])
        self._buffer[start:] = [superscript(raised, before, is_note=is_note)]

    def _flush(self) -> None:
        text = re.sub(r" *\n *", "\n", re.sub(" {2,}", " ", "".join(self._buffer)))
        self._buffer.clear()
        for part in re.split(r"\n{2,}", text):
            self._add(part, self._context)
        self._linked = 0

    def _add_preformatted(self, text: str) -> None:
        for part in re.split(r"\n[ \t\r]*\n\s*", text):
            self._add(part, self._context)

    def _add_row(self, row: Any, context: _Context) -> bool:
        """Add a row of data as one block; False for a row that only lays out the page."""
        cells = [cell for cell in row if cell.tag in ("td", "th") and _is_shown(cell)]
        tags = {node.tag for cell in cells for node in cell.iterdescendants()}
        if len(cells) < 2 or tags & (_BLOCK_TAGS - {"p", "div"}):
            return False
        texts = [" ".join("".join(_visible_text(cell, separator=" ")).split()) for cell in cells]
        if any(len(text) > _MIN_PROSE for text in texts):
            return False
        if any(texts):
            self._linked = sum(
                len("".join(link.itertext()).strip()) for cell in cells for link in cell.iter("a")
            )
            self._add(CELL_SEPARATOR.join(texts), replace(context, listed=True))
            self._linked = 0
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
        self.places.append(Place(context.node, context.mark, min(self._linked, len(text))))
        self.builder.add(
            text,
            hint=context.hint,
            level=context.level if context.hint is Kind.HEADING else 0,
            indent=context.indent,
            listed=context.listed,
        )


def _visible_text(root: Any, separator: str) -> Iterator[str]:
    """Yield the visible text inside an element, with `separator` at breaks and around blocks."""
    stack: list[Any] = [root]
    before = ""
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            before = piece or before
            yield piece
            continue
        tag = piece.tag if isinstance(piece.tag, str) else ""
        if tag == "br":
            yield separator
        elif tag == "math":
            yield piece.get("alttext") or " ".join(_formula(piece))
        elif tag == "sup":
            yield superscript("".join(piece.itertext()), before, is_note=_has_note_link(piece))
        elif tag and (piece is root or (_is_shown(piece) and not _is_tool(piece))):
            around = separator if _is_block(piece) and piece is not root else ""
            parts = [around, piece.text or ""]
            for child in piece:
                parts += [child, child.tail or ""]
            stack += reversed([*parts, around])


def _is_block(node: Any) -> bool:
    """Whether an element is set on lines of its own.

    An element that scripts define is, unless it stands in a line of text.
    """
    if node.tag in _BLOCK_TAGS:
        return True
    if not isinstance(node.tag, str) or "-" not in node.tag:
        return False
    parent = node.getparent()
    if parent is None:
        return True
    around = [parent.text, *(child.tail for child in parent)]
    return not any(text and text.strip() for text in around)


def _is_shown(node: Any) -> bool:
    """Whether an element is shown, or would be if the reader opened the section it is in."""
    if node.tag == "template":
        return bool(node.get("shadowrootmode") == "open")
    if node.tag in _HIDDEN_TAGS:
        return False
    if node.tag in _PAGE_TAGS:
        return True  # scripts show the page
    hidden = node.get("hidden")
    if hidden is not None and hidden != "until-found":
        return False
    style = node.get("style")
    return not (style and _HIDING_STYLE.search(style)) or _is_collapsed(node)


def _is_collapsed(node: Any) -> bool:
    """Whether a hidden element is an answer or section below the heading that opens it."""
    above = node.getprevious()
    if above is None or node.tag not in ("div", "section", "dd"):
        return False
    if above.tag not in (*_HEADING_LEVELS, "button", "dt", "summary"):
        return False
    return SENTENCE_END.search("".join(node.itertext()).rstrip()) is not None


def _is_tool(node: Any) -> bool:
    """Whether an element in a heading is a link to it ("¶") or to its editor ("[edit]")."""
    parent = node.getparent()
    if parent is None or parent.tag not in (*_HEADING_LEVELS, "dt", "caption", "span"):
        return False
    text = "".join(node.itertext()).strip()
    if node.tag == "a":
        return len(text) <= 2 and not any(map(str.isalnum, text)) and bool(text)
    is_bracketed = text.startswith("[") and text.endswith("]")
    return is_bracketed and parent.tag in _HEADING_LEVELS and node.find(".//a") is not None


def _has_note_link(node: Any) -> bool:
    """Whether raised text links to a note on the page, or is in such a link."""
    links = [*node.iter("a"), *node.iterancestors("a")]
    return any((link.get("href") or "").startswith("#") for link in links)


def _formula(math: Any) -> Iterator[str]:
    """Yield the symbols of a formula, without its source in other notations."""
    for node in math.iter():
        is_symbol = isinstance(node.tag, str) and not node.tag.startswith("annotation")
        if is_symbol and node.text and node.text.strip():
            yield node.text.strip()


def _text_lengths(root: Any) -> dict[Any, int]:
    """Return the number of visible code points in each element, white space folded."""
    lengths: dict[Any, int] = {}
    for node in reversed(list(root.iter())):  # children come before their parents
        is_shown = isinstance(node.tag, str) and _is_shown(node)
        own = len((node.text or "").strip()) + sum(
            lengths[child] + len((child.tail or "").strip()) for child in node
        )
        lengths[node] = own if is_shown else 0
    return lengths
