"""Find the paragraphs of the articles that hold a question's evidence: the gold paragraphs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from index.segmentation.folding import find_folded
from index.types import Article, Kind, Span
from qa.evaluation.markup import Letters
from qa.evaluation.scoring import ParagraphKey
from qa.questions import Evidence, Question, normalize_spacing


class HasId(Protocol):
    """An object with an article's id."""

    @property
    def id(self) -> str:
        """The article's id."""
        ...


class ArticleSource(Protocol):
    """A collection of articles, such as `index.library.Library`."""

    def articles(self) -> Iterable[HasId]:
        """Return every article, or a summary of it."""
        ...

    def article(self, article_id: str) -> Article:
        """Return one article."""
        ...


class EvidenceProblem(StrEnum):
    """Why an evidence cannot be used."""

    NO_ARTICLE = "no such article"
    AMBIGUOUS = "several articles have that file name"
    NO_TEXT = "the text is not in the article"
    SET_ASIDE = "the text is in a paragraph that is set aside"


@dataclass(frozen=True, slots=True)
class GoldParagraph:
    """A gold paragraph by article id and 1-based number.

    `span` holds the evidence's code points in the article, None where they are not known.
    """

    article: str
    paragraph: int
    span: Span | None

    @property
    def key(self) -> ParagraphKey:
        """Article id and paragraph number."""
        return (self.article, self.paragraph)


@dataclass(frozen=True, slots=True)
class Gold:
    """All gold paragraphs of a question, and each evidence that cannot be used."""

    paragraphs: tuple[GoldParagraph, ...]
    problems: tuple[tuple[Evidence, EvidenceProblem], ...]

    @property
    def keys(self) -> frozenset[ParagraphKey]:
        """Article id and number of every gold paragraph."""
        return frozenset(paragraph.key for paragraph in self.paragraphs)


class GoldFinder:
    """Look up evidence in a collection of articles, whose folded paragraphs are cached."""

    def __init__(self, articles: ArticleSource) -> None:
        self._articles = articles
        self._ids = {article.id for article in articles.articles()}
        self._by_name: dict[str, list[str]] = {}
        for article_id in sorted(self._ids):
            self._by_name.setdefault(PurePosixPath(article_id).name, []).append(article_id)
        self._folded: dict[str, list[str]] = {}
        self._letters: dict[str, Letters] = {}

    def gold(self, question: Question) -> Gold:
        """Return every paragraph that holds an evidence of the question.

        Text is matched in NFC with white space folded; text of the article's file by its letters
        and digits, without marks. A paragraph that is set aside (a comment, boilerplate) is gold
        only where no other holds the text; it cannot be retrieved, which is reported as a problem.
        """
        paragraphs: dict[GoldParagraph, None] = {}
        problems: list[tuple[Evidence, EvidenceProblem]] = []
        for evidence in question.evidence:
            holding = self._paragraphs(evidence)
            if isinstance(holding, EvidenceProblem):
                problems.append((evidence, holding))
                continue
            paragraphs.update(dict.fromkeys(holding))
            if not any(self._is_searched(paragraph) for paragraph in holding):
                problems.append((evidence, EvidenceProblem.SET_ASIDE))
        return Gold(tuple(paragraphs), tuple(problems))

    def resolve_article(self, name: str) -> str | EvidenceProblem:
        """Return the id of the article that an evidence names.

        The name is an id, the end of one ("report.pdf" for "2020/report.pdf"), or an id below a
        parent of the indexed folder ("news/report.pdf" for "report.pdf"). The longest match counts.
        """
        if name in self._ids:
            return name
        parts = PurePosixPath(name).parts
        matching: dict[int, list[str]] = {}
        for article_id in self._by_name.get(parts[-1] if parts else "", []):
            own = PurePosixPath(article_id).parts
            shared = min(len(parts), len(own))
            if parts[-shared:] == own[-shared:]:
                matching.setdefault(shared, []).append(article_id)
        if not matching:
            return EvidenceProblem.NO_ARTICLE
        longest = matching[max(matching)]
        return longest[0] if len(longest) == 1 else EvidenceProblem.AMBIGUOUS

    def _is_searched(self, gold: GoldParagraph) -> bool:
        paragraph = self._articles.article(gold.article).paragraphs[gold.paragraph - 1]
        return Kind(paragraph.kind).is_searched

    def _paragraphs(self, evidence: Evidence) -> list[GoldParagraph] | EvidenceProblem:
        article_id = self.resolve_article(evidence.article)
        if isinstance(article_id, EvidenceProblem):
            return article_id
        if evidence.paragraph is not None:
            return [GoldParagraph(article_id, evidence.paragraph, evidence.span)]
        article = self._articles.article(article_id)
        if evidence.is_source:
            return self._covered_paragraphs(article, evidence.text) or EvidenceProblem.NO_TEXT
        if article_id not in self._folded:
            self._folded[article_id] = [
                normalize_spacing(p.span.of(article.text)) for p in article.paragraphs
            ]
        evidence_text = normalize_spacing(evidence.text)
        numbers = [
            number
            for number, text in enumerate(self._folded[article_id], start=1)
            if evidence_text in text
        ]
        searched = [n for n in numbers if article.paragraphs[n - 1].kind.is_searched]
        return [
            GoldParagraph(article_id, n, _span(article, n, evidence_text))
            for n in searched or numbers
        ] or EvidenceProblem.NO_TEXT

    def _covered_paragraphs(self, article: Article, text: str) -> list[GoldParagraph]:
        """Return the paragraphs that the article has a text of its file in."""
        if article.id not in self._letters:
            self._letters[article.id] = Letters(article.text)
        covered = [
            (paragraph, Span(max(start, match.start), min(end, match.end)))
            for match in self._letters[article.id].find(Letters(text))
            for paragraph in article.paragraphs
            for start, end in [(paragraph.span.start, paragraph.span.end)]
            if paragraph.span.overlaps(match)
        ]
        searched = [(p, span) for p, span in covered if Kind(p.kind).is_searched]
        return [GoldParagraph(article.id, p.number, span) for p, span in searched or covered]


def _span(article: Article, number: int, text: str) -> Span | None:
    """Return the span of the evidence, None where folding hides it."""
    paragraph = article.paragraphs[number - 1].span
    within = find_folded(paragraph.of(article.text), text)
    return Span(paragraph.start + within.start, paragraph.start + within.end) if within else None
