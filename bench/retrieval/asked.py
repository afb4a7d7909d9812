"""Measure retrieval on questions asked over folders of articles, one domain at a time.

A folder holds `DOMAIN.jsonl`, a line for each question, and `articles/DOMAIN/`. Each domain's
articles are indexed in a temporary folder and every answerable question goes through
`Retriever.retrieve`; nothing is read. Gold are the paragraphs that hold a question's `long` texts.
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.library import Library
from index.segmentation.chunking import ChunkSettings
from index.types import Article, Kind
from qa.evaluation.scoring import ParagraphKey, first_hit, ranked_paragraphs
from qa.retrieval.fusion import Fusion
from qa.retrieval.retriever import Retriever

DEPTH = 20
CUTS = (1, 5, 10)

# Markdown that the parsers turn into its visible words.
_LINK = re.compile(r"\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)|\]\[[^\]]*\]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"```[\w-]*")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with the paragraphs that answer it."""

    id: str
    text: str
    kind: str
    gold: frozenset[ParagraphKey]


@dataclass(slots=True)
class DomainRanks:
    """Ranks of the first gold paragraph of each question of a domain, None where it is missed.

    `passages` are ranks among passages, `paragraphs` among the paragraphs of ranked passages.
    """

    domain: str
    questions: list[AskedQuestion] = field(default_factory=list)
    passages: list[int | None] = field(default_factory=list)
    paragraphs: list[int | None] = field(default_factory=list)


class ParagraphFinder:
    """Find the paragraphs of an article that hold a text, by its letters and digits alone.

    So white space, punctuation and Markdown marks make no difference.
    """

    def __init__(self, article: Article) -> None:
        self._article = article
        self._letters = ""
        self._ends: list[int] = []
        for paragraph in article.paragraphs:
            self._letters += _letters(paragraph.span.of(article.text))
            self._ends.append(len(self._letters))

    def find(self, text: str) -> list[ParagraphKey]:
        """Return the paragraphs that hold the text, headings left out if there are others."""
        for form in _forms(text):
            start = self._letters.find(form)
            if form and start >= 0:
                first = bisect_right(self._ends, start)
                last = bisect_left(self._ends, start + len(form))
                numbers = range(first + 1, last + 2)
                kinds = {n: self._article.paragraphs[n - 1].kind for n in numbers}
                body = [n for n in numbers if kinds[n] is not Kind.HEADING]
                return [(self._article.id, number) for number in body or numbers]
        return []


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()


def _forms(text: str) -> Iterator[str]:
    yield _letters(text)
    shown = html.unescape(_FENCE.sub("", _LINK.sub("]", text)))
    yield _letters(shown)
    yield _letters(_TAG.sub("", shown))


def read_domain(folder: Path, domain: str, library: Library) -> tuple[list[AskedQuestion], int]:
    """Return the answerable questions of a domain, and how many have no gold paragraph."""
    finders: dict[str, ParagraphFinder] = {}
    questions, lost = [], 0
    for line in (folder / f"{domain}.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if not item["answerable"]:
            continue
        article_id = item["article"].removeprefix(f"{domain}/")
        if article_id not in finders:
            finders[article_id] = ParagraphFinder(library.article(article_id))
        gold = frozenset(k for text in item["long"] for k in finders[article_id].find(text))
        if gold:
            questions.append(AskedQuestion(item["id"], item["question"], item["kind"], gold))
        else:
            lost += 1
    return questions, lost


def measure_domain(
    library: Library,
    domain: str,
    questions: Sequence[AskedQuestion],
    fusion: Fusion | None = None,
) -> DomainRanks:
    """Ask every question, and return the ranks of their gold paragraphs."""
    retriever = Retriever(library, fusion=fusion)
    ranks = DomainRanks(domain)
    for question in questions:
        passages = retriever.retrieve(question.text, DEPTH)
        keys = [{(p.article.id, n) for n in p.paragraphs} for p in passages]
        ranks.questions.append(question)
        ranks.passages.append(
            next((rank for rank, key in enumerate(keys, 1) if key & question.gold), None)
        )
        ranks.paragraphs.append(first_hit(ranked_paragraphs(passages), question.gold))
    return ranks


def recall(ranks: Sequence[int | None], cut: int) -> float:
    """Return the share of ranks that are at most `cut`."""
    return float(np.mean([rank is not None and rank <= cut for rank in ranks]))


def reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean reciprocal rank among the first ten."""
    return float(np.mean([1 / rank if rank is not None and rank <= 10 else 0.0 for rank in ranks]))


def run(folder: Path, settings: ChunkSettings) -> list[DomainRanks]:
    """Index and ask every domain of a folder, and print a table."""
    print("| domain | questions | recall@1 | recall@5 | recall@10 | mrr@10 | paragraphs @1 | @5 |")
    print("| --- |" + " ---: |" * 7)
    results, rows = [], []
    for path in sorted(folder.glob("*.jsonl")):
        articles = folder / "articles" / path.stem
        if not articles.is_dir():
            continue  # conversations
        with TemporaryDirectory(prefix="pincite-bench-") as index:
            library = Library.create(index, chunk_settings=settings)
            library.sync(articles)
            questions, lost = read_domain(folder, path.stem, library)
            ranks = measure_domain(library, path.stem, questions)
        results.append(ranks)
        rows.append(
            [
                *(recall(ranks.passages, cut) for cut in CUTS),
                reciprocal_rank(ranks.passages),
                *(recall(ranks.paragraphs, cut) for cut in CUTS[:2]),
            ]
        )
        note = f" ({lost} left out)" if lost else ""
        _print_row(f"{ranks.domain}{note}", len(questions), rows[-1])
    total = sum(len(ranks.questions) for ranks in results)
    _print_row("**mean of domains**", total, np.mean(rows, axis=0).tolist())
    _print_row("**worst domain**", total, np.min(rows, axis=0).tolist())
    return results


def _print_row(name: str, questions: int, values: Sequence[float]) -> None:
    cells = " | ".join(f"{value:.3f}" for value in values)
    print(f"| {name} | {questions} | {cells} |", flush=True)
