"""A server with `--auth`: no route answers without credentials, and readers change nothing."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from qa.cli.main import main
from qa.errors import AccountError
from qa.web.auth.accounts import AccountKind, Accounts, Role
from qa.web.auth.middleware import OPEN_ROUTES
from qa.web.server import build_app

pytestmark = pytest.mark.skipif(find_spec("argon2") is None, reason="needs argon2-cffi")

BASE = "http://127.0.0.1:7860"
PASSWORD = "seven green herons"
LANTERN = b"The lantern\n\nThe lantern on Gull Rock burns whale oil.\n"
ADDED = "/api/articles/uploads/lantern.txt"
MCP = {"Accept": "application/json, text/event-stream"}
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    accounts = Accounts(tmp_path_factory.mktemp("accounts") / "accounts.json")
    accounts.set_user("ada", Role.EDITOR, PASSWORD)
    accounts.set_user("bob", Role.READER, PASSWORD)
    return accounts


@pytest.fixture(scope="module")
def app(web_index: Path, tmp_path_factory: pytest.TempPathFactory, accounts: Accounts) -> FastAPI:
    path = tmp_path_factory.mktemp("auth") / "index"
    shutil.copytree(web_index, path)
    return build_app(path, allow_changes=True, auth=accounts.path)


@pytest.fixture(scope="module")
def running(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(running: TestClient) -> Iterator[TestClient]:
    """A client without credentials."""
    yield running
    running.cookies.clear()


def all_routes(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the method and address of each route, those of mounted applications included."""
    for route in routes:
        if isinstance(route, Mount):
            assert route.routes or isinstance(route.app, StaticFiles), f"no routes known: {route}"
            yield "GET", prefix + route.path + "/"
            yield from all_routes(list(route.routes or []), prefix + route.path)
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from all_routes(list(included.routes), prefix)
        else:
            assert isinstance(route, Route), f"an unknown kind of route: {route}"
            address = prefix + re.sub(r"\{[^}]*\}", "x", route.path)
            for method in route.methods or {"GET", "POST"}:
                yield method, address


def test_no_route_answers_without_credentials(app: FastAPI, client: TestClient) -> None:
    routes = sorted(set(all_routes(list(app.routes))))
    addresses = {address for _, address in routes}
    assert {"/api/ask", "/mcp", "/gradio_api/upload", "/config", "/openapi.json", "/"} <= addresses
    assert len(routes) > 60
    for method, address in [
        *routes,
        ("GET", "/none"),
        ("POST", "/none"),
        ("PUT", "/login"),
        ("HEAD", "/healthz"),
        ("TRACE", "/"),
    ]:
        if (method, address) not in OPEN_ROUTES:
            for headers in (
                OWN,
                {"Authorization": "Bearer pincite_none"},
                {"Cookie": "pincite_session=x"},
            ):
                response = client.request(method, address, headers=headers)
                assert response.status_code == 401, (method, address)
                assert b"log in" in response.content or method == "HEAD"


def test_what_is_open_tells_nothing_about_the_articles(client: TestClient) -> None:
    for _, address in OPEN_ROUTES:
        response = client.get(address)
        assert response.status_code == 200
        assert "Halden" not in response.text
        assert "ferry" not in response.text


def log_in(client: TestClient, name: str, password: str = PASSWORD, next: str = "/") -> int:
    fields = {"name": name, "password": password, "next": next}
    return client.post("/login", data=fields, headers=OWN).status_code


def test_a_user_logs_in_and_out(client: TestClient) -> None:
    response = client.get("/articles?q=ferry", headers={"Accept": "text/html"})
    assert (response.status_code, response.headers["location"]) == (
        303, "/login?next=%2Farticles%3Fq%3Dferry",
    )  # fmt: skip
    assert log_in(client, "ada", "wrong") == 401
    assert client.get("/api/articles").status_code == 401
    assert log_in(client, "Ada") == 303
    cookie = next(iter(client.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert client.get("/api/articles").status_code == 200
    assert "ada (editor)" in client.get("/account").text
    assert client.get("/").status_code == 200
    assert client.post("/logout", headers=OWN).status_code == 303
    assert (
        client.get("/api/articles", headers={"Cookie": f"{cookie.name}={cookie.value}"}).status_code
        == 401
    )


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_login_leads_to_this_server_only(client: TestClient, target: str) -> None:
    fields = {"name": "ada", "password": PASSWORD, "next": target}
    assert client.post("/login", data=fields, headers=OWN).headers["location"] == "/"


def test_attempts_are_throttled(client: TestClient) -> None:
    statuses: list[int] = []
    while len(statuses) < 20 and 429 not in statuses:
        statuses.append(log_in(client, "mallory", f"guess {len(statuses)}"))
    assert statuses[:5] == [401] * 5
    assert statuses[-1] == 429
    fields = {"name": "mallory", "password": PASSWORD}
    refused = client.post("/login", data=fields, headers=OWN)
    if refused.status_code == 429:
        assert "Try again in" in refused.text
        time.sleep(int(refused.headers["retry-after"]))
    assert log_in(client, "ada") == 303


def call_tool(client: TestClient, token: str, tool: str, **arguments: str) -> int:
    call = {"name": tool, "arguments": arguments}
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    headers = {**MCP, "Authorization": f"Bearer {token}"}
    return client.post("/mcp", json=request, headers=headers).status_code


def test_readers_ask_and_editors_change(
    client: TestClient, accounts: Accounts, app: FastAPI
) -> None:
    reader = accounts.add_token("reading", Role.READER)
    editor = accounts.add_token("editing", Role.EDITOR)
    as_reader, as_editor = ({"Authorization": f"Bearer {one}"} for one in (reader, editor))
    question = {"question": "Who closed the Halden bridge?"}
    assert client.post("/api/ask", json=question, headers=as_reader).status_code == 200
    assert call_tool(client, reader, "search", question="bridge") == 200
    assert client.put(ADDED, content=LANTERN, headers=as_reader).status_code == 403
    assert client.delete("/api/articles/ferry.txt", headers=as_reader).status_code == 403
    assert call_tool(client, reader, "add_article", name="a.txt", text="Words.") == 403
    assert client.post("/gradio_api/upload", headers={**as_reader, **OWN}).status_code == 403
    found = set()
    for function in client.get("/config", headers=as_reader).json()["dependencies"]:
        if function["api_name"] in ("remove", "add_uploads", "sync_folders", "cancel_job"):
            found.add(function["api_name"])
            calls = [
                (address, {"fn_index": number, "data": [], "session_hash": "x"})
                for address in ("queue/join", "run/predict", "call/x")
                for number in (function["id"], str(function["id"]), float(function["id"]), "x")
            ]
            calls += [
                (f"{way}/{function['api_name']}", {"data": []})
                for way in ("call", "call/v2", "run", "api")
            ]
            for address, body in calls:
                response = client.post(
                    f"/gradio_api/{address}", json=body, headers={**as_reader, **OWN}
                )
                assert response.status_code == 403, (address, body)
    assert len(found) == 4
    assert client.put(ADDED, content=LANTERN, headers=as_editor).status_code == 200
    assert call_tool(client, editor, "remove_article", article="uploads/lantern.txt") == 200
    log = (app.state.service.path / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["user"] for line in log[-2:]] == ["editing", "editing"]


def test_a_change_in_the_window_names_its_user(client: TestClient, app: FastAPI) -> None:
    index = app.state.service.path
    (index / "uploads").mkdir(exist_ok=True)
    (index / "uploads" / "weir.txt").write_text("The weir\n\nThe weir at Coln holds back a stream.")
    assert log_in(client, "ada") == 303
    functions = client.get("/config").json()["dependencies"]
    number = next(one["id"] for one in functions if one["api_name"] == "sync_folders")
    call = {"fn_index": number, "data": [], "session_hash": "window"}
    assert client.post("/gradio_api/queue/join", json=call, headers=OWN).status_code == 200
    address = "/gradio_api/queue/data?session_hash=window"
    with client.stream("GET", address, headers=OWN) as events:
        assert any("process_completed" in line for line in events.iter_lines())
    entry = json.loads((index / "audit.jsonl").read_text().splitlines()[-1])
    assert (entry["user"], entry["origin"], entry["action"]) == ("ada", "window", "sync")
    assert entry["articles"] == ["uploads/weir.txt"]


def test_an_account_that_asks_too_often_waits_and_others_do_not(
    client: TestClient, accounts: Accounts
) -> None:
    script, other = (
        {"Authorization": f"Bearer {accounts.add_token(name, Role.READER)}"}
        for name in ("script", "other")
    )
    # Without a question, which needs no models.
    found = [client.post("/api/ask", json={}, headers=script).status_code for _ in range(200)]
    assert found[:120] == [422] * 120
    assert 429 in found
    assert client.post("/api/ask", json={}, headers=other).status_code == 422
    assert client.get("/api/status", headers=script).status_code == 200


def test_a_removed_account_is_refused_at_once(client: TestClient, accounts: Accounts) -> None:
    accounts.set_user("carl", Role.READER, PASSWORD)
    token = accounts.add_token("old", Role.READER)
    assert log_in(client, "carl") == 303
    assert client.get("/api/articles").status_code == 200
    accounts.remove(AccountKind.USER, "carl")
    assert client.get("/api/articles").status_code == 401
    client.cookies.clear()
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/articles", headers=headers).status_code == 200
    accounts.remove(AccountKind.TOKEN, "old")
    assert client.get("/api/articles", headers=headers).status_code == 401


def test_the_command_line_manages_accounts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "accounts.json"
    assert main(["token", "add", "nightly", "--auth", str(path)]) == 0
    token = capsys.readouterr().out.strip()
    account = Accounts(path).check_token(token)
    assert account is not None
    assert (account.name, account.role) == ("nightly", Role.READER)
    assert token not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    main(["token", "list", "--auth", str(path)])
    assert capsys.readouterr().out == "nightly\treader\n"
    assert main(["token", "remove", "nightly", "--auth", str(path)]) == 0
    assert Accounts(path).check_token(token) is None
    path.chmod(0o644)
    with pytest.raises(AccountError, match="chmod 600"):
        Accounts(path).all()
