"""The interface for programs, over the real library and models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from gradio_client import Client
from gradio_client.exceptions import AppError

from qa.web.server import build_app
from tests.helpers.chat_server import Chat


@pytest.fixture(scope="module")
def client(web_index: Path) -> Iterator[TestClient]:
    with TestClient(build_app(web_index), base_url="http://127.0.0.1") as client:
        yield client


def test_an_answer_comes_with_its_citation(client: TestClient) -> None:
    question = "How much did the delay cost Tomas Brandt?"
    answer = client.post("/api/ask", json={"question": question}).json()
    assert answer["answered"] is True
    assert "$18,000" in answer["sentence"]
    (citation, *_) = answer["citations"]
    article = client.get(f"/api/articles/{citation['article']}").json()
    assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
    assert citation["quote"] == answer["text"]
    page = client.get(citation["link"])
    assert page.status_code == 200
    assert '<mark id="quote"' in page.text


def test_a_refusal_is_an_answer_too(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "Who painted the Sistine Chapel?"})
    assert response.status_code == 200
    assert response.json()["answered"] is False
    assert response.json()["text"] is None
    assert response.json()["nearest"]


def test_how_sure_an_answer_must_be_is_asked_for(client: TestClient) -> None:
    asked = {"question": "When did the harbour of Lowtide reopen?"}
    sure = client.post("/api/ask", json={**asked, "min_confidence": 0.1}).json()
    assert sure["answered"] is True
    assert sure["confidence"] <= sure["answerable"] <= 1.0
    above = client.post("/api/ask", json={**asked, "min_confidence": 1.0}).json()
    assert (above["answered"], above["confidence"]) == (False, sure["confidence"])
    wrong = client.post("/api/ask", json={**asked, "min_confidence": 1.5})
    assert wrong.status_code == 422
    assert "min_confidence" in wrong.json()["detail"]


def test_what_is_expected_of_the_questions_is_told_when_the_chat_is_started(
    web_index: Path, client: TestClient
) -> None:
    asked = {"question": "When did the harbour of Lowtide reopen?"}
    usual = client.post("/api/ask", json=asked).json()
    app = build_app(web_index, unanswerable=0.05)
    with TestClient(app, base_url="http://127.0.0.1") as told:
        answer = told.post("/api/ask", json=asked).json()
    assert answer["text"] == usual["text"]
    assert answer["confidence"] > usual["confidence"]


def test_a_search_gives_as_many_passages_as_asked_for_from_where_asked(
    client: TestClient,
) -> None:
    question = {"question": "boats", "k": 2, "articles": ["ferry.txt"]}
    found = client.post("/api/search", json=question).json()["passages"]
    assert found
    assert {passage["citation"]["article"] for passage in found} == {"ferry.txt"}
    assert len(client.post("/api/search", json={"question": "b", "k": 2}).json()["passages"]) == 2


def test_articles_are_listed_and_read_with_their_paragraphs(client: TestClient) -> None:
    listed = client.get("/api/articles").json()
    assert {"harbour.txt", "ferry.txt"} <= {article["id"] for article in listed}
    for article in listed:
        if "%" in article["id"]:
            continue  # the test client resolves escapes twice; a browser test has this one
        whole = client.get(f"/api/articles/{quote(article['id'])}").json()
        assert len(whole["paragraphs"]) == article["paragraphs"]
        for paragraph in whole["paragraphs"]:
            assert whole["text"][paragraph["start"] : paragraph["end"]] == paragraph["text"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"question": " "}, "the question is empty"),
        ({"question": "x", "after": "2012-01-01", "before": "2011-01-01"}, "no day is after"),
        ({"question": "why " * 25_000}, "100,000 characters"),
    ],
)
def test_what_cannot_be_asked_is_told(client: TestClient, body: dict[str, str], words: str) -> None:
    response = client.post("/api/ask", json=body)
    assert response.status_code == 422
    assert words in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "question: Field required. See /docs"),
        ({"question": 5}, "question: Input should be a valid string (found 5). See /docs"),
        ({"question": "x", "k": 0}, "k: Input should be greater than or equal to 1 (found 0)."),
        ({"question": "x", "k": 101}, "k: Input should be less than or equal to 100 (found 101)."),
        ({"question": "x", "after": "2011"}, "after: Input is not a day; write YYYY-MM-DD (found"),
        ({"question": "x", "before": "2011-13-01"}, "before: Input is not a day"),
        ({"question": "x", "after": 1293840000}, "after: Input is not a day"),
        ({"question": "x", "z": 1}, "z: Extra inputs are not permitted (found 1)."),
        ({"question": "x", "articles": ["a", 1]}, "articles.1: Input should be a valid string"),
        ([], "the body: Input should be a valid dictionary"),
    ],
)
def test_what_is_no_request_is_refused_in_words(
    client: TestClient, body: object, told: str
) -> None:
    response = client.post("/api/search", json=body)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(told)


def test_what_is_no_json_is_refused_in_words(client: TestClient) -> None:
    response = client.post("/api/ask", content=b"who?", headers={"content-type": "text/json"})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("the body: ")
    headers = {"content-type": "application/json"}
    response = client.post("/api/ask", content=b"{who?}", headers=headers)
    assert response.status_code == 422
    assert response.json()["detail"].startswith("the body: no JSON at character 1: Expecting")


def test_an_unknown_article_is_not_there(client: TestClient) -> None:
    response = client.get("/api/articles/none.txt")
    assert response.status_code == 404
    assert "'none.txt'" in response.json()["detail"]


def test_programs_are_offered_nothing_that_changes_the_articles(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    offered = {(m, path) for path, methods in schema["paths"].items() for m in methods}
    assert offered == {
        ("post", "/api/ask"),
        ("post", "/api/search"),
        ("get", "/api/articles"),
        ("get", "/api/articles/{article_id}"),
        ("get", "/api/status"),
    }
    # Nor through the window's own way of calling.
    named = client.get("/gradio_api/info").json()["named_endpoints"]
    assert set(named) == {"/ask", "/search", "/articles"}


def test_the_interface_is_described_on_a_page_without_scripts_from_elsewhere(
    client: TestClient,
) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "POST /api/ask" in page.text
    assert "http" not in page.text.replace("http-equiv", "")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_window_may_load_nothing_from_elsewhere(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_a_name_that_points_here_from_elsewhere_is_refused(client: TestClient) -> None:
    assert client.get("/api/articles", headers={"Host": "evil.example"}).status_code == 400


def test_the_window_is_asked_through_its_own_client(chat: Chat) -> None:
    client = Client(chat.address, verbose=False, analytics_enabled=False)
    answer = client.predict("How much did the delay cost Tomas Brandt?", api_name="/ask")
    assert "$18,000" in answer["sentence"]
    assert len(client.predict("boats", 2, api_name="/search")["passages"]) == 2
    assert "ferry.txt" in {item["id"] for item in client.predict(api_name="/articles")}
    with pytest.raises(AppError, match="the question is empty"):
        client.predict(" ", api_name="/ask")
