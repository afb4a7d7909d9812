"""Raised digits of notes and exponents are not part of the number before them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parsing.superscript import RAISED_DIGITS, superscript
from tests.helpers.parsing import parse_content

NOTE = "It was finished in 1913 ⁴ and cost 310 ⁵ crowns."


def test_html(tmp_path: Path) -> None:
    page = (
        '<p>It was finished in 1913<sup>4</sup> and cost 310<a href="#n"><sup>5</sup></a> crowns.'
    )
    assert parse_content(tmp_path, "a.html", page).text == NOTE
    table = "<table><tr><td>Area</td><td>41 km<sup>2</sup>, 10<sup>6</sup></td></tr></table>"
    assert parse_content(tmp_path, "b.html", table).text == "Area | 41 km², 10⁶"
    words = parse_content(tmp_path, "c.html", "<p>The 21<sup>st</sup> of May[1].</p>")
    assert words.text == "The 21st of May[1]."


def test_docx(tmp_path: Path) -> None:
    from docx import Document

    document = Document()
    paragraph = document.add_paragraph("It was finished in 1913")
    for raised, rest in (("4", " and cost 310"), ("5", " crowns.")):
        paragraph.add_run(raised).font.superscript = True
        paragraph.add_run(rest)
    out = io.BytesIO()
    document.save(out)
    assert parse_content(tmp_path, "a.docx", out.getvalue()).text == NOTE


@pytest.mark.parametrize("rise", [True, False])
def test_pdf(tmp_path: Path, rise: bool) -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    x = 72.0
    for words, size, up in (
        ("It was finished in 1913", 11, 0),
        ("4", 7, 4),
        (" and cost 310", 11, 0),
        ("5", 7, 4),
        (" crowns.", 11, 0),
    ):
        text = canvas.beginText(x, 700 if rise else 700 + up)
        text.setFont("Helvetica", size)
        text.setRise(up if rise else 0)
        text.textOut(words)
        canvas.drawText(text)
        x += canvas.stringWidth(words, "Helvetica", size)
    canvas.save()
    assert parse_content(tmp_path, "a.pdf", out.getvalue()).text == NOTE


def test_lowered_digits_of_a_formula_in_a_pdf_stay(tmp_path: Path) -> None:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    out = io.BytesIO()
    words = "The air holds CO<sub>2</sub> in every valley."
    SimpleDocTemplate(out).build([Paragraph(words, getSampleStyleSheet()["BodyText"])])
    assert "CO2" in parse_content(tmp_path, "a.pdf", out.getvalue()).text


@given(st.text(), st.text())
def test_other_text_is_unchanged_and_digits_keep_their_value(raised: str, before: str) -> None:
    written = superscript(raised, before)
    if written != raised:
        digits = [c for c in written if c in RAISED_DIGITS]
        assert len(digits) == sum(c.isdigit() for c in raised)
