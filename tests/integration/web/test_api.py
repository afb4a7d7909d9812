"""The HTTP API, over the real library and models."""

from __future__ import annotations

import re
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


def test_a_refusal_is_a_successful_response(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": "Who painted the Sistine Chapel?"})
    assert response.status_code == 200
    assert response.json()["answered"] is False
    assert response.json()["text"] is None
    assert response.json()["nearest"]


def test_conditions_choose_the_articles(client: TestClient) -> None:
    request = {"question": "When did the harbour of Lowtide reopen?"}
    everywhere = client.post("/api/search", json=request).json()["passages"]
    best = everywhere[0]["citation"]["article"]
    for conditions in ({"exclude": [best]}, {"metadata": {"desk": "sport"}}, {"year": 1066}):
        found = client.post("/api/search", json={**request, **conditions}).json()["passages"]
        assert best not in [passage["citation"]["article"] for passage in found]
    asked = client.post("/api/ask", json={**request, "path": "*.txt", "title": "Harbour"}).json()
    assert (asked["scope"]["path"], asked["scope"]["title"]) == ("*.txt", "Harbour")


def test_min_confidence_decides_whether_to_answer(client: TestClient) -> None:
    request = {"question": "When did the harbour of Lowtide reopen?"}
    low = client.post("/api/ask", json={**request, "min_confidence": 0.1}).json()
    assert low["answered"] is True
    assert low["confidence"] <= low["answerable"] <= 1.0
    high = client.post("/api/ask", json={**request, "min_confidence": 1.0}).json()
    assert (high["answered"], high["confidence"]) == (False, low["confidence"])
    invalid = client.post("/api/ask", json={**request, "min_confidence": 1.5})
    assert invalid.status_code == 422
    assert "min_confidence" in invalid.json()["detail"]


def test_a_lower_share_of_unanswerable_questions_raises_the_confidence(
    web_index: Path, client: TestClient
) -> None:
    request = {"question": "When did the harbour of Lowtide reopen?"}
    default = client.post("/api/ask", json=request).json()
    app = build_app(web_index, unanswerable=0.05)
    with TestClient(app, base_url="http://127.0.0.1") as other:
        answer = other.post("/api/ask", json=request).json()
    assert answer["text"] == default["text"]
    assert answer["confidence"] > default["confidence"]


def test_a_search_returns_k_passages_of_the_chosen_articles(client: TestClient) -> None:
    request = {"question": "boats", "k": 2, "articles": ["ferry.txt"]}
    passages = client.post("/api/search", json=request).json()["passages"]
    assert passages
    assert {passage["citation"]["article"] for passage in passages} == {"ferry.txt"}
    assert len(client.post("/api/search", json={"question": "b", "k": 2}).json()["passages"]) == 2


def test_articles_are_listed_and_read_with_their_paragraphs(client: TestClient) -> None:
    articles = client.get("/api/articles").json()
    assert {"harbour.txt", "ferry.txt"} <= {article["id"] for article in articles}
    for article in articles:
        if "%" in article["id"]:
            continue  # the test client resolves escapes twice; a browser test has this one
        whole = client.get(f"/api/articles/{quote(article['id'])}").json()
        assert len(whole["paragraphs"]) == article["paragraphs"]
        for paragraph in whole["paragraphs"]:
            assert whole["text"][paragraph["start"] : paragraph["end"]] == paragraph["text"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"question": " "}, "the question is empty"),
        ({"question": "x", "after": "2012-01-01", "before": "2011-01-01"}, "no day is after"),
        ({"question": "why " * 25_000}, "100,000 characters"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_the_reason(
    client: TestClient, body: dict[str, str], message: str
) -> None:
    response = client.post("/api/ask", json=body)
    assert response.status_code == 422
    assert message in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "message"),
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
def test_an_invalid_field_is_named_with_the_rule_and_the_value(
    client: TestClient, body: object, message: str
) -> None:
    response = client.post("/api/search", json=body)
    assert response.status_code == 422
    assert response.json()["detail"].startswith(message)


def test_a_body_that_is_not_json_is_refused_with_the_position(client: TestClient) -> None:
    response = client.post("/api/ask", content=b"who?", headers={"content-type": "text/json"})
    assert response.status_code == 422
    assert response.json()["detail"].startswith("the body: ")
    headers = {"content-type": "application/json"}
    response = client.post("/api/ask", content=b"{who?}", headers=headers)
    assert response.status_code == 422
    assert response.json()["detail"].startswith("the body: not JSON at character 1: Expecting")


def test_an_unknown_article_is_not_found(client: TestClient) -> None:
    response = client.get("/api/articles/none.txt")
    assert response.status_code == 404
    assert "'none.txt'" in response.json()["detail"]


def test_no_route_changes_the_articles_by_default(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    routes = {(m, path) for path, methods in schema["paths"].items() for m in methods}
    assert routes == {
        ("post", "/api/ask"),
        ("post", "/api/search"),
        ("get", "/api/articles"),
        ("get", "/api/articles/{article_id}"),
        ("get", "/api/status"),
    }
    endpoints = client.get("/gradio_api/info").json()["named_endpoints"]
    assert set(endpoints) == {"/ask", "/search", "/articles"}


def test_the_documentation_page_loads_its_files_from_this_server(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "http" not in page.text
    assets = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(assets) == 4
    for address in assets:
        assert client.get(address).status_code == 200
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_window_may_not_load_anything_from_another_host(client: TestClient) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_an_unknown_host_name_is_refused(client: TestClient) -> None:
    assert client.get("/api/articles", headers={"Host": "evil.example"}).status_code == 400


def test_gradio_client_asks_searches_and_lists(chat: Chat) -> None:
    client = Client(chat.address, verbose=False, analytics_enabled=False)
    answer = client.predict("How much did the delay cost Tomas Brandt?", api_name="/ask")
    assert "$18,000" in answer["sentence"]
    assert len(client.predict("boats", 2, api_name="/search")["passages"]) == 2
    assert "ferry.txt" in {item["id"] for item in client.predict(api_name="/articles")}
    with pytest.raises(AppError, match="the question is empty"):
        client.predict(" ", api_name="/ask")


def test_a_follow_up_is_completed_from_the_answers_before_it(client: TestClient) -> None:
    earlier = client.post("/api/ask", json={"question": "Who is Karin Holt?"}).json()
    request = {"question": "What did she say about buses?", "history": [earlier]}
    answer = client.post("/api/ask", json=request).json()
    assert "could not replace the boats" in answer["sentence"]
    assert (answer["question"], answer["understood"]) == (
        "What did she say about buses?",
        "What did Karin Holt say about buses?",
    )
    thanks = client.post("/api/ask", json={"question": "Thank you!"}).json()
    assert client.post("/api/ask", json=request | {"history": [earlier, thanks]}).json() == answer
