"""Visible blocks of an HTML tree, laid down in document order.

Elements say what they can: headings, captions, lists, navigation, comment sections. What is
not shown (scripts, styles, hidden elements) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder
from index.types import Kind

_HIDDEN = frozenset(
    "script style head template noscript svg math iframe object embed canvas audio video map "
    "select textarea datalist input progress meter dialog".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu "
    "nav ol p pre search section summary table caption colgroup tbody td tfoot th thead tr "
    "ul button".split()
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_FURNITURE_TAGS = frozenset({"nav", "footer", "aside", "form", "button", "menu", "search"})
_FURNITURE_NAMES = re.compile(
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
_NOT_SHOWN = re.compile(r"(?i)(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_WHOLE = re.compile(r"[0-9]{1,9}")
_PROSE = 200
_CELLS = " | "


def parse_html(page: str) -> Any | None:
    """The tree of a page or of a piece of one, or None when it holds no element.

    Raises ArticleError for elements nested so deep (over 2,047) that the parser gives up there.
    """
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_pis=True)
    try:
        root = html.document_fromstring(page.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    if any(error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for error in parser.error_log):
        raise ArticleError("nested too deeply: its elements cannot be walked; save the page anew")
    return root


@dataclass(frozen=True, slots=True)
class _State:
    """What the elements around a piece of text say about it."""

    hint: Kind | None = None
    level: int = 0
    indent: int = 0
    listed: bool = False
    in_article: bool = False

    def inside(self, node: Any, tag: str) -> _State:
        """The state for a block element inside this one."""
        state = replace(
            self,
            in_article=self.in_article or tag in _ARTICLE_TAGS,
            listed=self.listed or tag in ("li", "dd", "dt"),
            indent=self.indent + (tag in ("ul", "ol", "blockquote", "dl")),
            level=_HEADINGS.get(tag, self.level),
        )
        if self.hint in (Kind.COMMENT, Kind.BOILERPLATE):
            return state
        names = f"{node.get('class', '')} {node.get('id', '')}"
        if tag not in ("body", "html", *_ARTICLE_TAGS) and _COMMENT_NAMES.search(names):
            return replace(state, hint=Kind.COMMENT)
        if tag in ("figcaption", "caption") or _CAPTION_NAMES.search(names):
            return replace(state, hint=Kind.CAPTION)
        around = tag in _FURNITURE_TAGS or (tag == "header" and not self.in_article)
        named = tag not in _HEADINGS and _FURNITURE_NAMES.search(names) is not None
        if (around or named) and not _holds_article(node):
            return replace(state, hint=Kind.BOILERPLATE)
        if tag in _HEADINGS:
            return replace(state, hint=Kind.HEADING)
        return state


class Walker:
    """Adds the visible blocks of a tree to a `DocumentBuilder`, in document order."""

    def __init__(self) -> None:
        self.canvas = DocumentBuilder()
        self._buffer: list[str] = []
        self._state = _State()
        self._items: dict[Any, int] = {}
        self._marker = ""

    def walk(self, root: Any) -> None:
        """Walk a tree; text directly inside block elements becomes blocks of its own."""
        stack: list[tuple[Any, _State, bool]] = [(root, _State(), False)]
        while stack:
            node, outer, leaving = stack.pop()
            if leaving or not self._enter(node, outer, stack):
                if leaving and node.tag in _BLOCKS:
                    self._flush()
                    self._state = outer
                    if node.tag == "li":
                        self._marker = ""  # an item without words keeps its number to itself
                if node.tail and node is not root:
                    self._buffer.append(_SPACE.sub(" ", node.tail))
        self._flush()

    def _enter(self, node: Any, outer: _State, stack: list[tuple[Any, _State, bool]]) -> bool:
        """Open an element and put its children on the stack; False when it is done already."""
        tag = node.tag if isinstance(node.tag, str) else ""
        if not tag or tag in _HIDDEN or _is_hidden(node):
            return False
        if tag == "br":
            self._buffer.append("\n")
            return False
        state = outer.inside(node, tag) if tag in _BLOCKS else outer
        if tag in _BLOCKS:
            self._flush()
            if tag == "tr" and self._row(node, state):
                return False
            self._state = state
            if tag == "pre":
                self._verbatim("".join(_shown(node, between="\n")))
                self._state = outer
                return False
            if tag == "li" and node.getparent() is not None and node.getparent().tag == "ol":
                self._marker = self._number(node)
        if node.text:
            self._buffer.append(_SPACE.sub(" ", node.text))
        stack.append((node, outer, True))
        stack.extend((child, state, False) for child in reversed(node))
        return True

    def _flush(self) -> None:
        words = re.sub(r" *\n *", "\n", re.sub(" {2,}", " ", "".join(self._buffer)))
        self._buffer.clear()
        for part in re.split(r"\n{2,}", words):
            self._lay(part, self._state)

    def _verbatim(self, words: str) -> None:
        for part in re.split(r"\n[ \t\r]*\n\s*", words):
            self._lay(part, self._state)

    def _row(self, row: Any, state: _State) -> bool:
        """Lay a row of data as one block; False for rows that only arrange the page."""
        cells = [cell for cell in row if cell.tag in ("td", "th") and not _is_hidden(cell)]
        inner = {node.tag for cell in cells for node in cell.iterdescendants()}
        if len(cells) < 2 or inner & (_BLOCKS - {"p", "div"}):
            return False
        words = [" ".join("".join(_shown(cell, between=" ")).split()) for cell in cells]
        if any(len(cell) > _PROSE for cell in words):
            return False
        if any(words):
            self._lay(_CELLS.join(words), replace(state, listed=True))
        return True

    def _number(self, item: Any) -> str:
        """The number that a browser shows before an item of an ordered list."""
        parent = item.getparent()
        first, own = parent.get("start", ""), item.get("value", "")
        count = self._items.get(parent, int(first) if _WHOLE.fullmatch(first) else 1)
        count = int(own) if _WHOLE.fullmatch(own) else count
        self._items[parent] = count + 1
        return f"{count}. "

    def _lay(self, words: str, state: _State) -> None:
        if not words.strip():
            return
        words, self._marker = self._marker + words.strip(), ""
        hint = state.hint
        if state.level == 1 and hint is Kind.BOILERPLATE and len(words.strip()) > 20:
            hint = Kind.HEADING  # a headline that stands in the page's own header
        self.canvas.add(
            words,
            hint=hint,
            level=state.level if hint is Kind.HEADING else 0,
            indent=state.indent,
            listed=state.listed,
        )


def _shown(root: Any, between: str) -> Iterator[str]:
    """The text inside an element that is not hidden, `between` at breaks and around blocks."""
    stack: list[Any] = [root]
    while stack:
        piece = stack.pop()
        if isinstance(piece, str):
            yield piece
            continue
        tag = piece.tag if isinstance(piece.tag, str) else ""
        if tag == "br":
            yield between
        elif tag and tag not in _HIDDEN and not _is_hidden(piece):
            around = between if tag in _BLOCKS and piece is not root else ""
            parts = [around, piece.text or ""]
            for child in piece:
                parts += [child, child.tail or ""]
            stack += reversed([*parts, around])


def _is_hidden(node: Any) -> bool:
    hidden = node.get("hidden")
    if hidden is not None and hidden != "until-found":
        return True
    style = node.get("style")
    return bool(style and _NOT_SHOWN.search(style))


def _holds_article(node: Any) -> bool:
    """Whether an element named like furniture holds long prose in paragraphs after all."""
    if node.tag in ("nav", "button", "menu"):
        return False
    if any(child.tag in _ARTICLE_TAGS for child in node.iterdescendants("article", "main")):
        return True
    prose = 0
    for paragraph in node.iterdescendants("p"):
        prose += len("".join(paragraph.itertext())) > _PROSE
        if prose >= 3:
            return True
    return False
