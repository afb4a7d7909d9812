"""The MCP tools, called by the official client on a running chat server."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from mcp import StdioServerParameters
from mcp.client import Client

from tests import PROJECT
from tests.helpers import event_loop
from tests.helpers.chat_server import Chat

Result = TypeVar("Result")


def with_client(chat: Chat, work: Callable[[Client], Awaitable[Result]]) -> Result:
    """Return the result of `work` with a client that is connected to the chat server."""

    async def connected() -> Result:
        async with Client(f"{chat.address}/mcp") as client:
            return await work(client)

    return event_loop.run(connected())


def call(chat: Chat, tool: str, **arguments: Any) -> dict[str, Any]:
    async def work(client: Client) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    return with_client(chat, work)


def test_the_tools_have_descriptions_and_typed_results(chat: Chat) -> None:
    async def work(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in with_client(chat, work)}
    assert set(tools) == {"ask", "search", "read_article", "list_articles"}
    for tool in tools.values():
        assert len(tool.description or "") > 50
        assert tool.output_schema is not None
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint is True
        arguments = tool.input_schema["properties"].values()
        assert all(argument.get("description") for argument in arguments)


def test_the_cited_paragraph_of_an_answer_can_be_read(chat: Chat) -> None:
    answer = call(chat, "ask", question="How much did the delay cost Tomas Brandt?")
    assert answer["answered"] is True
    (citation, *_) = answer["citations"]
    number = citation["paragraph"]
    read = call(chat, "read_article", article=citation["article"], first=number, last=number)
    (paragraph,) = read["paragraphs"]
    assert paragraph["text"] == citation["paragraph_text"]
    assert citation["quote"] in paragraph["text"]
    assert read["next"] == number + 1


def test_a_question_that_the_articles_do_not_answer_is_refused(chat: Chat) -> None:
    answer = call(chat, "ask", question="Who painted the ceiling of the Sistine Chapel?")
    assert answer["answered"] is False
    assert answer["text"] is None


def test_min_confidence_decides_whether_to_answer(chat: Chat) -> None:
    question = "When did the harbour of Lowtide reopen?"
    assert call(chat, "ask", question=question)["answered"] is True
    assert call(chat, "ask", question=question, min_confidence=1.0)["answered"] is False


def test_a_search_is_restricted_to_the_chosen_articles(chat: Chat) -> None:
    passages = call(chat, "search", question="boats", k=3, articles=["ferry.txt"])["passages"]
    assert {passage["citation"]["article"] for passage in passages} == {"ferry.txt"}


def test_a_search_takes_the_conditions_of_the_api(chat: Chat) -> None:
    everything = call(chat, "search", question="boats", k=100)["passages"]
    ids = [passage["citation"]["article"] for passage in everything]
    later = call(chat, "search", question="boats", k=100, offset=1)["passages"]
    assert [passage["text"] for passage in later] == [one["text"] for one in everything[1:]]
    single = call(chat, "search", question="boats", k=100, per_article=1, exclude=[ids[0]])
    assert sorted(one["citation"]["article"] for one in single["passages"]) == sorted(
        set(ids) - {ids[0]}
    )
    best = everything[0]["score"]
    assert len(call(chat, "search", question="boats", min_score=best)["passages"]) == 1
    for conditions in ({"metadata": {"desk": "sport"}}, {"year": 1066}, {"after": "2100-01-01"}):
        assert call(chat, "search", question="boats", **conditions)["passages"] == []
    titled = call(chat, "search", question="boats", title="ferry crews", path="f*.txt")
    assert {one["citation"]["article"] for one in titled["passages"]} == {"ferry.txt"}


def test_the_articles_are_listed_part_by_part(chat: Chat) -> None:
    first = call(chat, "list_articles", limit=2)
    assert (first["total"], first["next"]) == (5, 2)
    rest = call(chat, "list_articles", limit=10, offset=2)
    assert rest["next"] is None
    ids = [article["id"] for article in first["articles"] + rest["articles"]]
    assert ids == sorted(ids)
    assert len(ids) == 5
    (ferry,) = call(chat, "list_articles", title="ferry")["articles"]
    assert (ferry["id"], ferry["path"]) == ("ferry.txt", "ferry.txt")


def test_articles_are_resources(chat: Chat) -> None:
    async def work(client: Client) -> Any:
        listed = (await client.list_resources()).resources
        return [(one, await client.read_resource(one.uri)) for one in listed]

    answer = call(chat, "ask", question="How much did the delay cost Tomas Brandt?")
    (citation, *_) = answer["citations"]
    texts = {one.name: read.contents[0].text for one, read in with_client(chat, work)}
    assert len(texts) == 5
    text = texts[citation["article"]]
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_an_assistant_can_start_the_server_itself(web_index: Path) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "pincite", "mcp", "--index", str(web_index), "--public-url", "http://a.test"],
        cwd=str(PROJECT),
        env={**os.environ},
    )

    async def work() -> Any:
        async with Client(server) as client:
            question = "How much did the delay cost Tomas Brandt?"
            return await client.call_tool("ask", {"question": question})

    answer = event_loop.run(work()).structured_content
    assert "$18,000" in answer["sentence"]
    assert answer["citations"][0]["link"].startswith("http://a.test/articles/harbour.txt?")


@pytest.mark.parametrize(
    ("tool", "arguments", "message"),
    [
        ("ask", {"question": "  "}, "the question is empty"),
        ("read_article", {"article": "none.txt"}, "no article has the id 'none.txt'"),
        ("read_article", {"article": "ferry.txt", "first": 999}, "no paragraph 999 in ferry.txt"),
    ],
)
def test_errors_are_passed_on_to_the_assistant(
    chat: Chat, tool: str, arguments: dict[str, Any], message: str
) -> None:
    async def work(client: Client) -> Any:
        return await client.call_tool(tool, arguments)

    result = with_client(chat, work)
    assert result.is_error
    assert message in result.content[0].text
