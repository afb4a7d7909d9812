"""Automatic numbers of Word: clauses, headings and lists are read with the number shown."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.helpers.parsing import FERRY, parse_content, texts


def level(depth: int, text: str, number_format: str = "decimal", more: str = "") -> str:
    """A level of a list; `more` follows its format, as the schema has it."""
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>'
        f'{more}<w:lvlText w:val="{text}"/></w:lvl>'
    )


def document(levels: str, items: list[tuple[int, int, str]], override: str = "") -> bytes:
    """A Word document whose paragraphs are numbered: instance (7 or 8), level, words."""
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    made = Document()
    root = made.part.numbering_part.element
    for old in list(root):
        root.remove(old)
    w = nsdecls("w")
    root.append(parse_xml(f'<w:abstractNum {w} w:abstractNumId="3">{levels}</w:abstractNum>'))
    for instance in (7, 8):
        num = f'<w:num {w} w:numId="{instance}"><w:abstractNumId w:val="3"/>'
        root.append(parse_xml(f"{num}{override if instance == 8 else ''}</w:num>"))
    made.add_paragraph(FERRY[0])
    for instance, depth, words in items:
        properties = made.add_paragraph(words)._p.get_or_add_pPr()
        numbered = properties.get_or_add_numPr()
        numbered.get_or_add_ilvl().val, numbered.get_or_add_numId().val = depth, instance
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


CLAUSES = level(0, "%1.") + level(1, "%1.%2") + level(2, "(%3)", "lowerLetter")
LEASE = [(7, 0, "Term"), (7, 1, "Twelve years."), (7, 2, "Or less."), (7, 0, "Rent")]


def test_clauses_have_the_numbers_of_their_levels(tmp_path: Path) -> None:
    items = [*LEASE, (7, 1, "400 crowns."), (7, 2, "In coin."), (7, 2, "Monthly."), (0, 0, "End.")]
    article = parse_content(tmp_path, "a.docx", document(CLAUSES, items))
    assert texts(article)[1:] == [
        "1. Term",
        "1.1 Twelve years.",
        "(a) Or less.",
        "2. Rent",
        "2.1 400 crowns.",
        "(a) In coin.",
        "(b) Monthly.",
        "End.",
    ]


def test_a_list_goes_on_unless_it_starts_again(tmp_path: Path) -> None:
    items = [(7, 0, "Term"), (8, 0, "Rent"), (8, 0, "Notice")]
    article = parse_content(tmp_path, "a.docx", document(CLAUSES, items))
    assert texts(article)[1:] == ["1. Term", "2. Rent", "3. Notice"]
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    article = parse_content(tmp_path, "b.docx", document(CLAUSES, items, again))
    assert texts(article)[1:] == ["1. Term", "5. Rent", "6. Notice"]


@pytest.mark.parametrize(
    ("number_format", "numbers"),
    [
        ("upperRoman", ["I)", "II)", "III)", "IV)"]),
        ("decimalZero", ["01)", "02)", "03)", "04)"]),
        ("upperLetter", ["A)", "B)", "C)", "D)"]),
    ],
)
def test_formats_of_numbers(tmp_path: Path, number_format: str, numbers: list[str]) -> None:
    words = ["Term", "Rent", "Notice", "Repairs"]
    data = document(level(0, "%1)", number_format), [(7, 0, word) for word in words])
    article = parse_content(tmp_path, "a.docx", data)
    assert texts(article)[1:] == [f"{n} {word}" for n, word in zip(numbers, words, strict=True)]


@pytest.mark.parametrize("number_format", ["bullet", "none", "chineseCounting", "ordinalText"])
def test_bullets_and_unknown_formats_add_no_number(tmp_path: Path, number_format: str) -> None:
    data = document(level(0, "%1.", number_format), [(7, 0, "Term"), (7, 0, "Rent")])
    assert texts(parse_content(tmp_path, "a.docx", data))[1:] == ["Term", "Rent"]


def test_levels_may_go_on_over_others_and_be_written_in_digits(tmp_path: Path) -> None:
    levels = level(0, "%1", "upperRoman") + level(
        1, "%1.%2", more='<w:lvlRestart w:val="0"/><w:isLgl/>'
    )
    items = [(7, 0, "Term"), (7, 1, "Years"), (7, 0, "Rent"), (7, 1, "Crowns")]
    article = parse_content(tmp_path, "a.docx", document(levels, items))
    assert texts(article)[1:] == ["I Term", "1.1 Years", "II Rent", "2.2 Crowns"]


def test_a_style_numbers_its_headings(tmp_path: Path) -> None:
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    data = document(level(0, "%1", more='<w:pStyle w:val="Heading1"/>'), [])
    made = Document(io.BytesIO(data))
    properties = made.styles["Heading 1"].element.get_or_add_pPr()
    properties.append(parse_xml(f'<w:numPr {nsdecls("w")}><w:numId w:val="7"/></w:numPr>'))
    for heading in ("Term", "Rent"):
        made.add_heading(heading, 1)
        made.add_paragraph(FERRY[1])
    out = io.BytesIO()
    made.save(out)
    found = texts(parse_content(tmp_path, "b.docx", out.getvalue()))
    assert found == [FERRY[0], "1 Term", FERRY[1], "2 Rent", FERRY[1]]
