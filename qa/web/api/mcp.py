"""The same for assistants: three tools over the Model Context Protocol, at `/mcp`.

Needs the package `mcp` (the extra of that name); without it the address is not there. The
only file that imports it.
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
from pydantic import BaseModel, Field

from index.errors import LibraryError, SettingError
from index.filters import Filter
from qa.answer import article_json
from qa.errors import QAError
from qa.web.api.rest import (
    MAX_PASSAGES,
    About,
    AnswerOut,
    ParagraphOut,
    SearchOut,
    paragraphs_json,
)
from qa.web.service import Service

MAX_CHARACTERS = 60_000
"""How much of an article one reading gives at most, in code points."""

_INSTRUCTIONS = (
    "Pincite holds a folder of articles and answers from their own words. Use `ask` for a "
    "question with a short answer: it quotes the words that answer, says where they stand and "
    "how sure it is, or refuses. Use `search` to read passages yourself, and `read_article` for "
    "an article's paragraphs. Quote what is returned as it is, with its citation; when `ask` "
    "refuses, say that the articles do not answer; or, where `unsure` is true, that they may, "
    "but that no words are sure enough."
)


class PartOut(About):
    """Paragraphs of an article, in order."""

    id: str
    paragraphs: list[ParagraphOut]
    next: int | None = Field(description="The paragraph to go on from, or null at the end.")


Question = Annotated[str, Field(description="The question, in a sentence or two.")]
Publisher = Annotated[str | None, Field(description="Only articles of this publisher.")]
Author = Annotated[str | None, Field(description="Only articles by this author.")]
After = Annotated[date | None, Field(description="Only articles of this day or later.")]
Before = Annotated[date | None, Field(description="Only articles of this day or earlier.")]
Articles = Annotated[list[str] | None, Field(description="Only the articles with these ids.")]


class AddedOut(About):
    """An article that was added."""

    id: str = Field(description="Its id, for read_article and remove_article.")


class RemovedOut(BaseModel):
    """What is gone."""

    removed: str = Field(description="The id that the article had.")


def add_mcp(app: FastAPI, service: Service, *, allow_changes: bool = False) -> bool:
    """Declare `/mcp` on `app`; where the package `mcp` is not installed it only says so (False).

    With `allow_changes` there are tools that add and remove articles.
    """
    if find_spec("mcp") is None:

        @app.api_route("/mcp", methods=["GET", "POST"], include_in_schema=False)
        def lacking() -> JSONResponse:
            message = "this needs the package mcp: install it with pip install 'pincite[mcp]'"
            return JSONResponse({"detail": message}, 501)

        return False
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations

    server = MCPServer(
        "pincite", instructions=_INSTRUCTIONS, version=version("pincite"), log_level="WARNING"
    )
    reading = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

    @contextmanager
    def told() -> Iterator[None]:
        """Errors as messages for the assistant."""
        try:
            yield
        except (QAError, LibraryError) as error:
            raise ToolError(str(error)) from error

    @server.tool(title="Answer a question from the articles", annotations=reading)
    def ask(
        question: Question,
        mode: Annotated[
            Literal["balanced", "strict", "always"],
            Field(description="How sure an answer must be; always never refuses."),
        ] = "balanced",
        min_confidence: Annotated[
            float | None,
            Field(ge=0, le=1, description="Answer from this confidence on, whatever the mode."),
        ] = None,
        publisher: Publisher = None,
        author: Author = None,
        after: After = None,
        before: Before = None,
        articles: Articles = None,
    ) -> AnswerOut:
        """Answer a question with the very words of an article, cited to the paragraph.

        `answered` is false where no words are sure enough: the articles do not say, or, where
        `unsure` is true, may do so; `nearest` then holds the closest passages. `alternatives`
        holds what other articles say differently.
        """
        with told():
            filter = Filter(publisher, after, before, author, articles)
            answer = service.ask(question, filter, mode=mode, min_confidence=min_confidence)
            return AnswerOut.model_validate(answer.to_json())

    @server.tool(title="Search the articles", annotations=reading)
    def search(
        question: Question,
        k: Annotated[int, Field(ge=1, le=MAX_PASSAGES, description="How many passages.")] = 5,
        publisher: Publisher = None,
        author: Author = None,
        after: After = None,
        before: Before = None,
        articles: Articles = None,
    ) -> SearchOut:
        """Find the passages nearest to a question or a few words, best first, each cited."""
        with told():
            filter = Filter(publisher, after, before, author, articles)
            found = [passage.to_json() for passage in service.search(question, k, filter)]
            return SearchOut.model_validate({"question": question, "passages": found})

    @server.tool(title="Read an article", annotations=reading)
    def read_article(
        article: Annotated[str, Field(description="The article's id, from a citation.")],
        first: Annotated[int, Field(ge=1, description="The first paragraph to read.")] = 1,
        last: Annotated[
            int | None, Field(ge=1, description="The last one; to the end when left out.")
        ] = None,
    ) -> PartOut:
        """Read an article's paragraphs, with their numbers and kinds.

        Comments and boilerplate are marked as such: they are nothing the article says. A long
        article stops after about 60,000 characters; `next` says where to go on.
        """
        with told():
            return _read(service, article, first, last)

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
            text: Annotated[str, Field(description="The whole text, as it is to be quoted.")],
        ) -> AddedOut:
            """Add an article to those that are asked, or replace the added one of that name."""
            with told():
                if PurePosixPath(name).suffix.lower() not in (".txt", ".md", ".html"):
                    raise SettingError(f"{name[:80]!r} is no name of a text; end it in .txt or .md")
                added = service.add_upload(name, text.encode("utf-8", "replace"))
                return AddedOut.model_validate({"id": added.id, **article_json(added)})

        @server.tool(title="Remove an added article", annotations=changing)
        def remove_article(
            article: Annotated[str, Field(description="The article's id; it begins uploads/.")],
        ) -> RemovedOut:
            """Remove an article that was added here, with its file. Those of folders stay."""
            with told():
                service.remove(article)
                return RemovedOut(removed=article)

    web = server.streamable_http_app(
        streamable_http_path="/mcp", stateless_http=True, json_response=True
    )
    app.router.routes.extend(web.routes)
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(inner: FastAPI) -> AsyncIterator[Any]:
        async with outer(inner) as state, server.session_manager.run():
            yield state

    app.router.lifespan_context = lifespan
    return True


def _read(service: Service, article: str, first: int, last: int | None) -> PartOut:
    found = service.library().article(article)
    if first > len(found.paragraphs):
        raise SettingError(f"{article} has {len(found.paragraphs)} paragraphs; {first} is none")
    wanted = found.paragraphs[first - 1 : last]
    start = wanted[0].span.start if wanted else 0
    kept = [one for one in wanted if one.span.end - start <= MAX_CHARACTERS] or wanted[:1]
    paragraphs = paragraphs_json(found, kept)
    for paragraph in paragraphs:
        paragraph["text"] = paragraph["text"][:MAX_CHARACTERS]
        paragraph["end"] = paragraph["start"] + len(paragraph["text"])
    after = first + len(kept)
    return PartOut.model_validate(
        {
            "id": found.id,
            **article_json(found),
            "paragraphs": paragraphs,
            "next": after if after <= len(found.paragraphs) else None,
        }
    )
