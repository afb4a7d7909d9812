"""The page does not wait for the models, and says that they load."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, expect

from qa.web.server import build_app
from qa.web.service import Service
from tests.helpers.chat_window import HARBOUR_QUESTION

pytestmark = pytest.mark.browser


@dataclass
class Slow:
    """A chat whose models load when they are let."""

    address: str
    let: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def slow(web_index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    chat = Slow(f"http://127.0.0.1:{listener.getsockname()[1]}")
    load = Service._make_chatbot

    def wait_and_load(service: Service) -> None:
        chat.let.wait(600)
        load(service)

    monkeypatch.setattr(Service, "_make_chatbot", wait_and_load)
    server = uvicorn.Server(uvicorn.Config(build_app(web_index), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.let.set()
        server.should_exit = True
        thread.join(60)
        listener.close()


def test_the_page_is_there_before_the_models_are(slow: Slow, browser: Browser) -> None:
    page = browser.new_page(base_url=slow.address)
    page.set_default_timeout(120_000)
    page.goto("/")
    expect(page.locator("#status")).to_have_text("The models are loading. You can already ask.")
    page.get_by_role("button", name="Articles", exact=True).click()
    expect(page.locator("#articles-list li")).to_have_count(5)
    page.locator("#question textarea").fill(HARBOUR_QUESTION)
    page.keyboard.press("Enter")
    card = page.locator("#turns .card")
    expect(card).to_contain_text("Loading the models, then reading the articles")
    slow.let.set()
    expect(card).to_have_class(re.compile("answered"))
    expect(page.locator("#status")).to_have_text("5 articles to ask")
    page.close()
