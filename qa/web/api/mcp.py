"""Tools for assistants over the Model Context Protocol, at `/mcp`.

Needs the package `mcp` (the extra of that name) and is the only module that imports it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import Field

from index.errors import LibraryError, SettingError
from index.filters import Filter
from qa.errors import QAError
from qa.web.api.client_json import client_json, metadata_json
from qa.web.api.rest import paragraphs_json, passages_json
from qa.web.api.schemas import (
    MAX_PASSAGES,
    AddedResponse,
    AnswerResponse,
    ArticlePartResponse,
    EarlierAnswer,
    RemovedResponse,
    SearchResponse,
)
from qa.web.audit import Origin
from qa.web.service import Service

MAX_CHARACTERS = 60_000
"""The most of an article's text that one call of `read_article` returns, in code points."""

_INSTRUCTIONS = (
    "Pincite answers questions from a folder of articles, in the articles' own words. Use `ask` "
    "for a question with a short answer: it returns a verbatim quote with its citation and a "
    "confidence, or refuses. Use `search` to read passages yourself, and `read_article` for an "
    "article's paragraphs. Quote the returned text unchanged, with its citation. When `ask` "
    "refuses, say that no quote was certain enough; unless `unsure` is false, leave open that the "
    "articles answer the question."
)

Question = Annotated[str, Field(description="The question, in a sentence or two.")]
Publisher = Annotated[str | None, Field(description="Only articles of this publisher.")]
Author = Annotated[str | None, Field(description="Only articles by this author.")]
After = Annotated[date | None, Field(description="Only articles of this day or later.")]
Before = Annotated[date | None, Field(description="Only articles of this day or earlier.")]
Articles = Annotated[list[str] | None, Field(description="Only the articles with these ids.")]


def add_mcp(app: FastAPI, service: Service, *, allow_changes: bool = False) -> bool:
    """Declare `/mcp` on `app`; return False where the package `mcp` is not installed.

    `/mcp` then only says how to install it. `allow_changes` adds the tools that add and remove
    articles.
    """
    if find_spec("mcp") is None:

        @app.api_route("/mcp", methods=["GET", "POST"], include_in_schema=False)
        def explain() -> JSONResponse:
            message = "this needs the package mcp: install it with pip install 'pincite[mcp]'"
            return JSONResponse({"detail": message}, 501)

        return False
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.server.transport_security import TransportSecuritySettings
    from mcp.types import ToolAnnotations

    server = MCPServer(
        "pincite", instructions=_INSTRUCTIONS, version=version("pincite"), log_level="WARNING"
    )
    read_only = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @contextmanager
    def tool_errors() -> Iterator[None]:
        """Raise the project's errors as errors that are passed on to the assistant."""
        try:
            yield
        except (QAError, LibraryError) as error:
            raise ToolError(str(error)) from error

    @server.tool(title="Answer a question from the articles", annotations=read_only)
    def ask(
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
        publisher: Publisher = None,
        author: Author = None,
        after: After = None,
        before: Before = None,
        articles: Articles = None,
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
            filter = Filter(publisher, after, before, author, articles)
            answer = service.ask(
                question,
                filter,
                mode=mode,
                min_confidence=min_confidence,
                history=[earlier.turn() for earlier in history or ()],
            )
            return AnswerResponse.model_validate(client_json(answer.to_json(), service.base_url))

    @server.tool(title="Search the articles", annotations=read_only)
    def search(
        question: Question,
        k: Annotated[int, Field(ge=1, le=MAX_PASSAGES, description="How many passages.")] = 5,
        publisher: Publisher = None,
        author: Author = None,
        after: After = None,
        before: Before = None,
        articles: Articles = None,
    ) -> SearchResponse:
        """Find the passages nearest to a question or a few words, best first, each cited."""
        with tool_errors():
            filter = Filter(publisher, after, before, author, articles)
            passages = passages_json(service, service.search(question, k, filter))
            return SearchResponse.model_validate({"question": question, "passages": passages})

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

    web = server.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=True,
        json_response=True,
        # The server's own middleware compares Host and Origin, with the public URL as well.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    app.router.routes.extend(web.routes)
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(inner: FastAPI) -> AsyncIterator[Any]:
        async with outer(inner) as state, server.session_manager.run():
            yield state

    app.router.lifespan_context = lifespan
    return True


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
