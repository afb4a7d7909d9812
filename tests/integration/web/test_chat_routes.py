"""Export and votes are for the chat's own page, and say what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.feedback import FEEDBACK_NAME
from qa.web.chat.exchange import Exchange, shown, to_json
from qa.web.chat.routes import add_talk_routes
from qa.web.service import Service
from tests.helpers.web import answered, build_article, build_candidate, build_quote, refused


@pytest.fixture(scope="module")
def client(web_index: Path) -> TestClient:
    app = FastAPI()
    add_talk_routes(app, Service(web_index))
    return TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture(autouse=True)
def nothing_written(web_index: Path) -> Iterator[None]:
    """No request here may leave a vote; other tests may have left some in the same index."""
    path = web_index / FEEDBACK_NAME
    before = path.read_bytes() if path.exists() else None
    yield
    assert (path.read_bytes() if path.exists() else None) == before


REFUSAL = to_json(Exchange("Who?", "Who?", shown(refused())))


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"content-type": "text/plain"}]
)
def test_another_site_can_neither_vote_nor_export(
    client: TestClient, headers: dict[str, str]
) -> None:
    body = json.dumps({"exchange": REFUSAL, "verdict": "right"}).encode()
    sent = {"content-type": "application/json", **headers}
    assert client.post("/talk/vote", content=body, headers=sent).status_code == 403
    assert client.post("/talk/export/md", content=b'{"told":""}', headers=sent).status_code == 403


def test_an_export_is_saved_and_never_shown(client: TestClient) -> None:
    answer = client.post("/talk/export/html", json={"told": '{"turns":[]}'})
    assert answer.headers["content-disposition"] == "attachment"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert client.post("/talk/export/exe", json={"told": ""}).status_code == 422


@pytest.mark.parametrize(
    ("exchange", "ballot", "message"),
    [
        ("{", {"verdict": "right"}, "cannot be read any more"),
        (REFUSAL, {"verdict": "wrong"}, "choose one of the reasons"),
        (to_json(Exchange("?", "?", None, "Hm")), {"verdict": "right"}, "no answer to vote on"),
    ],
)
def test_a_vote_that_says_nothing_is_refused(
    client: TestClient, exchange: str, ballot: dict[str, str], message: str
) -> None:
    reply = client.post("/talk/vote", json={"exchange": exchange, **ballot})
    assert reply.status_code == 409
    assert message in reply.json()["message"]


def test_a_forged_citation_is_no_evidence(client: TestClient) -> None:
    # The article of that id says something else: its words are the library's, not the browser's.
    forged = build_article("The harbour never closed.", id="harbour.txt")
    answer = answered(build_candidate(build_quote(forged, "never closed")))
    exchange = to_json(Exchange("When?", "When?", shown(answer)))
    reply = client.post("/talk/vote", json={"exchange": exchange, "verdict": "right"})
    assert reply.status_code == 409
    assert "has changed since" in reply.json()["message"]
