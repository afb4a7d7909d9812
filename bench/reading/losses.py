"""Count what parsing sets aside in a folder of documents, and name the files that lose text.

    python -m bench.reading.losses FOLDER [--suffix .md …] [--trafilatura] [--lines]

A file loses its title, lead or last section if the first heading of the first level, the first
paragraph, or a paragraph below the last heading is not searched; it loses text if under 60 % of
its characters are searched. What the format itself declares is the reference, so the rules on
words are measured against the document. With `--trafilatura`, the text that trafilatura extracts
from the same HTML stands beside it: the share of its lines that are not searched here.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import ArticleError
from index.ingest.scan import walk
from index.parsing.article import parse_file
from index.parsing.registry import parser_for
from index.types import Article, Kind

LOST_SHARE = 0.4
"""Share of a file's characters from which losing them is reported."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What one file loses: names of its parts, characters set aside, and all characters.

    `extracted` and `missed` count the characters of trafilatura's lines, and those of them that
    are not searched.
    """

    name: str
    parts: tuple[str, ...]
    aside: int
    total: int
    lines: tuple[str, ...]
    extracted: int = 0
    missed: int = 0


def main() -> None:
    """Measure a folder and print the files that lose something."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--suffix", action="append", help="only files with this suffix")
    parser.add_argument("--trafilatura", action="store_true", help="compare HTML with it")
    parser.add_argument("--lines", action="store_true", help="print what is set aside")
    args = parser.parse_args()
    losses: list[Loss] = []
    unread = 0
    for path in walk(args.folder):
        if args.suffix and path.suffix.lower() not in args.suffix:
            continue
        try:
            losses.append(measure(path, str(path.relative_to(args.folder)), args.trafilatura))
        except ArticleError as error:
            unread += 1
            print(f"unread  {path.relative_to(args.folder)}: {error}")
    for loss in losses:
        if loss.parts or (args.lines and loss.lines):
            parts = ", ".join(loss.parts) or "lines"
            print(f"{parts:24} {loss.aside:7,} of {loss.total:9,}  {loss.name}")
        if args.lines:
            for line in loss.lines:
                print(f"        {line}")
    print()
    print(f"files                  {len(losses)}, unread {unread}")
    for part in ("title", "lead", "last section", "40 %"):
        print(f"lose their {part:12}{sum(part in loss.parts for loss in losses):6}")
    aside, total = sum(loss.aside for loss in losses), sum(loss.total for loss in losses)
    print(f"characters set aside   {aside:,} of {total:,} ({aside / (total or 1):.2%})")
    if args.trafilatura:
        extracted = sum(loss.extracted for loss in losses)
        missed = sum(loss.missed for loss in losses)
        kept = total - aside
        print(f"trafilatura extracts   {extracted:,}, of them not searched here {missed:,}")
        print(f"searched here          {kept:,}")


def measure(path: Path, name: str, with_trafilatura: bool = False) -> Loss:
    """Parse a file and return what it loses. Raises ArticleError if it cannot be parsed."""
    article = parse_file(path, name)
    aside = [p for p in article.paragraphs if not p.kind.is_searched]
    lost = sum(p.span.end - p.span.start for p in aside)
    total = sum(p.span.end - p.span.start for p in article.paragraphs)
    parts = list(_lost_parts(path, article))
    if lost > LOST_SHARE * total:
        parts.append("40 %")
    extracted = missed = 0
    if with_trafilatura and path.suffix.lower() in (".html", ".htm", ".xhtml"):
        extracted, missed = _compare(path, article)
    lines = tuple(f"{p.kind.value:12} {p.span.of(article.text)[:110]!r}" for p in aside)
    return Loss(name, tuple(parts), lost, total, lines, extracted, missed)


def _lost_parts(path: Path, article: Article) -> Iterator[str]:
    """Yield which of the parts that the format declares are not searched."""
    parser = parser_for(path)
    assert parser is not None
    blocks = parser.load()(path.read_bytes()).blocks
    kinds = [paragraph.kind for paragraph in article.paragraphs]
    # What the format marks as outside of the text is no part of it.
    own = [
        i for i, block in enumerate(blocks) if block.hint not in (Kind.BOILERPLATE, Kind.COMMENT)
    ]
    headings = [i for i in own if blocks[i].hint is Kind.HEADING]
    first_level = [i for i in headings if blocks[i].level == 1]
    if first_level and not kinds[first_level[0]].is_searched:
        yield "title"
    lead = next((i for i in own if blocks[i].hint is not Kind.HEADING), None)
    if lead is not None and not kinds[lead].is_searched:
        yield "lead"
    if headings and any(not kinds[i].is_searched for i in own if i >= headings[-1]):
        yield "last section"


def _compare(path: Path, article: Article) -> tuple[int, int]:
    """Return the characters that trafilatura extracts, and those of them not searched here."""
    import trafilatura

    text = trafilatura.extract(path.read_bytes(), include_tables=True, favor_recall=True) or ""
    searched = _folded(
        "".join(p.span.of(article.text) for p in article.paragraphs if p.kind.is_searched)
    )
    lines = [_folded(line) for line in text.splitlines()]
    return sum(map(len, lines)), sum(len(line) for line in lines if line not in searched)


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


if __name__ == "__main__":
    main()
