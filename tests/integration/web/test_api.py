"""The HTTP API, over the real library and models."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient
from gradio_client import Client
from gradio_client.exceptions import AppError

from qa.web.network import Network
from qa.web.server import build_app
from tests import PROJECT
from tests.helpers.chat_server import TIMEOUT, Chat, start_server


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


def test_several_questions_are_answered_in_their_order(client: TestClient) -> None:
    questions = ["How much did the delay cost Tomas Brandt?", "Who painted the Sistine Chapel?"]
    options = {"mode": "strict", "articles": ["harbour.txt"]}
    batch = client.post("/api/ask_batch", json={"questions": questions, **options}).json()
    single = [client.post("/api/ask", json={"question": q, **options}).json() for q in questions]
    assert batch == {"answers": single}
    assert [answer["question"] for answer in single] == questions


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        ([], "questions: List should have at least 1 item"),
        (["x"] * 101, "questions: List should have at most 100 items"),
        (["Who?", " "], "the question is empty"),
    ],
)
def test_questions_that_cannot_be_asked_are_refused_together(
    client: TestClient, questions: list[str], message: str
) -> None:
    response = client.post("/api/ask_batch", json={"questions": questions})
    assert response.status_code == 422
    assert response.json()["detail"].startswith(message)


def test_more_passages_follow_the_first_ones(client: TestClient) -> None:
    request = {"question": "boats", "k": 100}
    every = client.post("/api/search", json=request).json()["passages"]
    later = client.post("/api/search", json={**request, "offset": 2}).json()["passages"]
    assert later == every[2:]
    single = client.post("/api/search", json={**request, "per_article": 1}).json()["passages"]
    ids = [passage["citation"]["article"] for passage in single]
    assert len(ids) == len(set(ids)) > 1
    best = {**request, "min_score": every[0]["score"]}
    assert client.post("/api/search", json=best).json()["passages"] == every[:1]


def test_the_articles_are_listed_in_parts(client: TestClient) -> None:
    every = client.get("/api/articles")
    assert "link" not in every.headers
    address, found = "/api/articles?limit=2", []
    while address:
        part = client.get(address)
        assert part.headers["x-total-count"] == "5"
        assert len(part.json()) <= 2
        found += part.json()
        address = part.links.get("next", {}).get("url", "")
    assert found == every.json()
    assert client.get("/api/articles?offset=9").json() == []
    refused = client.get("/api/articles?limit=0")
    assert refused.json()["detail"].startswith("limit: Input should be greater than or equal to 1")


def test_no_response_names_a_folder_of_the_server(tmp_path: Path) -> None:
    index = tmp_path / "none"
    with TestClient(build_app(index, window=False), base_url="http://127.0.0.1") as client:
        responses = [
            client.get("/api/articles"),
            client.post("/api/ask", json={"question": "Who?"}),
            client.get("/api/status"),
            client.get("/readyz"),
        ]
    assert [response.status_code for response in responses] == [503, 503, 200, 503]
    for response in responses:
        assert "none" in response.text
        assert str(tmp_path) not in response.text


def test_links_begin_with_the_public_url(web_index: Path) -> None:
    network = Network(public_url="https://articles.example.org")
    app = build_app(web_index, window=False, network=network)
    with TestClient(app, base_url="https://articles.example.org") as client:
        question = {"question": "How much did the delay cost Tomas Brandt?"}
        answer = client.post("/api/ask", json=question).json()
        part = client.get("/api/articles?limit=2")
    for citation in answer["citations"]:
        assert citation["link"].startswith("https://articles.example.org/articles/harbour.txt?")
    assert part.links["next"]["url"].startswith("https://articles.example.org/api/articles?")


def test_the_api_is_served_without_the_chat_window(
    web_index: Path, web_articles: Path, free_port: int
) -> None:
    command = ("-m", "pincite", "serve")
    server = start_server(web_index, web_articles, command=command, port=free_port)
    try:
        with httpx.Client(base_url=server.address, timeout=TIMEOUT) as program:
            question = {"question": "How much did the delay cost Tomas Brandt?"}
            answer = program.post("/api/ask", json=question).json()
            assert "$18,000" in answer["sentence"]
            assert program.get(answer["citations"][0]["link"]).status_code == 200
            assert program.get("/readyz").status_code == 200
            assert program.get("/docs").status_code == 200
            assert program.get("/").status_code == 404
    finally:
        server.process.terminate()
        assert server.process.wait(TIMEOUT) == 0


def test_gradio_is_not_imported_without_the_chat_window(web_index: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from qa.web.server import build_app; "
        f"build_app(Path({str(web_index)!r}), window=False); "
        "print('gradio' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT)
    assert run.stdout == "False\n", run.stderr


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
        ("post", "/api/ask_batch"),
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
