"""The registry of file formats."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import ParserError
from index.parsing.registry import (
    BUILT_IN,
    Parser,
    is_supported,
    parser_for,
    register_parser,
    supported_formats,
    supported_suffixes,
)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("a.txt", "plaintext"),
        ("a.text", "plaintext"),
        ("a.MARKDOWN", "markdown"),
        ("a.htm", "html"),
        ("a.xhtml", "html"),
        ("a.b.PDF", "pdf"),
        ("a.docx", "docx"),
    ],
)
def test_a_parser_is_chosen_by_suffix(name: str, module: str) -> None:
    parser = parser_for(Path(name))
    assert parser is not None
    assert parser.module == f"index.parsing.{module}"
    assert callable(parser.load())


@pytest.mark.parametrize("name", ["a.png", "txt", ".txt", "a.txt~", "a"])
def test_other_files_are_unsupported(name: str) -> None:
    assert not is_supported(Path(name))


def test_messages_name_one_suffix_for_each_format() -> None:
    assert (
        supported_formats()
        == ".txt, .md, .html, .pdf, .docx, .epub, .odt, .rtf, .pptx, .xlsx, .eml, .rst, .csv, .vtt"
    )
    assert set(supported_suffixes()) >= {s for parser in BUILT_IN for s in parser.suffixes}


@pytest.mark.parametrize("suffix", ["rst", ".RST", ".tar.gz", "", "."])
def test_a_malformed_suffix_is_refused(suffix: str) -> None:
    with pytest.raises(ParserError, match="lower-case suffixes with one leading dot"):
        Parser((suffix,), "my_package.parser")


def test_a_suffix_has_one_parser() -> None:
    register_parser(BUILT_IN[0])  # the same one again
    with pytest.raises(ParserError, match=r"\.md files are already parsed by index\.parsing"):
        register_parser(Parser((".adoc", ".md"), "my_package.parser"))
    assert parser_for(Path("a.adoc")) is None


@pytest.mark.parametrize("module", ["no_such_package.parser", "index.types"])
def test_a_module_without_a_parser_is_an_error(module: str) -> None:
    with pytest.raises(ParserError, match=r"cannot load the parser for \.rst files"):
        Parser((".rst",), module).load()
