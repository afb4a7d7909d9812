"""The results of a search and of a question: passages, quotes, citations, answers.

All are frozen and hold an `Article` and a `Span` rather than copies of text, which guarantees
`quote == article.text[start:end]`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

from index.filters import Filter
from index.types import Article, Metadata, Span, excerpt
from qa.language.words import key_phrases
from qa.links import article_link, source_link
from qa.query_rewriting import Turn


class AnswerKind(StrEnum):
    """The kind of what an answer shows.

    `words` are a few words in their sentence, `sentences` one or more whole sentences, `list` a
    list with the words that announce it, `table` a row with the header of its table. The others
    have no single best quote: `articles` is about the articles themselves, `overview` the main
    sentences of one article, `sources` the best sentence of each of several. `refusal` has no
    answer, `remark` neither answer nor refusal, since nothing was asked about the articles.
    """

    WORDS = "words"
    SENTENCES = "sentences"
    LIST = "list"
    TABLE = "table"
    ARTICLES = "articles"
    OVERVIEW = "overview"
    SOURCES = "sources"
    REFUSAL = "refusal"
    REMARK = "remark"


@dataclass(frozen=True, repr=False)
class Citation:
    """A reference to exact words: article, span in code points, paragraphs.

    `paragraphs` are the 1-based numbers of every paragraph the words overlap. The first one is
    the paragraph the citation points at: where a quote starts, or the best one of a passage.
    """

    article: Article
    span: Span
    paragraphs: tuple[int, ...]

    def __repr__(self) -> str:
        return f"<Citation {self}: {excerpt(self.quote)}>"

    @property
    def paragraph(self) -> int:
        """The 1-based number of the paragraph the citation points at."""
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
        """The article's own URL with a text fragment, None where it has no URL."""
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


class HasMetadata(Protocol):
    """An article, or its entry in a list of articles."""

    @property
    def path(self) -> str | None:
        """The source file."""
        ...

    @property
    def metadata(self) -> Metadata:
        """Title, authors, publisher, date, URL."""
        ...


def article_json(article: HasMetadata) -> dict[str, Any]:
    """Return an article's path and metadata as plain data."""
    return {"path": article.path, **article.metadata.to_json()}


@dataclass(frozen=True, slots=True)
class PassageScores:
    """The scores a passage's own score is computed from.

    `cosine` (-1..1) compares the question with the whole passage, `sentence_cosine` (-1..1) with
    its best sentence. `bm25` is 0 where the word search did not return the passage. `reranker`
    is None where no re-ranker scored it.
    """

    cosine: float = 0.0
    sentence_cosine: float = 0.0
    bm25: float = 0.0
    reranker: float | None = None


@dataclass(frozen=True, repr=False)
class Passage:
    """A part of an article that a search returned.

    `score` is higher-is-better and comparable within one search only. `paragraphs` are the
    1-based numbers of those the passage overlaps, best first.
    """

    article: Article
    span: Span
    paragraphs: tuple[int, ...]
    tokens: int
    score: float
    scores: PassageScores = PassageScores()

    def __repr__(self) -> str:
        return f"<Passage {self.score:.2f}, {self.citation}: {excerpt(self.text)}>"

    @property
    def text(self) -> str:
        """The passage's words, exactly `article.text[start:end]`."""
        return self.span.of(self.article.text)

    @property
    def text_with_title(self) -> str:
        """The article's title and the passage's words, on separate lines."""
        return with_title(self.article, self.text)

    @cached_property
    def citation(self) -> Citation:
        """The citation of the whole passage."""
        return Citation(self.article, self.span, self.paragraphs)

    def to_json(self) -> dict[str, Any]:
        """The passage as plain data: score, text, tokens, citation."""
        return {
            "score": self.score,
            "text": self.text,
            "tokens": self.tokens,
            "citation": self.citation.to_json(),
        }


@dataclass(frozen=True, slots=True)
class QuoteScores:
    """What a reader knows about a quote.

    A score is None where the reader does not compute it. An unknown score counts neither for nor
    against a quote: it reaches every threshold and rules out no other quote.

    `margin` is the log odds of a few words against "no answer here". `is_right` are the log odds
    that the quote answers the question, from a second look at it in its context. `inside` are the
    mean log odds of its sentence's words being part of the full answer, `answers` those of the
    text around it answering the question at all, `few_words` those of a few words doing so. All
    are roughly -20..20. `cosine` (-1..1) compares the question with the quote's sentence,
    `coverage` (0..1) is the share of the question's words in it, and `has_type` says whether it has
    the type of thing asked for. `passage_rank` is the 0-based position of the quote's passage
    among those of the search.
    """

    margin: float | None = None
    is_right: float | None = None
    inside: float | None = None
    answers: float | None = None
    few_words: float | None = None
    cosine: float | None = None
    coverage: float | None = None
    has_type: bool | None = None
    passage_rank: int | None = None

    def margin_reaches(self, threshold: float) -> bool:
        """Whether the margin is at least `threshold`, or unknown."""
        return self.margin is None or self.margin >= threshold


@dataclass(frozen=True, repr=False)
class Quote:
    """Words that a reader proposes as an answer.

    `span` is inside `sentence`, which is inside the paragraph with the 1-based number
    `paragraph`, or begins there where a whole list is quoted. `header` is the header row of the
    table that the words are a row of. `score` is higher-is-better and comparable across the
    passages of one reading; `scores` is what a confidence is estimated from.
    """

    article: Article
    span: Span
    sentence: Span
    paragraph: int
    score: float
    scores: QuoteScores = QuoteScores()
    header: Span | None = None

    def __repr__(self) -> str:
        return f"<Quote {self.citation}: {excerpt(self.text)}>"

    @property
    def text(self) -> str:
        """The proposed words."""
        return self.span.of(self.article.text)

    @property
    def kind(self) -> AnswerKind:
        """The kind of an answer with these words."""
        if self.header is not None and self.is_sentence:
            return AnswerKind.TABLE
        if len(self.citation.paragraphs) > 1:
            return AnswerKind.LIST
        return AnswerKind.SENTENCES if self.is_sentence else AnswerKind.WORDS

    @property
    def sentence_text(self) -> str:
        """The sentence around the words."""
        return self.sentence.of(self.article.text)

    @property
    def is_sentence(self) -> bool:
        """Whether the quote is one or more whole sentences."""
        return self.span == self.sentence

    @property
    def paragraph_with_title(self) -> str:
        """The article's title and the quote's whole paragraph, on separate lines."""
        return with_title(self.article, self.citation.paragraph_text)

    @cached_property
    def citation(self) -> Citation:
        """The citation of the words."""
        return cite(self.article, self.span, self.paragraph)


def cite(article: Article, span: Span, paragraph: int) -> Citation:
    """Return the citation of a span that begins in the paragraph of a 1-based number."""
    last = paragraph
    while last < len(article.paragraphs) and article.paragraphs[last].span.start < span.end:
        last += 1
    return Citation(article, span, tuple(range(paragraph, last + 1)))


def with_title(article: Article, text: str) -> str:
    """Return an article's title and a text of it, on separate lines."""
    return f"{article.metadata.title}\n{text}"


@dataclass(frozen=True, repr=False)
class Candidate:
    """One answer, its confidence in 0..1 and a citation for each article that gives it.

    `quote` is the best of them and comes first in `citations`. `superseded_by` is what the newest
    article says instead, where it is dated later than this one.
    """

    quote: Quote
    confidence: float
    citations: tuple[Citation, ...]
    superseded_by: Citation | None = None

    def __repr__(self) -> str:
        return f"<Candidate {excerpt(self.text)}, {self.confidence:.0%}, {self.quote.citation}>"

    @property
    def text(self) -> str:
        """The answer's words, equal to the first citation's quote."""
        return self.quote.text

    @property
    def sentence(self) -> str:
        """The sentence around the words."""
        return self.quote.sentence_text

    @property
    def sources(self) -> int:
        """How many articles give it."""
        return len({citation.article.id for citation in self.citations})

    def to_json(self) -> dict[str, Any]:
        """The candidate as plain data: text, confidence, citations, and what superseded it."""
        later = self.superseded_by
        return {
            "text": self.text,
            "confidence": self.confidence,
            "citations": [citation.to_json() for citation in self.citations],
            "superseded_by": later.to_json() if later else None,
        }


@dataclass(frozen=True, slots=True)
class Recalibration:
    """What votes on an index's answers changed about its confidence.

    `shift` was added to the log odds because of `votes` votes; both are 0 where there are too few.
    `fit` names the fit that is shifted: votes on answers of another one do not count.
    """

    fit: str
    votes: int = 0
    shift: float = 0.0


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that were asked, where they are not all: `articles` of `total`.

    `undated` are left out only because their date is not known.

    `filter` chose them. Where words of the question did, `phrase` is those words and `rest` the
    question without them; both are "" where a filter was set apart from the question. `cited_last`
    is the title of the article that alone was asked because it was cited last, else "".
    """

    filter: Filter
    articles: int
    total: int
    phrase: str = ""
    rest: str = ""
    undated: int = 0
    cited_last: str = ""

    def to_json(self) -> dict[str, Any]:
        """The scope as plain data."""
        chosen = self.filter
        return {
            "publisher": chosen.publisher,
            "author": chosen.author,
            "after": chosen.after.isoformat() if chosen.after else None,
            "before": chosen.before.isoformat() if chosen.before else None,
            "title": chosen.title,
            "path": chosen.path,
            "year": chosen.year,
            "metadata": dict(chosen.fields),
            "articles": self.articles,
            "total": self.total,
            "undated": self.undated,
            "phrase": self.phrase or None,
            "without_phrase": self.rest or None,
            "cited_last": self.cited_last or None,
        }


@dataclass(frozen=True)
class Collection:
    """Quotes that answer together; none of them is the best.

    `statement` says in the program's words what they are, such as how many articles there are. It
    states only what was counted or looked up.
    """

    kind: AnswerKind
    statement: str
    quotes: tuple[Citation, ...]


@dataclass(frozen=True, repr=False)
class Answer:
    """An answer in an article's own words, or a refusal.

    `best` is the candidate that is shown first: of answers that differ, the one of the newest
    article, undated ones last, and of the same day the reader's first choice. It is present in a
    refusal too, for evaluation, but shown only when `answered`. `confidence` (0..1) estimates the
    probability that it is right, `answerable` (0..1, at least as high) the probability that the
    articles answer the question at all: None where the reader's confidence does not estimate it,
    or there is no candidate. `alternatives` are the other answers that reach the same threshold, in
    the same order, so `text`, JSON, command line and chat begin alike; `nearest` the passages
    closest to the question; `missing` the question's names and numbers that no article contains.
    `recalibration` is None where votes do not change the confidence, however many there are.
    `collection` answers instead of `best` for the kinds that have no best quote. `remark` is what
    is said where nothing was asked about the articles. `scope` names the articles that were
    asked, None for all. `understood` is the question as it was completed from its conversation,
    None where it was asked as it is.
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
    recalibration: Recalibration | None = None
    collection: Collection | None = None
    remark: str | None = None
    scope: Scope | None = None
    understood: str | None = None

    def __repr__(self) -> str:
        words = f"{excerpt(self.text)}, {self.confidence:.0%}" if self.text else self.kind.value
        return f"<Answer to {excerpt(self.question)}: {words}>"

    @property
    def kind(self) -> AnswerKind:
        """The kind of what this shows."""
        if self.remark is not None:
            return AnswerKind.REMARK
        if not self.answered:
            return AnswerKind.REFUSAL
        if self.collection is not None:
            return self.collection.kind
        return self.best.quote.kind if self.best else AnswerKind.REFUSAL

    @property
    def quotes(self) -> tuple[Citation, ...]:
        """The quotes that answer, each a span with its citation; empty without an answer."""
        if not self.answered:
            return ()
        if self.collection is not None:
            return self.collection.quotes
        if self.best is None:
            return ()
        quote, first = self.best.quote, self.best.citations[0]
        if quote.kind is not AnswerKind.TABLE or quote.header is None:
            return (first,)
        row = quote.article.paragraph_at(quote.header.start)
        return (cite(quote.article, quote.header, row.number if row else 1), first)

    @property
    def shown_scope(self) -> Scope | None:
        """The scope, where words of the question chose it, or what is shown depends on it."""
        is_needed = self.kind in (AnswerKind.REFUSAL, AnswerKind.ARTICLES)
        return self.scope if self.scope and (self.scope.phrase or is_needed) else None

    @property
    def key_phrases(self) -> tuple[str, ...]:
        """The question's phrases without its function words."""
        return tuple(key_phrases(self.understood or self.question))

    @property
    def turn(self) -> Turn | None:
        """What later questions may refer to; None for a remark."""
        if self.remark is not None:
            return None
        standalone = self.understood or self.question
        if not self.citations:
            return Turn(self.question, standalone)
        first = self.citations[0]
        title = first.article.metadata.title
        return Turn(self.question, standalone, first.quote, title, first.article.id)

    @property
    def is_unsure(self) -> bool:
        """Whether this refuses and leaves open that the articles answer the question.

        Always so, unless no passage was found: at no value of `answerable` is it right often
        enough that they do not (docs/experiments/refusals.md).
        """
        return not self.answered and self.remark is None and bool(self.nearest)

    @property
    def text(self) -> str | None:
        """The answering words, or None without an answer.

        One slice of an article's text, or the slices of several quotes joined by line ends.
        """
        return "\n".join(quote.quote for quote in self.quotes) if self.quotes else None

    @property
    def sentence(self) -> str | None:
        """The sentence around the answering words, or None when refused.

        For answers without a best quote it is their text.
        """
        if self.collection is not None:
            return self.text
        return self.best.sentence if self.answered and self.best else None

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The answer's citations, best first; empty when refused."""
        if self.collection is not None:
            return self.quotes
        return self.best.citations if self.answered and self.best else ()

    @property
    def versions(self) -> tuple[Candidate, ...]:
        """The answer and its alternatives, newest first, undated last; empty when refused."""
        return (self.best, *self.alternatives) if self.answered and self.best else ()

    @property
    def sources(self) -> int:
        """How many articles give the answer; 0 when refused."""
        return len({citation.article.id for citation in self.citations})

    @property
    def sources_differ(self) -> bool:
        """Whether other articles give a different answer that reaches the same threshold."""
        return bool(self.alternatives)

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data, with the keys of `pincite ask --json`."""
        return {
            "question": self.question,
            "understood": self.understood,
            "kind": self.kind,
            "answered": self.answered,
            "confidence": self.confidence,
            "answerable": self.answerable,
            "unsure": self.is_unsure,
            "calibrated": self.calibrated,
            "recalibration": asdict(self.recalibration) if self.recalibration else None,
            "text": self.text,
            "sentence": self.sentence,
            "statement": self.collection.statement if self.collection else None,
            "remark": self.remark,
            "scope": self.scope.to_json() if self.scope else None,
            "quotes": [quote.to_json() for quote in self.quotes],
            "citations": [citation.to_json() for citation in self.citations],
            "versions": [candidate.to_json() for candidate in self.versions],
            "alternatives": [candidate.to_json() for candidate in self.alternatives],
            "agreement": {"sources": self.sources, "differ": self.sources_differ},
            "nearest": [passage.to_json() for passage in self.nearest],
            "looked_for": list(self.key_phrases),
            "missing": list(self.missing),
        }
