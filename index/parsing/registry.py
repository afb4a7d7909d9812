"""Registry of file formats: which parser reads files with which suffix.

A format is declared here and nowhere else. To add one to this package, write a module with a
function `parse(data: bytes) -> ParsedDocument` (see `index.parsing.blocks`) and add a `Parser`
to `BUILT_IN`. Another package adds one through an entry point that names a `Parser`:

    [project.entry-points."pincite.parsers"]
    asciidoc = "my_package.plugin:PARSER"

A program adds one for its own process with `register_parser`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from index.errors import ParserError
from index.parsing.blocks import ParsedDocument
from index.plugins import load_plugins

ENTRY_POINTS = "pincite.parsers"
"""The entry point group in which other packages declare parsers."""

COMPRESSED = ".gz"
"""The suffix of files that gzip made of others; parsers get what is in them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parser:
    """A file format: its suffixes and the module that parses it.

    `suffixes` are lower case with the leading dot; the first one names the format in messages.
    `module` is imported by name when the first file of the format is parsed. `cost_per_mb` is
    the approximate parsing time in seconds per megabyte; it decides whether worker processes
    are worth starting (see `index.parsing.pool`). Raises ParserError for a malformed suffix.
    """

    suffixes: tuple[str, ...]
    module: str
    cost_per_mb: float = 1.5

    def __post_init__(self) -> None:
        for suffix in self.suffixes or ("",):
            if not suffix or suffix != Path(f"name{suffix}").suffix.lower():
                raise ParserError(
                    f"invalid suffix {suffix!r} of parser {self.module}; give a tuple of "
                    "lower-case suffixes with one leading dot, such as ('.adoc',)"
                )

    def load(self) -> Callable[[bytes], ParsedDocument]:
        """Import the module and return its `parse` function.

        Raises ParserError when the module cannot be imported or has no such function.
        """
        try:
            parse: Callable[[bytes], ParsedDocument] = import_module(self.module).parse
        except Exception as error:  # importing runs the module, which can raise anything
            raise ParserError(
                f"cannot load the parser for {self.suffixes[0]} files: "
                f"{type(error).__name__}: {error}"
            ) from error
        return parse


BUILT_IN = (
    # Costs are rough times on one core.
    Parser((".txt", ".text"), "index.parsing.plaintext", 1.5),
    Parser((".md", ".markdown", ".mdx"), "index.parsing.markdown", 1.5),
    Parser((".html", ".htm", ".xhtml", ".mhtml", ".mht", ".webarchive"), "index.parsing.html", 3.0),
    Parser((".pdf",), "index.parsing.pdf", 6.0),
    Parser((".docx",), "index.parsing.docx", 0.5),
    Parser((".epub",), "index.parsing.epub", 3.0),
    Parser((".odt",), "index.parsing.odt", 0.5),
    Parser((".rtf",), "index.parsing.rtf", 1.5),
    Parser((".pptx",), "index.parsing.pptx", 0.5),
    Parser((".xlsx",), "index.parsing.xlsx", 3.0),
    Parser((".eml", ".mbox"), "index.parsing.mail", 1.5),
    Parser((".rst",), "index.parsing.rst", 3.0),
    Parser((".csv", ".tsv"), "index.parsing.tables", 1.5),
    Parser((".vtt", ".srt"), "index.parsing.subtitles", 1.5),
)

_by_suffix = {suffix: parser for parser in BUILT_IN for suffix in parser.suffixes}


def register_parser(parser: Parser) -> None:
    """Add a parser for this process.

    Worker processes import its module by name; where they cannot (a module that is not on
    `sys.path`, or `__main__`), its files are parsed in this process instead. Raises ParserError
    if a suffix already has a parser; registering the same parser again does nothing.
    """
    for suffix in parser.suffixes:
        if _by_suffix.get(suffix, parser) != parser:
            raise ParserError(
                f"cannot register {parser.module}: {suffix} files are already parsed by "
                f"{_by_suffix[suffix].module}; choose another suffix"
            )
    _by_suffix.update(dict.fromkeys(parser.suffixes, parser))


def parser_for(path: Path) -> Parser | None:
    """Return the parser for a file's suffix (case-insensitive), None for an unsupported one.

    The suffix of a compressed file is the one before ".gz".
    Built-in and registered parsers win over entry points, which are looked up only for a suffix
    that has neither.
    """
    suffix = path.suffix.lower()
    if suffix == COMPRESSED:
        suffix = Path(path.stem).suffix.lower()
    return _by_suffix.get(suffix) or (_from_entry_points().get(suffix) if suffix else None)


def is_supported(path: Path) -> bool:
    """Whether there is a parser for a file's suffix."""
    return parser_for(path) is not None


def supported_suffixes() -> tuple[str, ...]:
    """Return every suffix that has a parser."""
    return tuple(_from_entry_points() | _by_suffix)


def supported_formats() -> str:
    """Return the first suffix of every parser as text for messages: ".txt, .md, …"."""
    parsers = dict.fromkeys([*_by_suffix.values(), *_from_entry_points().values()])
    return ", ".join(parser.suffixes[0] for parser in parsers)


@cache
def _from_entry_points() -> dict[str, Parser]:
    """Return the parsers of other packages by suffix.

    One whose suffix is taken is logged as a warning and left out.
    """
    found: dict[str, Parser] = {}
    for parser in load_plugins(ENTRY_POINTS, Parser):
        taken = [suffix for suffix in parser.suffixes if suffix in _by_suffix or suffix in found]
        if taken:
            log.warning(
                "ignoring the parser %s: another parser reads %s files; "
                "uninstall one of the two packages",
                parser.module, taken[0],
            )  # fmt: skip
        else:
            found.update(dict.fromkeys(parser.suffixes, parser))
    return found
