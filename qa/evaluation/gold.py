"""Finding a question's evidence in the articles: which paragraphs are gold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from index.segmentation.folding import find_folded
from index.types import Article, Kind, Span
from qa.evaluation.metrics import ParagraphKey
from qa.questions import Evidence, Question, same_space


class Named(Protocol):
    """Anything with an article's id."""

    @property
    def id(self) -> str:
        """The id."""
        ...


class Articles(Protocol):
    """Where the articles are looked up; `index.library.Library` is one."""

    def articles(self) -> Iterable[Named]:
        """Every article, or a summary of it."""
        ...

    def article(self, article_id: str) -> Article:
        """One article."""
        ...


class Trouble(StrEnum):
    """Why an evidence cannot be used."""

    NO_ARTICLE = "no such article"
    AMBIGUOUS = "several articles have that file name"
    NO_TEXT = "the text is not in the article"
    SET_ASIDE = "the text is in a paragraph that is set aside"


@dataclass(frozen=True, slots=True)
class Place:
    """One gold paragraph, and where in its article the evidence stands, if it is known."""

    article: str
    paragraph: int
    span: Span | None

    @property
    def key(self) -> ParagraphKey:
        """Article id and paragraph number."""
        return (self.article, self.paragraph)


@dataclass(frozen=True, slots=True)
class Gold:
    """All gold paragraphs of a question, and what could not be found, with the reason."""

    places: tuple[Place, ...]
    troubles: tuple[tuple[Evidence, Trouble], ...]

    @property
    def keys(self) -> frozenset[ParagraphKey]:
        """The gold paragraphs: article id and paragraph number."""
        return frozenset(place.key for place in self.places)


class GoldFinder:
    """Looks evidence up in a collection of articles; folded paragraphs are kept."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles
        self._ids = {article.id for article in articles.articles()}
        self._by_name: dict[str, list[str]] = {}
        for identity in self._ids:
            self._by_name.setdefault(PurePosixPath(identity).name, []).append(identity)
        self._folded: dict[str, list[str]] = {}

    def gold(self, question: Question) -> Gold:
        """Every paragraph that holds an evidence of the question.

        Text is matched in NFC with white space folded. A paragraph that is set aside (a
        comment, boilerplate) is gold too where nothing else holds the text: it cannot be
        retrieved, and that is reported as the trouble it is.
        """
        places: dict[Place, None] = {}
        troubles: list[tuple[Evidence, Trouble]] = []
        for evidence in question.evidence:
            found = self._places(evidence)
            if isinstance(found, Trouble):
                troubles.append((evidence, found))
                continue
            places.update(dict.fromkeys(found))
            if not any(self._searched(place) for place in found):
                troubles.append((evidence, Trouble.SET_ASIDE))
        return Gold(tuple(places), tuple(troubles))

    def resolve(self, name: str) -> str | Trouble:
        """The id of the article that an evidence names by id or by bare file name."""
        if name in self._ids:
            return name
        named = self._by_name.get(name, [])
        if len(named) == 1:
            return named[0]
        return Trouble.AMBIGUOUS if named else Trouble.NO_ARTICLE

    def _searched(self, place: Place) -> bool:
        paragraph = self._articles.article(place.article).paragraphs[place.paragraph - 1]
        return Kind(paragraph.kind).searched

    def _places(self, evidence: Evidence) -> list[Place] | Trouble:
        identity = self.resolve(evidence.article)
        if isinstance(identity, Trouble):
            return identity
        if evidence.paragraph is not None:
            return [Place(identity, evidence.paragraph, evidence.span)]
        article = self._articles.article(identity)
        if identity not in self._folded:
            self._folded[identity] = [
                same_space(p.span.of(article.text)) for p in article.paragraphs
            ]
        wanted = same_space(evidence.text)
        held = [n for n, text in enumerate(self._folded[identity], start=1) if wanted in text]
        searched = [n for n in held if article.paragraphs[n - 1].kind.searched]
        places = [Place(identity, n, _span(article, n, wanted)) for n in searched or held]
        return places or Trouble.NO_TEXT


def _span(article: Article, number: int, wanted: str) -> Span | None:
    """Where the evidence stands, for the overlap of spans; None where folding hides it."""
    paragraph = article.paragraphs[number - 1].span
    found = find_folded(paragraph.of(article.text), wanted)
    return Span(paragraph.start + found.start, paragraph.start + found.end) if found else None
