"""The HTTP API and the MCP tools that change the articles, and that they are off by default."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from gradio_client import Client

from index.library import Library
from qa.web.server import build_app
from tests.helpers.chat_server import TIMEOUT, Chat, start_server
from tests.helpers.library import write

BASE = "http://127.0.0.1:7860"
HEADERS = {"Accept": "application/json, text/event-stream"}
LANTERN = b"The lantern\n\nThe lantern on Gull Rock burns whale oil.\n"
ADDED = "/api/articles/uploads/rocks/lantern.txt"


@pytest.fixture(scope="module")
def client(web_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The application over a copy of the index, with changes allowed."""
    path = tmp_path_factory.mktemp("changes") / "index"
    shutil.copytree(web_index, path)
    with TestClient(build_app(path, allow_changes=True), base_url=BASE) as client:
        yield client


def ids(client: TestClient) -> set[str]:
    return {article["id"] for article in client.get("/api/articles").json()}


def tool(client: TestClient, tool_name: str, **arguments: Any) -> dict[str, Any]:
    """Return the result of a tool of `/mcp`."""
    call = {"name": tool_name, "arguments": arguments}
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    result: dict[str, Any] = client.post("/mcp", json=request, headers=HEADERS).json()["result"]
    return result


def test_an_article_is_added_replaced_and_removed_over_http(client: TestClient) -> None:
    added = client.put(ADDED, content=LANTERN).json()
    assert (added["id"], added["title"]) == ("uploads/rocks/lantern.txt", "The lantern")
    question = {"question": "What does the lantern on Gull Rock burn?"}
    assert "whale oil" in client.post("/api/ask", json=question).json()["sentence"]
    client.put(ADDED, content=LANTERN.replace(b"whale", b"olive"))
    assert "olive oil" in client.post("/api/ask", json=question).json()["sentence"]
    assert client.delete(ADDED).json() == {"removed": "uploads/rocks/lantern.txt"}
    assert "uploads/rocks/lantern.txt" not in ids(client)
    assert client.delete(ADDED).status_code == 404


def test_metadata_is_corrected_over_http(client: TestClient) -> None:
    client.put(ADDED, content=LANTERN)
    changes = {"title": "Gull Rock", "authors": ["Ann Bo"], "published": "2011-08-07"}
    corrected = client.patch(ADDED, json=changes).json()
    assert {name: corrected[name] for name in changes} == changes
    client.put(ADDED, content=LANTERN.replace(b"whale", b"seal"))
    assert client.get(ADDED).json()["title"] == "Gull Rock"
    for wrong, words in (
        ({"titel": "x"}, "titel"),
        ({"published": "spring"}, "published"),
        ({"url": "http://a.example/\n"}, "url is"),
    ):
        refused = client.patch(ADDED, json=wrong)
        assert refused.status_code == 422
        assert words in refused.text
    assert client.patch("/api/articles/none.txt", json=changes).status_code == 404
    client.delete(ADDED)


def test_an_article_is_added_and_removed_over_mcp(client: TestClient) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    tools = client.post("/mcp", json=request, headers=HEADERS).json()["result"]["tools"]
    changing = {one["name"] for one in tools if not one["annotations"]["readOnlyHint"]}
    assert changing == {"add_article", "remove_article"}
    added = tool(client, "add_article", name="buoy.md", text="# The buoy\n\nIt is red.\n")
    assert added["structuredContent"]["id"] == "uploads/buoy.md"
    assert "uploads/buoy.md" in ids(client)
    assert not tool(client, "remove_article", article="uploads/buoy.md")["isError"]
    assert "uploads/buoy.md" not in ids(client)
    refused = tool(client, "add_article", name="buoy.exe", text="It is red.")
    assert "is not the name of a text file" in refused["content"][0]["text"]


def test_each_change_is_recorded(client: TestClient) -> None:
    path = client.app.state.service.path / "audit.jsonl"  # type: ignore[attr-defined]
    before = len(path.read_bytes().splitlines()) if path.exists() else 0
    client.put(ADDED, content=LANTERN)
    client.put("/api/articles/uploads/empty.txt", content=b"")  # refused, so not a change
    tool(client, "remove_article", article="uploads/rocks/lantern.txt")
    entries = [json.loads(line) for line in path.read_bytes().splitlines()[before:]]
    assert [(entry["origin"], entry["action"], entry["articles"]) for entry in entries] == [
        ("http", "add", ["uploads/rocks/lantern.txt"]),
        ("mcp", "remove", ["uploads/rocks/lantern.txt"]),
    ]
    for entry in entries:
        age = datetime.now(UTC) - datetime.fromisoformat(entry["time"])
        assert timedelta(0) <= age < timedelta(hours=1)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("method", "address", "status", "message"),
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
def test_an_impossible_change_is_refused_with_the_reason(
    client: TestClient, method: str, address: str, status: int, message: str
) -> None:
    response = client.request(method, address)
    assert response.status_code == status
    assert message in response.json()["detail"]


def test_pages_of_other_sites_cannot_change_the_articles(client: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.put(ADDED, content=LANTERN, headers=headers).status_code == 403
    assert client.delete("/api/articles/ferry.txt", headers=headers).status_code == 403
    headers = {"Origin": "https://evil.example"}
    assert client.put(ADDED, content=LANTERN, headers=headers).status_code == 403
    # The browser's preflight request is not granted.
    headers["Access-Control-Request-Method"] = "PUT"
    response = client.options(ADDED, headers=headers)
    assert "access-control-allow-origin" not in response.headers


def test_the_schema_describes_the_changes(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert "octet-stream" in str(paths["/api/articles/uploads/{name}"]["put"]["requestBody"])
    assert "delete" in paths["/api/articles/{article_id}"]


def test_by_default_programs_cannot_change_the_articles(chat: Chat) -> None:
    state = Library.open(chat.index).manifest.state
    with httpx.Client(base_url=chat.address, timeout=120) as program:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for address in (ADDED, "/api/articles/ferry.txt", "/api/articles"):
                response = program.request(method, address, content=LANTERN)
                assert response.status_code in (404, 405), (method, address)
        functions = program.get("/config").json()["dependencies"]
        public = {f["api_name"]: f["id"] for f in functions if f["api_visibility"] != "private"}
        assert set(public) == {"ask", "search", "articles"}
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
            if number not in public.values()
        ]
        for address, body in calls:
            response = program.post(f"/gradio_api/{address}", json=body)
            assert response.json() == {"detail": "not offered to programs"}, (address, body)
        other_site = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
        address, body = calls[0]
        response = program.post(f"/gradio_api/{address}", json=body, headers=other_site)
        assert response.status_code == 403
    client = Client(chat.address, verbose=False, analytics_enabled=False)
    for function in functions:
        if function["api_visibility"] == "private":
            with pytest.raises(ValueError, match="Invalid function index"):
                client.predict(fn_index=function["id"])
    assert Library.open(chat.index).manifest.state == state


def test_a_server_that_watches_follows_its_folders(tmp_path: Path) -> None:
    folder, index = tmp_path / "articles", tmp_path / "index"
    write(folder / "harbour.txt", "The harbour of Lisbon was dredged in 1887.")
    Library.create(index).sync(folder)
    server = start_server(index, folder, "--watch")
    try:
        write(folder / "ferry.txt", "The ferry to Elba sank in 1911.")
        deadline = time.monotonic() + TIMEOUT
        address = f"{server.address}/api/articles"
        while len(listed := httpx.get(address, timeout=TIMEOUT).json()) < 2:
            assert time.monotonic() < deadline, "the new file was not found"
            time.sleep(0.5)
        assert [article["id"] for article in listed] == ["ferry.txt", "harbour.txt"]
    finally:
        server.process.terminate()
        assert server.process.wait(TIMEOUT) == 0
    (entry,) = map(json.loads, (index / "audit.jsonl").read_text().splitlines())
    assert (entry["origin"], entry["articles"]) == ("watch", ["ferry.txt"])
