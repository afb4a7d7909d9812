"""Compare parsing in several worker processes with parsing in one.

    python -m bench.reading [--files N] [--rounds N]

The files are PDFs of some pages, made of SQuAD's paragraphs (`PINCITE_SHARED`) or of `seeds/`. They
are indexed from scratch, then parsed again with all vectors reused, as after a change of the
parsers.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from functools import partial
from pathlib import Path
from unittest.mock import patch
from xml.sax.saxutils import escape

import index.ingest.sync
from bench.indexing import squad_articles
from bench.timing import PROJECT, Bound, Timing, median_ratio, medians, save_results, time_call
from index.library import Library
from index.parsing.article import EXTRACTOR_VERSION, parse_file
from index.parsing.pool import ParseTask, parse_files, worker_count

_COPIES = "Edition {}. "
"""Prefix of each paragraph, so that no two files share their text."""


def main() -> None:
    """Measure, print and save the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        texts = squad_articles(place / "texts") or PROJECT / "seeds"
        files = pdfs(texts, place / "pdfs", args.files)
        workers = worker_count([ParseTask(file, file.name, file.stat().st_size) for file in files])
        new: dict[bool, list[Timing]] = {True: [], False: []}
        again: dict[bool, list[Timing]] = {True: [], False: []}
        for number in range(2 * args.rounds):
            beside = number % 2 == 0
            reading = partial(parse_files, workers=None if beside else 1)
            with patch.object(index.ingest.sync, "parse_files", reading):
                library = Library.create(place / "index")
                library.encoder.encode(["The encoder is loaded before it is timed."])
                new[beside].append(time_call(partial(library.sync, place / "pdfs"))[0])
                again[beside].append(time_call(partial(read_again, library, number))[0])
            shutil.rmtree(place / "index")
        pages = sum(max(p.page or 0 for p in parse_file(f, "").paragraphs) for f in files)
    save_results(
        "reading",
        [
            Bound("read again, workers / without", median_ratio(again[True], again[False]), 0.9),
            Bound("indexed anew, workers / without", median_ratio(new[True], new[False]), 1.05),
        ],
        {
            "files": len(files),
            "pages": pages,
            "workers": workers,
            "anew": {"workers": medians(new[True]), "without": medians(new[False])},
            "again": {"workers": medians(again[True]), "without": medians(again[False])},
        },
    )


def pdfs(texts: Path, folder: Path, count: int) -> list[Path]:
    """Write `count` PDFs with the paragraphs of some text files."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate

    folder.mkdir()
    style = getSampleStyleSheet()["BodyText"]
    sources = sorted(texts.rglob("*.txt"))
    made = []
    for number in range(count):
        copy, which = divmod(number, len(sources))
        paragraphs = sources[which].read_text(encoding="utf-8").split("\n\n")
        path = folder / f"{number:04}.pdf"
        SimpleDocTemplate(str(path)).build(
            [
                Paragraph(escape(_COPIES.format(copy) * bool(copy) + one), style)
                for one in paragraphs
            ]
        )
        made.append(path)
    return made


def read_again(library: Library, version: int) -> None:
    """Parse every file again, as after a change of the parsers."""
    with patch.object(index.ingest.sync, "EXTRACTOR_VERSION", f"{EXTRACTOR_VERSION}-{version}"):
        report = library.sync()
    assert report.unchanged, report


if __name__ == "__main__":
    main()
