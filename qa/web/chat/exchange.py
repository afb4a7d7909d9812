"""What a card shows, as plain data: it can be kept in a browser and shown again.

A conversation is kept where the person is, so what comes back is not to be trusted: it is
read with a strict schema, and drawn by the same code as a fresh answer. Nothing in it is
markup, and its links are made anew from ids and offsets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from index.types import Metadata, Span, is_web_address
from qa import wording
from qa.answer import Answer, Candidate, Citation, Passage
from qa.links import HASH_DIGITS, words_link

CONTEXT_CHARACTERS = 160
"""How much of the paragraph is shown on each side of the answer's sentence."""

LONGEST_SENTENCE = 700
"""A longer sentence is shown around the quote only, a longer quote by its beginning."""

PASSAGE_CHARACTERS = 360
"""How much of a near passage is shown."""

CONVERSATION_CHARACTERS = 300_000
"""How long a conversation is kept, as JSON; beyond that its first questions go."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Offset = Annotated[int, Field(ge=0, lt=10**12)]
Number = Annotated[int, Field(ge=1, lt=10**12)]


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: which words of which article, and what is known about the article.

    `version` is the beginning of the article's hash; `start` and `end` are code points of
    that text. `at_source` is the original address with a text fragment.
    """

    article: str
    version: Annotated[str, Field(pattern=rf"^[0-9a-f]{{{HASH_DIGITS}}}$")]
    start: Offset
    end: Offset
    paragraph: Number
    page: Number | None
    quote: str
    metadata: Metadata
    at_source: str | None

    def __post_init__(self) -> None:
        for address in (self.at_source, self.metadata.url):
            if address is not None and not is_web_address(address):
                raise ValueError("an address must be http or https")
        if self.start > self.end:
            raise ValueError("a quote cannot end before it starts")

    @property
    def link(self) -> str:
        """The address of the words on the article's page."""
        span = Span(self.start, self.end)
        return words_link(self.article, self.version, span, self.paragraph)

    @property
    def title(self) -> str:
        """The article's title, or its id where it has none."""
        return self.metadata.title or self.article


@dataclass(frozen=True, slots=True)
class Version:
    """One answer: its words in their sentence, with some of the paragraph around it.

    The five parts follow each other in the article; `words` is the answer, cut short where
    it is overlong. `starts` and `ends` say whether the paragraph does there.
    """

    before: str
    lead: str
    words: str
    rest: str
    after: str
    starts: bool
    ends: bool
    confidence: Probability
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    @property
    def sentence(self) -> str:
        """The sentence the words stand in."""
        return self.lead + self.words + self.rest


@dataclass(frozen=True, slots=True)
class Near:
    """The beginning of a passage near to the question, and where it stands."""

    words: str
    source: Source


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer, best version first, or a refusal where there are no versions.

    `unsure` and `looked_for` are those of `Answer`.
    """

    calibrated: bool
    versions: tuple[Version, ...]
    nearest: tuple[Near, ...] = ()
    missing: tuple[str, ...] = ()
    unsure: bool = False
    looked_for: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return bool(self.versions)

    @property
    def refusal(self) -> str:
        """What is said where there is no answer."""
        return wording.refusal(is_unsure=self.unsure)

    @property
    def by_day(self) -> tuple[Version, ...]:
        """The versions as they are shown side by side: newest first, undated last."""
        return tuple(sorted(self.versions, key=lambda one: one.sources[0].metadata.newest_first))


@dataclass(frozen=True, slots=True)
class Vote:
    """What the person said of an answer and what came of it, in words.

    `file` is where it was kept, `command` what measures the answers by that file.
    """

    verdict: Literal["right", "wrong"]
    note: str
    file: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its outcome: an answer or refusal, or else a message.

    `understood` is the question as it was searched. `asked` is when, in seconds since 1970.
    """

    question: str
    understood: str
    shown: Shown | None
    message: str = ""
    failed: bool = False
    vote: Vote | None = None
    asked: Annotated[float, Field(ge=0.0, lt=1e11)] = 0.0

    def with_vote(self, vote: Vote | None) -> Exchange:
        """The same exchange with another vote."""
        return replace(self, vote=vote)


def shown(answer: Answer) -> Shown:
    """What a card shows of an answer. A refusal's best candidate is not in it."""
    if not answer.answered or answer.best is None:
        nearest = tuple(_near(passage) for passage in answer.nearest)
        missing = tuple(map(clean, answer.missing))
        looked_for = tuple(map(clean, answer.looked_for))
        return Shown(answer.calibrated, (), nearest, missing, answer.unsure, looked_for)
    best = _version(answer.best, answer.confidence)
    others = (_version(candidate, candidate.confidence) for candidate in answer.alternatives)
    return Shown(answer.calibrated, (best, *others))


def source(citation: Citation) -> Source:
    """A citation as plain data."""
    article, url = citation.article, citation.article.metadata.url
    web = is_web_address(url)
    metadata = article.metadata
    return Source(
        article.id,
        article.hash[:HASH_DIGITS],
        citation.span.start,
        citation.span.end,
        citation.paragraph,
        citation.page,
        clean(citation.quote),
        Metadata(
            clean(metadata.title),
            tuple(map(clean, metadata.authors)),
            clean(metadata.publisher) if metadata.publisher else None,
            metadata.published,
            metadata.year,
            clean(url) if url and web else None,
        ),
        citation.source_link if web else None,
    )


def to_json(exchange: Exchange) -> str:
    """An exchange as JSON in ASCII."""
    data: Any = _schema().dump_python([exchange], mode="json")[0]
    return json.dumps(data, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: its exchanges, oldest first, and the id its browser gave it."""

    id: str = ""
    exchanges: tuple[Exchange, ...] = ()

    def then(self, exchange: Exchange) -> Talk:
        """The conversation with one more exchange."""
        return replace(self, exchanges=(*self.exchanges, exchange))


def from_json(text: str) -> Talk:
    """A conversation that came from a browser, without what cannot be read of it.

    What is beyond `CONVERSATION_CHARACTERS` goes, the oldest first.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return Talk()
    told = told if isinstance(told, dict) else {}
    name, turns = told.get("id"), told.get("turns")
    found: list[Exchange] = []
    room = CONVERSATION_CHARACTERS
    for item in reversed(turns if isinstance(turns, list) else []):
        try:
            exchange = _schema().validate_python([item])[0]
        except (ValidationError, RecursionError):
            continue
        room -= len(to_json(exchange))
        if room < 0:
            break
        found.append(exchange)
    known = isinstance(name, str) and re.fullmatch(r"[\w-]{1,64}", name)
    return Talk(str(name) if known else "", tuple(reversed(found)))


def exchange_from_json(text: str) -> Exchange | None:
    """One exchange that came from a browser, or None where it cannot be read."""
    exchanges = from_json(f'{{"turns":[{text}]}}').exchanges
    return exchanges[0] if exchanges else None


def clean(text: str) -> str:
    """The text without halves of surrogate pairs, which neither JSON nor HTML can carry."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@cache
def _schema() -> TypeAdapter[list[Exchange]]:
    return TypeAdapter(list[Exchange])


def _version(candidate: Candidate, confidence: float) -> Version:
    """A candidate with its quote in its sentence and a line of its paragraph on either side."""
    article, quote, sentence = (
        candidate.quote.article,
        candidate.quote.span,
        candidate.quote.sentence,
    )
    text = article.text
    paragraph = article.paragraph_at(quote.start)
    bounds = paragraph.span if paragraph else sentence
    quote = Span(quote.start, min(quote.end, quote.start + LONGEST_SENTENCE))
    if len(sentence) > LONGEST_SENTENCE:
        sentence = Span(
            max(sentence.start, quote.start - CONTEXT_CHARACTERS),
            min(sentence.end, quote.end + CONTEXT_CHARACTERS),
        )
    sentence = Span(min(sentence.start, quote.start), max(sentence.end, quote.end))
    start = _word_start(text, max(bounds.start, sentence.start - CONTEXT_CHARACTERS), bounds)
    end = _word_end(text, min(bounds.end, sentence.end + CONTEXT_CHARACTERS), bounds)
    start, end = min(start, sentence.start), max(end, sentence.end)
    citations: Sequence[Citation] = candidate.citations or (candidate.quote.citation,)
    return Version(
        before=clean(text[start : sentence.start]),
        lead=clean(text[sentence.start : quote.start]),
        words=clean(quote.of(text)),
        rest=clean(text[quote.end : sentence.end]),
        after=clean(text[sentence.end : end]),
        starts=start <= bounds.start,
        ends=end >= bounds.end,
        confidence=min(1.0, max(0.0, confidence)),
        sources=tuple(source(citation) for citation in citations),
    )


def _near(passage: Passage) -> Near:
    """What the passage holds of its best paragraph, and where that stands."""
    best = passage.article.paragraphs[passage.paragraphs[0] - 1].span
    start, end = max(best.start, passage.span.start), min(best.end, passage.span.end)
    words = clipped(clean(passage.article.text[start:end]), PASSAGE_CHARACTERS)
    # The link marks the whole passage; of its words, those shown are enough.
    return Near(words, replace(source(passage.citation), quote=words))


def clipped(text: str, characters: int) -> str:
    """The beginning of a text, cut between words, with an ellipsis where it is cut."""
    if len(text) <= characters:
        return text
    bounds = Span(0, len(text))
    return text[: _word_end(text, characters, bounds)].rstrip() + " …"


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
