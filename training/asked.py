"""Search for the questions of `asked` in their articles, and label what a reader would read.

    python -m training.asked --set train --out training/runs/asked-train.jsonl

Each domain is an index of its own. A line is one window of a question, as `qa.readers.windows`
makes it: its text, and the ranges in it that belong to the answer. Windows without any are
wrong ones; a window that the search misses is added, so that every answer can be learnt.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.library import Library
from index.types import Article, Kind, Span
from qa.answer import Passage
from qa.readers.windows import ReadingWindow, reading_windows, section_title
from qa.retrieval.retriever import Retriever
from training.data import shared_folder

_DEPTH = 40
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]{1,80}>|\{\{[^}]*\}\}")


@dataclass(frozen=True)
class AskedQuestion:
    """A question of `asked`, and where the article answers it: code-point ranges."""

    id: str
    domain: str
    kind: str
    question: str
    answerable: bool
    article: Article
    long: tuple[Span, ...]
    short: tuple[Span, ...]
    long_texts: tuple[str, ...]
    short_texts: tuple[str, ...]
    lost: int


class Letters:
    """A text reduced to lower-case letters and digits, with the position of each."""

    def __init__(self, text: str) -> None:
        self.positions = [at for at, character in enumerate(text) if character.isalnum()]
        self.letters = "".join(text[at].lower()[:1] for at in self.positions)

    def find(self, piece: str, within: Span | None = None) -> Iterator[Span]:
        """Yield the ranges of the text that have the letters of `piece`, without Markdown."""
        wanted = "".join(c.lower()[:1] for c in _MARKUP.sub(r"\1", piece) if c.isalnum())
        at = self.letters.find(wanted) if wanted else -1
        while at >= 0:
            span = Span(self.positions[at], self.positions[at + len(wanted) - 1] + 1)
            if within is None or within.contains(span):
                yield span
            at = self.letters.find(wanted, at + 1)


def read_asked(folder: Path, domain: str, library: Library) -> Iterator[AskedQuestion]:
    """Yield the questions of a domain, with the ranges of their answers in its articles."""
    letters: dict[str, Letters] = {}
    ids = {one.id for one in library.articles()}
    for line in (folder / f"{domain}.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        name = item["article"].removeprefix(f"{domain}/")
        if name not in ids:
            continue
        article = library.article(name)
        found = letters.setdefault(name, Letters(article.text))
        long: list[Span] = []
        lost = 0
        for piece in item.get("long", ()):
            spans = list(found.find(piece))
            lost += not spans
            long += [s for s in spans[:1] if s not in long]
        short = [s for text in item.get("short", ()) for one in long for s in found.find(text, one)]
        yield AskedQuestion(
            item["id"],
            domain,
            item["kind"],
            item["question"],
            item["answerable"],
            article,
            tuple(long),
            tuple(dict.fromkeys(short)),
            tuple(item.get("long", ())),
            tuple(item.get("short", ())),
            lost,
        )


def _window_around(question: AskedQuestion) -> list[ReadingWindow]:
    """Return the window of the first paragraph with an answer."""
    paragraph = question.article.paragraph_at(question.long[0].start)
    if paragraph is None or paragraph.kind is Kind.HEADING:
        return []
    passage = Passage(question.article, paragraph.span, (paragraph.number,), 0, 0.0)
    return reading_windows([passage])


def rows(question: AskedQuestion, passages: list[Passage]) -> Iterator[dict[str, Any]]:
    """Yield a row for each window of the passages, and one for an answer that they miss."""
    windows = reading_windows(passages)
    if question.long and not any(
        w.article.id == question.article.id and w.span.overlaps(s)
        for w in windows
        for s in question.long
    ):
        windows += _window_around(question)
    for window in windows:
        own = window.article.id == question.article.id

        def inside(spans: tuple[Span, ...], own: bool = own, all_of: Span = window.span) -> Any:
            parts = [
                (max(s.start, all_of.start) - all_of.start, min(s.end, all_of.end) - all_of.start)
                for s in spans
                if own and s.overlaps(all_of)
            ]
            return [part for part in parts if part[0] < part[1]]

        yield {
            "id": question.id,
            "domain": question.domain,
            "kind": question.kind,
            "question": question.question,
            "answerable": question.answerable,
            "wants_short": bool(question.short_texts),
            "rank": window.rank,
            "title": section_title(window),
            "context": window.span.of(window.article.text),
            "long": inside(question.long),
            "short": [
                part
                for part, span in zip(
                    inside(question.short),
                    [s for s in question.short if own and s.overlaps(window.span)],
                    strict=True,
                )
                if part[1] - part[0] == len(span)
            ],
        }


def main() -> None:
    """Write the rows of every domain of a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="train")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    folder = shared_folder() / "data" / "asked" / options.set
    with options.out.open("w", encoding="utf-8") as file:
        for path in sorted(folder.glob("*.jsonl")):
            if path.stem == "conversations":
                continue
            retriever = Retriever.from_folder(folder / "articles" / path.stem)
            count = lost = missed = answerable = 0
            for question in read_asked(folder, path.stem, retriever.library):
                count += 1
                lost += question.lost
                answerable += question.answerable
                passages = retriever.retrieve(question.question, _DEPTH)
                items = list(rows(question, passages))
                missed += question.answerable and not any(r["long"] for r in items[:10])
                for row in items:
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
            print(
                f"{path.stem}: {count} questions, {lost} pieces not found, "
                f"{missed} of {answerable} answers missed"
            )


if __name__ == "__main__":
    main()
