"""What a search and a question give back: passages, quotes, citations, answers.

All are frozen and hold an `Article` and a `Span` rather than copies of text, so that
`quote == article.text[start:end]` cannot be otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from index.types import Article, Metadata, Span
from qa.language.words import key_phrases
from qa.links import article_link, source_link

_LIKELY = 0.5


@dataclass(frozen=True)
class Citation:
    """Where words stand: article, paragraph, code-point offsets, links.

    `paragraph` is the 1-based paragraph the quote starts in (for a passage, its best);
    `paragraphs` all that it touches, that one first.
    """

    article: Article = field(repr=False)
    span: Span
    paragraphs: tuple[int, ...]

    @property
    def paragraph(self) -> int:
        """The number of the paragraph the citation points at."""
        return self.paragraphs[0]

    @property
    def quote(self) -> str:
        """The cited words, exactly `article.text[start:end]`."""
        return self.span.of(self.article.text)

    @property
    def paragraph_text(self) -> str:
        """The whole paragraph the citation points at."""
        return self.article.paragraphs[self.paragraph - 1].span.of(self.article.text)

    @property
    def page(self) -> int | None:
        """The page of that paragraph, for formats that have pages."""
        return self.article.paragraphs[self.paragraph - 1].page

    @cached_property
    def link(self) -> str:
        """`/articles/ID?v=HASH12&start=S&end=E#pN`, ID percent-encoded."""
        return article_link(self.article, self.span, self.paragraph)

    @cached_property
    def source_link(self) -> str | None:
        """The original address with a text fragment, where the article has an address."""
        return source_link(self.article, self.span)

    def to_json(self) -> dict[str, Any]:
        """The citation as plain data, with the keys of the command line's `--json`."""
        metadata = self.article.metadata
        return {
            **article_json(self.article),
            "article": self.article.id,
            "title": metadata.title,
            "paragraph": self.paragraph,
            "paragraphs": list(self.paragraphs),
            "page": self.page,
            "paragraph_text": self.paragraph_text,
            "start": self.span.start,
            "end": self.span.end,
            "quote": self.quote,
            "link": self.link,
            "source_link": self.source_link,
        }

    def __str__(self) -> str:
        metadata = self.article.metadata
        parts = [metadata.title or self.article.id]
        if metadata.publisher:
            parts.append(metadata.publisher)
        day = metadata.published.isoformat() if metadata.published else metadata.year
        parts.append(str(day or "undated"))
        return f"{', '.join(parts)}, ¶{self.paragraph}"


class Described(Protocol):
    """Anything with an article's path and metadata: the article, or its entry in a list."""

    @property
    def path(self) -> str | None:
        """The file it came from."""
        ...

    @property
    def metadata(self) -> Metadata:
        """Title, authors, publisher, date, address."""
        ...


def article_json(article: Described) -> dict[str, Any]:
    """An article's description as plain data: path, title, authors, publisher, dates, url."""
    metadata = article.metadata
    return {
        "path": article.path,
        "title": metadata.title,
        "authors": list(metadata.authors),
        "publisher": metadata.publisher,
        "published": metadata.published.isoformat() if metadata.published else None,
        "year": metadata.year,
        "url": metadata.url,
    }


@dataclass(frozen=True)
class Passage:
    """A piece of an article found for a question.

    `score` is higher-is-better and comparable within one search only; `scores` holds the
    parts it was made of. `paragraphs` are those the passage touches, best first.
    """

    article: Article = field(repr=False)
    span: Span
    paragraphs: tuple[int, ...]
    tokens: int
    score: float
    scores: Mapping[str, float] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """The passage's words, exactly `article.text[start:end]`."""
        return self.span.of(self.article.text)

    @property
    def titled(self) -> str:
        """The passage's words below its article's title."""
        return _titled(self.article, self.text)

    @cached_property
    def citation(self) -> Citation:
        """Where the passage stands."""
        return Citation(self.article, self.span, self.paragraphs)

    def to_json(self) -> dict[str, Any]:
        """The passage as plain data: score, text, tokens, citation."""
        return {
            "score": self.score,
            "text": self.text,
            "tokens": self.tokens,
            "citation": self.citation.to_json(),
        }


@dataclass(frozen=True)
class Quote:
    """Words that a reader proposes as an answer.

    `span` lies inside `sentence`, which lies inside paragraph number `paragraph`. `score`
    is higher-is-better and comparable across the passages of one reading; `features` is
    what the reader knows about it, for the judge.
    """

    article: Article = field(repr=False)
    span: Span
    sentence: Span
    paragraph: int
    score: float
    features: Mapping[str, float] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """The proposed words."""
        return self.span.of(self.article.text)

    @property
    def titled_paragraph(self) -> str:
        """The whole paragraph of the words below its article's title."""
        return _titled(self.article, self.citation.paragraph_text)

    @cached_property
    def citation(self) -> Citation:
        """Where the words stand."""
        return Citation(self.article, self.span, (self.paragraph,))


def _titled(article: Article, text: str) -> str:
    return f"{article.metadata.title}\n{text}"


@dataclass(frozen=True)
class Candidate:
    """One answer with its confidence in 0..1 and every article that gives it, best first."""

    quote: Quote
    confidence: float
    citations: tuple[Citation, ...]

    @property
    def text(self) -> str:
        """The answer's words, equal to the first citation's quote."""
        return self.quote.text

    @property
    def sentence(self) -> str:
        """The sentence the words stand in."""
        return self.quote.sentence.of(self.quote.article.text)

    @property
    def sources(self) -> int:
        """How many articles give it."""
        return len({citation.article.id for citation in self.citations})

    def to_json(self) -> dict[str, Any]:
        """The candidate as plain data: text, confidence, citations."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "citations": [citation.to_json() for citation in self.citations],
        }


@dataclass(frozen=True)
class Answer:
    """An answer in an article's own words, or a refusal.

    `best` is the first candidate, kept even when refused so that evaluation can look at it;
    it is shown only when `answered`. `confidence` estimates the probability that it is
    right, in 0..1, and `answerable` that the articles answer the question at all, no lower;
    None where the reader's confidence does not tell, or nothing was found. `alternatives` are
    different answers that pass the same bar, newest first; `nearest` the passages closest to the
    question; `missing` the question's names and numbers that no article contains.
    """

    question: str
    answered: bool
    confidence: float
    calibrated: bool
    best: Candidate | None
    alternatives: tuple[Candidate, ...] = ()
    nearest: tuple[Passage, ...] = ()
    missing: tuple[str, ...] = ()
    answerable: float | None = None

    @property
    def looked_for(self) -> tuple[str, ...]:
        """What the question is about, in its own words: what was searched for."""
        return tuple(key_phrases(self.question))

    @property
    def unsure(self) -> bool:
        """Whether this is a refusal although the articles likelier answer than not.

        Never where a name or number of the question stands in no article.
        """
        likely = self.answerable is not None and self.answerable >= _LIKELY
        return likely and not self.answered and not self.missing

    @property
    def text(self) -> str | None:
        """The answering words, or None when refused."""
        return self.best.text if self.answered and self.best else None

    @property
    def sentence(self) -> str | None:
        """The sentence around the answering words, or None when refused."""
        return self.best.sentence if self.answered and self.best else None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Where the answer stands, best first; empty when refused."""
        return self.best.citations if self.answered and self.best else ()

    @property
    def versions(self) -> tuple[Candidate, ...]:
        """The answer and its alternatives, newest first, undated last; empty when refused."""
        shown = (self.best, *self.alternatives) if self.answered and self.best else ()
        return tuple(sorted(shown, key=lambda one: one.quote.article.metadata.newest_first))

    @property
    def sources(self) -> int:
        """How many articles give the answer; 0 when refused."""
        return self.best.sources if self.answered and self.best else 0

    @property
    def differ(self) -> bool:
        """Whether other articles give a different answer that passes the same bar."""
        return bool(self.alternatives)

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data, with the keys of `pincite ask --json`."""
        return {
            "question": self.question,
            "answered": self.answered,
            "confidence": self.confidence,
            "answerable": self.answerable,
            "unsure": self.unsure,
            "calibrated": self.calibrated,
            "text": self.text,
            "sentence": self.sentence,
            "citations": [citation.to_json() for citation in self.citations],
            "alternatives": [candidate.to_json() for candidate in self.alternatives],
            "agreement": {"sources": self.sources, "differ": self.differ},
            "nearest": [passage.to_json() for passage in self.nearest],
            "looked_for": list(self.looked_for),
            "missing": list(self.missing),
        }
