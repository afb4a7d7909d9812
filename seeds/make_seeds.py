"""Write the seed articles that are not plain text: the PDF and the Word files.

    python seeds/make_seeds.py            writes them next to this file
    python seeds/make_seeds.py --into DIR writes them under another folder

The words stand in `binary_texts.json`, so that a change to an article can be read in a diff.
The same words and the same library versions give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip archive can hold


def write_pdf(article: dict, path: Path) -> None:
    """Set an article on A5 pages, so that each has several, with a running foot."""
    from reportlab.lib.enums import TA_JUSTIFY
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    title = ParagraphStyle("title", fontName="Times-Bold", fontSize=16, leading=20, spaceAfter=8)
    line = ParagraphStyle("line", fontName="Times-Italic", fontSize=10, leading=13, spaceAfter=9)
    heading = ParagraphStyle("heading", fontName="Times-Bold", fontSize=12, leading=16,
                             spaceBefore=8, spaceAfter=4, keepWithNext=True)
    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=11, leading=14,
                          spaceBefore=4, spaceAfter=6, alignment=TA_JUSTIFY)
    story = [
        Paragraph(article["title"], title),
        Paragraph(f"By {article['author']}", line),
        Paragraph(article["publisher"], line),
        Paragraph(article["date_line"], line),
    ]
    for block in article["blocks"]:
        is_heading = block.startswith("## ")
        story.append(Paragraph(block.removeprefix("## "), heading if is_heading else body))

    def foot(canvas, document) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(A5[0] / 2, 28, f"{article['publisher']} - {document.page}")

    document = SimpleDocTemplate(
        str(path), pagesize=A5, title=article["title"], author=article["author"],
        subject=article["publisher"], creator="pincite seeds", invariant=1,
        leftMargin=48, rightMargin=48, topMargin=48, bottomMargin=56,
    )
    document.build(story, onFirstPage=foot, onLaterPages=foot)


def write_docx(article: dict, path: Path) -> None:
    """Write an article with Word's own title, heading and body styles."""
    from docx import Document

    document = Document()
    document.add_heading(article["title"], level=0)
    document.add_paragraph(f"By {article['author']}")
    document.add_paragraph(article["publisher"])
    document.add_paragraph(article["date_line"])
    for block in article["blocks"]:
        if block.startswith("## "):
            document.add_heading(block.removeprefix("## "), level=1)
        else:
            document.add_paragraph(block)
    properties = document.core_properties
    properties.title = article["title"]
    properties.author = article["author"]
    properties.last_modified_by = article["author"]
    properties.created = properties.modified = datetime.fromisoformat(article["date"])
    buffer = io.BytesIO()
    document.save(buffer)
    # Word files are zip archives, which carry the time of writing: pin it.
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write under")
    into = parser.parse_args().into
    for article in json.loads((HERE / "binary_texts.json").read_text(encoding="utf-8")):
        path = into / article["id"]
        path.parent.mkdir(parents=True, exist_ok=True)
        (write_pdf if path.suffix == ".pdf" else write_docx)(article, path)
        print(path.relative_to(into).as_posix())


if __name__ == "__main__":
    main()
