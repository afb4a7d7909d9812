"""PDF files: boilerplate, joined lines, titles, URLs and headings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from index.types import Kind
from tests.helpers.parsing import FERRY, kind_of, parse_content, texts

TITLE = "Ferry cuts anger islanders"
URL = "https://courier.example/2014/03/11/ferry"


def pdf_lines(lines: Sequence[str], *, title: str = "", foot: str = "") -> bytes:
    """A PDF of one page with these lines, each a paragraph, and a footer."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setTitle(title)
    for number, line in enumerate(lines):
        canvas.drawString(60, 780 - 30 * number, line)
    if foot:
        canvas.drawString(60, 20, foot)
    canvas.save()
    return out.getvalue()


def test_a_url_in_the_references_is_not_the_articles(tmp_path: Path) -> None:
    lines = [TITLE, *FERRY, "References", URL]
    metadata = parse_content(tmp_path, "a.pdf", pdf_lines(lines)).metadata
    assert (metadata.url, metadata.published) == (None, None)
    printed = parse_content(tmp_path, "b.pdf", pdf_lines(lines[:-2], foot=f"{URL} 1/1")).metadata
    assert (printed.url, printed.published) == (URL, date(2014, 3, 11))


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ("Documents show who gave the order", True),
        ("Printing money: a history", True),
        ("Sales of Amazon.com", True),
        ("Document1", False),
        ("Microsoft Word - draft", False),
        ("ferry-final.docx", False),
        ("scheme1a.eps", False),
    ],
)
def test_titles_set_by_programs_are_ignored(tmp_path: Path, declared: str, kept: bool) -> None:
    article = parse_content(tmp_path, "a.pdf", pdf_lines([TITLE, *FERRY], title=declared))
    assert (article.metadata.title == declared) is kept


def test_lines_are_joined_at_hyphens_after_points_and_digits(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    lines = ["They met along the U.S.-", "Mexico border in 2010-", "2011, with no result."]
    for number, line in enumerate(lines):
        canvas.drawString(60, 780 - 14 * number, line)
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", out.getvalue())
    assert "the U.S.-Mexico border in 2010-2011, with no result." in " ".join(texts(article))


def test_other_fonts_do_not_split_a_paragraph(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(60, 800, TITLE)
    bullet = canvas.beginText(60, 760)
    bullet.setFont("Helvetica", 7)
    bullet.textOut("* ")
    bullet.setFont("Helvetica", 10)
    bullet.textOut("The harbour office keeps every list of sailings for the islands in the file")
    canvas.drawText(bullet)
    canvas.setFont("Courier", 9)
    canvas.drawString(60, 747, "/srv/sailings.txt, which is read every night")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 734, "by the office of the company, and printed in the morning.")
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", out.getvalue())
    assert texts(article)[-1] == (
        "* The harbour office keeps every list of sailings for the islands in the file "
        "/srv/sailings.txt, which is read every night by the office of the company, and printed "
        "in the morning."
    )


def book(heads: dict[int, str], pages: int = 6) -> bytes:
    """A book with these headers by 1-based page, and chapters on pages 2 and 4."""
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(1, pages + 1):
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 800, heads.get(page, ""))
        canvas.setFont("Helvetica", 16 if page in (2, 4) else 10)
        canvas.drawString(60, 770, f"{page} The chapter of page {page}" if page in (2, 4) else "")
        canvas.setFont("Helvetica", 10)
        for number in range(20):
            boat = f"{'abcdefg'[page]}{'abcdefghijklmnopqrst'[number]}"
            line = f"the boat {boat} sailed to the islands with the post and with nothing else,"
            canvas.drawString(60, 730 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_different_headers_of_left_and_right_pages_are_boilerplate(tmp_path: Path) -> None:
    heads = {2: "A. Baird", 3: "The ferry", 4: "A. Baird", 5: "The ferry", 6: "A. Baird"}
    article = parse_content(tmp_path, "a.pdf", book(heads))
    assert texts(article, Kind.BOILERPLATE) == list(heads.values())


def test_chapter_headers_with_page_numbers_are_boilerplate(tmp_path: Path) -> None:
    heads = {
        2: "2 Chapter 1: Sailings",
        3: "Chapter 1: Sailings 3",
        4: "4 Chapter 2: Crews",
        5: "Chapter 3: Fares 5",
        6: "6 Chapter 4: Storms",
    }
    article = parse_content(tmp_path, "a.pdf", book(heads))
    assert texts(article, Kind.BOILERPLATE) == list(heads.values())
    # A chapter's own number may be its page's.
    for page in (2, 4):
        assert kind_of(article, f"{page} The chapter of page {page}") is Kind.HEADING


def test_an_unfinished_line_is_not_a_heading(tmp_path: Path) -> None:
    lines = [
        TITLE,
        FERRY[0],
        "Some care is needed with the lists. Three useful forms are",
        FERRY[1],
        "Of all the islands this one has the",
        FERRY[2],
        "What the company is",
        FERRY[3],
    ]
    article = parse_content(tmp_path, "a.txt", "\n\n".join(lines))
    assert [kind_of(article, lines[at]) for at in (2, 4, 6)] == [
        Kind.BODY,
        Kind.BODY,
        Kind.HEADING,
    ]


def test_what_is_filled_in_a_form_stands_after_its_label(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    for height, label, name, value in (
        (700, "Ship", "a", "Corvina"),
        (660, "Length in metres", "b", "81"),
        (620, "Remarks", "c", ""),
    ):
        canvas.drawString(60, height, label)
        canvas.acroForm.textfield(name=name, value=value, x=200, y=height - 6, width=90, height=20)
    canvas.acroForm.textfield(name="d", value="Left on Friday", x=60, y=500, width=90, height=20)
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", out.getvalue())
    assert texts(article) == ["Ship Corvina", "Length in metres 81", "Remarks", "Left on Friday"]


def placed(*pieces: tuple[float, float, str]) -> bytes:
    """A PDF of one page with pieces of text at these places, written in this order."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("Helvetica", 10)
    for x, y, text in pieces:
        canvas.drawString(x, y, text)
    canvas.save()
    return out.getvalue()


LINES = [
    "Islanders learned of the new timetable on",
    "a Monday in March, when notices were taped",
    "to the windows of the ticket office, and so",
    "nobody rang the bakery.",
]
OTHERS = [
    "The council had asked for six weeks to give",
    "an answer, but the company allowed it only",
    "nine days, and residents complained that the",
    "notices were too small.",
]


def test_a_page_written_upwards_is_read_downwards(tmp_path: Path) -> None:
    pieces = [(60, 700 - 12 * row, line) for row, line in enumerate(LINES)]
    article = parse_content(tmp_path, "a.pdf", placed(*reversed(pieces)))
    assert article.text == " ".join(LINES)


@pytest.mark.parametrize("columns", [[LINES, OTHERS], [LINES, OTHERS, LINES]])
def test_columns_written_in_rows_are_read_one_after_the_other(
    tmp_path: Path, columns: list[list[str]]
) -> None:
    pieces = [
        (40 + 250 * column, 700 - 12 * row, line)
        for row, across in enumerate(zip(*columns, strict=True))
        for column, line in enumerate(across)
    ]
    article = parse_content(tmp_path, "a.pdf", placed(*pieces))
    assert texts(article) == [" ".join(column) for column in columns]


def test_numbers_of_lines_in_the_margin_are_left_out(tmp_path: Path) -> None:
    pieces = [
        piece
        for row, line in enumerate(LINES)
        for piece in ((40, 700 - 20 * row, f"{row + 1}"), (70, 700 - 20 * row, line))
    ]
    article = parse_content(tmp_path, "a.pdf", placed(*pieces))
    assert article.text == " ".join(LINES)


def test_a_row_of_a_table_is_one_paragraph(tmp_path: Path) -> None:
    rows = [
        ("Port", "Calls", "Pilot"),
        ("Aberlour", "310", "Ann Reid"),
        ("Fenwick", "48", "Ian Ross"),
    ]
    cells = [
        (x, 640 - 18 * number, cell)
        for number, row in enumerate(rows)
        for x, cell in zip((60, 200, 300), row, strict=True)
    ]
    lines = [(60, 700 - 12 * row, line) for row, line in enumerate(LINES)]
    article = parse_content(tmp_path, "a.pdf", placed(*lines, *cells))
    assert texts(article, Kind.BODY) == [" ".join(LINES), *map(" | ".join, rows)]


def test_the_rows_of_a_table_have_the_cells_of_its_columns(tmp_path: Path) -> None:
    """Also rows with an empty cell, so that every row is below the header."""
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(60, 800, FERRY[0])
    rows = [("Ship", "Tonnes", "Master"), ("Corvina", "", "Ilse Marr"), ("Tern", "1640", "Jon")]
    for number, (ship, tonnes, master) in enumerate(rows):
        canvas.drawString(60, 700 - 18 * number, ship)
        canvas.drawRightString(220, 700 - 18 * number, tonnes)
        canvas.drawString(300, 700 - 18 * number, master)
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", out.getvalue())
    assert texts(article)[1:] == [
        "Ship | Tonnes | Master",
        "Corvina |  | Ilse Marr",
        "Tern | 1640 | Jon",
    ]


@pytest.mark.parametrize(
    ("initial", "rest", "expected"),
    [
        ("T", "he board met in the old house", "The board met in the old house"),
        ("“W", "e will not pay,” she said", "“We will not pay,” she said"),
        ("A", "board met, not a board of one", "A board met, not a board of one"),
    ],
)
def test_a_large_initial_begins_the_word_beside_it(
    tmp_path: Path, initial: str, rest: str, expected: str
) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("Helvetica", 36)
    canvas.drawString(60, 760, initial)
    canvas.setFont("Helvetica", 11)
    second = "to hear the engineer report on the state of the quays"
    lines = [(110, rest), (110, second), (60, "today.")]
    for number, (x, line) in enumerate(lines):
        canvas.drawString(x, 782 - 14 * number, line)
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", out.getvalue())
    assert texts(article) == [f"{expected} {second} today."]


def test_a_sentence_goes_on_over_the_footnotes_of_its_page(tmp_path: Path) -> None:
    out = io.BytesIO()
    canvas = Canvas(out)
    line = "the harbour board met in the old customs house to hear the engineer report on the"
    for page in (1, 2):
        canvas.setFont("Helvetica", 11)
        for number in range(12):
            canvas.drawString(60, 780 - 14 * number, f"{line} {'quay' if page == 1 else 'mole'},")
        if page == 1:
            canvas.setFont("Helvetica", 6)
            canvas.drawString(60, 103, "1")
            canvas.setFont("Helvetica", 8)
            canvas.drawString(64, 100, "The accounts of 1913 name another sum, but the")
            canvas.drawString(60, 90, "contract was lost in the fire.")
            canvas.drawString(60, 80, "* By letter.")
            canvas.drawString(300, 30, "17")
        canvas.showPage()
    canvas.save()
    article = parse_content(tmp_path, "a.pdf", out.getvalue())
    body, *notes = texts(article)
    assert body.count("quay,") == body.count("mole,") == 12
    assert notes == [
        "¹ The accounts of 1913 name another sum, but the contract was lost in the fire.",
        "* By letter.",
        "17",
    ]
