"""Parse reStructuredText (.rst): what the published page shows, as docutils reads it.

Nothing is included from other files and no raw markup is passed on. Directives and roles that
docutils does not know, such as those of Sphinx, are read as notes and as their text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from index.errors import ArticleError
from index.parsing.blocks import DocumentBuilder, ParsedDocument
from index.parsing.encoding import decode
from index.parsing.rules.dates import iso_date
from index.segmentation.punctuation import CELL_SEPARATOR
from index.types import Kind, Metadata

_DIRECTIVE = re.compile(r"^[ \t]*\.\. (?:\|[^|\n]+\| )?([a-zA-Z][\w:+.-]*)::", re.MULTILINE)
_ROLE = re.compile(r":([a-zA-Z][\w:+.-]*):`")
_TARGET = re.compile(r"(?s)^(.*\S)\s*<[^<>]*>$")
_NOT_SHOWN = frozenset(
    "toctree index highlight currentmodule literalinclude tabularcolumns".split()
)
"""Directives of Sphinx whose content is not the text of the page."""

_OPTIONS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "traceback": True,  # otherwise an error ends the process
    "_disable_config": True,
    "trim_footnote_reference_space": True,
    "line_length_limit": 1_000_000,
}


def parse(data: bytes) -> ParsedDocument:
    """Parse an .rst file. Raises ArticleError when it is empty, not text or cannot be read."""
    from docutils.core import publish_doctree

    source = decode(data)
    _register(set(_DIRECTIVE.findall(source)), set(_ROLE.findall(source)))
    try:
        tree = publish_doctree(source, settings_overrides=_OPTIONS)
    except (RecursionError, MemoryError):
        raise
    except Exception as error:  # docutils lets attribute, value and index errors through
        raise ArticleError(f"broken reStructuredText: {error}") from error
    builder = DocumentBuilder()
    _walk(tree, builder, level=1 if tree.get("title") else 0, depth=0)
    return builder.build(_metadata(tree))


def _register(directive_names: set[str], role_names: set[str]) -> None:
    """Give every directive and role of a text that docutils does not know a plain meaning."""
    from docutils.parsers.rst import directives, roles
    from docutils.parsers.rst.languages import en

    for name in directive_names:
        if name.lower() not in en.directives:
            directives.register_directive(name.lower(), _unknown_directive())
    for name in role_names:
        if name.lower() not in en.roles:
            roles.register_local_role(name.lower(), _read_role)


@cache
def _unknown_directive() -> Any:
    from docutils import nodes
    from docutils.parsers.rst import Directive

    class Unknown(Directive):  # type: ignore[misc]  # docutils has no types
        """Shows the argument of a directive and what is below it."""

        optional_arguments = 1
        final_argument_whitespace = True
        has_content = True
        option_spec = _AnyOption()

        def run(self) -> list[Any]:
            if self.name.split(":")[-1] in _NOT_SHOWN:
                return []
            shown = nodes.container()
            if self.arguments:
                texts, _ = self.state.inline_text(self.arguments[0], self.lineno)
                shown += nodes.paragraph("", "", *texts)
            self.state.nested_parse(self.content, self.content_offset, shown)
            return [shown]

    return Unknown


class _AnyOption(dict[str, Callable[[str | None], str]]):
    """Options of a directive, any of which may be given."""

    def __getitem__(self, name: str) -> Callable[[str | None], str]:
        return lambda value: value or ""

    def __bool__(self) -> bool:
        return True


def _read_role(
    _name: str, rawtext: str, text: str, *_: Any, **__: Any
) -> tuple[list[Any], list[Any]]:
    """Return the text of a role, without the target that it links to."""
    from docutils import nodes
    from docutils.utils import unescape

    words = unescape(text)
    title = _TARGET.match(words)
    return [nodes.inline(rawtext, title[1] if title else words.lstrip("~!"))], []


def _walk(parent: Any, builder: DocumentBuilder, level: int, depth: int) -> None:
    for node in parent.children:
        _add(node, builder, level, depth)


def _add(node: Any, builder: DocumentBuilder, level: int, depth: int) -> None:
    from docutils import nodes

    if isinstance(
        node, nodes.Invisible | nodes.system_message | nodes.docinfo | nodes.meta | nodes.label
    ):
        return
    if isinstance(node, nodes.section):
        _walk(node, builder, level + 1, depth)
    elif isinstance(node, nodes.title | nodes.subtitle):
        is_title = isinstance(node.parent, nodes.document) and isinstance(node, nodes.title)
        at = 1 if is_title else min(9, level)
        builder.add(_text(node), hint=Kind.HEADING, level=at)
    elif isinstance(node, nodes.rubric):
        builder.add(_text(node), hint=Kind.HEADING, level=min(9, level + 1))
    elif isinstance(node, nodes.caption):
        builder.add(_text(node), hint=Kind.CAPTION)
    elif isinstance(node, nodes.list_item):
        _add_item(node, builder, level, depth)
    elif isinstance(node, nodes.row):
        cells = [_text(entry) for entry in node.children]
        if any(cells):
            builder.add(CELL_SEPARATOR.join(cells), listed=len(cells) > 1)
    elif isinstance(node, nodes.literal_block | nodes.doctest_block | nodes.math_block):
        builder.add(node.astext(), indent=depth)
    elif isinstance(node, nodes.TextElement):
        builder.add(_text(node), indent=depth, listed=depth > 0)
    elif isinstance(node, nodes.Element):
        _walk(node, builder, level, depth + isinstance(node, nodes.bullet_list))


def _add_item(item: Any, builder: DocumentBuilder, level: int, depth: int) -> None:
    """Add an item of a list, with its number in a numbered one."""
    from docutils import nodes

    parent, first = item.parent, True
    number = ""
    if isinstance(parent, nodes.enumerated_list):
        at = parent.get("start", 1) + parent.index(item)
        number = f"{at}. " if parent.get("enumtype") == "arabic" else ""
    for child in item.children:
        if first and isinstance(child, nodes.paragraph):
            builder.add(f"{number}{_text(child)}", indent=depth, listed=True)
        else:
            _add(child, builder, level, max(1, depth))
        first = False


def _text(node: Any) -> str:
    return " ".join("".join(_pieces(node)).split())


def _pieces(node: Any) -> Iterator[str]:
    from docutils import nodes

    for child in node.children:
        if isinstance(child, nodes.Text):
            yield child.astext()
        elif not isinstance(
            child, nodes.Invisible | nodes.system_message | nodes.image | nodes.footnote_reference
        ):
            yield from _pieces(child)
            if not isinstance(child, nodes.Inline):
                yield " "


def _metadata(tree: Any) -> Metadata:
    from docutils import nodes

    authors = tuple(_text(node) for node in tree.findall(nodes.author))
    date = next((_text(node) for node in tree.findall(nodes.date)), "")
    found = iso_date(date[:10])
    return Metadata(
        title=tree.get("title") or "",
        authors=authors,
        published=found.day if found else None,
        year=found.year if found else None,
    )
