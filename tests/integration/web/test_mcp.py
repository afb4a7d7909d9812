"""The MCP tools, called by the official client on a running chat server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from mcp.client import Client

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


def test_three_tools_have_descriptions_and_typed_results(chat: Chat) -> None:
    async def work(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in with_client(chat, work)}
    assert set(tools) == {"ask", "search", "read_article"}
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
