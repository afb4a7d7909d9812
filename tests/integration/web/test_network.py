"""A server that other machines reach: accounts, proxies, the public URL and TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
import trustme
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.errors import SettingError
from qa.cli.main import main
from qa.errors import AccountError
from qa.web.auth.accounts import Accounts, Role
from qa.web.network import Network
from qa.web.server import build_app
from tests.helpers.chat_server import start_server

pytestmark = pytest.mark.skipif(find_spec("argon2") is None, reason="needs argon2-cffi")

PUBLIC = "https://articles.example.org"
PROXY = "10.1.2.3"
FORWARDED = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
QUESTION = {"question": "How much did the delay cost Tomas Brandt?"}
PASSWORD = "seven green herons"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    accounts = Accounts(tmp_path_factory.mktemp("accounts") / "accounts.json")
    accounts.set_user("ada", Role.EDITOR, PASSWORD)
    return accounts


@pytest.fixture(scope="module")
def token(accounts: Accounts) -> dict[str, str]:
    return {"Authorization": f"Bearer {accounts.add_token('reading', Role.READER)}"}


@pytest.fixture(scope="module")
def app(web_index: Path, accounts: Accounts) -> Iterator[FastAPI]:
    network = Network("192.0.2.1", PUBLIC, proxies=["10.0.0.0/8"])
    app = build_app(web_index, auth=accounts.path, network=network)
    with TestClient(app):
        yield app


@pytest.fixture
def proxied(app: FastAPI) -> TestClient:
    """Requests as the proxy sends them, which calls the server by its address."""
    return TestClient(
        app, "http://192.0.2.1:7860", client=(PROXY, 4000), headers=FORWARDED,
        follow_redirects=False,
    )  # fmt: skip


@pytest.fixture
def direct(app: FastAPI) -> TestClient:
    """Requests of somebody else who writes the same headers."""
    return TestClient(
        app, "http://192.0.2.1:7860", client=("203.0.113.9", 4000), headers=FORWARDED,
        follow_redirects=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": "here"}, "--host is 'here'; give an IP address"),
        ({"host": "0.0.0.0"}, "say with --public-url which one browsers use"),
        ({"public_url": "articles.example.org"}, "--public-url is 'articles.example.org'"),
        ({"public_url": f"{PUBLIC}/news"}, "without a path"),
        ({"public_url": "https://a@b.example"}, "give a scheme and a host"),
        ({"public_url": "https://b.example:x"}, "give a scheme and a host"),
        ({"proxies": ["nginx"]}, "--trusted-proxy is 'nginx'; give an IP address or network"),
        ({"certificate": Path("a.pem")}, "TLS needs both files"),
        ({"certificate": Path("a.pem"), "key": Path("b.pem")}, "cannot use a.pem with b.pem"),
    ],
)
def test_what_cannot_be_used_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Network(**options)  # type: ignore[arg-type]


def test_other_machines_need_accounts(web_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for host in ("192.0.2.1", "2001:db8::1"):
        with pytest.raises(AccountError, match=f"--host {host} lets other machines read"):
            build_app(web_index, network=Network(host))
    assert main(["chat", "--index", str(web_index), "--host", "0.0.0.0"]) == 2
    assert "say with --public-url" in capsys.readouterr().err


def test_links_of_answers_begin_with_the_public_url(
    proxied: TestClient, token: dict[str, str]
) -> None:
    answer = proxied.post("/api/ask", json=QUESTION, headers=token).json()
    found = proxied.post("/api/search", json=QUESTION, headers=token).json()
    cited = [*answer["citations"], *answer["quotes"]]
    cited += [passage["citation"] for passage in found["passages"]]
    for citation in cited:
        assert citation["link"].startswith(f"{PUBLIC}/articles/")
        assert "/" not in citation["path"]
    assert proxied.get(cited[0]["link"].removeprefix(PUBLIC), headers=token).status_code == 200


def test_no_response_names_a_folder_of_the_server(
    proxied: TestClient, token: dict[str, str], web_articles: Path
) -> None:
    article = proxied.get("/api/articles", headers=token).json()[0]["id"]
    for response in (
        proxied.post("/api/ask", json=QUESTION, headers=token),
        proxied.post("/api/search", json=QUESTION, headers=token),
        proxied.get("/api/articles", headers=token),
        proxied.get(f"/api/articles/{article}", headers=token),
    ):
        assert response.status_code == 200
        assert str(web_articles.parent) not in response.text


def test_the_window_behind_a_proxy_has_the_public_address(
    proxied: TestClient, token: dict[str, str]
) -> None:
    assert proxied.get("/config", headers=token).json()["root"] == PUBLIC
    own = {**token, "Origin": PUBLIC}
    ask = {"data": ["Who closed the Halden bridge?"]}
    assert proxied.post("/gradio_api/call/ask", json=ask, headers=own).status_code == 200
    other = {**token, "Origin": "https://other.example.org"}
    assert proxied.post("/gradio_api/call/ask", json=ask, headers=other).status_code == 403


def test_forwarded_headers_are_believed_from_the_proxy_only(
    proxied: TestClient, direct: TestClient, token: dict[str, str]
) -> None:
    fields = {"name": "ada", "password": PASSWORD}
    cookies = {
        name: client.post("/login", data=fields).headers["set-cookie"].lower()
        for name, client in (("proxied", proxied), ("direct", direct))
    }
    assert "secure" in cookies["proxied"]
    assert "secure" not in cookies["direct"]
    forged = {**token, "X-Forwarded-Host": "evil.example"}
    for client, root in ((proxied, PUBLIC), (direct, "http://192.0.2.1:7860")):
        assert client.get("/config", headers=forged).json()["root"] == root


def test_attempts_are_throttled_by_the_client_that_the_proxy_names(
    proxied: TestClient,
) -> None:
    def attempt(name: str, client: str) -> int:
        headers = {"X-Forwarded-For": client}
        fields = {"name": name, "password": "wrong"}
        return proxied.post("/login", data=fields, headers=headers).status_code

    statuses = [attempt(f"user{number}", "198.51.100.66") for number in range(7)]
    assert statuses[:5] == [401] * 5
    assert 429 in statuses
    assert attempt("another", "198.51.100.67") == 401


@pytest.mark.parametrize("host", ["evil.example", "www.articles.example.org", "192.0.2.2", ""])
def test_other_hosts_are_refused(direct: TestClient, token: dict[str, str], host: str) -> None:
    response = direct.get("/api/status", headers={**token, "Host": host})
    assert response.status_code == 400


def test_every_response_has_a_content_security_policy(
    direct: TestClient, token: dict[str, str]
) -> None:
    for response in (
        direct.get("/", headers=token),
        direct.get("/login"),
        direct.get("/api/articles"),  # 401
        direct.get("/api/articles", headers={"Host": "evil.example"}),
        direct.post("/api/ask", content=b" " * 2_000_000, headers=token),
        direct.get("/api/articles", headers={**token, "Origin": "https://other.example"}),
    ):
        policy = response.headers["content-security-policy"]
        assert "default-src" in policy
        assert ("unsafe" in policy) == (response.url.path == "/")
        assert response.headers["x-content-type-options"] == "nosniff"


def test_assistants_reach_the_server_by_its_public_name(
    proxied: TestClient, token: dict[str, str]
) -> None:
    pytest.importorskip("mcp")
    headers = {**token, "Accept": "application/json, text/event-stream"}
    call = {"name": "search", "arguments": {"question": "bridge", "k": 1}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    response = proxied.post("/mcp", json=request, headers=headers)
    assert response.status_code == 200
    assert f"{PUBLIC}/articles/" in response.text


def test_a_server_with_a_certificate_speaks_tls(
    web_articles: Path, web_index: Path, tmp_path: Path, accounts: Accounts, token: dict[str, str]
) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    options = ["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")]
    server = start_server(web_index, web_articles, "--auth", str(accounts.path), *options)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    try:
        assert server.address.startswith("https://")
        with httpx.Client(base_url=server.address, verify=trusting, timeout=120) as client:
            assert client.get("/api/status").status_code == 401
            assert client.post("/api/ask", json=QUESTION, headers=token).json()["answered"]
            fields = {"name": "ada", "password": PASSWORD}
            assert "Secure" in client.post("/login", data=fields).headers["set-cookie"]
        with pytest.raises(httpx.HTTPError):
            httpx.get(server.address.replace("https", "http"), timeout=60)
    finally:
        server.process.terminate()
        server.process.wait(60)
