"""Tools and resources for assistants over the Model Context Protocol.

Needs the package `mcp`, the extra of that name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from index.errors import LibraryError, SettingError, UnknownArticleError
from qa.errors import QAError
from qa.web.api.client_json import (
    client_json,
    metadata_json,
    paragraphs_json,
    passages_json,
    summaries_json,
)
from qa.web.api.schemas import (
    MAX_LISTED,
    MAX_OFFSET,
    AddedResponse,
    AnswerResponse,
    ArticleConditions,
    ArticleListResponse,
    ArticlePartResponse,
    EarlierAnswer,
    Question,
    RemovedResponse,
    SearchOptions,
    SearchResponse,
)
from qa.web.audit import Origin
from qa.web.service import Service

if TYPE_CHECKING:
    from mcp.server import MCPServer

INSTALL = "this needs the package mcp: install it with pip install 'pincite[mcp]'"
"""What to do where the package is not installed."""

MAX_CHARACTERS = 60_000
"""The most of an article's text that one call of `read_article` returns, in code points."""

_INSTRUCTIONS = (
    "Pincite answers questions from a folder of articles, in the articles' own words. Use `ask` "
    "for a question with a short answer: it returns a verbatim quote with its citation and a "
    "confidence, or refuses. Use `search` to read passages yourself, `read_article` for an "
    "article's paragraphs, and `list_articles` for what there is. Quote the returned text "
    "unchanged, with its citation. When `ask` refuses, say that no quote was certain enough; "
    "unless `unsure` is false, leave open that the articles answer the question."
)


def is_installed() -> bool:
    """Whether the package `mcp` is installed."""
    return find_spec("mcp") is not None


def build_mcp_server(service: Service, *, allow_changes: bool = False) -> MCPServer:
    """Return the server of the tools and resources of an index.

    `allow_changes` adds the tools that add and remove articles.
    """
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
    from mcp.server.mcpserver.resources import ResourceSecurity
    from mcp.types import Resource, ToolAnnotations

    class Server(MCPServer):
        """Lists the articles as resources, as they are when they are asked for."""

        async def list_resources(self) -> list[Resource]:
            articles = service.library().articles()
            return [
                Resource(
                    uri=f"pincite://articles/{quote(one.id)}",
                    name=one.id,
                    title=one.metadata.title or None,
                    mime_type="text/plain",
                )
                for one in articles[:MAX_LISTED]
            ]

    server = Server(
        "pincite", instructions=_INSTRUCTIONS, version=version("pincite"), log_level="WARNING"
    )
    read_only = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @contextmanager
    def tool_errors() -> Iterator[None]:
        """Raise the project's errors as errors that are passed on to the assistant."""
        try:
            yield
        except (QAError, LibraryError) as error:
            raise ToolError(service.without_paths(str(error))) from error

    @server.tool(title="Answer a question from the articles", annotations=read_only)
    @_with_fields(ArticleConditions)
    def ask(
        conditions: ArticleConditions,
        question: Question,
        mode: Annotated[
            Literal["balanced", "strict", "always"],
            Field(description="How confident an answer must be; always never refuses."),
        ] = "balanced",
        min_confidence: Annotated[
            float | None,
            Field(
                ge=0, le=1, description="The lowest confidence to answer with; replaces the mode's."
            ),
        ] = None,
        history: Annotated[
            list[EarlierAnswer] | None,
            Field(description="Earlier results of `ask`, oldest first, for a follow-up question."),
        ] = None,
    ) -> AnswerResponse:
        """Answer a question with verbatim quotes of articles, cited to the paragraph.

        `answered` is false where no quote is certain enough; where `unsure` is true, the articles
        may answer all the same. `nearest` then holds the closest passages. `kind` says what the
        answer is, `quotes` holds its parts, and `remark` what to say where nothing was asked.
        `alternatives` holds the different answers of other articles.
        """
        with tool_errors():
            answer = service.ask(
                question,
                conditions.filter(),
                mode=mode,
                min_confidence=min_confidence,
                history=[earlier.turn() for earlier in history or ()],
            )
            return AnswerResponse.model_validate(client_json(answer.to_json(), service.base_url))

    @server.tool(title="Search the articles", annotations=read_only)
    @_with_fields(SearchOptions)
    def search(options: SearchOptions, question: Question) -> SearchResponse:
        """Find the passages nearest to a question or a few words, best first, each cited."""
        with tool_errors():
            found = service.search(question, options.k, **options.options())
            passages = passages_json(found, service.base_url)
            return SearchResponse.model_validate({"question": question, "passages": passages})

    @server.tool(title="List the articles", annotations=read_only)
    @_with_fields(ArticleConditions)
    def list_articles(
        conditions: ArticleConditions,
        limit: Annotated[int, Field(ge=1, le=MAX_LISTED, description="How many.")] = 50,
        offset: Annotated[int, Field(ge=0, le=MAX_OFFSET, description="How many to skip.")] = 0,
    ) -> ArticleListResponse:
        """List the articles that meet the conditions, sorted by id, without their texts."""
        with tool_errors():
            filter = conditions.filter()
            matching = [
                one for one in service.library().articles() if filter.matches(one.id, one.metadata)
            ]
        end = offset + limit
        return ArticleListResponse.model_validate(
            {
                "articles": summaries_json(matching[offset:end]),
                "total": len(matching),
                "next": end if end < len(matching) else None,
            }
        )

    @server.tool(title="Read an article", annotations=read_only)
    def read_article(
        article: Annotated[str, Field(description="The article's id, from a citation.")],
        first: Annotated[int, Field(ge=1, description="The first paragraph to read.")] = 1,
        last: Annotated[
            int | None, Field(ge=1, description="The last paragraph to read; by default, all.")
        ] = None,
    ) -> ArticlePartResponse:
        """Read an article's paragraphs, with their numbers and kinds.

        Paragraphs of the kinds `comment` and `boilerplate` are not part of what the article says.
        A long article is cut after about 60,000 characters; `next` is the paragraph to go on from.
        """
        with tool_errors():
            return _read_article(service, article, first, last)

    if allow_changes:
        changing = ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
        )

        @server.tool(title="Add an article", annotations=changing)
        def add_article(
            name: Annotated[
                str,
                Field(description="A file name that ends in .txt, .md or .html."),
            ],
            text: Annotated[str, Field(description="The whole text of the article, verbatim.")],
        ) -> AddedResponse:
            """Add an article to those that are asked, or replace the added one of that name."""
            with tool_errors():
                if PurePosixPath(name).suffix.lower() not in (".txt", ".md", ".html"):
                    raise SettingError(
                        f"{name[:80]!r} is not the name of a text file; end it in .txt, .md or "
                        ".html"
                    )
                added = service.add_upload(name, text.encode("utf-8", "replace"), Origin.MCP)
                return AddedResponse.model_validate({"id": added.id, **metadata_json(added)})

        @server.tool(title="Remove an added article", annotations=changing)
        def remove_article(
            article: Annotated[
                str, Field(description="The article's id, which begins with uploads/.")
            ],
        ) -> RemovedResponse:
            """Remove an article that was added here, with its file.

            Articles in indexed folders cannot be removed.
            """
            with tool_errors():
                service.remove(article, Origin.MCP)
                return RemovedResponse(removed=article)

    @server.resource(
        "pincite://articles/{+article}",
        title="The text of an article",
        mime_type="text/plain",
        # An id is a key of the index, never a path, so it may hold slashes and dots.
        security=ResourceSecurity(exempt_params={"article"}),
    )
    def article_text(article: str) -> str:
        """The whole text of an article, to which the offsets of citations refer."""
        try:
            return service.library().article(article).text
        except UnknownArticleError as error:
            raise ResourceNotFoundError(str(error)) from error

    return server


def _with_fields(
    model: type[BaseModel],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function take the fields of `model` as arguments instead of its first, an instance."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function, eval_str=True)
        _, *others = signature.parameters.values()
        fields = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.get_default(),
                annotation=Annotated[field.annotation, field],
            )
            for name, field in model.model_fields.items()
        ]

        # The server has validated the arguments by the signature below.
        @wraps(function)
        def call(**arguments: Any) -> Any:
            own = {one.name: arguments.pop(one.name) for one in others if one.name in arguments}
            return function(model.model_construct(**arguments), **own)

        call.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*others, *fields]
        )
        return call

    return decorate


def _read_article(
    service: Service, article_id: str, first: int, last: int | None
) -> ArticlePartResponse:
    article = service.library().article(article_id)
    count = len(article.paragraphs)
    if first > count:
        raise SettingError(
            f"there is no paragraph {first} in {article_id}; its last one is {count}"
        )
    part = list(article.paragraphs[first - 1 : last])
    start = part[0].span.start if part else 0
    part = [one for one in part if one.span.end - start <= MAX_CHARACTERS] or part[:1]
    paragraphs = paragraphs_json(article, part)
    for paragraph in paragraphs:
        paragraph["text"] = paragraph["text"][:MAX_CHARACTERS]
        paragraph["end"] = paragraph["start"] + len(paragraph["text"])
    following = first + len(part)
    return ArticlePartResponse.model_validate(
        {
            "id": article.id,
            **metadata_json(article),
            "paragraphs": paragraphs,
            "next": following if following <= count else None,
        }
    )
