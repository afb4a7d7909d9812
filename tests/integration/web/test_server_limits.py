"""A real server under attack: floods, slow and idle connections, large bodies, other origins."""

from __future__ import annotations

import shutil
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from index.library import Library
from tests.helpers.chat_server import Chat, start_server

LIMITS = {
    "PINCITE_SERVER_WAITING": "2",
    "PINCITE_SERVER_CONNECTIONS": "60",
    "PINCITE_SERVER_HEADER_SECONDS": "2",
    "PINCITE_SERVER_BODY_SECONDS": "2",
    "PINCITE_SERVER_UPLOAD_MB": "1",
}
QUESTION = {"question": "Who closed the Halden bridge?"}
OTHER_PORT = {"Origin": "http://127.0.0.1:3000"}
OTHER_PAGE = {**OTHER_PORT, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}


@pytest.fixture(scope="module")
def server(web_articles: Path, web_index: Path) -> Iterator[Chat]:
    server = start_server(web_index, web_articles, **LIMITS)
    yield server
    server.process.terminate()
    server.process.wait(60)


@pytest.fixture(scope="module")
def program(server: Chat) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, timeout=120) as client:
        yield client


def connect(server: Chat) -> socket.socket:
    host, _, port = server.address.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)))
    connection.settimeout(60)
    return connection


def read_all(connection: socket.socket) -> bytes:
    """Return what the server sends until it closes the connection."""
    data = bytearray()
    try:
        while part := connection.recv(65536):
            data += part
    except ConnectionResetError:
        pass
    return bytes(data)


def test_a_flood_of_questions_is_refused_and_pages_are_not(
    server: Chat, program: httpx.Client
) -> None:
    with ThreadPoolExecutor(24) as threads:
        asked = [
            threads.submit(httpx.post, f"{server.address}/api/ask", json=QUESTION, timeout=120)
            for _ in range(24)
        ]
        assert program.get("/api/status").json()["phase"] == "ready"
        assert program.get("/ui/window.css").status_code == 200
    responses = [one.result() for one in asked]
    counts = Counter(response.status_code for response in responses)
    assert set(counts) == {200, 429}
    assert counts[200] >= 3, "those that hold a slot or wait are answered"
    for response in responses:
        if response.status_code == 429:
            assert 1 <= int(response.headers["retry-after"]) <= 60
            assert "too many questions are waiting; try again in" in response.json()["detail"]
    assert program.post("/api/ask", json=QUESTION).status_code == 200


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("address", ["/api/ask", "/mcp", "/chat/vote"])
def test_a_large_body_is_refused_before_it_is_read(
    server: Chat, address: str, declared: bool
) -> None:
    part = b" " * 1_000_000
    size = "content-length: 200000000" if declared else "transfer-encoding: chunked"
    head = f"POST {address} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    with connect(server) as connection:
        connection.sendall(f"{head}{size}\r\n\r\n".encode())
        sent = 0
        try:
            for _ in range(200):
                connection.sendall(part if declared else b"%x\r\n%s\r\n" % (len(part), part))
                sent += len(part)
        except OSError:
            pass  # the server has closed the connection
        assert sent < 100_000_000
        # The answer may be lost, as the rest of the body resets the connection.
        assert read_all(connection)[:12] in (b"HTTP/1.1 413", b"")


def test_the_refusal_of_a_large_body_names_the_limit(program: httpx.Client) -> None:
    response = program.post("/api/ask", content=b" " * 1_200_000)
    assert response.status_code == 413
    assert response.json() == {"detail": "the request is too large; the limit is 1,000,000 bytes"}


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /api/status HT", b"POST /api/ask HTTP/1.1\r\nhost: 127.0.0.1\r\n"
     b"content-type: application/json\r\ncontent-length: 50\r\n\r\n{"],
    ids=["nothing", "half a head", "half a body"],
)  # fmt: skip
def test_a_request_that_does_not_go_on_is_ended(server: Chat, sent: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(sent)
        assert read_all(connection)[:12] in ((b"HTTP/1.1 408",) if sent else (b"",))


def test_idle_connections_do_not_keep_others_out(server: Chat, program: httpx.Client) -> None:
    idle = [connect(server) for _ in range(300)]
    try:
        assert program.get("/api/status").status_code == 200
    finally:
        for connection in idle:
            connection.close()


def test_a_server_with_few_descriptors_stays_reachable(web_articles: Path, web_index: Path) -> None:
    server = start_server(web_index, web_articles, open_files=400)
    idle = [connect(server) for _ in range(600)]
    try:
        for _ in range(3):
            assert httpx.get(f"{server.address}/api/status", timeout=60).status_code == 200
        assert httpx.post(f"{server.address}/api/ask", json=QUESTION, timeout=120).is_success
    finally:
        for connection in idle:
            connection.close()
        server.process.terminate()
        server.process.wait(60)
    assert len(server.output) < 20


@pytest.mark.parametrize("headers", [OTHER_PAGE, OTHER_PORT], ids=["new browser", "old browser"])
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/reset"),
        ("POST", "/gradio_api/call/ask"),
        ("GET", "/config"),
        ("GET", "/api/articles"),
        ("GET", "/articles/ferry.txt"),
        ("POST", "/api/ask"),
        ("POST", "/mcp"),
        ("OPTIONS", "/gradio_api/queue/join"),
    ],
)
def test_pages_of_other_ports_may_neither_change_nor_read(
    program: httpx.Client, method: str, address: str, headers: dict[str, str]
) -> None:
    headers = {**headers, "Access-Control-Request-Method": "POST"}
    response = program.request(method, address, headers=headers)
    assert response.status_code == 403
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_link_on_another_site_opens_an_article(program: httpx.Client) -> None:
    headers = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    assert program.get("/articles/ferry.txt", headers=headers).status_code == 200
    headers["Sec-Fetch-Dest"] = "iframe"
    assert program.get("/articles/ferry.txt", headers=headers).status_code == 403


def test_only_the_window_sends_files_and_only_as_many_as_the_quota_allows(
    program: httpx.Client,
) -> None:
    own = {"Sec-Fetch-Site": "same-origin"}

    def send(number: int, headers: dict[str, str]) -> int:
        content = bytes([number]) * 300_000
        files = {"files": (f"{number}.txt", content)}
        return program.post("/gradio_api/upload", files=files, headers=headers).status_code

    assert send(0, {}) == 404
    assert [send(number, own) for number in range(1, 5)] == [200, 200, 200, 507]


def test_the_server_says_whether_it_is_alive_and_ready(program: httpx.Client) -> None:
    assert program.get("/healthz").json() == {"status": "ok"}
    ready = program.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


def test_questions_are_counted_for_prometheus(program: httpx.Client) -> None:
    pytest.importorskip("prometheus_client")
    assert program.post("/api/ask", json=QUESTION).status_code == 200
    lines = program.get("/metrics").text.splitlines()
    values = {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }
    outcomes = sum(value for name, value in values.items() if "pincite_questions_total" in name)
    assert outcomes == values["pincite_question_seconds_count"] >= 1
    assert values["pincite_question_seconds_sum"] > 0
    assert values["pincite_questions_running"] == values["pincite_questions_waiting"] == 0
    assert values["pincite_ready"] == 1
    assert values["process_open_fds"] > 0
    assert "Halden" not in " ".join(lines)


def test_a_stopped_server_finishes_what_runs(web_articles: Path, web_index: Path) -> None:
    server = start_server(web_index, web_articles)
    with ThreadPoolExecutor(16) as threads:
        asked = [
            threads.submit(httpx.post, f"{server.address}/api/ask", json=QUESTION, timeout=120)
            for _ in range(16)
        ]
        while not any(one.done() for one in asked):
            time.sleep(0.01)
        server.process.terminate()
    responses = [one.result() for one in asked]
    counts = Counter(response.status_code for response in responses)
    assert set(counts) <= {200, 503}
    assert counts[200] >= 1
    for response in responses:
        if response.status_code == 503:
            assert "the server is being stopped" in response.json()["detail"]
    assert server.process.wait(60) == 0


@pytest.mark.parametrize("seconds", ["60", "0.1"])
def test_a_change_is_complete_or_undone_when_the_server_is_stopped(
    web_articles: Path, web_index: Path, tmp_path: Path, seconds: str
) -> None:
    index = Path(shutil.copytree(web_index, tmp_path / "index"))
    limits = {"PINCITE_SERVER_DRAIN_SECONDS": seconds}
    server = start_server(index, web_articles, "--allow-changes", **limits)
    text = "\n\n".join(f"The lantern number {number} burns whale oil." for number in range(400))
    address = f"{server.address}/api/articles/uploads/lantern.txt"
    with ThreadPoolExecutor(1) as threads:
        put = threads.submit(httpx.put, address, content=text.encode(), timeout=120)
        while not put.done() and not any(index.glob("staging-*")):
            time.sleep(0.001)
        server.process.terminate()
        status = server.process.wait(120)
    if seconds == "60":
        assert put.result().status_code == 200
        assert status == 0
    library = Library.open(index)
    is_added = "uploads/lantern.txt" in library
    assert is_added or seconds == "0.1"
    report = library.sync()
    assert (report.added, report.removed, report.skipped) == ((), (), ())
    assert ("uploads/lantern.txt" in library) == is_added
    assert (index / "uploads" / "lantern.txt").exists() == is_added
    assert not any(index.glob("staging-*"))
