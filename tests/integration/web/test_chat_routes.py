"""Exports and votes are for the chat page only, and invalid ones are refused with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from qa.feedback import FEEDBACK_NAME
from qa.web.chat.history import Exchange, answer_view
from qa.web.chat.routes import add_chat_routes
from qa.web.service import Service
from tests.helpers.web import answered, build_article, build_candidate, build_quote, refused


@pytest.fixture(scope="module")
def client(web_index: Path) -> TestClient:
    app = FastAPI()
    add_chat_routes(app, Service(web_index))
    return TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture(autouse=True)
def nothing_written(web_index: Path) -> Iterator[None]:
    """Check that no test here records a vote; the index may have some of other tests."""
    path = web_index / FEEDBACK_NAME
    before = path.read_bytes() if path.exists() else None
    yield
    assert (path.read_bytes() if path.exists() else None) == before


REFUSAL = Exchange("Who?", "Who?", answer_view(refused())).to_json()


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"content-type": "text/plain"}]
)
def test_other_sites_cannot_vote_or_export(client: TestClient, headers: dict[str, str]) -> None:
    body = json.dumps({"exchange": REFUSAL, "verdict": "right"}).encode()
    sent = {"content-type": "application/json", **headers}
    assert client.post("/chat/vote", content=body, headers=sent).status_code == 403
    assert (
        client.post("/chat/export/md", content=b'{"history":""}', headers=sent).status_code == 403
    )


def test_an_export_is_downloaded_and_not_displayed(client: TestClient) -> None:
    answer = client.post("/chat/export/html", json={"history": '{"turns":[]}'})
    assert answer.headers["content-disposition"] == "attachment"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert client.post("/chat/export/exe", json={"history": ""}).status_code == 422


@pytest.mark.parametrize(
    ("exchange", "vote", "message"),
    [
        ("{", {"verdict": "right"}, "cannot be read any more"),
        (REFUSAL, {"verdict": "wrong"}, "choose one of the reasons"),
        (Exchange("?", "?", None, "Hm").to_json(), {"verdict": "right"}, "no answer to vote on"),
    ],
)
def test_an_incomplete_vote_is_refused(
    client: TestClient, exchange: str, vote: dict[str, str], message: str
) -> None:
    reply = client.post("/chat/vote", json={"exchange": exchange, **vote})
    assert reply.status_code == 409
    assert message in reply.json()["message"]


def test_a_forged_citation_is_refused(client: TestClient) -> None:
    # The article with this id has another text.
    forged = build_article("The harbour never closed.", id="harbour.txt")
    answer = answered(build_candidate(build_quote(forged, "never closed")))
    exchange = Exchange("When?", "When?", answer_view(answer)).to_json()
    reply = client.post("/chat/vote", json={"exchange": exchange, "verdict": "right"})
    assert reply.status_code == 409
    assert "has changed since" in reply.json()["message"]
