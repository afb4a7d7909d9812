"""Programs change the articles only where that was switched on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from gradio_client import Client

from index.library import Library
from qa.web.server import build_app
from tests.helpers.chat_server import Chat

BASE = "http://127.0.0.1:7860"
HEADERS = {"Accept": "application/json, text/event-stream"}
LANTERN = b"The lantern\n\nThe lantern on Gull Rock burns whale oil.\n"
ADDED = "/api/articles/uploads/rocks/lantern.txt"


@pytest.fixture(scope="module")
def switched_on(web_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over a copy of the index, with changes allowed."""
    path = tmp_path_factory.mktemp("changes") / "index"
    shutil.copytree(web_index, path)
    with TestClient(build_app(path, allow_changes=True), base_url=BASE) as client:
        yield client


def ids(client: TestClient) -> set[str]:
    return {article["id"] for article in client.get("/api/articles").json()}


def tool(client: TestClient, tool_name: str, **arguments: Any) -> dict[str, Any]:
    """What a tool of `/mcp` gives."""
    call = {"name": tool_name, "arguments": arguments}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    result: dict[str, Any] = client.post("/mcp", json=asked, headers=HEADERS).json()["result"]
    return result


def test_a_program_adds_replaces_and_removes_an_article(switched_on: TestClient) -> None:
    made = switched_on.put(ADDED, content=LANTERN).json()
    assert (made["id"], made["title"]) == ("uploads/rocks/lantern.txt", "The lantern")
    question = {"question": "What does the lantern on Gull Rock burn?"}
    assert "whale oil" in switched_on.post("/api/ask", json=question).json()["sentence"]
    switched_on.put(ADDED, content=LANTERN.replace(b"whale", b"olive"))
    assert "olive oil" in switched_on.post("/api/ask", json=question).json()["sentence"]
    assert switched_on.delete(ADDED).json() == {"removed": "uploads/rocks/lantern.txt"}
    assert "uploads/rocks/lantern.txt" not in ids(switched_on)
    assert switched_on.delete(ADDED).status_code == 404


def test_an_assistant_adds_and_removes_an_article(switched_on: TestClient) -> None:
    listed = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    tools = switched_on.post("/mcp", json=listed, headers=HEADERS).json()["result"]["tools"]
    changing = {one["name"] for one in tools if not one["annotations"]["readOnlyHint"]}
    assert changing == {"add_article", "remove_article"}
    added = tool(switched_on, "add_article", name="buoy.md", text="# The buoy\n\nIt is red.\n")
    assert added["structuredContent"]["id"] == "uploads/buoy.md"
    assert "uploads/buoy.md" in ids(switched_on)
    assert not tool(switched_on, "remove_article", article="uploads/buoy.md")["isError"]
    assert "uploads/buoy.md" not in ids(switched_on)
    refused = tool(switched_on, "add_article", name="buoy.exe", text="It is red.")
    assert "is no name of a text" in refused["content"][0]["text"]


@pytest.mark.parametrize(
    ("method", "address", "status", "words"),
    [
        ("PUT", "/api/articles/uploads/photo.png", 422, "photo.png is none of .txt"),
        ("PUT", "/api/articles/uploads/empty.txt", 422, "empty"),
        ("PUT", f"/api/articles/uploads/{'%C3%A9' * 110}.txt", 422, "has 224 bytes, at most 200"),
        ("PUT", f"/api/articles/uploads/{'seas/' * 110}a.txt", 422, "555 bytes with its folders"),
        (
            "DELETE",
            "/api/articles/harbour.txt",
            422,
            "delete the file and bring the index up to date",
        ),
        ("DELETE", "/api/articles/none.txt", 404, "'none.txt'"),
    ],
)
def test_what_cannot_be_changed_is_told(
    switched_on: TestClient, method: str, address: str, status: int, words: str
) -> None:
    response = switched_on.request(method, address)
    assert response.status_code == status
    assert words in response.json()["detail"]


def test_a_page_of_another_site_changes_nothing(switched_on: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert switched_on.put(ADDED, content=LANTERN, headers=headers).status_code == 403
    assert switched_on.delete("/api/articles/ferry.txt", headers=headers).status_code == 403
    # A browser asks first whether it may, and is not told yes.
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"}
    response = switched_on.options(ADDED, headers=asked)
    assert "access-control-allow-origin" not in response.headers


def test_changes_are_described_where_they_are_offered(switched_on: TestClient) -> None:
    paths = switched_on.get("/openapi.json").json()["paths"]
    assert "octet-stream" in str(paths["/api/articles/uploads/{name}"]["put"]["requestBody"])
    assert "delete" in paths["/api/articles/{article_id}"]
    page = switched_on.get("/docs").text
    assert "PUT /api/articles/uploads/&#123;name&#125;" in page
    assert "the bytes of the file" in page


def test_without_the_switch_no_program_can_change_anything(chat: Chat) -> None:
    state = Library.open(chat.index).manifest.state
    with httpx.Client(base_url=chat.address, timeout=120) as program:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for address in (ADDED, "/api/articles/ferry.txt", "/api/articles"):
                response = program.request(method, address, content=LANTERN)
                assert response.status_code in (404, 405), (method, address)
        functions = program.get("/config").json()["dependencies"]
        offered = {f["api_name"]: f["id"] for f in functions if f["api_visibility"] != "private"}
        assert set(offered) == {"ask", "search", "articles"}
        calls = [
            (f"{way}/{name}", {"data": [], "fn_index": number})
            for function in functions
            if function["api_visibility"] == "private"
            for way in ("call", "call/v2", "run", "api")
            for name, number in ((function["api_name"], None), ("ask", function["id"]))
        ]
        calls += [
            ("queue/join", {"data": [], "session_hash": "program", "fn_index": number})
            for number in (*(f["id"] for f in functions), "3", [3], None)
            if number not in offered.values()
        ]
        for address, body in calls:
            response = program.post(f"/gradio_api/{address}", json=body)
            assert response.json() == {"detail": "not offered to programs"}, (address, body)
        # A page of another site fares no better.
        elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        address, body = calls[0]
        response = program.post(f"/gradio_api/{address}", json=body, headers=elsewhere)
        assert response.status_code == 404
    client = Client(chat.address, verbose=False, analytics_enabled=False)
    for function in functions:
        if function["api_visibility"] == "private":
            with pytest.raises(ValueError, match="Invalid function index"):
                client.predict(fn_index=function["id"])
    assert Library.open(chat.index).manifest.state == state
