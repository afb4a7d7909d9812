"""The routes of the project's own pages, over an index whose models are not loaded."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from index.library import Library
from index.types import Span
from qa.links import article_link
from qa.web.api.rest import add_api
from qa.web.routes import add_routes
from qa.web.service import Service


def client_for(index: Path) -> TestClient:
    """Return a client of the routes without the models, which pages do not need."""
    app = FastAPI()
    service = Service(index)
    add_routes(app, service)
    add_api(app, service)
    return TestClient(app, base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def client(web_index: Path) -> TestClient:
    return client_for(web_index)


def test_pages_are_served_while_the_models_load(client: TestClient) -> None:
    status = client.get("/api/status").json()
    assert status["phase"] == "loading"
    assert "loading" in status["message"]
    assert client.get("/articles").status_code == 200


def test_a_link_opens_the_article_with_the_quote_marked(
    client: TestClient, web_index: Path
) -> None:
    article = Library.open(web_index).article("ferry.txt")
    start = article.text.index("112 to 9")
    link = article_link(article, Span(start, start + 8), 3)
    response = client.get(link)
    assert response.status_code == 200
    assert '<mark id="quote" tabindex="-1">112 to 9</mark>' in response.text
    assert 'id="p3"' in response.text


@pytest.mark.parametrize("offset", ["x", "-1", "1e3", "٣", "9" * 400, ""])
def test_offsets_that_are_not_numbers_mark_nothing(client: TestClient, offset: str) -> None:
    version = "0" * 12
    response = client.get(f"/articles/ferry.txt?v={version}&start={offset}&end={offset}")
    assert response.status_code == 200
    assert "<mark" not in response.text


@pytest.mark.parametrize("article", ["none.txt", "../../etc/passwd", "a/<script>/b", "x" * 2000])
def test_an_unknown_article_is_not_found(client: TestClient, article: str) -> None:
    response = client.get(f"/articles/{quote(article, safe='')}")
    assert response.status_code == 404
    assert "No such article" in response.text
    assert "<script>/" not in response.text


def test_pages_may_only_load_styles_and_scripts_of_this_server(client: TestClient) -> None:
    for address in ("/articles", "/articles/hostile.txt", "/articles/none", "/ui/none"):
        policy = client.get(address).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "unsafe" not in policy


def test_only_known_styles_and_scripts_are_served(client: TestClient) -> None:
    assert client.get("/ui/article.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/ui/..%2Froutes.py").status_code == 404


def test_without_an_index_the_page_says_how_to_create_one(tmp_path: Path) -> None:
    response = client_for(tmp_path / "none").get("/articles")
    assert response.status_code == 503
    assert "pincite index" in response.text
