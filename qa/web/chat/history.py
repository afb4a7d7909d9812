"""The chat history as plain data that a browser keeps and sends back.

What comes back is not trusted: it is validated with a strict schema and rendered like a fresh
answer. It contains no markup, and links are rebuilt from ids and offsets.

Field names are the JSON keys of conversations that browsers have stored; where a name is
changed, `Field(alias=...)` keeps the stored key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, TypeAdapter, ValidationError

from index.types import Metadata, Span, is_web_address
from qa import wording
from qa.answer import Answer, AnswerKind, Candidate, Citation, Passage, Recalibration
from qa.links import HASH_DIGITS, whole_sentences, words_link

CONTEXT_CHARACTERS = 160
"""How much of the paragraph is shown on each side of the answer's sentence."""

MAX_SENTENCE = 700
"""A longer sentence is shown around the quote only; a longer quote is cut at its end."""

MAX_LIST = 6_000
"""The same for a list, which is shown with all its items."""

PASSAGE_CHARACTERS = 360
"""How much of a passage, or of a further source's quote, is shown."""

MAX_HISTORY = 300_000
"""Characters of JSON that a conversation may have; its oldest questions are dropped first."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Offset = Annotated[int, Field(ge=0, lt=10**12)]
Number = Annotated[int, Field(ge=1, lt=10**12)]


def _shown_metadata(metadata: Metadata) -> dict[str, Any]:
    """Return metadata without a program's own fields, which no card shows."""
    names = [one.name for one in fields(metadata) if one.name != "fields"]
    return {name: getattr(metadata, name) for name in names}


@dataclass(frozen=True, slots=True)
class CitationView:
    """A citation: the quoted words, their offsets, and the article's metadata.

    `version` is the beginning of the article's content hash; `start` and `end` are code points
    of that text. `at_source` is the original URL with a text fragment. `sentence` is the words'
    sentence for a further source of an answer, "" for others.
    """

    article: str
    version: Annotated[str, Field(pattern=rf"^[0-9a-f]{{{HASH_DIGITS}}}$")]
    start: Offset
    end: Offset
    paragraph: Number
    page: Number | None
    quote: str
    metadata: Annotated[Metadata, PlainSerializer(_shown_metadata)]
    at_source: str | None
    sentence: str = ""

    def __post_init__(self) -> None:
        for url in (self.at_source, self.metadata.url):
            if url is not None and not is_web_address(url):
                raise ValueError(f"not an http or https URL: {url!r}")
        if self.start > self.end:
            raise ValueError(f"a quote ends at {self.end}, before its start at {self.start}")

    @property
    def link(self) -> str:
        """The path of the article's page with the quote marked."""
        span = Span(self.start, self.end)
        return words_link(self.article, self.version, span, self.paragraph)

    @property
    def title(self) -> str:
        """The article's title, or its id if it has none."""
        return self.metadata.title or self.article


@dataclass(frozen=True, slots=True)
class VersionView:
    """One answer: the quoted words in their sentence and some of the paragraph around it.

    `before`, `lead`, `words`, `rest` and `after` are consecutive in the article; `words` is the
    answer, cut if it is very long. `starts` and `ends` say whether the paragraph starts with
    `before` and ends with `after`. `header` is the header row of its table,
    `later` the note on what a later article says instead.
    """

    before: str
    lead: str
    words: str
    rest: str
    after: str
    starts: bool
    ends: bool
    confidence: Probability
    sources: Annotated[tuple[CitationView, ...], Field(min_length=1)]
    header: str = ""
    later: str = ""

    @property
    def sentence(self) -> str:
        """The sentence that contains the quoted words."""
        return self.lead + self.words + self.rest

    @property
    def article_count(self) -> int:
        """The number of different articles among the sources."""
        return len({source.article for source in self.sources})


@dataclass(frozen=True, slots=True)
class PassageView:
    """The beginning of a passage close to the question, and its citation."""

    words: str
    source: CitationView


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer with its versions, newest first; a refusal has none.

    `recalibration` is that of `Answer`, as are `nearest`, `missing`, `unsure` and `looked_for`, for
    refusals only. `statement` and `quotes` are an answer without a best version, `remark` what is
    said where nothing was asked. `scope` says which articles were asked, `rest` is the question
    without the words that chose them; each is "" where there is none. `guess` is whether the best
    version is less certain than answers have to be unless its reader chose otherwise.
    """

    calibrated: bool
    versions: tuple[VersionView, ...]
    nearest: tuple[PassageView, ...] = ()
    missing: tuple[str, ...] = ()
    unsure: bool = True
    looked_for: tuple[str, ...] = ()
    recalibration: Recalibration | None = None
    statement: str = ""
    quotes: tuple[CitationView, ...] = ()
    remark: str = ""
    scope: str = ""
    rest: str = ""
    guess: bool = False

    @property
    def answered(self) -> bool:
        """Whether this is an answer and not a refusal."""
        return bool(self.versions or self.quotes)

    @property
    def sources(self) -> tuple[CitationView, ...]:
        """The citations of the first version, or of all quotes without one."""
        return self.versions[0].sources if self.versions else self.quotes


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote on an answer, and the message about what was recorded.

    `file` is the question set it was added to, `command` evaluates the answers with that file;
    both are "" where the server has accounts, as its users need not know its folders.
    """

    verdict: Literal["right", "wrong"]
    note: str
    file: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with its answer or refusal, or with a message if there is neither.

    `understood` is the question as it was searched. `asked_at` is in seconds since 1970.
    """

    question: str
    understood: str
    answer: Annotated[AnswerView | None, Field(alias="shown")]
    message: str = ""
    failed: bool = False
    vote: Vote | None = None
    asked_at: Annotated[float, Field(ge=0.0, lt=1e11, alias="asked")] = 0.0

    def with_vote(self, vote: Vote | None) -> Exchange:
        """Return the exchange with another vote."""
        return replace(self, vote=vote)

    def to_json(self) -> str:
        """Return the exchange as JSON in ASCII."""
        data: Any = _schema().dump_python([self], mode="json", by_alias=True)[0]
        return json.dumps(data, ensure_ascii=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Exchange | None:
        """Return the exchange a browser sent, or None if it is invalid."""
        exchanges = ChatHistory.from_json(f'{{"turns":[{text}]}}').exchanges
        return exchanges[0] if exchanges else None


@dataclass(frozen=True, slots=True)
class ChatHistory:
    """The exchanges of one conversation, oldest first, and the id its browser gave it."""

    id: str = ""
    exchanges: tuple[Exchange, ...] = ()

    def with_exchange(self, exchange: Exchange) -> ChatHistory:
        """Return the history with one more exchange at its end."""
        return replace(self, exchanges=(*self.exchanges, exchange))

    @classmethod
    def from_json(cls, text: str) -> ChatHistory:
        """Return the history a browser sent, without the exchanges that are invalid.

        Beyond `MAX_HISTORY` characters the oldest exchanges are dropped.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        data = data if isinstance(data, dict) else {}
        id, turns = data.get("id"), data.get("turns")
        exchanges: list[Exchange] = []
        characters = 0
        for item in reversed(turns if isinstance(turns, list) else []):
            try:
                exchange = _schema().validate_python([item])[0]
            except (ValidationError, RecursionError):
                continue
            characters += len(exchange.to_json())
            if characters > MAX_HISTORY:
                break
            exchanges.append(exchange)
        is_valid = isinstance(id, str) and re.fullmatch(r"[\w-]{1,64}", id)
        return cls(str(id) if is_valid else "", tuple(reversed(exchanges)))


def answer_view(answer: Answer) -> AnswerView:
    """Return what the chat shows of an answer. A refusal's best candidate is left out."""
    scope = answer.shown_scope
    view = _view(answer)
    if scope is None:
        return view
    return replace(view, scope=clean_text(wording.scope(scope)), rest=clean_text(scope.rest))


def _view(answer: Answer) -> AnswerView:
    """Return the view of an answer without its scope."""
    if answer.remark is not None:
        return AnswerView(answer.calibrated, (), remark=clean_text(answer.remark))
    if answer.collection is not None:
        quotes = tuple(map(citation_view, answer.collection.quotes))
        statement = clean_text(answer.collection.statement)
        return AnswerView(answer.calibrated, (), statement=statement, quotes=quotes)
    if not answer.answered or answer.best is None:
        return AnswerView(
            answer.calibrated,
            versions=(),
            nearest=tuple(map(_passage_view, answer.nearest)),
            missing=tuple(map(clean_text, answer.missing)),
            unsure=answer.is_unsure,
            looked_for=tuple(map(clean_text, answer.key_phrases)),
        )
    versions = tuple(map(_version_view, answer.versions))
    return AnswerView(answer.calibrated, versions, recalibration=answer.recalibration)


def citation_view(citation: Citation) -> CitationView:
    """Return a citation as plain data, without links that are not http or https."""
    article, metadata = citation.article, citation.article.metadata
    url = metadata.url if is_web_address(metadata.url) else None
    return CitationView(
        article.id,
        article.hash[:HASH_DIGITS],
        citation.span.start,
        citation.span.end,
        citation.paragraph,
        citation.page,
        clean_text(citation.quote),
        Metadata(
            clean_text(metadata.title),
            tuple(map(clean_text, metadata.authors)),
            clean_text(metadata.publisher) if metadata.publisher else None,
            metadata.published,
            metadata.year,
            clean_text(url) if url else None,
        ),
        citation.source_link if url else None,
    )


def _sentence(citation: Citation) -> str:
    """Return the sentence of cited words, or only the words if it is very long."""
    sentence = whole_sentences(citation.article, citation.span)
    is_long = len(sentence) > max(MAX_SENTENCE, len(citation.span))
    return clean_text((citation.span if is_long else sentence).of(citation.article.text))


def clean_text(text: str) -> str:
    """Return the text with lone surrogates, which JSON and HTML cannot carry, replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clip(text: str, characters: int) -> str:
    """Return the beginning of a text, cut between words and with an ellipsis if it is longer."""
    if len(text) <= characters:
        return text
    return text[: _word_end(text, characters, Span(0, len(text)))].rstrip() + " …"


@cache
def _schema() -> TypeAdapter[list[Exchange]]:
    return TypeAdapter(list[Exchange])


def _version_view(candidate: Candidate) -> VersionView:
    article, quote = candidate.quote.article, candidate.quote.span
    sentence = candidate.quote.sentence
    text = article.text
    paragraph = article.paragraph_at(quote.start)
    bounds = paragraph.span if paragraph else sentence
    limit = MAX_LIST if candidate.quote.kind is AnswerKind.LIST else MAX_SENTENCE
    quote = Span(quote.start, min(quote.end, quote.start + limit))
    if len(sentence) > limit:
        sentence = Span(
            max(sentence.start, quote.start - CONTEXT_CHARACTERS),
            min(sentence.end, quote.end + CONTEXT_CHARACTERS),
        )
    sentence = Span(min(sentence.start, quote.start), max(sentence.end, quote.end))
    start = _word_start(text, max(bounds.start, sentence.start - CONTEXT_CHARACTERS), bounds)
    end = _word_end(text, min(bounds.end, sentence.end + CONTEXT_CHARACTERS), bounds)
    start, end = min(start, sentence.start), max(end, sentence.end)
    citations: Sequence[Citation] = candidate.citations or (candidate.quote.citation,)
    return VersionView(
        before=clean_text(text[start : sentence.start]),
        lead=clean_text(text[sentence.start : quote.start]),
        words=clean_text(quote.of(text)),
        rest=clean_text(text[quote.end : sentence.end]),
        after=clean_text(text[sentence.end : end]),
        starts=start <= bounds.start,
        ends=end >= bounds.end,
        confidence=min(1.0, max(0.0, candidate.confidence)),
        sources=(
            citation_view(citations[0]),
            *(replace(citation_view(one), sentence=_sentence(one)) for one in citations[1:]),
        ),
        header=clean_text(header.of(text)) if (header := candidate.quote.header) else "",
        later=clean_text(wording.later(later)) if (later := candidate.superseded_by) else "",
    )


def _passage_view(passage: Passage) -> PassageView:
    """Return what the passage holds of its best paragraph, and the citation of the passage."""
    best = passage.article.paragraphs[passage.paragraphs[0] - 1].span
    start, end = max(best.start, passage.span.start), min(best.end, passage.span.end)
    words = clip(clean_text(passage.article.text[start:end]), PASSAGE_CHARACTERS)
    # The link marks the whole passage, but only the displayed words are kept.
    return PassageView(words, replace(citation_view(passage.citation), quote=words))


def _word_start(text: str, position: int, bounds: Span) -> int:
    if position <= bounds.start:
        return position
    space = text.find(" ", position, min(position + 40, bounds.end))
    return position if space < 0 else space + 1


def _word_end(text: str, position: int, bounds: Span) -> int:
    if position >= bounds.end:
        return position
    space = text.rfind(" ", max(position - 40, bounds.start), position)
    return position if space < 0 else space
