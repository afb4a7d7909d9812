"""Request and response models of the HTTP API and of the MCP tools."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from index.filters import Filter
from qa.answer import AnswerKind
from qa.query_rewriting import Turn
from qa.retrieval.arguments import MAX_QUESTION_CHARACTERS
from qa.retrieval.retriever import RetrieveOptions

MAX_PASSAGES = 100
"""The most passages that one search returns."""

MAX_OFFSET = 1_000_000
"""The most passages or articles that can be left out."""

MAX_BATCH = 100
"""The most questions of one request."""

MAX_LISTED = 1000
"""The most articles that one part of a list has."""

Responses = dict[int | str, dict[str, Any]]
"""Responses of a route by status, as FastAPI's `responses` takes them."""


def _parse_day(value: object) -> object:
    # Pydantic alone would also accept a number of seconds or a day with a time.
    try:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("day", "Input is not a day; write YYYY-MM-DD")


Day = Annotated[date, BeforeValidator(_parse_day)]


Question = Annotated[
    str,
    Field(
        description="The question, in a sentence or two.",
        # Checked by `check_question`, whose messages say what to do.
        json_schema_extra={
            "minLength": 1,
            "maxLength": MAX_QUESTION_CHARACTERS,
            "pattern": r"[^\W_]",
        },
    ),
]


class ArticleConditions(BaseModel):
    """Conditions on the articles to ask; all of them must hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    publisher: str | None = Field(None, description="Words of the publisher's name.")
    author: str | None = Field(None, description="Words of an author's name.")
    after: Day | None = Field(None, description="The first day of publication, YYYY-MM-DD.")
    before: Day | None = Field(None, description="The last day of publication, YYYY-MM-DD.")
    articles: list[str] | None = Field(None, description="The ids of the articles to ask.")
    title: str | None = Field(None, description="Words of the title.")
    path: str | None = Field(None, description="A shell pattern for the id, such as news/*.")
    year: int | None = Field(None, description="The year of publication.")
    metadata: dict[str, str | list[str]] | None = Field(
        None, description="A value, or several of which one has to be there, for own fields."
    )
    exclude: list[str] | None = Field(None, description="The ids of articles not to ask.")

    def filter(self) -> Filter:
        """Return the conditions. Raises SettingError where `after` is later than `before`."""
        return Filter(
            self.publisher,
            self.after,
            self.before,
            self.author,
            self.articles,
            title=self.title,
            path=self.path,
            year=self.year,
            metadata=self.metadata,
            exclude=self.exclude,
        )


class AskOptions(ArticleConditions):
    """How to answer, and from which articles."""

    mode: Literal["balanced", "strict", "always"] | None = Field(
        None, description="How confident an answer must be; balanced by default."
    )
    min_confidence: float | None = Field(
        None, ge=0, le=1, description="The lowest confidence to answer with; replaces the mode's."
    )


class EarlierCitation(BaseModel):
    """A citation of an earlier answer."""

    article: str
    title: str = ""
    quote: str


class EarlierAnswer(BaseModel):
    """An earlier answer of the conversation: any response of `ask`, of which these are read."""

    question: str
    understood: str | None = None
    remark: str | None = None
    citations: list[EarlierCitation] = []

    def turn(self) -> Turn | None:
        """Return what later questions may refer to; None for a remark."""
        if self.remark is not None:
            return None
        standalone = self.understood or self.question
        if not self.citations:
            return Turn(self.question, standalone)
        first = self.citations[0]
        return Turn(self.question, standalone, first.quote, first.title, first.article)


class AskRequest(AskOptions):
    """A question to answer."""

    question: Question
    history: list[EarlierAnswer] = Field(
        [],
        description="The earlier answers of the conversation, oldest first, as they were returned; "
        "a follow-up question is completed from them.",
    )


class AskBatchRequest(AskOptions):
    """Questions to answer one after another, with the same options."""

    questions: list[Question] = Field(min_length=1, max_length=MAX_BATCH)


class SearchOptions(ArticleConditions):
    """How many passages to find, and in which articles."""

    k: int = Field(5, ge=1, le=MAX_PASSAGES, description="How many passages, best first.")
    offset: int = Field(0, ge=0, le=MAX_OFFSET, description="How many of the best to leave out.")
    per_article: int | None = Field(
        None, ge=1, le=MAX_PASSAGES, description="The most passages of one article."
    )
    min_score: float | None = Field(
        None, allow_inf_nan=False, description="The lowest score to return."
    )

    def options(self) -> RetrieveOptions:
        """Return the options of the search, the filter among them."""
        return {
            "filter": self.filter(),
            "offset": self.offset,
            "per_article": self.per_article,
            "min_score": self.min_score,
        }


class SearchRequest(SearchOptions):
    """A question to find passages for."""

    question: Question


class ArticleMetadata(BaseModel):
    """The metadata of an article."""

    path: str | None
    title: str
    authors: list[str]
    publisher: str | None
    published: date | None = Field(description="The day, or null where only the year is known.")
    year: int | None
    url: str | None
    metadata: dict[str, list[str]] = Field({}, description="The fields that a program has set.")


class CitationModel(ArticleMetadata):
    """The location of a quote: `quote` is exactly the article's text from `start` to `end`."""

    article: str = Field(description="The article's id.")
    paragraph: int = Field(description="The number of the paragraph, from 1.")
    paragraphs: list[int]
    page: int | None = Field(description="The page, for formats that have pages.")
    paragraph_text: str
    start: int = Field(description="Code points from the beginning of the article's text.")
    end: int
    quote: str
    link: str = Field(description="The article's page on this server, with the quote marked.")
    source_link: str | None = Field(description="The original page, scrolled to the sentence.")


class PassageModel(BaseModel):
    """A passage of an article."""

    score: float = Field(description="Higher is better; comparable within one search only.")
    text: str
    tokens: int
    citation: CitationModel


class AlternativeModel(BaseModel):
    """One of the answers that the articles give."""

    text: str
    confidence: float
    citations: list[CitationModel]
    superseded_by: CitationModel | None = Field(
        None, description="What the newest article says instead, if it is dated later."
    )


class AgreementModel(BaseModel):
    """How far the articles agree with the answer."""

    sources: int = Field(description="How many articles give the answer.")
    differ: bool = Field(description="Whether other articles give a different one.")


class RecalibrationModel(BaseModel):
    """What votes on the answers of this index changed about the confidence."""

    fit: str = Field(description="The fit of the confidence that the votes are about.")
    votes: int = Field(description="How many votes were used; 0 while there are too few.")
    shift: float = Field(description="What was added to the log odds of the confidence.")


class ScopeModel(BaseModel):
    """Which articles were asked."""

    publisher: str | None
    author: str | None
    after: date | None
    before: date | None
    title: str | None = None
    path: str | None = None
    year: int | None = None
    metadata: dict[str, list[str]] = {}
    articles: int = Field(description="How many articles were asked.")
    total: int = Field(description="How many there are.")
    undated: int = Field(0, description="How many were left out only for want of a known date.")
    phrase: str | None = Field(description="The words of the question that chose them.")
    without_phrase: str | None = Field(description="The question without these words.")
    cited_last: str | None = Field(
        None, description="The title of the article that alone was asked, as it was cited last."
    )


class AnswerResponse(BaseModel):
    """An answer in the words of an article, or a refusal with the nearest passages."""

    model_config = ConfigDict(extra="allow")

    question: str
    understood: str | None = Field(
        None, description="The question, completed from its history; null where it is unchanged."
    )
    kind: AnswerKind = Field(
        description="What is shown: a few words, whole sentences, a list, a row of a table, "
        "something about the articles, the main sentences of one, the best sentence of each of "
        "several, a refusal, or a remark where nothing was asked about the articles."
    )
    answered: bool = Field(description="False where no answer is confident enough.")
    confidence: float = Field(description="The probability that the answer is right, 0 to 1.")
    answerable: float | None = Field(
        description="The probability that the articles answer the question at all, 0 to 1; null "
        "where no passage was found."
    )
    unsure: bool = Field(
        description="Whether this is a refusal that leaves open that the articles answer."
    )
    calibrated: bool = Field(
        description="Whether the confidence was calibrated on questions with known answers."
    )
    recalibration: RecalibrationModel | None = Field(
        None,
        description="How votes on earlier answers changed the confidence; null if they cannot.",
    )
    text: str | None = Field(
        description="The answer: one verbatim slice, or those of several quotes, one a line."
    )
    sentence: str | None = Field(description="The sentence that holds the answer.")
    statement: str | None = Field(
        description="What the quotes are, in the program's words; null for other kinds."
    )
    remark: str | None = Field(description="What is said where nothing was asked.")
    scope: ScopeModel | None = Field(description="The articles that were asked; null for all.")
    quotes: list[CitationModel] = Field(description="The parts of the answer, each cited.")
    citations: list[CitationModel]
    versions: list[AlternativeModel] = Field(
        description="All answers that the articles give, newest first; the first is `text`."
    )
    alternatives: list[AlternativeModel] = Field(description="The versions after the first.")
    agreement: AgreementModel
    nearest: list[PassageModel]
    looked_for: list[str] = Field(description="The words of the question that were searched for.")
    missing: list[str] = Field(
        description="Names and numbers of the question that occur in no article."
    )


class AskBatchResponse(BaseModel):
    """The answers, in the order of the questions."""

    answers: list[AnswerResponse]


class SearchResponse(BaseModel):
    """The passages nearest to a question, best first."""

    question: str
    passages: list[PassageModel]


class ArticleSummaryResponse(ArticleMetadata):
    """An article without its text."""

    id: str
    paragraphs: int = Field(description="How many paragraphs it has, of all kinds.")


class MetadataChangesRequest(BaseModel):
    """Corrections of an article's metadata; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    title: str = ""
    authors: list[str] = []
    publisher: str | None = None
    published: date | None = Field(None, description="The day; it replaces `year` too.")
    year: int | None = Field(None, description="The year alone, where the day is not known.")
    url: str | None = None
    metadata: dict[str, list[str]] = Field({}, description="Own fields, replacing all of them.")


class ArticleListResponse(BaseModel):
    """Part of the list of the articles, sorted by id."""

    articles: list[ArticleSummaryResponse]
    total: int = Field(description="How many articles there are.")
    next: int | None = Field(description="The offset of the next part; null at the end.")


class ParagraphModel(BaseModel):
    """A paragraph. Only bodies, headings and captions are searched and cited."""

    number: int
    kind: Literal["body", "heading", "caption", "comment", "boilerplate"]
    start: int
    end: int
    text: str


class ArticleResponse(ArticleMetadata):
    """An article with its text and its paragraphs."""

    id: str
    text: str
    paragraphs: list[ParagraphModel]


class ArticlePartResponse(ArticleMetadata):
    """Consecutive paragraphs of an article."""

    id: str
    paragraphs: list[ParagraphModel]
    next: int | None = Field(description="The number of the next paragraph; null at the end.")


class AddedResponse(ArticleMetadata):
    """The article that was added."""

    id: str = Field(description="Its id, for read_article and remove_article.")


class RemovedResponse(BaseModel):
    """The article that was removed."""

    removed: str = Field(description="The id that the article had.")


class StatusResponse(BaseModel):
    """The state of the server, with a message for people."""

    phase: Literal["loading", "ready", "failed"]
    message: str
    recalibration: RecalibrationModel | None = Field(
        None, description="How votes change the confidence; null while the models load."
    )


class ErrorResponse(BaseModel):
    """What is wrong with a request, and what to do."""

    detail: str


LISTED: Responses = {
    200: {
        "headers": {
            "X-Total-Count": {
                "description": "How many articles there are.",
                "schema": {"type": "string", "pattern": r"^\d+$"},
            },
            "Link": {
                "description": "The next part of the list, if there is one (RFC 8288).",
                "schema": {"type": "string"},
            },
        }
    }
}
COMMON: Responses = {
    400: {"model": ErrorResponse, "description": "The request cannot be read as text."},
    401: {"model": ErrorResponse, "description": "Accounts are required; send a token."},
    403: {"model": ErrorResponse, "description": "Refused: another site's page, or a reader."},
    408: {"model": ErrorResponse, "description": "The request was not sent in time."},
    413: {"model": ErrorResponse, "description": "The request is too large."},
}
BUSY: Responses = {
    429: {"model": ErrorResponse, "description": "Too many questions are waiting; try again later."}
}
NOT_FOUND: Responses = {404: {"model": ErrorResponse, "description": "There is no such article."}}
UNPROCESSABLE: Responses = {422: {"model": ErrorResponse, "description": "The request is invalid."}}
UNAVAILABLE: Responses = {503: {"model": ErrorResponse, "description": "There is no index to ask."}}
